import { sql } from 'kysely'
import type { Sql } from '../platform/database.ts'
import type { Address } from './channel.ts'
import type { ConversationState } from './conversation.ts'

/** Places among the Conversations that wait for a human: by priority, then by how long they have waited. */

/** Conversations that are served before `c`; one that does not wait yet would be the last of its priority. */
const AHEAD = sql`(select count(*)::int from conversations o where o.state = 'queue' and o.id <> c.id
  and (o.priority > c.priority or (o.priority = c.priority
    and (c.state <> 'queue' or (coalesce(o.queued_at, o.opened_at), o.id) < (coalesce(c.queued_at, c.opened_at), c.id)))))`

export interface Standing {
  readonly state: Exclude<ConversationState, 'closed'> | 'none'
  /** 1 is next; null unless it waits. */
  readonly place: number | null
}

/** Where the open Conversation of an Address stands. */
export async function readStanding(db: Sql, channel: string, address: Address): Promise<Standing> {
  const { rows } = await sql<Standing>`select c.state, case when c.state = 'queue' then ${AHEAD} + 1 end as place
    from conversations c where c.channel = ${channel} and c.address = ${address} and c.state <> 'closed'`.execute(db)
  return rows[0] ?? { state: 'none', place: null }
}

/** The place this Conversation has in the queue, or would have if it joined now; 1 is next. */
export async function readPlace(db: Sql, conversationId: string): Promise<number> {
  const { rows } = await sql<{ place: number }>`select ${AHEAD} + 1 as place from conversations c where c.id = ${conversationId}`.execute(
    db,
  )
  return rows[0]?.place ?? 1
}
