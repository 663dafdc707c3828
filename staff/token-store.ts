import { sql } from 'kysely'
import type { Sql, Tx } from '../platform/database.ts'
import type { Role } from './permission.ts'

/** API tokens, by the hash of their text: the text itself is never kept. */

export interface TokenRow {
  readonly id: string
  readonly name: string
  readonly role: Role
  readonly madeAt: Date
  readonly revokedAt: Date | null
}

export async function insertToken(tx: Tx, row: { id: string; name: string; role: Role; hash: string }): Promise<Date> {
  const { rows } = await sql<{
    madeAt: Date
  }>`insert into api_tokens (id, name, role, hash) values (${row.id}, ${row.name}, ${row.role}, ${row.hash})
    returning made_at as "madeAt"`.execute(tx)
  return rows[0]?.madeAt ?? new Date()
}

/** Null when it is unknown or revoked. */
export async function findToken(db: Sql, hash: string): Promise<{ id: string; role: Role } | null> {
  const { rows } = await sql<{
    id: string
    role: Role
  }>`select id, role from api_tokens where hash = ${hash} and revoked_at is null`.execute(db)
  return rows[0] ?? null
}

export async function readTokens(db: Sql, limit: number): Promise<TokenRow[]> {
  const { rows } = await sql<TokenRow>`select id, name, role, made_at as "madeAt", revoked_at as "revokedAt" from api_tokens
    order by made_at, id limit ${limit}`.execute(db)
  return rows
}

/** @returns false when there is no such token. */
export async function endToken(tx: Tx, id: string): Promise<boolean> {
  const { rows } = await sql`update api_tokens set revoked_at = coalesce(revoked_at, now()) where id = ${id} returning 1`.execute(tx)
  return rows.length > 0
}

/** Whether there is any token, asked by one process at a time: the row of the audit chain stands for the house. */
export async function hasTokens(tx: Tx): Promise<boolean> {
  await sql`select 1 from audit_chain for update`.execute(tx)
  const { rows } = await sql`select 1 from api_tokens limit 1`.execute(tx)
  return rows.length > 0
}
