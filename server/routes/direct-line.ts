import type {} from '@fastify/websocket'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { DirectLine, StreamRight } from '../../adapters/index.ts'
import type { Acknowledgement, RawRequest } from '../../conversations/channel.ts'
import { ZhikeError } from '../../platform/errors.ts'
import { directLineRoutes } from '../../wire/direct-line.ts'
import type { Route } from '../../wire/route.ts'
import { toErrorReply } from '../error-reply.ts'
import type { Streams } from '../live.ts'

/** The Direct Line surface: raw bodies, its own error bodies, and cross-origin rules of its own. */

export interface DirectLineRouteDeps {
  readonly directLine: DirectLine
  readonly streams: Streams
  readonly allowedOrigins: (origin: string | undefined) => boolean
  /** The house's entry for one request of a channel. */
  readonly accept: (channelName: string, request: RawRequest) => Promise<Acknowledgement>
  readonly readFile: (conversationId: string, fileId: string) => Promise<{ name: string; contentType: string; bytes: Uint8Array } | null>
  /** Where the conversation stands, for who may read it. */
  readonly readState: (conversationId: string) => Promise<unknown>
  /** @throws ZhikeError `throttled`. */
  readonly limits: { take(name: 'address' | 'web-chat-post' | 'web-chat-read', key: string): void | Promise<void> }
}

const PREFIX = '/v3/directline'
const OWN_ID = /^[\w-]{16,64}$/
/** Headers that Bot Framework clients send on every call, without which nothing works in a browser. */
const ALLOWED_HEADERS = 'authorization, content-type, x-ms-bot-agent, x-requested-with'
const PREFLIGHT_SECONDS = '600'
/** What a browser may show in place; everything else is only offered for download. */
const SHOWN = new Set(['image/png', 'image/jpeg', 'image/gif', 'image/webp'])

/** Direct Line names of failures; by code where the client acts on it, else by kind. */
const BY_CODE: Readonly<Record<string, string>> = {
  'web-chat.token-expired': 'TokenExpired',
  'web-chat.property-missing': 'MissingProperty',
}
const BY_KIND: Readonly<Record<ZhikeError['kind'], string>> = {
  invalid: 'BadArgument',
  unauthenticated: 'Unauthorized',
  forbidden: 'Forbidden',
  missing: 'NotFound',
  conflict: 'BotRejectedActivity',
  refused: 'BotRejectedActivity',
  'too-large': 'MessageSizeTooBig',
  throttled: 'Throttled',
  unavailable: 'ServiceError',
  misconfigured: 'ServiceError',
}

function headersOf(request: FastifyRequest): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, Array.isArray(value) ? value[0] : value]))
}

function queryOf(request: FastifyRequest): Record<string, string> {
  const entries = Object.entries(request.query as Record<string, unknown>)
  // Of a doubled parameter the first counts.
  return Object.fromEntries(entries.map(([name, value]) => [name, String(Array.isArray(value) ? value[0] : value)]))
}

function bodyOf(request: FastifyRequest): Uint8Array {
  return Buffer.isBuffer(request.body) ? request.body : new Uint8Array()
}

const ask = (request: FastifyRequest) => ({ headers: headersOf(request), query: queryOf(request) })

function idOf(request: FastifyRequest, name = 'conversationId'): string {
  return (request.params as Record<string, string>)[name] ?? ''
}

/** The body says it in Direct Line's names, which are few; the header in ours (docs/errors.md). */
const CODE_HEADER = 'x-error-code'

function sendError(error: unknown, request: FastifyRequest, reply: FastifyReply) {
  const { status, body } = toErrorReply(error, request.id)
  reply.code(status).header(CODE_HEADER, body.error.code)
  if (error instanceof ZhikeError) {
    if (error.retryAfterMs !== undefined) reply.header('retry-after', String(Math.ceil(error.retryAfterMs / 1_000)))
    if (error.kind === 'unavailable') request.log.warn({ err: error }, 'a request had to be put off')
    return reply.send({ error: { code: BY_CODE[error.code] ?? BY_KIND[error.kind], message: error.message } })
  }
  if (status >= 500) {
    request.log.error({ err: error }, 'a request failed')
    return reply.send({ error: { code: BY_KIND.unavailable, message: 'Something failed on our side; try again.' } })
  }
  return reply.send({ error: { code: BY_KIND[status === 413 ? 'too-large' : 'invalid'], message: body.error.message } })
}

/**
 * Registers everything under /v3/directline. Needs @fastify/websocket on the same app, with `SOCKET_OPTIONS` of live.ts. The scope is
 * its own: its body parser, error bodies and CORS do not reach the rest of the house.
 */
export function registerDirectLine(app: FastifyInstance, deps: DirectLineRouteDeps): void {
  const { directLine, streams, limits } = deps
  const rights = new WeakMap<FastifyRequest, StreamRight>()
  /** Of ids that can be ours: any other is refused further in, and must not fill the table of limits. */
  const spend = async (name: 'web-chat-post' | 'web-chat-read', id: string) => {
    if (OWN_ID.test(id)) await limits.take(name, id)
  }

  app.register(
    async (scope) => {
      scope.removeAllContentTypeParsers()
      scope.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
      // Schemas describe here; the channel reads the bytes itself, and activities keep fields that no schema names.
      scope.setValidatorCompiler(() => () => true)
      scope.setSerializerCompiler(() => (data) => JSON.stringify(data))
      scope.setErrorHandler(sendError)
      scope.setNotFoundHandler((_request, reply) =>
        reply
          .code(404)
          .header(CODE_HEADER, 'request.unknown-route')
          .send({ error: { code: 'NotFound', message: 'There is no such place in Direct Line.' } }),
      )

      scope.addHook('onRequest', async (request, reply) => {
        reply.header('cache-control', 'no-store').header('vary', 'Origin')
        const { origin } = request.headers
        if (origin !== undefined && deps.allowedOrigins(origin)) reply.header('access-control-allow-origin', origin)
        // After the header, so that a page may read the refusal; here and not by the spelling of the URL.
        await limits.take('address', request.ip)
      })

      const serve = (route: Route, run: (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>) => {
        const { summary, params, query } = route
        scope.route({
          method: route.method,
          url: route.path.slice(PREFIX.length),
          schema: {
            summary,
            tags: ['direct-line'],
            ...(params ? { params } : {}),
            ...(query ? { querystring: query } : {}),
            ...(route.ok.schema ? { response: { [route.ok.status]: route.ok.schema, ...route.ok.also } } : {}),
          },
          config: { permission: route.permission },
          ...(route.bodyLimit ? { bodyLimit: route.bodyLimit } : {}),
          handler: run,
        })
      }

      scope.options('/*', { schema: { hide: true }, config: { permission: 'public' } }, async (request, reply) => {
        if (deps.allowedOrigins(request.headers.origin))
          reply
            .header('access-control-allow-methods', 'GET, POST, OPTIONS')
            .header('access-control-allow-headers', ALLOWED_HEADERS)
            .header('access-control-max-age', PREFLIGHT_SECONDS)
        return reply.code(204).send()
      })

      serve(directLineRoutes.generateToken, async (request) => {
        const { signedIn, ...answer } = await directLine.generateToken(ask(request), bodyOf(request))
        if (signedIn !== null) streams.cut(answer.conversationId, signedIn)
        return answer
      })
      serve(directLineRoutes.refreshToken, (request) => directLine.refreshToken(ask(request)))
      serve(directLineRoutes.startConversation, async (request, reply) => {
        const { created, ...answer } = await directLine.startConversation(ask(request), bodyOf(request))
        return reply.code(created ? 201 : 200).send(answer)
      })
      serve(directLineRoutes.reconnect, async (request) => {
        await spend('web-chat-read', idOf(request))
        return directLine.reconnect(ask(request), idOf(request))
      })
      serve(directLineRoutes.readActivities, async (request) => {
        await spend('web-chat-read', idOf(request))
        return directLine.readActivities(ask(request), idOf(request))
      })

      serve(directLineRoutes.readState, async (request) => {
        await spend('web-chat-read', idOf(request))
        await directLine.checkReader(ask(request), idOf(request))
        return deps.readState(idOf(request))
      })

      const post = (kind: 'activities' | 'upload') => async (request: FastifyRequest, reply: FastifyReply) => {
        await spend('web-chat-post', idOf(request))
        const { headers, query } = ask(request)
        const path = `${PREFIX}/conversations/${encodeURIComponent(idOf(request))}/${kind}`
        const done = await deps.accept(directLine.name, { method: 'POST', path, query, headers, body: bodyOf(request) })
        return reply
          .code(done.status)
          .headers(done.headers ?? {})
          .send(done.body)
      }
      serve(directLineRoutes.postActivity, post('activities'))
      serve(directLineRoutes.upload, post('upload'))

      serve(directLineRoutes.readFile, async (request, reply) => {
        const [conversationId, fileId] = [idOf(request), idOf(request, 'fileId')]
        await spend('web-chat-read', conversationId)
        await directLine.openFile(ask(request), conversationId, fileId)
        const file = /^[\w-]{1,64}$/.test(fileId) ? await deps.readFile(conversationId, fileId) : null
        if (!file) throw new ZhikeError('missing', 'web-chat.file-unknown', 'There is no such file in this conversation.')
        return (
          reply
            .header('content-type', SHOWN.has(file.contentType) ? file.contentType : 'application/octet-stream')
            .header(
              'content-disposition',
              `${SHOWN.has(file.contentType) ? 'inline' : 'attachment'}; filename*=UTF-8''${encodeName(file.name)}`,
            )
            .header('x-content-type-options', 'nosniff')
            .header('content-security-policy', "default-src 'none'; sandbox")
            // Pages of other sites show the customer's own picture; the ticket decides who has the link.
            .header('cross-origin-resource-policy', 'cross-origin')
            .header('cache-control', 'private, max-age=600')
            .send(Buffer.from(file.bytes))
        )
      })

      const { stream } = directLineRoutes
      scope.route({
        method: 'GET',
        url: stream.path.slice(PREFIX.length),
        schema: { summary: stream.summary, tags: ['direct-line'], params: stream.params, querystring: stream.query },
        config: { permission: stream.permission },
        // Before the upgrade, so that a refusal is an HTTP answer.
        preValidation: async (request) => {
          await spend('web-chat-read', idOf(request))
          rights.set(request, await directLine.openStream(ask(request), idOf(request)))
        },
        handler: async () => {
          throw new ZhikeError('invalid', 'web-chat.bad-request', 'Open the streamUrl as a WebSocket.')
        },
        wsHandler: (socket, request) => {
          const right = rights.get(request)
          if (right) streams.open(socket, right)
          else socket.close()
        },
      })
    },
    { prefix: PREFIX },
  )
}

/** RFC 5987: everything but its attr-char is percent-encoded. */
function encodeName(name: string): string {
  return encodeURIComponent(name.replace(/\p{Cs}/gu, '')).replace(/['()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`)
}
