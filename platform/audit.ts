import { createHash } from 'node:crypto'
import { sql } from 'kysely'
import type { Database, Tx } from './database.ts'

/** Who changes something. Every change of state records one. */
export interface Actor {
  readonly kind: 'customer' | 'agent' | 'token' | 'bot' | 'house'
  readonly id: string
  /** Trace id of the request or Turn that caused the change. */
  readonly traceId?: string
}

export const HOUSE: Actor = { kind: 'house', id: 'house' }

export interface AuditObject {
  readonly kind: string
  readonly id: string
}

/** Writes one audit record in the caller's transaction: no change without its record, no record without its change. */
export async function recordAudit(
  tx: Tx,
  by: Actor,
  action: string,
  object: AuditObject,
  detail: Record<string, unknown> = {},
): Promise<void> {
  await sql`insert into audit_records (actor_kind, actor_id, action, object_kind, object_id, detail, trace_id)
    values (${by.kind}, ${by.id}, ${action}, ${object.kind}, ${object.id}, ${JSON.stringify(detail)}::jsonb, ${by.traceId ?? null})`.execute(
    tx,
  )
}

interface AuditRow {
  id: number
  line: string
  hash: string | null
}

/** The text that is hashed: every column as the database writes it, quoted, so that words moved into a neighbouring column show too. */
const LINE = sql`jsonb_build_array(id, extract(epoch from at)::text, actor_kind, actor_id, action, object_kind, object_id, detail, trace_id)::text`

function link(previous: string, line: string): string {
  return createHash('sha256').update(previous).update('\n').update(line).digest('hex')
}

/** Rows in one step of the chain: few enough that PGlite's thread is not held. */
const CHAIN_STEP = 500

/**
 * Chains the hashes of records that have none yet, in order of id; a job calls it so that writers need not wait for each
 * other. Only records older than a minute: by then a transaction with a lower id has ended or timed out.
 * @returns how many records were chained.
 */
export async function chainAudit(database: Database): Promise<number> {
  return database.transaction(async (tx) => {
    // One chainer at a time, on both engines.
    const head = (await sql<{ last_id: number; hash: string }>`select last_id, hash from audit_chain for update`.execute(tx)).rows[0]
    if (!head) throw new Error('audit_chain has lost its row')
    const { rows } = await sql<AuditRow>`select id, ${LINE} as line, hash from audit_records
      where id > ${head.last_id} and at < now() - interval '1 minute' order by id limit ${CHAIN_STEP}`.execute(tx)
    let { hash } = head
    for (const row of rows) {
      hash = link(hash, row.line)
      await sql`update audit_records set hash = ${hash} where id = ${row.id}`.execute(tx)
    }
    const last = rows.at(-1)
    if (last) await sql`update audit_chain set last_id = ${last.id}, hash = ${hash}`.execute(tx)
    return rows.length
  })
}

/** Recomputes the chain; null when it holds, else the id of the first record that was changed, removed or added. */
export async function verifyAudit(database: Database): Promise<number | null> {
  let previous = ''
  let after = 0
  for (;;) {
    const { rows } = await sql<AuditRow>`select id, ${LINE} as line, hash from audit_records
      where id > ${after} and hash is not null order by id limit ${CHAIN_STEP}`.execute(database.sql)
    for (const row of rows) {
      const expected = link(previous, row.line)
      if (row.hash !== expected) return row.id
      previous = expected
      after = row.id
    }
    if (rows.length < CHAIN_STEP) break
  }
  const head = (await sql<{ last_id: number; hash: string }>`select last_id, hash from audit_chain`.execute(database.sql)).rows[0]
  if (!head || head.hash !== previous) return head?.last_id ?? 0
  // Below the head everything is chained: a record without a hash was slipped in.
  const slipped = await sql<{
    id: number
  }>`select id from audit_records where id <= ${head.last_id} and hash is null order by id limit 1`.execute(database.sql)
  return slipped.rows[0]?.id ?? null
}
