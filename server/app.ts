import { randomUUID } from 'node:crypto'
import helmet from '@fastify/helmet'
import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import { TypeBoxValidatorCompiler } from '@fastify/type-provider-typebox'
import underPressure from '@fastify/under-pressure'
import websocket from '@fastify/websocket'
import Fastify, { type FastifyError, type FastifyInstance, type FastifyReply, type FastifyRequest, LogController } from 'fastify'
import type { Registry } from 'prom-client'
import type { Static, TSchema } from 'typebox'
import type { Actor } from '../platform/audit.ts'
import { HTTP_STATUS, ZhikeError } from '../platform/errors.ts'
import type { Log } from '../platform/log.ts'
import { mayDo, PERMISSIONS, type Staff } from '../staff/index.ts'
import type { Permission, Route } from '../wire/route.ts'
import type { Limits } from './limits.ts'
import { SOCKET_OPTIONS } from './live.ts'
import { countRequests } from './metrics.ts'
import { findUnstorable } from './text-guard.ts'

/** HTTP: one Fastify with every guard, and `handle`, the only way a route of `wire/` is registered. */

type Part<R extends Route, K extends 'params' | 'query' | 'body'> =
  R extends Readonly<Record<K, infer S extends TSchema>> ? Static<S> : undefined

export interface Call<R extends Route> {
  readonly params: Part<R, 'params'>
  readonly query: Part<R, 'query'>
  readonly body: Part<R, 'body'>
  /** The body as it came; empty unless the route is `raw`. */
  readonly raw: Buffer
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly ip: string
  /** Path with query, as requested. */
  readonly url: string
  /** Who calls; for public and channel routes the house. */
  readonly actor: Actor
  readonly traceId: string
  readonly log: Log
}

export interface Reply {
  /** The route's `ok.status` when absent. */
  readonly status?: number
  readonly body: unknown
  readonly headers?: Readonly<Record<string, string>>
}

export interface HouseApp {
  readonly fastify: FastifyInstance
  /** Every registered route with its permission, for the tests that walk the table. */
  readonly routes: readonly Route[]
  handle<R extends Route>(route: R, run: (call: Call<R>) => Promise<Reply>): void
}

export interface AppDeps {
  log: Log
  staff: Staff
  limits: Limits
  registry: Registry
  trustedProxies: readonly string[]
  /** Sites that may frame the chat. */
  allowedOrigins: readonly string[]
  version: string
}

export const DEFAULT_BODY_BYTES = 1024 * 1024

interface ErrorBody {
  error: { code: string; message: string; details?: readonly { path: string; message: string }[] }
}

/** Any thrown value → what the caller may see. What we did not foresee is our bug: logged whole, shown as a trace id. */
export function toErrorReply(error: unknown, traceId: string): { status: number; body: ErrorBody; retryAfterMs: number | undefined } {
  if (error instanceof ZhikeError)
    return {
      status: HTTP_STATUS[error.kind],
      body: { error: { code: error.code, message: error.message, ...(error.details ? { details: error.details } : {}) } },
      retryAfterMs: error.retryAfterMs,
    }
  const { statusCode, code, validation, message } = error as FastifyError
  if (validation)
    return {
      status: 400,
      body: {
        error: {
          code: 'request.invalid',
          message: 'The request is not of the form this route takes; see details.',
          details: validation
            .slice(0, 20)
            .map((entry) => ({ path: entry.instancePath || '/', message: entry.message ?? 'is not allowed' })),
        },
      },
      retryAfterMs: undefined,
    }
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE')
    return {
      status: 413,
      body: { error: { code: 'request.too-large', message: 'The body is larger than this route takes.' } },
      retryAfterMs: undefined,
    }
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE')
    return {
      status: 400,
      body: { error: { code: 'request.unknown-media-type', message: 'This route does not take a body of this content-type.' } },
      retryAfterMs: undefined,
    }
  if (typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500)
    return { status: 400, body: { error: { code: 'request.malformed', message: message.slice(0, 200) } }, retryAfterMs: undefined }
  return {
    status: 500,
    body: { error: { code: 'house.internal', message: `Something went wrong on our side. It was logged as ${traceId}.` } },
    retryAfterMs: undefined,
  }
}

function send(reply: FastifyReply, request: FastifyRequest, error: unknown): FastifyReply {
  const { status, body, retryAfterMs } = toErrorReply(error, request.id)
  if (status >= 500) request.log.error({ err: error }, 'a request failed')
  if (retryAfterMs !== undefined) reply.header('retry-after', String(Math.max(1, Math.ceil(retryAfterMs / 1000))))
  return reply.code(status).type('application/json; charset=utf-8').serializer(JSON.stringify).send(body)
}

/** A page of ours may load only from us; the chat may be framed by the configured sites alone. */
function contentSecurity(frameAncestors: readonly string[]) {
  return {
    useDefaults: false,
    directives: {
      'default-src': ["'none'"],
      'script-src': ["'self'"],
      'style-src': ["'self'"],
      'img-src': ["'self'", 'data:', 'blob:'],
      'font-src': ["'self'"],
      'connect-src': ["'self'", 'ws:', 'wss:'],
      'form-action': ["'self'"],
      'base-uri': ["'none'"],
      'frame-ancestors': ["'self'", ...frameAncestors],
      'require-trusted-types-for': ["'script'"],
    },
  }
}

export async function createApp(deps: AppDeps): Promise<HouseApp> {
  const app = Fastify({
    loggerInstance: deps.log,
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: () => randomUUID(),
    trustProxy: deps.trustedProxies.length > 0 ? [...deps.trustedProxies] : false,
    bodyLimit: DEFAULT_BODY_BYTES,
    requestTimeout: 30_000,
    connectionTimeout: 60_000,
    keepAliveTimeout: 65_000,
    http: { headersTimeout: 10_000 },
    routerOptions: { maxParamLength: 2_000 },
    forceCloseConnections: 'idle',
  }) as unknown as FastifyInstance
  app.setValidatorCompiler(TypeBoxValidatorCompiler)
  app.setErrorHandler((error, request, reply) => send(reply, request, error))
  app.setNotFoundHandler((request, reply) =>
    send(
      reply,
      request,
      new ZhikeError(
        'missing',
        'request.unknown-route',
        `There is no ${request.method} ${request.url.split('?')[0]?.slice(0, 200)} here; see /docs.`,
      ),
    ),
  )
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-trace-id', request.id)
    if (request.url.startsWith('/v3/directline')) deps.limits.take('address', request.ip)
  })
  app.addHook('onSend', async (_request, reply) => {
    // Private answers stay out of every cache; built assets carry a hash in their name and set their own.
    if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-store')
  })
  countRequests(app, deps.registry)

  await app.register(helmet, {
    contentSecurityPolicy: contentSecurity(deps.allowedOrigins),
    crossOriginResourcePolicy: { policy: 'same-site' },
    // frame-ancestors decides; X-Frame-Options knows no list.
    frameguard: false,
  })
  await app.register(underPressure, {
    maxEventLoopDelay: 2_000,
    retryAfter: 2,
    pressureHandler: (_request, _reply, type, value) => {
      deps.log.warn({ type, value }, 'under pressure: a request was turned away')
      throw new ZhikeError('unavailable', 'house.busy', 'The house is busy; try again in 2 seconds.', { retryAfterMs: 2_000 })
    },
  })
  await app.register(websocket, { options: SOCKET_OPTIONS })
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'zhike 知客', version: deps.version, license: { name: 'Apache-2.0' } },
      components: { securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } } },
    },
  })
  await app.register(swaggerUi, { routePrefix: '/docs', staticCSP: true })
  app.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger())

  const authorise = async (permission: Permission, request: FastifyRequest): Promise<Actor> => {
    if (permission === 'public' || permission === 'channel') return { kind: 'house', id: 'anonymous', traceId: request.id }
    const [scheme, token] = (request.headers.authorization ?? '').split(' ')
    if (scheme?.toLowerCase() !== 'bearer' || !token)
      throw new ZhikeError('unauthenticated', 'auth.missing-token', 'Send an API token: Authorization: Bearer <token>.')
    const principal = await deps.staff.authenticate(token)
    if (!principal) throw new ZhikeError('unauthenticated', 'auth.unknown-token', 'This API token is unknown or revoked; make a new one.')
    deps.limits.take('token', principal.tokenId)
    if (!mayDo(principal.role, permission))
      throw new ZhikeError('forbidden', 'auth.not-allowed', `The role "${principal.role}" may not do this (${permission}).`)
    return { ...principal.actor, traceId: request.id }
  }

  const known = new Set<string>(['public', 'channel', ...PERMISSIONS])
  const actors = new WeakMap<FastifyRequest, Actor>()
  const routes: Route[] = []
  const handle: HouseApp['handle'] = (route, run) => {
    routes.push(route)
    if (!known.has(route.permission))
      throw new ZhikeError(
        'misconfigured',
        'route.without-permission',
        `${route.method} ${route.path} declares no permission the house knows; name one of staff/permission.ts.`,
      )
    const register = (scope: FastifyInstance) => {
      scope.route({
        method: route.method,
        url: route.path,
        bodyLimit: route.bodyLimit ?? DEFAULT_BODY_BYTES,
        schema: {
          summary: route.summary,
          tags: [route.path.split('/')[2] ?? 'house'],
          ...(route.params ? { params: route.params } : {}),
          ...(route.query ? { querystring: route.query } : {}),
          ...(route.body && !route.raw ? { body: route.body } : {}),
          response: { ...(route.ok.schema ? { [route.ok.status]: route.ok.schema } : {}), ...route.ok.also },
          ...(route.permission === 'public' || route.permission === 'channel' ? {} : { security: [{ bearer: [] as string[] }] }),
        },
        onRequest: async (request) => {
          actors.set(request, await authorise(route.permission, request))
        },
        preValidation: async (request) => {
          for (const part of [request.params, request.query, route.raw ? null : request.body]) {
            const found = findUnstorable(part)
            if (found)
              throw new ZhikeError('invalid', 'request.unstorable-text', `The request ${found.why}; take it out and send it again.`, {
                details: [{ path: found.path, message: found.why }],
              })
          }
        },
        handler: async (request, reply) => {
          const result = await run({
            params: request.params as never,
            query: request.query as never,
            body: (route.raw ? undefined : request.body) as never,
            raw: route.raw && Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0),
            headers: request.headers as Record<string, string | undefined>,
            ip: request.ip,
            url: request.url,
            actor: actors.get(request) ?? { kind: 'house', id: 'anonymous' },
            traceId: request.id,
            log: request.log as Log,
          })
          reply.code(result.status ?? route.ok.status)
          if (result.headers) reply.headers(result.headers)
          return reply.send(result.body)
        },
      })
    }
    if (!route.raw) {
      register(app)
      return
    }
    // A raw route reads its own bytes: its scope knows one parser, for everything.
    app.register(async (scope) => {
      scope.removeAllContentTypeParsers()
      scope.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
      register(scope)
    })
  }
  return { fastify: app, routes, handle }
}
