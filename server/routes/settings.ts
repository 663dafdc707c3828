import type { Static } from 'typebox'
import { verifyAudit } from '../../platform/audit.ts'
import { type Calendar, findCalendarFaults } from '../../platform/business-calendar.ts'
import type { Database } from '../../platform/database.ts'
import { ZhikeError } from '../../platform/errors.ts'
import type { Held, Settings } from '../../platform/settings.ts'
import * as wire from '../../wire/settings.ts'
import type { HouseApp } from '../app.ts'
import type { Limits } from '../limits.ts'

export interface SettingsRouteDeps {
  settings: Settings
  limits: Limits
  database: Database
  hours: Held<Calendar>
  quickQuestions: Held<Static<typeof wire.QuickQuestionsSchema>>
}

export function registerSettings(app: HouseApp, deps: SettingsRouteDeps): void {
  app.handle(wire.readLimits, async () => ({ body: deps.limits.table() }))
  app.handle(wire.writeLimits, async ({ actor, body }) => {
    await deps.settings.write(actor, 'limits', body)
    deps.limits.set(body)
    return { body }
  })
  app.handle(wire.readHours, async () => ({ body: deps.hours.value() }))
  app.handle(wire.writeHours, async ({ actor, body }) => {
    const details = findCalendarFaults(body)
    const [first] = details
    if (first) throw new ZhikeError('invalid', 'settings.bad-hours', `These hours cannot be: ${first.path}: ${first.message}.`, { details })
    await deps.hours.change(actor, body)
    return { body }
  })
  app.handle(wire.readQuickQuestions, async () => ({ body: deps.quickQuestions.value() }))
  app.handle(wire.writeQuickQuestions, async ({ actor, body }) => {
    await deps.quickQuestions.change(actor, body)
    return { body }
  })
  app.handle(wire.verifyAudit, async () => {
    const firstBrokenId = await verifyAudit(deps.database)
    return { body: { whole: firstBrokenId === null, firstBrokenId } }
  })
}
