import { Type } from 'typebox'
import { route } from './route.ts'
import { Nullable } from './schema.ts'

const State = Type.Union([Type.Literal('open'), Type.Literal('ignored'), Type.Literal('done')])

const Gap = Type.Object({
  id: Type.String(),
  question: Type.String(),
  asked: Type.Integer(),
  tier: Nullable(Type.String()),
  channel: Nullable(Type.String()),
  conversationId: Nullable(Type.String()),
  turnId: Nullable(Type.String()),
  reason: Type.String(),
  state: State,
  firstAt: Type.String(),
  lastAt: Type.String(),
})

export const listGaps = route({
  method: 'GET',
  path: '/api/gaps',
  permission: 'articles:read',
  summary: 'Questions without an Answer, asked last first',
  query: Type.Object(
    {
      limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200 })),
      cursor: Type.Optional(Type.String({ minLength: 1, maxLength: 1_000 })),
      state: Type.Optional(State),
    },
    { additionalProperties: false },
  ),
  ok: { status: 200, schema: Type.Object({ items: Type.Array(Gap), next: Nullable(Type.String()) }) },
})

export const patchGap = route({
  method: 'PATCH',
  path: '/api/gaps/:id',
  permission: 'articles:write',
  summary: 'Marks a Gap as done, ignored or open',
  params: Type.Object({ id: Type.String({ minLength: 1, maxLength: 64 }) }, { additionalProperties: false }),
  body: Type.Object({ state: State }, { additionalProperties: false }),
  ok: { status: 200, schema: Gap },
})
