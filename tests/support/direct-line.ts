import { createHmac, hkdfSync } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import websocket from '@fastify/websocket'
import Fastify from 'fastify'
import pino from 'pino'
import { createAllowedOrigins, createDirectLine } from '../../adapters/index.ts'
import { ZhikeError } from '../../platform/errors.ts'
import { createStreams, SOCKET_OPTIONS } from '../../server/live.ts'
import { registerDirectLine } from '../../server/routes/direct-line.ts'
import { createMemoryMailbox } from './memory-mailbox.ts'

export const SECRET = 'a-web-chat-secret-that-is-long-enough-0001'
export const SITE = 'https://shop.example.com'

/** The Direct Line surface on a real port, over a mailbox in memory and a clock that the test moves. */
export async function startDirectLine(options: { postsBeforeThrottle?: number } = {}) {
  const clock = { now: new Date('2026-03-01T08:00:00.000Z') }
  const mailbox = createMemoryMailbox(() => clock.now)
  let publicUrl = 'http://127.0.0.1'
  const allowedOrigins = createAllowedOrigins(() => publicUrl, [SITE])
  const directLine = createDirectLine({ mailbox, secret: SECRET, allowedOrigins, publicUrl: () => publicUrl, now: () => clock.now })
  const streams = createStreams({ mailbox, translate: directLine.translate, log: pino({ level: 'silent' }) })
  let posts = options.postsBeforeThrottle ?? Number.POSITIVE_INFINITY
  const app = Fastify()
  await app.register(websocket, {
    options: SOCKET_OPTIONS,
    preClose: (done) => {
      streams.closeAll()
      done()
    },
  })
  registerDirectLine(app, {
    directLine,
    streams,
    allowedOrigins,
    accept: (_name, request) => mailbox.accept(directLine, request),
    readState: async () => ({ state: 'none', place: null, waitMinutes: null, open: true, opensAt: null }),
    readFile: mailbox.readFile,
    limits: {
      take(name) {
        if (name === 'web-chat-post' && --posts < 0) throw new ZhikeError('throttled', 'limits.too-many', 'later', { retryAfterMs: 1_500 })
      },
    },
  })
  await app.listen({ host: '127.0.0.1', port: 0 })
  publicUrl = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`
  const url = `${publicUrl}/v3/directline`

  const call = async (
    method: string,
    path: string,
    init: { bearer?: string; body?: unknown; origin?: string; headers?: Record<string, string> } = {},
  ) => {
    const raw = init.body instanceof Uint8Array || typeof init.body === 'string' ? init.body : undefined
    const response = await fetch(path.startsWith('http') ? path : url + path, {
      method,
      headers: {
        ...(init.bearer ? { authorization: `Bearer ${init.bearer}` } : {}),
        ...(init.body !== undefined && raw === undefined ? { 'content-type': 'application/json' } : {}),
        ...(init.origin ? { origin: init.origin } : {}),
        ...init.headers,
      },
      ...(init.body === undefined ? {} : { body: (raw ?? JSON.stringify(init.body)) as string }),
    })
    const text = await response.text()
    const type = response.headers.get('content-type') ?? ''
    const body: any = type.includes('json') && text !== '' ? JSON.parse(text) : text
    return { status: response.status, headers: response.headers, body, text }
  }
  /** A started conversation of that trusted user, or of an anonymous visitor of SITE. */
  const open = async (user?: string) => {
    const made = user
      ? await call('POST', '/tokens/generate', { bearer: SECRET, body: { user: { id: user } } })
      : await call('POST', '/tokens/generate', { origin: SITE })
    const started = await call('POST', '/conversations', { bearer: made.body.token })
    return {
      id: started.body.conversationId as string,
      token: started.body.token as string,
      streamUrl: started.body.streamUrl as string,
      first: made.body.token as string,
    }
  }
  return { app, call, open, clock, mailbox, directLine, streams, url, publicUrl, stop: () => app.close() }
}

const part = (value: unknown) => (typeof value === 'string' ? value : Buffer.from(JSON.stringify(value)).toString('base64url'))

/** A JWT by hand, so that every part of it can be wrong. */
export function makeJwt(header: unknown, claims: unknown, key: string | Uint8Array, hash = 'sha256'): string {
  const head = `${part(header)}.${part(claims)}`
  return `${head}.${createHmac(hash, key).update(head).digest('base64url')}`
}

export const HS256 = { alg: 'HS256', typ: 'JWT' }

export function seconds(clock: { now: Date }, ahead = 0): number {
  return Math.floor(clock.now.getTime() / 1_000) + ahead
}

export function signIdentity(clock: { now: Date }, claims: Record<string, unknown> = {}): string {
  return makeJwt(HS256, { sub: 'c-1001', aud: 'zhike-web-chat', exp: seconds(clock, 600), ...claims }, SECRET)
}

/** The key of our own tokens, for tests that forge with everything but the purpose right. */
export function tokenKey(): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', SECRET, '', 'zhike web chat: tokens and tickets, v1', 32))
}
