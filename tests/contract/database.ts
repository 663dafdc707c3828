import { sql } from 'kysely'
import pino from 'pino'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { MIGRATIONS } from '../../migrations/index.ts'
import type { Database } from '../../platform/database.ts'
import { ZhikeError } from '../../platform/errors.ts'
import { createJobs, type Jobs } from '../../platform/jobs.ts'
import { migrate } from '../../platform/migrate.ts'

/** What every database owes the house, whichever engine it runs on. */

export interface DatabaseUnderTest {
  readonly database: Database
  close(): Promise<void>
}

async function until(met: () => boolean | Promise<boolean>, withinMs = 15_000): Promise<boolean> {
  const end = performance.now() + withinMs
  while (!(await met())) {
    if (performance.now() > end) return false
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  return true
}

class Undone extends Error {}

export function describeDatabase(name: string, open: () => Promise<DatabaseUnderTest>): void {
  describe(`the database ${name}`, () => {
    let it: DatabaseUnderTest
    let database: Database
    beforeAll(async () => {
      it = await open()
      database = it.database
      await migrate(database, MIGRATIONS)
      await database.executeText(
        'create table notes (id text primary key, n bigint not null default 0, at timestamptz not null default now(), tags text[], detail jsonb)',
      )
    })
    afterAll(() => it.close())

    const ids = async (like: string) =>
      (await sql<{ id: string }>`select id from notes where id like ${`${like}%`} order by id`.execute(database.sql)).rows.map(
        (row) => row.id,
      )
    const note = (id: string) => sql`insert into notes (id) values (${id})`

    test('keeps a committed transaction whole and leaves nothing of one that throws', async () => {
      await database.transaction(async (tx) => {
        await note('whole-1').execute(tx)
        await note('whole-2').execute(tx)
      })
      const failed = database.transaction(async (tx) => {
        await note('whole-3').execute(tx)
        throw new Undone()
      })
      await expect(failed).rejects.toBeInstanceOf(Undone)
      expect(await ids('whole')).toEqual(['whole-1', 'whole-2'])
    })

    test('gives the same types on both engines: numbers for bigint, Dates, arrays and objects', async () => {
      await sql`insert into notes (id, n, tags, detail) values ('types', ${9_007_199_254}, ${['一', 'b,"c']}::text[], ${JSON.stringify({ a: [1, null, '好'] })}::jsonb)`.execute(
        database.sql,
      )
      const { rows } = await sql<
        Record<string, unknown>
      >`select n, at, tags, detail, (select count(*) from notes where id = 'types') as many from notes where id = 'types'`.execute(
        database.sql,
      )
      expect(rows[0]).toMatchObject({ n: 9_007_199_254, tags: ['一', 'b,"c'], detail: { a: [1, null, '好'] }, many: 1 })
      expect(rows[0]?.at).toBeInstanceOf(Date)
    })

    test('names a second row of the same key by its SQLSTATE', async () => {
      await note('twice').execute(database.sql)
      await expect(note('twice').execute(database.sql)).rejects.toMatchObject({ code: '23505' })
    })

    test('lets no statement of a stranger into an open transaction: it neither vanishes with its rollback nor sees its rows', async () => {
      let entered = () => {}
      const inside = new Promise<void>((resolve) => {
        entered = resolve
      })
      let leave = () => {}
      const mayLeave = new Promise<void>((resolve) => {
        leave = resolve
      })
      const rolledBack = database
        .transaction(async (tx) => {
          await note('stranger-inside').execute(tx)
          entered()
          await mayLeave
          throw new Undone()
        })
        .catch((error: unknown) => error)
      await inside
      // On one connection these wait at the gate; on many they run beside the transaction.
      const outside = Promise.all([
        note('stranger-outside').execute(database.sql),
        database.executeText(`insert into notes (id) values ('stranger-script')`),
      ])
      setTimeout(leave, 50)
      expect(await rolledBack).toBeInstanceOf(Undone)
      await outside
      expect(await ids('stranger')).toEqual(['stranger-outside', 'stranger-script'])
    })

    test('tells listeners what is notified, and nothing after they stop', async () => {
      const heard: string[] = []
      const stop = await database.listen('contract', (payload) => heard.push(payload))
      await sql`select pg_notify('contract', ${'一'})`.execute(database.sql)
      await database.transaction(async (tx) => {
        await sql`select pg_notify('contract', 'committed')`.execute(tx)
      })
      await database
        .transaction(async (tx) => {
          await sql`select pg_notify('contract', 'rolled back')`.execute(tx)
          throw new Undone()
        })
        .catch(() => undefined)
      expect(await until(() => heard.includes('committed'))).toBe(true)
      await stop()
      await sql`select pg_notify('contract', 'too late')`.execute(database.sql)
      await sql`select 1`.execute(database.sql)
      // The empty payload means "look at everything" and may come at any time.
      expect(heard.filter((payload) => payload !== '')).toEqual(['一', 'committed'])
    })

    test('repeats a whole transaction that the server gave up as a deadlock or serialisation failure', async () => {
      for (const state of ['40P01', '40001']) {
        let tries = 0
        const result = await database.transaction(async (tx) => {
          await note(`repeat-${state}-${tries}`).execute(tx)
          if (++tries < 3)
            await tx.executeQuery(sql.raw(`do $$ begin raise exception 'lost' using errcode = '${state}'; end $$`).compile(tx))
          return tries
        })
        expect(result).toBe(3)
        expect(await ids(`repeat-${state}`)).toEqual([`repeat-${state}-2`])
      }
    })

    test('gives up after a bounded number of repeats, and never repeats another failure', async () => {
      let tries = 0
      const hopeless = database.transaction(async (tx) => {
        tries++
        await tx.executeQuery(sql.raw(`do $$ begin raise exception 'lost' using errcode = '40P01'; end $$`).compile(tx))
      })
      await expect(hopeless).rejects.toMatchObject({ code: '40P01' })
      expect(tries).toBeGreaterThan(1)
      tries = 0
      const wrong = database.transaction(async (tx) => {
        tries++
        await sql`select * from no_such_table`.execute(tx)
      })
      await expect(wrong).rejects.toThrow()
      expect(tries).toBe(1)
    })

    test('reports states in which the server cannot serve as unavailable, with a time to come back', async () => {
      for (const state of ['57014', '53300', '25006', '55P03']) {
        const error = await database
          .executeText(`do $$ begin raise exception 'not now' using errcode = '${state}'; end $$`)
          .catch((caught: unknown) => caught)
        expect(error, state).toBeInstanceOf(ZhikeError)
        expect(error, state).toMatchObject({ kind: 'unavailable', code: 'database.unavailable' })
        expect((error as ZhikeError).retryAfterMs).toBeGreaterThan(0)
      }
    })

    test('counts right when 40 transactions change one row at once', async () => {
      await note('counter').execute(database.sql)
      await Promise.all(
        Array.from({ length: 40 }, () =>
          database.transaction(async (tx) => {
            const { rows } = await sql<{ n: number }>`select n from notes where id = 'counter' for update`.execute(tx)
            await sql`update notes set n = ${(rows[0]?.n ?? 0) + 1} where id = 'counter'`.execute(tx)
          }),
        ),
      )
      const { rows } = await sql<{ n: number }>`select n from notes where id = 'counter'`.execute(database.sql)
      expect(rows[0]?.n).toBe(40)
    })

    test('migrates once, and again without a change', async () => {
      expect(await migrate(database, MIGRATIONS)).toEqual([])
    })

    test('refuses a database that a newer version has migrated, naming the cure', async () => {
      const { [Object.keys(MIGRATIONS).at(-1) as string]: newest, ...older } = MIGRATIONS
      expect(newest).toBeDefined()
      await expect(migrate(database, older)).rejects.toMatchObject({ kind: 'misconfigured', code: 'database.newer-schema' })
    })

    describe('with its job queue', () => {
      let jobs: Jobs
      const ran: string[] = []
      beforeAll(async () => {
        jobs = createJobs(database, pino({ level: 'silent' }), 'Asia/Shanghai')
        jobs.handle('contract', async ({ name }) => {
          ran.push(String(name))
        })
        await jobs.start({ work: true })
      })
      afterAll(() => jobs.stop(1_000))

      test('runs a job of a committed transaction, and never one of a transaction that was rolled back', async () => {
        await database
          .transaction(async (tx) => {
            await jobs.enqueue(tx, 'contract', { name: 'rolled-back' })
            throw new Undone()
          })
          .catch(() => undefined)
        await database.transaction((tx) => jobs.enqueue(tx, 'contract', { name: 'committed' }))
        expect(await until(() => ran.includes('committed'))).toBe(true)
        expect(ran).not.toContain('rolled-back')
      })

      test("keeps a job that was enqueued by itself while a stranger's transaction was open and rolled back", async () => {
        const names = Array.from({ length: 8 }, (_, n) => `survivor-${n}`)
        const lost = names.map((name) =>
          database
            .transaction(async (tx) => {
              await note(`job-${name}`).execute(tx)
              await new Promise((resolve) => setTimeout(resolve, 5))
              await jobs.enqueue(tx, 'contract', { name: `undone-${name}` })
              throw new Undone()
            })
            .catch(() => undefined),
        )
        const kept = names.map((name) => jobs.enqueue(null, 'contract', { name }))
        await Promise.all([...lost, ...kept])
        const { rows } = await sql<{
          name: string
        }>`select data->>'name' as name from pgboss.job where name = 'contract' and data->>'name' like '%survivor%'`.execute(database.sql)
        expect(rows.map((row) => row.name).sort()).toEqual([...names].sort())
        expect(await ids('job-survivor')).toEqual([])
        expect(await until(() => names.every((name) => ran.includes(name)), 45_000)).toBe(true)
        expect(ran.filter((name) => name.startsWith('undone'))).toEqual([])
      })
    })
  })
}
