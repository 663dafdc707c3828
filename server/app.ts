import { randomUUID } from 'node:crypto'
import type { RequestListener, Server } from 'node:http'
import helmet from '@fastify/helmet'
import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import { TypeBoxValidatorCompiler } from '@fastify/type-provider-typebox'
import underPressure from '@fastify/under-pressure'
import websocket from '@fastify/websocket'
import Fastify, { type FastifyInstance, type FastifyRequest, LogController } from 'fastify'
import type { Registry } from 'prom-client'
import type { Static, TSchema } from 'typebox'
import type { Actor } from '../platform/audit.ts'
import { ZhikeError } from '../platform/errors.ts'
import type { Log } from '../platform/log.ts'
import { mayDo, PERMISSIONS, type Staff } from '../staff/index.ts'
import type { Permission, Route } from '../wire/route.ts'
import { answerBrokenRequest, sendError } from './error-reply.ts'
import type { Limits } from './limits.ts'
import { SOCKET_OPTIONS } from './live.ts'
import { countRequests } from './metrics.ts'
import { findUnstorable } from './text-guard.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Who may call; a route without one stops the start. */
    permission?: Permission
  }
}

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
  /** Answers requests once `fastify.ready()` has resolved. */
  readonly listener: RequestListener
  /** Every registered route with its permission, for the tests that walk the table. */
  readonly routes: readonly Route[]
  handle<R extends Route>(route: R, run: (call: Call<R>) => Promise<Reply>): void
}

export interface AppDeps {
  log: Log
  /** The server that is listening already (front-door.ts). */
  server: Server
  staff: Staff
  limits: Limits
  registry: Registry
  trustedProxies: readonly string[]
  /** Sites that may frame the chat. */
  allowedOrigins: readonly string[]
  version: string
}

const DEFAULT_BODY_BYTES = 1024 * 1024
/** Opening an embedded database holds the thread for seconds; two samples after that the delay is that of the work itself. */
const SETTLING_MS = 2_000
const WATCHED = new Set(['/healthz', '/readyz', '/metrics'])

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
      // A source expression knows no IPv6 address (CSP 3, host-source); browsers complain about one.
      'frame-ancestors': ["'self'", ...frameAncestors.filter((origin) => !origin.includes('['))],
      'require-trusted-types-for': ["'script'"],
    },
  }
}

export async function createApp(deps: AppDeps): Promise<HouseApp> {
  let listener: RequestListener = () => undefined
  const app = Fastify({
    loggerInstance: deps.log,
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: () => randomUUID(),
    trustProxy: deps.trustedProxies.length > 0 ? [...deps.trustedProxies] : false,
    bodyLimit: DEFAULT_BODY_BYTES,
    serverFactory: (handler) => {
      listener = handler
      return deps.server
    },
    routerOptions: { maxParamLength: 2_000 },
    // Before a route is found no hook runs; without these two the answers would not be of our form.
    frameworkErrors: (error, request, reply) => {
      reply.header('x-trace-id', request.id).header('x-content-type-options', 'nosniff').header('cache-control', 'no-store')
      return sendError(reply, request, error)
    },
    clientErrorHandler: answerBrokenRequest,
  }) as unknown as FastifyInstance
  app.setValidatorCompiler(TypeBoxValidatorCompiler)
  app.setErrorHandler((error, request, reply) => sendError(reply, request, error))
  app.setNotFoundHandler((request, reply) =>
    sendError(
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
  })
  app.addHook('onSend', async (_request, reply) => {
    // Private answers stay out of every cache; built assets carry a hash in their name and set their own.
    if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-store')
  })
  countRequests(app, deps.registry)
  const known = new Set<string>(['public', 'channel', ...PERMISSIONS])
  const refuse = (method: string | string[], path: string): never => {
    throw new ZhikeError(
      'misconfigured',
      'route.without-permission',
      `${method} ${path} declares no permission the house knows; name one of staff/permission.ts.`,
    )
  }
  // Deny by default, for routes that do not come through `handle` as well. The pages of /docs bring their own routes.
  app.addHook('onRoute', ({ method, url, config }) => {
    if (!url.startsWith('/docs') && !known.has(config?.permission ?? '')) refuse(method, url)
  })

  await app.register(helmet, {
    contentSecurityPolicy: contentSecurity(deps.allowedOrigins),
    crossOriginResourcePolicy: { policy: 'same-site' },
    // frame-ancestors decides; X-Frame-Options knows no list.
    frameguard: false,
  })
  let steadyAt = Number.POSITIVE_INFINITY
  app.addHook('onReady', async () => {
    steadyAt = performance.now() + SETTLING_MS
  })
  await app.register(underPressure, {
    maxEventLoopDelay: 2_000,
    retryAfter: 2,
    pressureHandler: (request, _reply, type, value) => {
      // Whoever watches the house must see it when it is busy; and the delay of the start itself is no pressure.
      if (WATCHED.has(request.url) || performance.now() < steadyAt) return
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
  app.get('/openapi.json', { schema: { hide: true }, config: { permission: 'public' } }, async () => app.swagger())

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

  const actors = new WeakMap<FastifyRequest, Actor>()
  const routes: Route[] = []
  const handle: HouseApp['handle'] = (route, run) => {
    routes.push(route)
    const register = (scope: FastifyInstance) => {
      scope.route({
        method: route.method,
        url: route.path,
        bodyLimit: route.bodyLimit ?? DEFAULT_BODY_BYTES,
        config: { permission: route.permission },
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
          // All of it may be left out, so the body itself may be too.
          if (request.body === undefined && route.body && !route.raw && !('required' in route.body)) request.body = {}
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
  return { fastify: app, listener: (request, response) => listener(request, response), routes, handle }
}
