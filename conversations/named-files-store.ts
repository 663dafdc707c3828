import { sql } from 'kysely'
import type { Sql } from '../platform/database.ts'
import type { FileKey } from '../platform/files.ts'

/**
 * Which of these files a Message of their Address names, wherever in its Activity. Too many rather than too few: who asks deletes the
 * others.
 */
export async function findNamedFiles(db: Sql, files: readonly FileKey[]): Promise<ReadonlySet<string>> {
  // The scope is channel and Address (`fileScope`); an Address may hold slashes, a channel's name does not.
  const slash = (scope: string) => scope.indexOf('/')
  const { rows } = await sql<{ id: string }>`select f.id
    from unnest(${files.map(({ id }) => id)}::text[], ${files.map(({ scope }) => scope.slice(0, slash(scope)))}::text[],
      ${files.map(({ scope }) => scope.slice(slash(scope) + 1))}::text[]) f (id, channel, address)
    where exists (select 1 from messages m where m.channel = f.channel and m.address = f.address and position(f.id in m.activity::text) > 0)`.execute(
    db,
  )
  return new Set(rows.map(({ id }) => id))
}
