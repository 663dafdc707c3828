import { spawn } from 'node:child_process'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { ProbePoint } from '../../platform/probe.ts'

/**
 * A real house in a process of its own, so that it can be killed: this file is both the entry of that process and the handle on it.
 * Beside the house stands the callback address of the fake platform.
 */

export interface HouseProcessOptions {
  /** From `compileHouse`. */
  readonly entry: string
  /** ZHIKE_… variables. */
  readonly env: Readonly<Record<string, string>>
  readonly platformUrl: string
  /** The process kills itself at the n-th time it comes to that place. */
  readonly kill?: { readonly point: ProbePoint; readonly nth: number }
}

export interface HouseProcess {
  readonly pid: number
  /** Base of the house's own HTTP surface. */
  readonly url: string
  /** Where the fake platform delivers. */
  readonly callback: string
  readonly startedInMs: number
  readonly exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>
  isAlive(): boolean
  /** kill -9, and waits until it is gone. */
  kill(): Promise<void>
  /** SIGTERM, and waits until it is gone. */
  stop(): Promise<void>
  /** What it wrote to standard error. */
  stderr(): string
}

export class StartFailed extends Error {
  readonly stderr: string
  readonly signal: NodeJS.Signals | null
  constructor(stderr: string, code: number | null, signal: NodeJS.Signals | null) {
    super(`the house did not start (${signal ?? `exit ${code}`}): ${stderr.slice(-2_000)}`)
    this.signal = signal
    this.stderr = stderr
  }
}

const ENTRY = fileURLToPath(import.meta.url)

/** Resolves when it serves. @throws StartFailed when it ended before. `onSpawn` gets the way to kill it while it starts. */
export async function startHouseProcess(options: HouseProcessOptions, onSpawn?: (kill: () => void) => void): Promise<HouseProcess> {
  const began = performance.now()
  const { PATH, HOME, TMPDIR } = process.env
  const child = spawn(process.execPath, [options.entry, JSON.stringify({ platformUrl: options.platformUrl, kill: options.kill ?? null })], {
    // Nothing of the test runner's environment: an unknown ZHIKE_ variable stops the start.
    env: { ...(PATH ? { PATH } : {}), ...(HOME ? { HOME } : {}), ...(TMPDIR ? { TMPDIR } : {}), ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stderr = ''
  child.stderr.on('data', (data) => {
    stderr = (stderr + data).slice(-20_000)
  })
  let alive = true
  const exited = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) => {
    child.once('close', (code, signal) => {
      alive = false
      resolve({ code, signal })
    })
  })
  const reap = () => child.kill('SIGKILL')
  process.once('exit', reap)
  void exited.then(() => process.off('exit', reap))
  onSpawn?.(() => child.kill('SIGKILL'))

  const lines = createInterface({ input: child.stdout })
  const ready = new Promise<{ url: string; callback: string }>((resolve) => {
    lines.on('line', (line) => {
      // Log lines of the house are let go; the one we wait for says so.
      if (line.startsWith('{"ready":')) resolve(JSON.parse(line).ready)
    })
  })
  const said = await Promise.race([ready, exited])
  if ('signal' in said) throw new StartFailed(stderr, said.code, said.signal)
  return {
    pid: child.pid ?? 0,
    ...said,
    startedInMs: performance.now() - began,
    exited,
    isAlive: () => alive,
    async kill() {
      child.kill('SIGKILL')
      await exited
    },
    async stop() {
      child.kill('SIGTERM')
      await exited
    },
    stderr: () => stderr,
  }
}

async function main(): Promise<void> {
  const [{ readConfig }, { HTTP_STATUS, ZhikeError }, { startHouse }, { createFakeChannel, FAKE_CHANNEL }] = await Promise.all([
    import('../../platform/config.ts'),
    import('../../platform/errors.ts'),
    import('../../server/house.ts'),
    import('./fake-channel.ts'),
  ])
  const { platformUrl, kill } = JSON.parse(process.argv[2] ?? '{}') as {
    platformUrl: string
    kill: { point: ProbePoint; nth: number } | null
  }
  let hits = 0
  const probe = (point: ProbePoint) => {
    if (point !== kill?.point || ++hits < kill.nth) return
    process.kill(process.pid, 'SIGKILL')
    // Not one more line of ours runs.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
  }
  try {
    const house = await startHouse({ config: readConfig(), channels: [createFakeChannel(platformUrl)], probe })
    const server = createServer((request, response) => {
      const parts: Buffer[] = []
      request.on('data', (part) => parts.push(part))
      request.on('end', () => {
        const raw = { method: 'POST', path: '/callback', query: {}, headers: {}, body: Buffer.concat(parts) }
        house.accept(FAKE_CHANNEL, raw).then(
          (answer) => response.writeHead(answer.status, { 'content-type': 'application/json' }).end(JSON.stringify(answer.body)),
          (error) => {
            if (!(error instanceof ZhikeError)) process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`)
            response.writeHead(error instanceof ZhikeError ? HTTP_STATUS[error.kind] : 500).end()
          },
        )
      })
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    process.once('SIGTERM', () => {
      server.close()
      house.stop().finally(() => process.exit(0))
    })
    process.on('unhandledRejection', (reason) => {
      process.stderr.write(`unforeseen rejection: ${reason instanceof Error ? reason.stack : String(reason)}\n`)
      process.exit(1)
    })
    const callback = `http://127.0.0.1:${(server.address() as AddressInfo).port}/callback`
    process.stdout.write(`${JSON.stringify({ ready: { url: house.url, callback } })}\n`)
  } catch (error) {
    process.stderr.write(
      error instanceof ZhikeError ? `${error.code}: ${error.message}\n` : `${error instanceof Error ? error.stack : String(error)}\n`,
    )
    process.exit(1)
  }
}

if (process.argv[1] === ENTRY) await main()
