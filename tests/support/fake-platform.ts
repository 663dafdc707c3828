import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { FakeMessage } from './fake-channel.ts'

/** One message that reached a customer of the fake platform. */
export interface FakeSend {
  readonly key: string
  readonly to: string
  readonly text: string
  readonly replyToId: string | null
  readonly kind: string | null
  /** `performance.now()` of its arrival. */
  readonly atMs: number
}

export interface Callback {
  readonly attempts: number
  /** Longest time until an answer came, of the attempts that got one. */
  readonly longestAnswerMs: number
  readonly statuses: readonly number[]
  /** `performance.now()` of the 200. */
  readonly ackedAtMs: number
}

export type PlatformFault = 'none' | 'fail' | 'hang' | 'accept-then-cut'

export interface FakePlatform {
  readonly url: string
  /** What customers see: the first send of each key, in order of arrival. */
  readonly seen: readonly FakeSend[]
  /** Keys that were sent more than once; a real receiver drops the later ones, as this one does. */
  readonly repeats: readonly { readonly key: string; readonly sameText: boolean }[]
  seenBy(address: string): readonly FakeSend[]
  /** How the platform treats sends from now on. */
  setFault(fault: PlatformFault): void
  /** Delivers one callback until it is answered 200, as platforms do; `urlOf` may change between attempts (a restarted house). */
  deliver(
    messages: readonly FakeMessage[],
    urlOf: () => string | null,
    options?: { retryMs?: number; giveUpMs?: number },
  ): Promise<Callback>
  stop(): Promise<void>
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer)
  return Buffer.concat(parts).toString('utf8')
}

/** Stands for a messaging platform: records every send by key and repeats its callbacks until they are acknowledged. */
export async function startFakePlatform(): Promise<FakePlatform> {
  const seen: FakeSend[] = []
  const byAddress = new Map<string, FakeSend[]>()
  const texts = new Map<string, string>()
  const repeats: { key: string; sameText: boolean }[] = []
  let fault: PlatformFault = 'none'

  const server = createServer((request, response) => {
    void bodyOf(request)
      .then((body) => {
        if (fault === 'hang') return
        if (fault === 'fail') {
          response.writeHead(503).end()
          return
        }
        const { to, key, text, replyToId, kind } = JSON.parse(body)
        const earlier = texts.get(key)
        if (earlier !== undefined) repeats.push({ key, sameText: earlier === text })
        else {
          texts.set(key, text)
          const send: FakeSend = { key, to, text, replyToId, kind, atMs: performance.now() }
          seen.push(send)
          byAddress.set(to, [...(byAddress.get(to) ?? []), send])
        }
        // Taken, but the sender never hears of it: the case that only the key can heal.
        if (fault === 'accept-then-cut') request.socket.destroy()
        else response.writeHead(200, { 'content-type': 'application/json' }).end('{"errcode":0}')
      })
      .catch(() => request.socket.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

  return {
    url,
    seen,
    repeats,
    seenBy: (address) => byAddress.get(address) ?? [],
    setFault(next) {
      fault = next
      if (next === 'none') server.closeAllConnections()
    },
    async deliver(messages, urlOf, { retryMs = 50, giveUpMs = 600_000 } = {}) {
      const started = performance.now()
      const statuses: number[] = []
      let longestAnswerMs = 0
      for (let attempts = 1; ; attempts++) {
        const target = urlOf()
        const asked = performance.now()
        if (target !== null)
          try {
            const response = await fetch(target, {
              method: 'POST',
              headers: { 'content-type': 'application/json' },
              body: JSON.stringify({ messages }),
              signal: AbortSignal.timeout(20_000),
            })
            await response.arrayBuffer()
            longestAnswerMs = Math.max(longestAnswerMs, performance.now() - asked)
            statuses.push(response.status)
            if (response.status === 200) return { attempts, longestAnswerMs, statuses, ackedAtMs: performance.now() }
          } catch (error) {
            // Cut by a kill: repeated. No answer within 20 s is an answer that came far too late.
            if ((error as Error).name === 'TimeoutError') longestAnswerMs = Math.max(longestAnswerMs, performance.now() - asked)
          }
        if (performance.now() - started > giveUpMs)
          throw new Error(`callback never acknowledged: ${JSON.stringify({ messages, statuses })}`)
        await new Promise((resolve) => setTimeout(resolve, retryMs))
      }
    },
    async stop() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
