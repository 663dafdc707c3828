import { sql } from 'kysely'
import type { Database, Sql, Tx } from '../platform/database.ts'
import type { ConversationState, WorkKind } from './conversation.ts'
import { workKindFor } from './conversation.ts'
import { voidDeliveryLeases } from './delivery-store.ts'

/**
 * Work rows: one a Conversation, saying what the house must do next for it. A claim is a lease of 10 s with a fencing
 * number; whoever commits with an old number is too late and changes nothing.
 */

export const LEASE_SECONDS = 10

export interface Claim {
  readonly conversationId: string
  readonly kind: WorkKind
  readonly fence: number
  /** 1 for the first try. */
  readonly attempts: number
}

/** Leaves the work row that fits the state; the latest wins. A change of kind takes the row from whoever holds it. */
export async function leaveWork(tx: Tx, conversationId: string, state: ConversationState): Promise<void> {
  const kind = workKindFor(state)
  if (kind === null) {
    await sql`delete from work where conversation_id = ${conversationId}`.execute(tx)
    return
  }
  await sql`insert into work (conversation_id, kind, due_at) values (${conversationId}, ${kind}, now())
    on conflict (conversation_id) do update set kind = excluded.kind, due_at = excluded.due_at, attempts = 0,
      owner = case when work.kind = excluded.kind then work.owner end,
      lease_until = case when work.kind = excluded.kind then work.lease_until end,
      fence = case when work.kind = excluded.kind then work.fence else work.fence + 1 end`.execute(tx)
}

/**
 * Takes up to `limit` due rows, oldest first; rows under a living lease are left to their owner. No row is ever due or leased a
 * minute ahead, so one that seems so was written before the database's clock was set back, and is taken now.
 * @param held Conversations the owner is at work on. A row of these kinds that is leased to it and not among them is a claim
 *   whose answer was lost on the way: it is taken again at once instead of after its lease.
 */
export async function claimWork(
  db: Sql,
  owner: string,
  kinds: readonly WorkKind[],
  limit: number,
  held: readonly string[],
): Promise<Claim[]> {
  const { rows } = await sql<{ conversation_id: string; kind: WorkKind; fence: number; attempts: number }>`
    update work set owner = ${owner}, lease_until = now() + make_interval(secs => ${LEASE_SECONDS}), fence = fence + 1, attempts = attempts + 1
    where conversation_id in (
      select conversation_id from work
      where kind = any(${kinds}::text[]) and (due_at <= now() or due_at > now() + interval '1 minute')
        and (lease_until is null or lease_until < now() or lease_until > now() + interval '1 minute' or (owner = ${owner} and conversation_id <> all(${held}::text[])))
      order by due_at limit ${limit} for update skip locked)
    returning conversation_id, kind, fence, attempts`.execute(db)
  return rows.map((row) => ({ conversationId: row.conversation_id, kind: row.kind, fence: row.fence, attempts: row.attempts }))
}

/** @returns false when the claim was lost or released meanwhile: a renewal that comes late must not lease the row to nobody. */
export async function renewClaim(db: Sql, claim: Claim): Promise<boolean> {
  const { rows } = await sql`update work set lease_until = now() + make_interval(secs => ${LEASE_SECONDS})
    where conversation_id = ${claim.conversationId} and fence = ${claim.fence} and owner is not null returning 1`.execute(db)
  return rows.length > 0
}

/**
 * Puts the row back, due after `delayMs`; at once when something was said since the claim (`leaveWork` counts tries from 0 again).
 * `again: false` says that it was no failed try.
 */
export async function releaseClaim(db: Sql, claim: Claim, delayMs: number, again: boolean): Promise<void> {
  await sql`update work set owner = null, lease_until = null,
      due_at = case when attempts = ${claim.attempts} then now() + make_interval(secs => ${delayMs / 1000}) else due_at end,
      attempts = case when attempts = ${claim.attempts} then attempts - ${again ? 0 : 1} else attempts end
    where conversation_id = ${claim.conversationId} and fence = ${claim.fence}`.execute(db)
}

/** On the embedded database the new owner of the folder lock is alone: whoever held a lease is dead. */
export async function voidLeases(database: Database): Promise<void> {
  await sql`update work set owner = null, lease_until = null, fence = fence + 1 where lease_until is not null`.execute(database.sql)
  await voidDeliveryLeases(database.sql)
}

/** Seconds the oldest due row of these kinds has been waiting; 0 when none is. For /readyz and /metrics. */
export async function oldestDueSeconds(db: Sql, kinds: readonly WorkKind[]): Promise<number> {
  const { rows } = await sql<{ seconds: number }>`select coalesce(extract(epoch from now() - min(due_at)), 0)::float8 as seconds
    from work where kind = any(${kinds}::text[]) and due_at <= now()`.execute(db)
  return rows[0]?.seconds ?? 0
}
