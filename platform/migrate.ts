import { type Migration, Migrator, sql } from 'kysely'
import type { Database } from './database.ts'
import { ZhikeError } from './errors.ts'

/**
 * Brings the schema up to this version; safe to call from several processes at once (advisory lock) and again after a kill
 * (all pending migrations run in one transaction).
 * @throws ZhikeError `misconfigured` `database.newer-schema` when a newer version has already migrated this database.
 */
export async function migrate(database: Database, migrations: Readonly<Record<string, Migration>>): Promise<string[]> {
  if (await isUpToDate(database, Object.keys(migrations))) return []
  const migrator = new Migrator({ db: database.sql, provider: { getMigrations: async () => ({ ...migrations }) } })
  const { error, results } = await migrator.migrateToLatest()
  if (error) {
    if (error instanceof Error && /corrupted migrations/.test(error.message))
      throw new ZhikeError(
        'misconfigured',
        'database.newer-schema',
        'This database was migrated by a newer version of zhike. Start that version, or restore the back-up made before the upgrade.',
        { cause: error },
      )
    throw error
  }
  return (results ?? []).filter((result) => result.status === 'Success').map((result) => result.migrationName)
}

/** The usual start: one look at the list of what was done, without the migrator's lock and its look at the whole schema. */
async function isUpToDate(database: Database, names: readonly string[]): Promise<boolean> {
  const table = await sql<{ there: boolean }>`select to_regclass('kysely_migration') is not null as there`.execute(database.sql)
  if (!table.rows[0]?.there) return false
  const { rows } = await sql<{ name: string }>`select name from kysely_migration order by name`.execute(database.sql)
  return rows.length === names.length && [...names].sort().every((name, index) => rows[index]?.name === name)
}
