import { randomBytes } from 'node:crypto'
import { sql } from 'kysely'
import type { Tx } from '../platform/database.ts'

export interface TierRow {
  readonly name: string
  readonly firstHolder: 'bot' | 'queue'
  readonly priority: number
  /** Greeting by language: zh-CN, en. */
  readonly greeting: Readonly<Record<string, string>>
}

/** Customer id of an Identity, through merges; null when unknown. */
export async function findByIdentity(tx: Tx, channel: string, id: string): Promise<string | null> {
  const { rows } = await sql<{ id: string }>`select coalesce(c.merged_into, c.id) as id
    from identities i join customers c on c.id = i.customer_id where i.channel = ${channel} and i.id = ${id}`.execute(tx)
  return rows[0]?.id ?? null
}

/** @param id null: the house makes one (`c_` and 96 random bits). */
export async function insertCustomer(tx: Tx, id: string | null, name: string | null): Promise<string> {
  const made = id ?? `c_${randomBytes(12).toString('base64url')}`
  await sql`insert into customers (id, name) values (${made}, ${name}) on conflict (id) do nothing`.execute(tx)
  return made
}

/** Learns the name of a Customer who came without one. */
export async function fillName(tx: Tx, id: string, name: string): Promise<void> {
  await sql`update customers set name = ${name} where id = ${id} and name is null`.execute(tx)
}

/** @returns the Customer that has the Identity afterwards: ours, or that of whoever was first. */
export async function insertIdentity(tx: Tx, channel: string, id: string, customerId: string, trusted: boolean): Promise<string> {
  await sql`insert into identities (channel, id, customer_id, trusted) values (${channel}, ${id}, ${customerId}, ${trusted})
    on conflict (channel, id) do nothing`.execute(tx)
  return (await findByIdentity(tx, channel, id)) ?? customerId
}

/** @returns false when `from` was merged already. */
export async function moveIdentities(tx: Tx, from: string, into: string): Promise<boolean> {
  const { rows } = await sql`update customers set merged_into = ${into} where id = ${from} and merged_into is null returning 1`.execute(tx)
  if (rows.length === 0) return false
  await sql`update customers set merged_into = ${into} where merged_into = ${from}`.execute(tx)
  await sql`update identities set customer_id = ${into} where customer_id = ${from}`.execute(tx)
  return true
}

export async function readTier(tx: Tx, customerId: string): Promise<TierRow> {
  const { rows } = await sql<{ name: string; first_holder: 'bot' | 'queue'; priority: number; greeting: Record<string, string> }>`
    select t.name, t.first_holder, t.priority, t.greeting from customers c join tiers t on t.name = c.tier where c.id = ${customerId}`.execute(
    tx,
  )
  const row = rows[0]
  if (!row) throw new Error(`customer ${customerId} has no row`)
  return { name: row.name, firstHolder: row.first_holder, priority: row.priority, greeting: row.greeting }
}

/** Both rows in one order, so that two merges of the same pair do not deadlock. */
export async function lockCustomers(tx: Tx, one: string, other: string): Promise<void> {
  await sql`select id from customers where id in (${one}, ${other}) order by id for update`.execute(tx)
}
