import { verifyAudit } from '../../platform/audit.ts'
import type { Database } from '../../platform/database.ts'
import type { Settings } from '../../platform/settings.ts'
import * as wire from '../../wire/settings.ts'
import type { HouseApp } from '../app.ts'
import type { Limits } from '../limits.ts'

export function registerSettings(app: HouseApp, deps: { settings: Settings; limits: Limits; database: Database }): void {
  app.handle(wire.readLimits, async () => ({ body: deps.limits.table() }))
  app.handle(wire.writeLimits, async ({ actor, body }) => {
    await deps.settings.write(actor, 'limits', body)
    deps.limits.set(body)
    return { body }
  })
  app.handle(wire.verifyAudit, async () => {
    const firstBrokenId = await verifyAudit(deps.database)
    return { body: { whole: firstBrokenId === null, firstBrokenId } }
  })
}
