import { sql } from 'kysely'
import type { Sql } from '../platform/database.ts'
import { ZhikeError } from '../platform/errors.ts'
import type { ConversationState } from './conversation.ts'
import type { Sender } from './message.ts'

/** What the API shows of Conversations. */

export interface ConversationSummary {
  readonly id: string
  readonly channel: string
  readonly address: string
  readonly state: ConversationState
  readonly customer: { readonly id: string; readonly name: string | null; readonly tier: string }
  readonly agent: { readonly id: string; readonly name: string } | null
  readonly openedAt: string
  readonly priority: number
  readonly reason: string | null
}

export interface ShownMessage {
  readonly id: string
  readonly from: Sender
  readonly name: string | null
  readonly text: string
  readonly at: string
  readonly replyToId?: string
  readonly attachments?: unknown[]
}

export interface ShownTurn {
  readonly id: string
  readonly messageIds: string[]
  readonly effectiveQuestion: string
  readonly intent: string | null
  readonly decision: string
  readonly confidence: number
  readonly hits: unknown[]
  readonly reply: string | null
  readonly tookMs: number
  readonly traceId: string
  /** What the customer said of the answer, last; absent when nothing. */
  readonly helpful?: boolean
}

export interface ConversationFilter {
  readonly state?: ConversationState
  readonly customerId?: string
  readonly channel?: string
  readonly address?: string
  readonly limit: number
  readonly cursor?: string
}

interface SummaryRow {
  id: string
  channel: string
  address: string
  state: ConversationState
  customer_id: string
  customer_name: string | null
  tier: string
  opened_at: Date
  priority: number
  reason: string | null
  /** Microseconds, because a Date would round and a page would skip or repeat rows. */
  opened_us: string
}

const SUMMARY = sql`select c.id, c.channel, c.address, c.state, c.customer_id, cu.name as customer_name, cu.tier, c.opened_at, c.priority, c.reason,
  (extract(epoch from c.opened_at) * 1000000)::bigint::text as opened_us
  from conversations c join customers cu on cu.id = c.customer_id`

function toSummary(row: SummaryRow): ConversationSummary {
  return {
    id: row.id,
    channel: row.channel,
    address: row.address,
    state: row.state,
    customer: { id: row.customer_id, name: row.customer_name, tier: row.tier },
    agent: null,
    openedAt: row.opened_at.toISOString(),
    priority: row.priority,
    reason: row.reason,
  }
}

function readCursor(cursor: string): { us: string; id: string } {
  const [us, id] = Buffer.from(cursor, 'base64url').toString().split('/')
  if (us === undefined || id === undefined || !/^\d{1,18}$/.test(us) || !/^[\w-]{1,64}$/.test(id))
    throw new ZhikeError('invalid', 'request.bad-cursor', 'This cursor is not one that a list gave out; start the list again without it.')
  return { us, id }
}

/** Newest first. */
export async function listConversations(
  db: Sql,
  filter: ConversationFilter,
): Promise<{ items: ConversationSummary[]; next: string | null }> {
  const after = filter.cursor === undefined ? null : readCursor(filter.cursor)
  const { rows } = await sql<SummaryRow>`${SUMMARY}
    where (${filter.state ?? null}::text is null or c.state = ${filter.state ?? null})
      and (${filter.customerId ?? null}::text is null or c.customer_id = ${filter.customerId ?? null})
      and (${filter.channel ?? null}::text is null or c.channel = ${filter.channel ?? null})
      and (${filter.address ?? null}::text is null or c.address = ${filter.address ?? null})
      and (${after?.us ?? null}::text is null or (c.opened_at, c.id) < (to_timestamp(0) + ${after?.us ?? '0'}::bigint * interval '1 microsecond', ${after?.id ?? ''}))
    order by c.opened_at desc, c.id desc limit ${filter.limit + 1}`.execute(db)
  const page = rows.slice(0, filter.limit)
  const last = page.at(-1)
  return {
    items: page.map(toSummary),
    next: rows.length > filter.limit && last ? Buffer.from(`${last.opened_us}/${last.id}`).toString('base64url') : null,
  }
}

interface MessageRow {
  id: string
  sender: Sender
  name: string | null
  text: string
  at: Date
  reply_to_id: string | null
  attachments: unknown
}

/** A whole Conversation with its Messages (all, oldest first) and Turns; null when there is none. */
export async function readConversation(db: Sql, id: string) {
  const { rows } = await sql<SummaryRow>`${SUMMARY} where c.id = ${id}`.execute(db)
  const row = rows[0]
  if (!row) return null
  const messages = await sql<MessageRow>`select id, sender, name, text, at, reply_to_id, activity->'attachments' as attachments
    from messages where conversation_id = ${id} and (sender <> 'customer' or activity->>'type' = 'message') order by seq`.execute(db)
  const turns = await sql<
    Omit<ShownTurn, 'helpful'> & { helpful: boolean | null }
  >`select id, message_ids as "messageIds", effective_question as "effectiveQuestion", intent, decision, confidence::float8 as confidence,
    hits, reply, took_ms::float8 as "tookMs", trace_id as "traceId", helpful from turns where conversation_id = ${id} order by at, id`.execute(
    db,
  )
  return {
    ...toSummary(row),
    messages: messages.rows.map(
      (message): ShownMessage => ({
        id: message.id,
        from: message.sender,
        name: message.name,
        text: message.text,
        at: message.at.toISOString(),
        ...(message.reply_to_id === null ? {} : { replyToId: message.reply_to_id }),
        ...(Array.isArray(message.attachments) && message.attachments.length > 0 ? { attachments: message.attachments } : {}),
      }),
    ),
    turns: turns.rows.map(({ helpful, ...turn }): ShownTurn => (helpful === null ? turn : { ...turn, helpful })),
    assignments: [] as { agentId: string; from: string; to: string | null; why: string }[],
  }
}

export type WholeConversation = NonNullable<Awaited<ReturnType<typeof readConversation>>>
