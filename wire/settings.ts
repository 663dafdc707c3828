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

const Spans = Type.Array(Type.Tuple([Type.String({ maxLength: 5 }), Type.String({ maxLength: 5 })]), { maxItems: 12 })
const Dates = Type.Array(Type.String({ maxLength: 10 }), { maxItems: 400 })

/** Times are `HH:MM` of the zone, the end `24:00` at most; a day that is not named is off. Workdays are served like a Monday. */
export const ServiceHoursSchema = Type.Object(
  {
    timeZone: Type.String({ minLength: 1, maxLength: 64, description: 'IANA name, like Asia/Shanghai.' }),
    weekly: Type.Object(
      {
        mon: Type.Optional(Spans),
        tue: Type.Optional(Spans),
        wed: Type.Optional(Spans),
        thu: Type.Optional(Spans),
        fri: Type.Optional(Spans),
        sat: Type.Optional(Spans),
        sun: Type.Optional(Spans),
      },
      { additionalProperties: false },
    ),
    holidays: Dates,
    workdays: Dates,
  },
  { additionalProperties: false },
)

export const readHours = route({
  method: 'GET',
  path: '/api/settings/hours',
  permission: 'settings:write',
  summary: 'Hours in which humans serve',
  ok: { status: 200, schema: ServiceHoursSchema },
})

export const writeHours = route({
  method: 'PUT',
  path: '/api/settings/hours',
  permission: 'settings:write',
  summary: 'Change the service hours; what the bot says about humans follows',
  body: ServiceHoursSchema,
  ok: { status: 200, schema: ServiceHoursSchema },
})

const Questions = Type.Array(Type.String({ minLength: 1, maxLength: 60, pattern: '\\S' }), { maxItems: 6, uniqueItems: true })

/** Questions to tap under the greeting, by its language. */
export const QuickQuestionsSchema = Type.Object({ 'zh-CN': Questions, en: Questions }, { additionalProperties: false })

export const readQuickQuestions = route({
  method: 'GET',
  path: '/api/settings/quick-questions',
  permission: 'settings:write',
  summary: 'Questions to tap under the greeting',
  ok: { status: 200, schema: QuickQuestionsSchema },
})

export const writeQuickQuestions = route({
  method: 'PUT',
  path: '/api/settings/quick-questions',
  permission: 'settings:write',
  summary: 'Change the questions under the greeting of new chats',
  body: QuickQuestionsSchema,
  ok: { status: 200, schema: QuickQuestionsSchema },
})

export const verifyAudit = route({
  method: 'GET',
  path: '/api/audit/verify',
  permission: 'audit:read',
  summary: 'Recompute the hash chain of the audit trail',
  ok: { status: 200, schema: Type.Object({ whole: Type.Boolean(), firstBrokenId: Type.Union([Type.Integer(), Type.Null()]) }) },
})
