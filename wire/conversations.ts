import { Type } from 'typebox'
import { route } from './route.ts'
import { Nullable } from './schema.ts'

const State = Type.Union([Type.Literal('bot'), Type.Literal('queue'), Type.Literal('agent'), Type.Literal('closed')])

const summary = {
  id: Type.String(),
  channel: Type.String(),
  address: Type.String(),
  state: State,
  customer: Type.Object({ id: Type.String(), name: Nullable(Type.String()), tier: Type.String() }),
  agent: Nullable(Type.Object({ id: Type.String(), name: Type.String() })),
  openedAt: Type.String(),
  priority: Type.Integer(),
  reason: Nullable(Type.String()),
}
const Summary = Type.Object(summary)

const Whole = Type.Object({
  ...summary,
  messages: Type.Array(
    Type.Object({
      id: Type.String(),
      from: Type.Union([Type.Literal('customer'), Type.Literal('bot'), Type.Literal('agent'), Type.Literal('system')]),
      name: Nullable(Type.String()),
      text: Type.String(),
      at: Type.String(),
      replyToId: Type.Optional(Type.String()),
      attachments: Type.Optional(Type.Array(Type.Unknown())),
    }),
  ),
  turns: Type.Array(
    Type.Object({
      id: Type.String(),
      messageIds: Type.Array(Type.String()),
      effectiveQuestion: Type.String(),
      intent: Nullable(Type.String()),
      decision: Type.String(),
      confidence: Type.Number(),
      hits: Type.Array(Type.Unknown()),
      reply: Nullable(Type.String()),
      tookMs: Type.Number(),
      traceId: Type.String(),
      helpful: Type.Optional(Type.Boolean({ description: 'What the customer said of the answer, last.' })),
    }),
  ),
  assignments: Type.Array(Type.Object({ agentId: Type.String(), from: Type.String(), to: Nullable(Type.String()), why: Type.String() })),
})

const ById = Type.Object({ id: Type.String({ minLength: 1, maxLength: 64 }) }, { additionalProperties: false })
const Reason = Type.Object({ reason: Type.Optional(Type.String({ maxLength: 500 })) }, { additionalProperties: false })
const Moved = Type.Object({ id: Type.String(), state: State })

export const listConversations = route({
  method: 'GET',
  path: '/api/conversations',
  permission: 'conversations:read',
  summary: 'Conversations, newest first',
  query: Type.Object(
    {
      state: Type.Optional(State),
      customerId: Type.Optional(Type.String({ maxLength: 256 })),
      channel: Type.Optional(Type.String({ maxLength: 64 })),
      address: Type.Optional(Type.String({ maxLength: 512 })),
      limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200 })),
      cursor: Type.Optional(Type.String({ maxLength: 400 })),
    },
    { additionalProperties: false },
  ),
  ok: { status: 200, schema: Type.Object({ items: Type.Array(Summary), next: Nullable(Type.String()) }) },
})

export const readConversation = route({
  method: 'GET',
  path: '/api/conversations/:id',
  permission: 'conversations:read',
  summary: 'One Conversation with its Messages and Turns',
  params: ById,
  ok: { status: 200, schema: Whole },
})

export const closeConversation = route({
  method: 'POST',
  path: '/api/conversations/:id/close',
  permission: 'conversations:write',
  summary: 'Close a Conversation',
  params: ById,
  body: Reason,
  ok: { status: 200, schema: Moved },
})

export const returnToBot = route({
  method: 'POST',
  path: '/api/conversations/:id/return-to-bot',
  permission: 'conversations:write',
  summary: 'Give a waiting Conversation back to the bot',
  params: ById,
  body: Reason,
  ok: { status: 200, schema: Moved },
})
