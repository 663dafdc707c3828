import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { wantedMilliseconds } from './cpu.ts'

/** Servers under test as processes of their own. */

const root = fileURLToPath(new URL('../../', import.meta.url))
const built = join(root, 'bench/results/build')

/** Compiles the house and the limits the way `npm run build` does, so that both run as the same kind of JavaScript. */
export function compile(): void {
  const { stdout } = spawnSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', join(root, 'bench/tsconfig.json')], {
    encoding: 'utf8',
  })
  // Types are the business of `npm run check`; what could not be written at all shows when it is started.
  if (stdout.trim() !== '') console.log(`(types: ${stdout.trim().split('\n').length} complaints, first: ${stdout.split('\n')[0]})`)
}

export interface Server {
  readonly pid: number
  readonly url: string
  stop(): Promise<void>
}

const START_MS = 180_000
const STOP_MS = 15_000

function ended(child: ChildProcess): Promise<void> {
  return child.exitCode !== null || child.signalCode !== null
    ? Promise.resolve()
    : new Promise((resolve) => child.once('exit', () => resolve()))
}

/**
 * Starts a compiled program and waits until it says where it listens.
 * @param program its source
 * @throws when it ends or says nothing for three minutes, with the end of what it said
 */
export async function startServer(
  source: URL,
  env: Readonly<Record<string, string>>,
  options: { nodeArgs?: readonly string[] } = {},
): Promise<Server> {
  const program = relative(root, fileURLToPath(source))
  const child = spawn(process.execPath, [...(options.nodeArgs ?? []), join(built, program.replace(/\.ts$/, '.js'))], {
    cwd: root,
    // Nothing of the caller's own house may reach the one under test.
    env: {
      ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('ZHIKE_'))),
      NODE_ENV: 'production',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  const url = await new Promise<string>((resolve, reject) => {
    const fail = (why: string) => reject(new Error(`${program} ${why}\n${said.slice(-3_000)}`))
    const timer = setTimeout(() => {
      child.kill('SIGKILL')
      fail('did not start in time')
    }, START_MS)
    const hear = (data: Buffer) => {
      said = (said + data.toString()).slice(-20_000)
      const found = /running at (http:\/\/[\w.:[\]]+)/.exec(said)?.[1]
      if (found === undefined) return
      clearTimeout(timer)
      resolve(found)
    }
    child.stdout.on('data', hear)
    child.stderr.on('data', hear)
    child.once('exit', (code, signal) => {
      clearTimeout(timer)
      fail(`ended with ${code ?? signal}`)
    })
  })
  return {
    pid: child.pid as number,
    url,
    async stop() {
      child.kill('SIGTERM')
      const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS)
      await ended(child)
      clearTimeout(timer)
    },
  }
}

const QUIET_STEP_MS = 300
const QUIET_SHARE = 0.1

/** Waits until a server has done what it does by itself (training after an import). @returns false when it never came to rest. */
export async function untilQuiet(pid: number, atMostMs: number): Promise<boolean> {
  const began = performance.now()
  let quiet = 0
  while (performance.now() - began < atMostMs) {
    const before = wantedMilliseconds(pid)
    const at = performance.now()
    await new Promise((resolve) => setTimeout(resolve, QUIET_STEP_MS))
    const share = (wantedMilliseconds(pid) - before) / (performance.now() - at)
    quiet = share < QUIET_SHARE ? quiet + 1 : 0
    if (quiet >= 4) return true
  }
  return false
}
