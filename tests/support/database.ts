import { readFileSync } from 'node:fs'
import { inject } from 'vitest'
import { createDatabase, type Database } from '../../platform/database.ts'
import { createPgliteEngine } from '../../platform/pglite.ts'

/** A migrated embedded database of its own, in memory. Close it, or the test process stays. */
export async function openTestDatabase(): Promise<Database> {
  const image = new Blob([readFileSync(inject('databaseImage'))])
  return createDatabase(await createPgliteEngine({ folder: null, image }))
}
