import * as wire from '../../wire/health.ts'
import type { HouseApp } from '../app.ts'
import type { HouseMetrics } from '../metrics.ts'

/** @param deps.waitingFor names what is not there yet, or not any more; empty when the house serves. */
export function registerHealth(app: HouseApp, deps: { waitingFor: () => Promise<string[]>; metrics: HouseMetrics }): void {
  app.handle(wire.healthz, async () => ({ body: { status: 'ok' } }))
  app.handle(wire.readyz, async () => {
    const waitingFor = await deps.waitingFor()
    return { status: waitingFor.length === 0 ? 200 : 503, body: { waitingFor } }
  })
  app.handle(wire.metrics, async () => ({
    body: await deps.metrics.registry.metrics(),
    headers: { 'content-type': deps.metrics.registry.contentType },
  }))
}
