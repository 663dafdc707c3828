import { createHmac, hkdfSync } from 'node:crypto'
import type { Channel } from '../../../conversations/index.ts'
import { HTTP_STATUS, ZhikeError } from '../../../platform/errors.ts'
import { TEST_SECRET, type TestHouse } from '../../support/house.ts'

/** What one case of the error table may use. */
export interface Stage {
  readonly house: TestHouse
  /** While true, every transaction of the house fails with an error nobody foresaw. */
  readonly fault: { on: boolean }
}

const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')

function signJwt(claims: Record<string, unknown>, key: string | Uint8Array): string {
  const text = `${part({ alg: 'HS256', typ: 'JWT' })}.${part(claims)}`
  return `${text}.${createHmac('sha256', key).update(text).digest('base64url')}`
}

const nowSeconds = () => Math.floor(Date.now() / 1_000)

/** What a site's server gives a signed-in customer. */
export function signIdentity(customerId: string): string {
  return signJwt({ sub: customerId, aud: 'zhike-web-chat', exp: nowSeconds() + 600 }, TEST_SECRET)
}

export interface Raised {
  readonly code: string
  readonly status: number
  readonly body: unknown
  readonly headers: Headers
}

/** Over HTTP, with the admin token. */
export async function call(
  stage: Stage,
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Raised> {
  const answer = await stage.house.call(method, path, body, headers)
  return { code: answer.body?.error?.code ?? '', ...answer }
}

export interface DirectLineCall {
  readonly bearer?: string
  readonly origin?: string
  readonly body?: unknown
  readonly headers?: Record<string, string>
}

/** Over HTTP to Direct Line; our code is in the header. */
export async function directLine(
  stage: Stage,
  method: string,
  path: string,
  options: DirectLineCall = {},
): Promise<Raised & { body: any }> {
  const { bearer, origin, body, headers } = options
  const response = await fetch(`${stage.house.url}/v3/directline${path}`, {
    method,
    headers: {
      ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }),
      ...(origin === undefined ? {} : { origin }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' || body instanceof FormData ? body : JSON.stringify(body) }),
  })
  const said = await response.text()
  return {
    code: response.headers.get('x-error-code') ?? '',
    status: response.status,
    body: said.startsWith('{') ? JSON.parse(said) : said,
    headers: response.headers,
  }
}

/** A visitor with a token that only pages of the house may use. */
export async function visit(stage: Stage): Promise<{ conversationId: string; token: string }> {
  return (await directLine(stage, 'POST', '/tokens/generate', { origin: stage.house.url })).body
}

/** A visitor whose conversation is started. */
export async function startChat(stage: Stage): Promise<{ conversationId: string; token: string }> {
  const { token } = await visit(stage)
  return (await directLine(stage, 'POST', '/conversations', { bearer: token, origin: stage.house.url })).body
}

export const say = (text: string, more: Record<string, unknown> = {}) => ({ type: 'message', from: { id: 'me' }, text, ...more })

/** One of our own tokens that ran out an hour ago, signed with the right key. */
export function makeExpiredToken(conversationId: string): string {
  const key = new Uint8Array(hkdfSync('sha256', TEST_SECRET, '', 'zhike web chat: tokens and tickets, v1', 32))
  const at = nowSeconds()
  return signJwt({ conv: conversationId, aud: 'zhike-direct-line', iat: at - 7_200, exp: at - 3_600, jti: 'j' }, key)
}

/** A channel whose readers come to us, and whose callbacks we believe. */
export const LETTERBOX: Channel = {
  name: 'letterbox',
  limits: { textBytes: 2_048, replyWindowMs: null, repliesInWindow: null, buttons: 0, agentsSpeak: 'desk', readerComes: true },
  receive: async (request) => ({
    inbound: [
      {
        identity: { id: 'somebody', trusted: false },
        address: Buffer.from(request.body).toString(),
        activity: say('您好'),
        files: [],
        dedupeKey: 'one',
        sentAt: new Date(),
      },
    ],
    acknowledge: () => ({ status: 200, body: {} }),
  }),
  send: async () => ({ platformId: null }),
}

/** One request of a channel that brings its own route. */
export async function callback(stage: Stage, channel: string, body: string): Promise<Raised> {
  const request = { method: 'POST', path: '/callback', query: {}, headers: {}, body: Buffer.from(body) }
  const error: unknown = await stage.house.accept(channel, request).catch((thrown: unknown) => thrown)
  if (!(error instanceof ZhikeError)) throw new Error(`the callback was not refused: ${JSON.stringify(error)}`)
  return { code: error.code, status: HTTP_STATUS[error.kind], body: null, headers: new Headers() }
}
