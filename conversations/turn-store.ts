import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import { type Actor, recordAudit } from '../platform/audit.ts'
import type { Database, Tx } from '../platform/database.ts'
import type { Events } from '../platform/events.ts'
import type { Probe } from '../platform/probe.ts'
import type { Address, Channel } from './channel.ts'
import type { ConversationState } from './conversation.ts'
import { addressTopic } from './inbox.ts'
import { messageIdOf, type Sender, toActivity, type Utterance } from './message.ts'
import { DELIVERY_TOPIC } from './outbox.ts'
import { lockConversation, takeSeq } from './store.ts'
import type { Claim } from './work-store.ts'

/** One Turn: what a claim has to answer, and the one transaction that answers it. */

/** Newest Messages read for one Turn; a flood beyond it is answered by its last ones. */
const MAX_MESSAGES = 60

export interface TurnMessage {
  readonly id: string
  readonly seq: number
  readonly from: Sender
  readonly text: string
  readonly locale: string | null
  readonly kind: string | null
  readonly at: Date
  /** What came with a customer's Message: content types of its attachments, and `GeoCoordinates` or `Place` for a location. */
  readonly files: readonly string[]
  /** What the buttons under a bot's Message say when tapped. */
  readonly choices: readonly string[]
}

export interface TurnMaterial {
  readonly conversationId: string
  readonly channel: string
  readonly address: Address
  readonly state: ConversationState
  readonly customer: { readonly id: string; readonly tier: string }
  /** Turns in a row without an Answer. */
  readonly misses: number
  /** Unanswered customer Messages, oldest first. */
  readonly unanswered: readonly TurnMessage[]
  /** What was said before, oldest first. */
  readonly history: readonly TurnMessage[]
  /** Milliseconds since the first unanswered Message, by the database's clock. */
  readonly waitingMs: number
}

interface MaterialRow {
  channel: string
  address: Address
  state: ConversationState
  customer_id: string
  tier: string
  misses: number
  answered_seq: number
  now: Date
  messages:
    | {
        id: string
        seq: number
        sender: Sender
        text: string
        locale: string | null
        kind: string | null
        at: string
        files: unknown[] | null
        choices: unknown[] | null
      }[]
    | null
}

/** Channels keep fields that no schema of ours names, so what stands there may be anything. */
function textsOf(values: unknown[] | null): string[] {
  return (values ?? []).filter((value) => typeof value === 'string')
}

/** Null when the claim is no longer ours. */
export async function readTurn(database: Database, claim: Claim): Promise<TurnMaterial | null> {
  const { rows } =
    await sql<MaterialRow>`select c.channel, c.address, c.state, c.customer_id, cu.tier, c.misses, c.answered_seq, now() as now,
      (select json_agg(json_build_object('id', m.id, 'seq', m.seq, 'sender', m.sender, 'text', m.text, 'locale', m.activity->>'locale',
          'kind', m.activity->'channelData'->'zhike'->>'kind', 'at', m.at,
          'files', case when m.sender = 'customer' then jsonb_path_query_array(m.activity, '$.attachments[*].contentType')
            || jsonb_path_query_array(m.activity, '$.entities[*].type ? (@ == "GeoCoordinates" || @ == "Place")') end,
          'choices', case when m.sender = 'bot' then jsonb_path_query_array(m.activity, '$.suggestedActions.actions[*].value') end) order by m.seq)
        from (select * from messages where conversation_id = c.id and (sender <> 'customer' or activity->>'type' = 'message')
          order by seq desc limit ${MAX_MESSAGES}) m) as messages
    from conversations c join work w on w.conversation_id = c.id and w.fence = ${claim.fence} join customers cu on cu.id = c.customer_id
    where c.id = ${claim.conversationId}`.execute(database.sql)
  const row = rows[0]
  if (!row) return null
  const messages = (row.messages ?? []).map(
    ({ sender, at, files, choices, ...message }): TurnMessage => ({
      ...message,
      from: sender,
      at: new Date(at),
      files: textsOf(files),
      choices: textsOf(choices),
    }),
  )
  const unanswered = messages.filter((message) => message.from === 'customer' && message.seq > row.answered_seq)
  const first = unanswered[0]
  return {
    conversationId: claim.conversationId,
    channel: row.channel,
    address: row.address,
    state: row.state,
    customer: { id: row.customer_id, tier: row.tier },
    misses: row.misses,
    unanswered,
    history: messages.filter((message) => first === undefined || message.seq < first.seq),
    waitingMs: first ? row.now.getTime() - first.at.getTime() : 0,
  }
}

export interface TurnOutcome {
  /** What to say; null for nothing (the Message stands, no words are due). */
  readonly utterance: Utterance | null
  /** State afterwards, with the reason when it changes. */
  readonly state: ConversationState
  readonly reason: string | null
  readonly misses: number
  readonly trace: {
    readonly traceId: string
    readonly effectiveQuestion: string
    readonly intent: string | null
    readonly decision: string
    readonly confidence: number
    readonly hits: readonly { articleId: string; question: string; score: number }[]
    readonly tookMs: number
  }
}

/**
 * `done`: said. `not-mine`: somebody else holds the Conversation or the claim; let go without a word. `overtaken`: the
 * customer said more meanwhile. `stale`: what the reply stands on has changed. The last two start over.
 */
export type TurnEnd = 'done' | 'not-mine' | 'overtaken' | 'stale'

export interface TurnDeps {
  database: Database
  events: Events
  probe: Probe
  channels: ReadonlyMap<string, Channel>
}

/**
 * Answers a Turn in one transaction: is the Turn still mine, has nothing new been said, does `within` still hold (cited
 * Articles current)? Then the reply, the trace, the state, the delivery row, and the work row goes.
 * @param within runs inside the transaction before anything is written; false abandons it as `stale`.
 */
export async function completeTurn(
  deps: TurnDeps,
  claim: Claim,
  material: TurnMaterial,
  outcome: TurnOutcome,
  within: (tx: Tx, turnId: string) => Promise<boolean>,
): Promise<TurnEnd> {
  const turnId = randomUUID()
  const last = material.unanswered.at(-1)
  const sends = outcome.utterance !== null && deps.channels.get(material.channel)?.limits.readerComes === false
  let seq = 0
  // Until `write` nothing but the number of the Address has changed, so an abandoned Turn may commit: it leaves a gap.
  const end = await deps.database.transaction<TurnEnd>(async (tx) => {
    const address = await takeSeq(tx, material.channel, material.address)
    if (!address) return 'not-mine'
    seq = address.lastSeq
    const now = await lockConversation(tx, claim.conversationId)
    if (!now || now.state !== material.state || now.fence !== claim.fence) return 'not-mine'
    // Fences start over with each new work row, so an old claim may meet its number again: what is answered stays answered.
    if (last && now.answeredSeq >= last.seq) return 'not-mine'
    if (last && now.lastCustomerSeq > last.seq) return 'overtaken'
    if (!(await within(tx, turnId))) return 'stale'
    await write(tx, seq)
    if (outcome.state !== material.state) {
      const by: Actor = { kind: 'bot', id: 'bot', traceId: outcome.trace.traceId }
      await recordAudit(
        tx,
        by,
        `conversation.to-${outcome.state}`,
        { kind: 'conversation', id: claim.conversationId },
        { reason: outcome.reason },
      )
    }
    deps.probe('turn.before-commit')
    return 'done'
  })
  if (end !== 'done') return end
  deps.probe('turn.after-commit')
  if (outcome.utterance) deps.events.publish(addressTopic(material.channel, material.address), String(seq))
  if (sends) deps.events.publish(DELIVERY_TOPIC, material.conversationId)
  return 'done'

  async function write(tx: Tx, replySeq: number): Promise<void> {
    const { utterance, trace } = outcome
    const replyId = messageIdOf(material.address, replySeq)
    const answered = last?.seq ?? 0
    const activity = utterance ? JSON.stringify(toActivity(utterance, last?.id ?? null)) : '{}'
    // One statement for all rows: a round trip each would double the cost of a Turn.
    await sql`with said as (
        insert into messages (id, channel, address, seq, conversation_id, sender, name, text, activity, bytes, reply_to_id, turn_id, sent_at)
        select ${replyId}, ${material.channel}, ${material.address}, ${replySeq}::bigint, ${claim.conversationId}, 'bot', null, ${utterance?.text ?? ''},
          ${activity}::jsonb, ${Buffer.byteLength(activity)}::int, ${last?.id ?? null}::text, ${turnId}, now()
        where ${utterance !== null}::boolean returning id),
      due as (
        insert into deliveries (message_id, channel, address, seq)
        select ${replyId}, ${material.channel}, ${material.address}, ${replySeq}::bigint where ${sends}::boolean returning 1),
      traced as (
        insert into turns (id, conversation_id, message_ids, effective_question, intent, decision, confidence, hits, reply, took_ms, trace_id)
        values (${turnId}, ${claim.conversationId}, ${material.unanswered.map((message) => message.id)}::text[], ${trace.effectiveQuestion}, ${trace.intent}::text,
          ${trace.decision}, ${trace.confidence}::real, ${JSON.stringify(trace.hits)}::jsonb, ${utterance ? replyId : null}::text, ${trace.tookMs}::real, ${trace.traceId})),
      gone as (delete from work where conversation_id = ${claim.conversationId} and fence = ${claim.fence})
      update conversations set state = ${outcome.state}, reason = case when state = ${outcome.state} then reason else ${outcome.reason}::text end,
        queued_at = case when state = ${outcome.state} then queued_at when ${outcome.state} = 'queue' then now() end,
        misses = ${outcome.misses}, answered_seq = greatest(answered_seq, ${answered}::bigint), last_message_at = now(),
        closed_at = case when ${outcome.state} = 'closed' then now() end
      where id = ${claim.conversationId}`.execute(tx)
  }
}
