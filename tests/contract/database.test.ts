import { sql } from 'kysely'
import pino from 'pino'
import { expect, test } from 'vitest'
import { createDatabase } from '../../platform/database.ts'
import { createPostgresEngine } from '../../platform/pg.ts'
import { openTestDatabase } from '../support/database.ts'
import { startFaultProxy } from '../support/fault-proxy.ts'
import { describeWithPostgres } from '../support/postgres-suite.ts'
import { describeDatabase } from './database.ts'

const log = pino({ level: 'silent' })

describeDatabase('PGlite', async () => {
  const database = await openTestDatabase()
  return { database, close: () => database.close() }
})

describeWithPostgres('over a real server', ({ createDatabase: create }) => {
  describeDatabase('Postgres', async () => {
    const database = createDatabase(createPostgresEngine(await create(), log))
    return { database, close: () => database.close() }
  })

  test('ends a statement that takes longer than 5 s and says unavailable', async () => {
    const database = createDatabase(createPostgresEngine(await create(), log))
    try {
      await expect(sql`select pg_sleep(20)`.execute(database.sql)).rejects.toMatchObject({
        kind: 'unavailable',
        code: 'database.unavailable',
      })
      expect((await sql<{ one: number }>`select 1 as one`.execute(database.sql)).rows).toEqual([{ one: 1 }])
    } finally {
      await database.close()
    }
  })

  test('brings two transactions through a real deadlock, both whole', async () => {
    const database = createDatabase(createPostgresEngine(await create(), log))
    try {
      await database.executeText('create table pair (id int primary key, n int not null)')
      await database.executeText('insert into pair values (1, 0), (2, 0)')
      let both = 0
      let meet = () => {}
      const met = new Promise<void>((resolve) => {
        meet = resolve
      })
      const cross = (first: number, second: number) =>
        database.transaction(async (tx) => {
          await sql`update pair set n = n + 1 where id = ${first}`.execute(tx)
          if (++both === 2) meet()
          await met
          await sql`update pair set n = n + 1 where id = ${second}`.execute(tx)
        })
      await Promise.all([cross(1, 2), cross(2, 1)])
      expect((await sql<{ n: number }>`select n from pair order by id`.execute(database.sql)).rows).toEqual([{ n: 2 }, { n: 2 }])
      expect(both).toBeGreaterThan(2)
    } finally {
      await database.close()
    }
  })

  test('says unavailable while the server cannot be reached, serves again by itself, and tells listeners to look at everything', async () => {
    const proxy = await startFaultProxy(await create())
    const database = createDatabase(createPostgresEngine(proxy.url, log))
    const heard: string[] = []
    try {
      const stop = await database.listen('contract', (payload) => heard.push(payload))
      await sql`select 1`.execute(database.sql)
      const looksBefore = heard.length
      proxy.set('reset')
      await expect(sql`select 1`.execute(database.sql)).rejects.toMatchObject({ kind: 'unavailable', code: 'database.unavailable' })
      await expect(database.transaction((tx) => sql`select 1`.execute(tx))).rejects.toMatchObject({ kind: 'unavailable' })
      proxy.set('none')
      await expect
        .poll(
          () =>
            sql`select 1`.execute(database.sql).then(
              () => 'serves',
              () => 'not yet',
            ),
          { timeout: 10_000 },
        )
        .toBe('serves')
      await expect.poll(() => heard.length > looksBefore && heard.at(-1) === '', { timeout: 10_000 }).toBe(true)
      await stop()
    } finally {
      await database.close()
      await proxy.stop()
    }
  })
})
