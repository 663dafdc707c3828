import { sql } from 'kysely'
import type { Tx } from '../platform/database.ts'
import type { Address } from './channel.ts'
import type { Feedback, HeardFeedback } from './feedback.ts'

/**
 * Notes what the customer of a locked Address said of an answer; the last word counts.
 * @returns null when the Message is no answer of the bot on this Address.
 */
export async function noteFeedback(tx: Tx, channel: string, address: Address, feedback: Feedback): Promise<HeardFeedback | null> {
  const { rows } = await sql<Omit<HeardFeedback, 'helpful' | 'channel'>>`select t.id as "turnId", t.conversation_id as "conversationId",
      t.helpful as before, t.unhelpful_at is null as "firstUnhelpful", t.effective_question as question, c.state, cu.tier,
      coalesce((select q.text from messages q where q.id = t.message_ids[cardinality(t.message_ids)]), '') as asked
    from messages m join turns t on t.id = m.turn_id join conversations c on c.id = t.conversation_id join customers cu on cu.id = c.customer_id
    where m.id = ${feedback.messageId} and m.channel = ${channel} and m.address = ${address} and m.sender = 'bot'
      and m.activity->'channelData'->'zhike'->>'kind' = 'answer' for update of t`.execute(tx)
  const found = rows[0]
  if (!found) return null
  await sql`update turns set helpful = ${feedback.helpful},
    unhelpful_at = case when ${feedback.helpful}::boolean then unhelpful_at else coalesce(unhelpful_at, now()) end where id = ${found.turnId}`.execute(
    tx,
  )
  return { ...found, helpful: feedback.helpful, channel }
}
