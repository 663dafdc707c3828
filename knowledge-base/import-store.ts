import { sql } from 'kysely'
import type { Actor } from '../platform/audit.ts'
import type { Sql, Tx } from '../platform/database.ts'
import type { RejectedRow } from './article-files/file-reading.ts'

export type ImportState = 'waiting' | 'running' | 'done' | 'failed' | 'stopped' | 'undoing' | 'undone'

export interface ImportCounts {
  readonly created: number
  readonly updated: number
  readonly unchanged: number
}

/** A file of Articles on its way in. */
export interface Import extends ImportCounts {
  readonly id: string
  readonly state: ImportState
  readonly dryRun: boolean
  /** Rows that are through, rejected ones included. */
  readonly done: number
  readonly total: number
  /** Articles that an undo put back or took away. */
  readonly restored: number
  readonly rejected: readonly RejectedRow[]
  /** What went wrong with the file as a whole. */
  readonly error: string | null
  readonly actor: Actor
  readonly madeAt: Date
  readonly finishedAt: Date | null
}

const COLUMNS = sql`id, state, dry_run as "dryRun", done, total, created, updated, unchanged, restored, rejected, error, actor,
  made_at as "madeAt", finished_at as "finishedAt"`

export async function addImport(
  tx: Tx,
  entry: { id: string; contentType: string; file: Buffer; dryRun: boolean; total: number; rejected: readonly RejectedRow[]; actor: Actor },
): Promise<void> {
  await sql`insert into imports (id, state, content_type, file, dry_run, done, total, rejected, actor)
    values (${entry.id}, 'waiting', ${entry.contentType}, ${entry.file}, ${entry.dryRun}, ${entry.rejected.length}, ${entry.total},
      ${JSON.stringify(entry.rejected)}::jsonb, ${JSON.stringify(entry.actor)}::jsonb)`.execute(tx)
}

export async function readImport(db: Sql, id: string): Promise<Import | null> {
  return (await sql<Import>`select ${COLUMNS} from imports where id = ${id}`.execute(db)).rows[0] ?? null
}

/** Reads the row and keeps it from everybody else until the transaction ends. */
export async function lockImport(tx: Tx, id: string): Promise<Import | null> {
  return (await sql<Import>`select ${COLUMNS} from imports where id = ${id} for update`.execute(tx)).rows[0] ?? null
}

export async function readImportFile(db: Sql, id: string): Promise<{ file: Uint8Array; contentType: string } | null> {
  const { rows } = await sql<{ file: Uint8Array; contentType: string }>`select file, content_type as "contentType" from imports
    where id = ${id} and file is not null`.execute(db)
  return rows[0] ?? null
}

export async function addProgress(tx: Tx, id: string, step: ImportCounts & { rows: number }): Promise<void> {
  await sql`update imports set done = done + ${step.rows}::int, created = created + ${step.created}::int, updated = updated + ${step.updated}::int,
    unchanged = unchanged + ${step.unchanged}::int, touched_at = now() where id = ${id}`.execute(tx)
}

export async function addRestored(tx: Tx, id: string, restored: number): Promise<void> {
  await sql`update imports set restored = restored + ${restored}::int, touched_at = now() where id = ${id}`.execute(tx)
}

const ENDED: readonly ImportState[] = ['done', 'failed', 'stopped', 'undone']

/** The file goes with the end of its import. */
export async function writeImportState(tx: Tx, id: string, state: ImportState, error: string | null = null): Promise<void> {
  const ended = ENDED.includes(state)
  await sql`update imports set state = ${state}, error = ${error}, touched_at = now(), finished_at = case when ${ended}::boolean then now() end,
    file = case when ${ended}::boolean then null else file end where id = ${id}`.execute(tx)
}

/** Imports that should be moving but have not for `idleSeconds`: their process was killed, or their job was lost. */
export async function readAbandoned(db: Sql, idleSeconds: number): Promise<{ id: string; state: ImportState }[]> {
  const { rows } = await sql<{ id: string; state: ImportState }>`select id, state from imports
    where state in ('waiting', 'running', 'undoing') and touched_at <= now() - make_interval(secs => ${idleSeconds}::int) order by made_at`.execute(
    db,
  )
  return rows
}

export interface Undoable {
  readonly articleId: string
  /** The version the import left, and that is still in force. */
  readonly version: number
  /** What was there before the import; null when the import made the Article. */
  readonly snapshot: Record<string, unknown> | null
}

/** Articles whose present version is the import's own: what somebody changed since is left alone. */
export async function readUndoable(db: Sql, importId: string, limit: number): Promise<Undoable[]> {
  const { rows } = await sql<Undoable>`select a.id as "articleId", a.version, (
      select b.snapshot from article_versions b where b.article_id = a.id and b.version < (
        select min(f.version) from article_versions f where f.article_id = a.id and f.import_id = ${importId})
      order by b.version desc limit 1) as snapshot
    from articles a join article_versions v on v.article_id = a.id and v.version = a.version
    where v.import_id = ${importId} order by a.id limit ${limit}`.execute(db)
  return rows
}
