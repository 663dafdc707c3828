import type { ConversationState, Conversations } from '../../conversations/index.ts'
import type { Actor } from '../../platform/audit.ts'
import { ZhikeError } from '../../platform/errors.ts'
import * as wire from '../../wire/conversations.ts'
import type { HouseApp } from '../app.ts'

const PAGE = 50

export function registerConversations(app: HouseApp, deps: { conversations: Conversations }): void {
  const { conversations } = deps
  app.handle(wire.listConversations, async ({ query }) => {
    const { limit = PAGE, ...filter } = query
    return { body: await conversations.list({ limit, ...filter }) }
  })
  app.handle(wire.readConversation, async ({ params }) => {
    const found = await conversations.read(params.id)
    if (!found) throw new ZhikeError('missing', 'conversations.unknown', 'There is no such conversation.')
    return { body: found }
  })
  const move = async (by: Actor, id: string, to: ConversationState, reason: string | undefined) => {
    await conversations.move(by, id, to, reason ?? null)
    return { body: { id, state: to } }
  }
  app.handle(wire.closeConversation, ({ actor, params, body }) => move(actor, params.id, 'closed', body.reason))
  app.handle(wire.returnToBot, ({ actor, params, body }) => move(actor, params.id, 'bot', body.reason))
}
