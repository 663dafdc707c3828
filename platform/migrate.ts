import { type Migration, Migrator } from 'kysely'
import type { Database } from './database.ts'
import { ZhikeError } from './errors.ts'

/**
 * Brings the schema up to this version; safe to call from several processes at once (advisory lock) and again after a kill
 * (all pending migrations run in one transaction).
 * @throws ZhikeError `misconfigured` `database.newer-schema` when a newer version has already migrated this database.
 */
export async function migrate(database: Database, migrations: Readonly<Record<string, Migration>>): Promise<string[]> {
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
