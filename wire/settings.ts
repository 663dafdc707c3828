import { Type } from 'typebox'
import { route } from './route.ts'

const LimitRow = Type.Object(
  { perSecond: Type.Number({ exclusiveMinimum: 0, maximum: 1_000_000 }), burst: Type.Number({ minimum: 1, maximum: 1_000_000 }) },
  { additionalProperties: false },
)

export const LimitTableSchema = Type.Object(
  { token: LimitRow, address: LimitRow, 'web-chat-post': LimitRow, 'web-chat-read': LimitRow },
  { additionalProperties: false },
)

export const readLimits = route({
  method: 'GET',
  path: '/api/settings/limits',
  permission: 'settings:write',
  summary: 'Request limits (requests a second and burst)',
  ok: { status: 200, schema: LimitTableSchema },
})

export const writeLimits = route({
  method: 'PUT',
  path: '/api/settings/limits',
  permission: 'settings:write',
  summary: 'Change the request limits, in every process within a second',
  body: LimitTableSchema,
  ok: { status: 200, schema: LimitTableSchema },
})

export const verifyAudit = route({
  method: 'GET',
  path: '/api/audit/verify',
  permission: 'audit:read',
  summary: 'Recompute the hash chain of the audit trail',
  ok: { status: 200, schema: Type.Object({ whole: Type.Boolean(), firstBrokenId: Type.Union([Type.Integer(), Type.Null()]) }) },
})
