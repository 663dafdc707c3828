import { randomBytes } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { sql } from 'kysely'
import type { Database } from './database.ts'

/** 256 random bits, URL-safe. */
export function makeSecret(): string {
  return randomBytes(32).toString('base64url')
}

/**
 * The generated secret of that name, made on first use: in the database when several processes share one, in
 * `<data folder>/secrets.json` (owner only) otherwise, so that a copied embedded database does not carry it along.
 */
export async function keepSecret(database: Database, dataDir: string, name: string): Promise<string> {
  if (database.engine === 'postgres') {
    await sql`insert into secrets (name, value) values (${name}, ${makeSecret()}) on conflict (name) do nothing`.execute(database.sql)
    const { rows } = await sql<{ value: string }>`select value from secrets where name = ${name}`.execute(database.sql)
    const row = rows[0]
    if (!row) throw new Error(`secret ${name} vanished`)
    return row.value
  }
  const path = join(dataDir, 'secrets.json')
  const kept: Record<string, string> = existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : {}
  const found = kept[name]
  if (found) return found
  const value = makeSecret()
  mkdirSync(dataDir, { recursive: true })
  // Written beside and renamed: a kill in between leaves the old file whole.
  writeFileSync(`${path}.new`, JSON.stringify({ ...kept, [name]: value }), { mode: 0o600 })
  renameSync(`${path}.new`, path)
  chmodSync(path, 0o600)
  return value
}
