import { randomBytes } from 'node:crypto'
import { sql } from 'kysely'
import type { Sql, Tx } from '../platform/database.ts'

export type GapState = 'open' | 'ignored' | 'done'

/** A question the house could not answer, waiting for curation. */
export interface Gap {
  readonly id: string
  /** As it was asked first. */
  readonly question: string
  /** How often it was asked. */
  readonly asked: number
  readonly tier: string | null
  readonly channel: string | null
  /** The Conversation and Turn that asked last. */
  readonly conversationId: string | null
  readonly turnId: string | null
  readonly reason: string
  readonly state: GapState
  readonly firstAt: Date
  readonly lastAt: Date
}

export interface NewGap {
  readonly question: string
  readonly tier?: string
  readonly channel?: string
  readonly conversationId?: string
  readonly turnId?: string
  /** Why there was no Answer, one word or two for the curator. */
  readonly reason: string
}

const COLUMNS = sql`id, question, asked, tier, channel, conversation_id as "conversationId", turn_id as "turnId", reason, state,
  first_at as "firstAt", last_at as "lastAt"`

/** Adds one asking; a Gap that was done is open again, an ignored one stays ignored. */
export async function addGap(tx: Tx, normalised: string, gap: NewGap): Promise<void> {
  await sql`insert into gaps (id, question, normalised, tier, channel, conversation_id, turn_id, reason)
    values (${`g_${randomBytes(12).toString('hex')}`}, ${gap.question}, ${normalised}, ${gap.tier ?? null}, ${gap.channel ?? null},
      ${gap.conversationId ?? null}, ${gap.turnId ?? null}, ${gap.reason})
    on conflict (normalised) do update set asked = gaps.asked + 1, last_at = now(), tier = excluded.tier, channel = excluded.channel,
      conversation_id = excluded.conversation_id, turn_id = excluded.turn_id, reason = excluded.reason,
      state = case gaps.state when 'done' then 'open' else gaps.state end`.execute(tx)
}

/** Takes back the asking of one Turn, unless somebody has worked on the Gap or asked again since. */
export async function takeBackAsking(tx: Tx, normalised: string, turnId: string, reason: string): Promise<void> {
  const mine = sql`normalised = ${normalised} and turn_id = ${turnId} and reason = ${reason}`
  await sql`delete from gaps where ${mine} and state = 'open' and asked = 1`.execute(tx)
  await sql`update gaps set asked = asked - 1 where ${mine} and asked > 1`.execute(tx)
}

/** Newest first; `after` is the id of the last one seen. */
export async function readGaps(db: Sql, state: GapState | null, after: string | null, limit: number): Promise<Gap[]> {
  const { rows } = await sql<Gap>`select ${COLUMNS} from gaps
    where (${state}::text is null or state = ${state}::text)
      and (${after}::text is null or (last_at, id) < (select last_at, id from gaps where id = ${after}::text))
    order by last_at desc, id desc limit ${limit}`.execute(db)
  return rows
}

/** @returns null when there is none of that id. */
export async function writeGapState(tx: Tx, id: string, state: GapState): Promise<Gap | null> {
  const { rows } = await sql<Gap>`update gaps set state = ${state} where id = ${id} returning ${COLUMNS}`.execute(tx)
  return rows[0] ?? null
}
