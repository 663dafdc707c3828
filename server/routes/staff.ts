import type { Staff } from '../../staff/index.ts'
import * as wire from '../../wire/staff.ts'
import type { HouseApp } from '../app.ts'

export function registerStaff(app: HouseApp, deps: { staff: Staff }): void {
  app.handle(wire.createToken, async ({ actor, body }) => ({ body: await deps.staff.createToken(actor, body.name, body.role) }))
  app.handle(wire.listTokens, async () => ({ body: { items: await deps.staff.listTokens(), next: null } }))
  app.handle(wire.revokeToken, async ({ actor, params }) => {
    await deps.staff.revokeToken(actor, params.id)
    return { body: undefined }
  })
}
