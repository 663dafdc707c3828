import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { chainAudit, HOUSE, recordAudit, verifyAudit } from '../../../platform/audit.ts'
import type { Database } from '../../../platform/database.ts'
import { openTestDatabase } from '../../support/database.ts'
import { createRandom } from '../../support/random.ts'

let database: Database
const RECORDS = 40

beforeAll(async () => {
  database = await openTestDatabase()
  await database.transaction(async (tx) => {
    for (let n = 0; n < RECORDS; n++)
      await recordAudit(
        tx,
        { kind: 'token', id: `t-${n % 3}`, traceId: `trace-${n}` },
        'article.changed',
        { kind: 'article', id: `a|${n}` },
        { n, text: '价格|改了' },
      )
  })
  // The job leaves the last 10 s alone, and so that nobody waits, these are made older before they are chained.
  await withoutGuard(() => sql`update audit_records set at = at - interval '1 minute'`.execute(database.sql))
  expect(await chainAudit(database)).toBe(RECORDS)
})
afterAll(() => database.close())

async function withoutGuard<T>(run: () => Promise<T>): Promise<T> {
  await database.executeText('alter table audit_records disable trigger all')
  try {
    return await run()
  } finally {
    await database.executeText('alter table audit_records enable trigger all')
  }
}

test('holds when nobody touched it', async () => {
  expect(await verifyAudit(database)).toBeNull()
})

test('lets nobody change, remove or empty the records by plain SQL', async () => {
  for (const statement of [
    `update audit_records set action = 'other' where id = 1`,
    'update audit_records set hash = null where id = 1',
    'delete from audit_records where id = 1',
    'truncate audit_records',
  ])
    await expect(database.executeText(statement), statement).rejects.toThrow('append-only')
})

test('writes a record only together with its change', async () => {
  const before = (await sql<{ n: number }>`select count(*)::int as n from audit_records`.execute(database.sql)).rows[0]?.n
  await database
    .transaction(async (tx) => {
      await recordAudit(tx, HOUSE, 'nothing', { kind: 'none', id: 'x' })
      throw new Error('undone')
    })
    .catch(() => undefined)
  expect((await sql<{ n: number }>`select count(*)::int as n from audit_records`.execute(database.sql)).rows[0]?.n).toBe(before)
})

test('finds each of 1 000 random tamperings', async () => {
  const random = createRandom()
  const columns = ['actor_kind', 'actor_id', 'action', 'object_kind', 'object_id', 'trace_id', 'hash']
  const missed: string[] = []
  await withoutGuard(async () => {
    for (let n = 0; n < 1_000; n++) {
      const id = 1 + random.below(RECORDS)
      const other = 1 + ((id + random.below(RECORDS - 1)) % RECORDS)
      const column = random.pick(columns)
      const statement = random.pick([
        `update audit_records set ${column} = ${column} || 'x' where id = ${id}`,
        `update audit_records set ${column} = 'y' where id = ${id}`,
        `update audit_records set detail = detail || '{"n": ${1_000 + n}}' where id = ${id}`,
        `update audit_records set detail = '{}' where id = ${id}`,
        `update audit_records set at = at + interval '1 microsecond' where id = ${id}`,
        `delete from audit_records where id = ${id}`,
        `delete from audit_records where id >= ${id}`,
        `update audit_records set hash = null where id = ${id}`,
        // The words of one field moved into its neighbour.
        `update audit_records set actor_id = left(actor_id, 1), action = substr(actor_id, 2) || action where id = ${id}`,
        `update audit_records set object_kind = object_kind || '|a', object_id = substr(object_id, 3) where id = ${id}`,
        `update audit_records a set object_id = b.object_id from audit_records b where a.id = ${id} and b.id = ${other} and a.id <> b.id`,
        `insert into audit_records (id, actor_kind, actor_id, action, object_kind, object_id, at, hash) overriding system value
           select max(id) + 100, 'bot', 'b', 'x', 'y', 'z', now(), md5('${n}') from audit_records`,
      ])
      await database.executeText('begin')
      const { rows } = await sql<{
        before: string
      }>`select md5(string_agg(r::text, ',' order by r.id)) as before from audit_records r`.execute(database.sql)
      await database.executeText(statement)
      const after = await sql<{
        before: string
      }>`select md5(string_agg(r::text, ',' order by r.id)) as before from audit_records r`.execute(database.sql)
      if (rows[0]?.before !== after.rows[0]?.before && (await verifyAudit(database)) === null) missed.push(statement)
      await database.executeText('rollback')
    }
  })
  console.log('audit', JSON.stringify({ seed: random.seed, tamperings: 1_000, missed: missed.length }))
  expect([...new Set(missed)]).toEqual([])
}, 120_000)
