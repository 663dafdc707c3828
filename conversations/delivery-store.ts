import { sql } from 'kysely'
import type { Sql, Tx } from '../platform/database.ts'
import type { Activity, Address } from './channel.ts'

/** Delivery rows: what waits to be sent, one row a Message. A claim is a lease with a fencing number. */

/** Short, because the Conversation waits that long after a killed process; a send that takes longer renews it. */
export const DELIVERY_LEASE_SECONDS = 10

export interface Delivery {
  readonly messageId: string
  readonly channel: string
  readonly address: Address
  readonly seq: number
  readonly fence: number
  /** 1 for the first try. */
  readonly attempts: number
  readonly at: Date
  readonly activity: Activity
}

/** Leaves a Message to the outbox. */
export async function insertDelivery(tx: Tx, row: Pick<Delivery, 'messageId' | 'channel' | 'address' | 'seq'>): Promise<void> {
  await sql`insert into deliveries (message_id, channel, address, seq) values (${row.messageId}, ${row.channel}, ${row.address}, ${row.seq})`.execute(
    tx,
  )
}

/**
 * Takes up to `limit` deliveries of these channels, each the earliest of its Address.
 * A lease that seems to end in more than a minute was given before the database's clock was set back, and binds nobody.
 * @param underWay what the owner is sending now. A row leased to it and not among them is a claim or a mark whose answer was
 *   lost on the way.
 */
export async function claimDeliveries(
  db: Sql,
  owner: string,
  channels: readonly string[],
  underWay: readonly string[],
  limit: number,
): Promise<Delivery[]> {
  const { rows } = await sql<Delivery>`with mine as (
      update deliveries set owner = ${owner}, lease_until = now() + make_interval(secs => ${DELIVERY_LEASE_SECONDS}), fence = fence + 1,
        attempts = attempts + 1
      where message_id in (
        select d.message_id from deliveries d
        where d.state = 'waiting' and d.due_at <= now() and d.channel = any(${channels}::text[]) and d.message_id <> all(${underWay}::text[])
          and (d.lease_until is null or d.lease_until < now() or d.lease_until > now() + interval '1 minute' or d.owner = ${owner})
          and not exists (select 1 from deliveries e where e.channel = d.channel and e.address = d.address and e.state = 'waiting' and e.seq < d.seq)
        order by d.due_at limit ${limit} for update skip locked)
      returning message_id, channel, address, seq, fence, attempts)
    select mine.message_id as "messageId", mine.channel, mine.address, mine.seq, mine.fence, mine.attempts, m.activity, m.at
    from mine join messages m on m.id = mine.message_id`.execute(db)
  return rows
}

export async function renewDelivery(db: Sql, { messageId, fence }: Delivery): Promise<void> {
  // Not when it was let go meanwhile: a late renewal would lease it to nobody.
  await sql`update deliveries set lease_until = now() + make_interval(secs => ${DELIVERY_LEASE_SECONDS})
    where message_id = ${messageId} and fence = ${fence} and lease_until is not null`.execute(db)
}

export async function finishDelivery(
  db: Sql,
  { messageId, fence }: Delivery,
  state: 'sent' | 'failed',
  error: string | null,
): Promise<void> {
  await sql`update deliveries set state = ${state}, error = ${error}, owner = null, lease_until = null
    where message_id = ${messageId} and fence = ${fence}`.execute(db)
}

export async function postponeDelivery(db: Sql, { messageId, fence }: Delivery, delayMs: number): Promise<void> {
  await sql`update deliveries set owner = null, lease_until = null, due_at = now() + make_interval(secs => ${delayMs / 1000})
    where message_id = ${messageId} and fence = ${fence}`.execute(db)
}

/** For a database that nobody else uses: whoever held a lease is dead. */
export async function voidDeliveryLeases(db: Sql): Promise<void> {
  await sql`update deliveries set owner = null, lease_until = null, fence = fence + 1 where lease_until is not null`.execute(db)
}
