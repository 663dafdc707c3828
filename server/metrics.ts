import type { FastifyInstance } from 'fastify'
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'

/** Prometheus figures of this process. */
export interface HouseMetrics {
  readonly registry: Registry
  /** Seconds of work on a completed Turn, from reading it to the commit of its reply; waiting for its turn is not in it. */
  readonly turnSeconds: Histogram<'decision'>
  readonly oldestWorkSeconds: Gauge
}

export function createMetrics(): HouseMetrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry, prefix: 'zhike_' })
  const buckets = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15]
  return {
    registry,
    turnSeconds: new Histogram({
      name: 'zhike_turn_seconds',
      help: 'Work on one Turn',
      labelNames: ['decision'],
      buckets,
      registers: [registry],
    }),
    oldestWorkSeconds: new Gauge({
      name: 'zhike_oldest_work_seconds',
      help: 'Waiting time of the oldest due work row',
      registers: [registry],
    }),
  }
}

export function countRequests(app: FastifyInstance, registry: Registry): void {
  const seconds = new Histogram({
    name: 'zhike_http_request_seconds',
    help: 'HTTP requests by route and status class',
    labelNames: ['route', 'status'],
    buckets: [0.005, 0.025, 0.1, 0.5, 1, 5],
    registers: [registry],
  })
  const refused = new Counter({ name: 'zhike_http_throttled_total', help: 'Requests answered 429', registers: [registry] })
  app.addHook('onResponse', async (request, reply) => {
    seconds.observe(
      { route: request.routeOptions.url ?? 'unknown', status: `${Math.floor(reply.statusCode / 100)}xx` },
      reply.elapsedTime / 1000,
    )
    if (reply.statusCode === 429) refused.inc()
  })
}
