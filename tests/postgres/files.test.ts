import { sql } from 'kysely'
import pino from 'pino'
import { expect, test } from 'vitest'
import { findNamedFiles } from '../../conversations/named-files-store.ts'
import { MIGRATIONS } from '../../migrations/index.ts'
import { createDatabase } from '../../platform/database.ts'
import { createFiles } from '../../platform/files.ts'
import { migrate } from '../../platform/migrate.ts'
import { createPostgresEngine } from '../../platform/pg.ts'
import { describeWithPostgres } from '../support/postgres-suite.ts'

describeWithPostgres('files in PostgreSQL', (postgres) => {
  test('two processes keep no more of one conversation than it may hold, and remove together what nobody names', async () => {
    const url = await postgres.createDatabase()
    const open = () => createDatabase(createPostgresEngine(url, pino({ level: 'silent' })))
    const databases = [open(), open()] as const
    try {
      await migrate(databases[0], MIGRATIONS)
      const [one, two] = databases.map((database) => createFiles(database, '/nowhere')) as [
        ReturnType<typeof createFiles>,
        ReturnType<typeof createFiles>,
      ]
      const bytes = Buffer.alloc(4 * 1024 * 1024, 'x')
      const put = (by: typeof one) =>
        by.put({ scope: 'web-chat/one', name: 'a.txt', bytes }).then(
          ({ id }) => id,
          (error: { code?: string }) => error.code,
        )
      const outcomes = await Promise.all(Array.from({ length: 30 }, (_, n) => put(n % 2 === 0 ? one : two)))
      expect(outcomes.filter((outcome) => outcome === 'files.scope-full')).toHaveLength(5)
      const [id = ''] = outcomes
      const file = await two.read('web-chat/one', id)
      expect([file?.bytes.length, file?.contentType, await two.read('web-chat/two', id)]).toEqual([bytes.length, 'text/plain', null])

      const db = databases[0].sql
      await sql`update files set made_at = now() - interval '25 hours' where id <> ${id}`.execute(db)
      const sweep = async (by: typeof one) => {
        while ((await by.removeUnnamed((keys) => findNamedFiles(db, keys))) > 0);
      }
      await Promise.all([sweep(one), sweep(two)])
      const { rows } = await sql<{ id: string }>`select id from files`.execute(db)
      expect(rows).toEqual([{ id }])
    } finally {
      for (const database of databases) await database.close()
    }
  })
})
