import { sql } from 'kysely'
import type { Sql, Tx } from '../platform/database.ts'
import type { Activity, Address } from './channel.ts'
import type { ConversationState } from './conversation.ts'
import type { Sender } from './message.ts'

/** The tables of this module. Every transaction locks the Address row first, then the Conversation row, then the work row. */

export interface AddressRow {
  readonly customerId: string
  readonly identityId: string
  readonly lastSeq: number
  readonly ended: boolean
}

const ADDRESS_COLUMNS = sql`customer_id as "customerId", identity_id as "identityId", last_seq as "lastSeq", ended_at is not null as ended`

export async function readAddress(db: Sql, channel: string, id: Address): Promise<AddressRow | null> {
  const { rows } = await sql<AddressRow>`select ${ADDRESS_COLUMNS} from addresses where channel = ${channel} and id = ${id}`.execute(db)
  return rows[0] ?? null
}

/** Locks the Address and takes its next number; null when it does not exist. Numbers are in the order of commits. */
export async function takeSeq(tx: Tx, channel: string, id: Address): Promise<AddressRow | null> {
  const { rows } = await sql<AddressRow>`update addresses set last_seq = last_seq + 1 where channel = ${channel} and id = ${id}
    returning ${ADDRESS_COLUMNS}`.execute(tx)
  return rows[0] ?? null
}

/** @returns true when this call made the row. */
export async function insertAddress(tx: Tx, channel: string, id: Address, customerId: string, identityId: string): Promise<boolean> {
  const { rows } =
    await sql`insert into addresses (channel, id, customer_id, identity_id) values (${channel}, ${id}, ${customerId}, ${identityId})
    on conflict (channel, id) do nothing returning 1`.execute(tx)
  return rows.length > 0
}

export async function endAddress(tx: Tx, channel: string, id: Address): Promise<void> {
  await sql`update addresses set ended_at = coalesce(ended_at, now()) where channel = ${channel} and id = ${id}`.execute(tx)
}

/** Gives the Address and its Conversations to another Customer and Identity. */
export async function handAddress(tx: Tx, channel: string, id: Address, customerId: string, identityId: string): Promise<void> {
  await sql`update addresses set customer_id = ${customerId}, identity_id = ${identityId} where channel = ${channel} and id = ${id}`.execute(
    tx,
  )
}

/** After a merge: everything of one Customer goes to the other. */
export async function moveCustomer(tx: Tx, from: string, into: string): Promise<void> {
  await sql`update addresses set customer_id = ${into} where customer_id = ${from}`.execute(tx)
  await sql`update conversations set customer_id = ${into} where customer_id = ${from}`.execute(tx)
}

export interface OpenConversation {
  readonly id: string | null
  readonly state: ConversationState | null
  /** The Message that was stored under the same key before. */
  readonly earlierId: string | null
  readonly earlierSeq: number | null
}

/** The open Conversation of a locked Address, locked too, and whether this key was stored before; one statement. */
export async function lockOpenConversation(tx: Tx, channel: string, address: Address, dedupeKey: string): Promise<OpenConversation> {
  const { rows } = await sql<OpenConversation>`select c.id, c.state, m.id as "earlierId", m.seq as "earlierSeq"
    from (select 1) one
    left join (select id, state from conversations where channel = ${channel} and address = ${address} and state <> 'closed' for update) c on true
    left join messages m on m.channel = ${channel} and m.address = ${address} and m.dedupe_key = ${dedupeKey}`.execute(tx)
  return rows[0] ?? { id: null, state: null, earlierId: null, earlierSeq: null }
}

/** What was stored under the same key before; null when nothing was. */
export async function findEarlier(
  db: Sql,
  channel: string,
  address: Address,
  dedupeKey: string,
): Promise<{ id: string; seq: number } | null> {
  const { rows } = await sql<{ id: string; seq: number }>`select id, seq from messages
    where channel = ${channel} and address = ${address} and dedupe_key = ${dedupeKey}`.execute(db)
  return rows[0] ?? null
}

export async function insertConversation(
  tx: Tx,
  row: { id: string; channel: string; address: Address; customerId: string; state: ConversationState; priority: number },
): Promise<void> {
  await sql`insert into conversations (id, channel, address, customer_id, state, priority)
    values (${row.id}, ${row.channel}, ${row.address}, ${row.customerId}, ${row.state}, ${row.priority})`.execute(tx)
}

export interface NewMessage {
  readonly id: string
  readonly channel: string
  readonly address: Address
  readonly seq: number
  readonly conversationId: string | null
  readonly sender: Sender
  readonly name: string | null
  readonly text: string
  readonly activity: Activity
  readonly dedupeKey: string | null
  readonly replyToId: string | null
  readonly turnId: string | null
  readonly sentAt: Date
}

export async function insertMessage(tx: Tx, row: NewMessage): Promise<void> {
  const activity = JSON.stringify(row.activity)
  await sql`insert into messages (id, channel, address, seq, conversation_id, sender, name, text, activity, bytes, dedupe_key, reply_to_id, turn_id, sent_at)
    values (${row.id}, ${row.channel}, ${row.address}, ${row.seq}, ${row.conversationId}, ${row.sender}, ${row.name}, ${row.text},
      ${activity}::jsonb, ${Buffer.byteLength(activity)}, ${row.dedupeKey}, ${row.replyToId}, ${row.turnId}, ${row.sentAt.toISOString()}::timestamptz)`.execute(
    tx,
  )
}

/** A customer Message has come: the Conversation has something to answer. */
export async function noteCustomerMessage(tx: Tx, conversationId: string, seq: number): Promise<void> {
  await sql`update conversations set last_customer_seq = ${seq}, last_message_at = now() where id = ${conversationId}`.execute(tx)
}

export interface LockedConversation {
  readonly id: string
  readonly channel: string
  readonly address: Address
  readonly customerId: string
  readonly state: ConversationState
  readonly lastCustomerSeq: number
  readonly answeredSeq: number
  readonly fence: number | null
}

/** Locks a Conversation whose Address is locked already, with the fence of its work row. */
export async function lockConversation(tx: Tx, id: string): Promise<LockedConversation | null> {
  const { rows } = await sql<LockedConversation>`select c.id, c.channel, c.address, c.customer_id as "customerId", c.state,
      c.last_customer_seq as "lastCustomerSeq", c.answered_seq as "answeredSeq", w.fence
    from conversations c left join work w on w.conversation_id = c.id where c.id = ${id} for update of c`.execute(tx)
  return rows[0] ?? null
}

export async function addressOf(db: Sql, conversationId: string): Promise<{ channel: string; address: Address } | null> {
  const { rows } = await sql<{
    channel: string
    address: Address
  }>`select channel, address from conversations where id = ${conversationId}`.execute(db)
  return rows[0] ?? null
}

export async function changeState(tx: Tx, id: string, state: ConversationState, reason: string | null): Promise<void> {
  await sql`update conversations set state = ${state}, reason = ${reason}, misses = 0,
    queued_at = case when ${state} = 'queue' then case when state = 'queue' then queued_at else now() end end,
    closed_at = case when ${state} = 'closed' then now() end where id = ${id}`.execute(tx)
}

export interface StoredLetter {
  readonly id: string
  readonly seq: number
  readonly address: Address
  readonly at: Date
  readonly activity: Activity
}

/** What one page may weigh before its last letter: a few messages may be as large as a page of many. */
const PAGE_BYTES = 1024 * 1024

export async function readLetters(db: Sql, channel: string, address: Address, seq: number, limit: number): Promise<StoredLetter[]> {
  const { rows } = await sql<StoredLetter>`select id, seq, address, at, activity
    from (select id, seq, address, at, activity, sum(bytes) over (order by seq) - bytes as before from messages
      where channel = ${channel} and address = ${address} and seq > ${seq} order by seq limit ${limit}) page
    where before < ${PAGE_BYTES} order by seq`.execute(db)
  return rows
}

/** The bot holds it, and nobody has spoken for the idle minutes of its Customer's Tier row. */
const IDLE = sql`c.state = 'bot' and c.last_message_at < now() - make_interval(mins => t.idle_minutes)`
const WITH_TIER = sql`conversations c join customers cu on cu.id = c.customer_id join tiers t on t.name = cu.tier`

export async function findIdle(db: Sql, limit: number): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`select c.id from ${WITH_TIER}
    where ${IDLE} and not exists (select 1 from work w where w.conversation_id = c.id) order by c.last_message_at limit ${limit}`.execute(
    db,
  )
  return rows.map(({ id }) => id)
}

/** Looked at again under the lock of the Address: the customer may have come back. */
export async function isStillIdle(tx: Tx, id: string): Promise<boolean> {
  const { rows } = await sql`select 1 from ${WITH_TIER} where c.id = ${id} and ${IDLE} for update of c`.execute(tx)
  return rows.length > 0
}
