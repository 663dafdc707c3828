import { createHash, randomBytes } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { sql } from 'kysely'
import type { Database } from './database.ts'
import { ZhikeError } from './errors.ts'
import { contentTypeOf } from './file-type.ts'

/** An uploaded file. `scope` says whom it belongs to (for a chat: channel and address); readers must check it. */
export interface StoredFile {
  readonly id: string
  readonly scope: string
  readonly name: string
  /** Found by looking at the bytes, never what the sender claimed. */
  readonly contentType: string
  readonly size: number
}

export interface Files {
  /**
   * Keeps the bytes; on its own, before the transaction that will name the id, because a transaction holds only SQL.
   * @throws ZhikeError `refused` `files.scope-full` when the scope would hold more than 100 MiB.
   */
  put(file: { scope: string; name: string; bytes: Uint8Array }): Promise<StoredFile>
  /** Null when there is no such file in that scope. */
  read(scope: string, id: string): Promise<(StoredFile & { bytes: Uint8Array }) | null>
}

export type FileKey = Pick<StoredFile, 'id' | 'scope'>

export interface KeptFiles extends Files {
  /**
   * One small step over the files of at least 24 h: those that `findNamed` does not give back are deleted, for an upload that ended
   * between keeping and naming. What was named once stays named, so that each process looks at each file once. Twice, or in two
   * processes at the same time, it does no harm.
   * @param findNamed which of these files something stored names.
   * @returns how many were looked at; 0 when there is nothing more for now.
   */
  removeUnnamed(findNamed: (files: readonly FileKey[]) => Promise<ReadonlySet<string>>): Promise<number>
}

/** What one chat may keep: nobody fills the disk by talking to a bot. */
const MAX_SCOPE_BYTES = 100 * 1024 * 1024
/** A request is over in seconds; a file that nobody named for so long never will be. */
const UNNAMED_HOURS = 24
const STEP = 100
const LONGEST_NAME = 120

/**
 * The last path part, as a name that is shown and that a download is saved under: without control, invisible, bidirectional or path
 * characters, not hidden and not a device of Windows. At most 120 characters; of a longer one the beginning and the ending are kept.
 */
export function safeFileName(name: string): string {
  const last = name.split(/[\\/]/).at(-1) ?? ''
  const clean = last
    .replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}"<>:|?*]/gu, '')
    .trim()
    .replace(/^[. ]+|[. ]+$/g, '')
  const letters = Array.from(clean)
  const ending = Array.from(/\.[^.]{1,16}$/u.exec(clean)?.[0] ?? '')
  const short = letters.length <= LONGEST_NAME ? clean : [...letters.slice(0, LONGEST_NAME - ending.length), ...ending].join('')
  if (/^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i.test(short)) return `file-${short}`
  return short || 'file'
}

interface FileRow {
  id: string
  scope: string
  name: string
  content_type: string
  size: number
  bytes: Uint8Array | null
}

/** Bytes live in the database on Postgres (several processes share it), in `<data folder>/files/` otherwise. */
export function createFiles(database: Database, dataDir: string): KeptFiles {
  const folder = join(dataDir, 'files')
  const inDatabase = database.engine === 'postgres'

  const full = () =>
    new ZhikeError('refused', 'files.scope-full', 'This conversation holds 100 MiB of files already; start a new one to send more.')

  /** False when the scope holds too much. One scope at a time, so that uploads at the same moment do not all find room. */
  const insert = (file: StoredFile, bytes: Uint8Array): Promise<boolean> => {
    const sha256 = createHash('sha256').update(bytes).digest('hex')
    return database.transaction(async (tx) => {
      if (inDatabase) await sql`select pg_advisory_xact_lock(hashtextextended(${file.scope}, 0))`.execute(tx)
      const { rows } = await sql`insert into files (id, scope, name, content_type, size, sha256, bytes)
        select ${file.id}::text, ${file.scope}::text, ${file.name}::text, ${file.contentType}::text, ${file.size}::int, ${sha256}::text,
          ${inDatabase ? Buffer.from(bytes) : null}::bytea
        where (select coalesce(sum(size), 0) from files where scope = ${file.scope}) + ${file.size} <= ${MAX_SCOPE_BYTES}
        returning 1`.execute(tx)
      return rows.length > 0
    })
  }

  let lookedAt: { at: string; id: string } | null = null

  /** In the folder a kill may also leave bytes without a row: those are written first. */
  const removeStray = async (): Promise<void> => {
    const names = await readdir(folder).catch(() => [])
    const before = Date.now() - UNNAMED_HOURS * 3_600_000
    for (let at = 0; at < names.length; at += STEP) {
      const some = names.slice(at, at + STEP).filter((name) => /^[0-9a-f]{32}(\.new)?$/.test(name))
      const { rows } = await sql<{ id: string }>`select id from files where id = any(${some}::text[])`.execute(database.sql)
      const known = new Set(rows.map(({ id }) => id))
      for (const name of some.filter((name) => !known.has(name))) {
        const path = join(folder, name)
        const old = await stat(path).then(
          ({ mtimeMs }) => mtimeMs < before,
          () => false,
        )
        if (old) await rm(path, { force: true })
      }
    }
  }

  return {
    async put({ scope, name, bytes }) {
      const id = randomBytes(16).toString('hex')
      const file = { id, scope, name: safeFileName(name), contentType: contentTypeOf(bytes), size: bytes.length }
      // Looked at before anything is written, and decided when the row is.
      const { rows } = await sql<{ kept: number }>`select coalesce(sum(size), 0)::float8 as kept from files where scope = ${scope}`.execute(
        database.sql,
      )
      if ((rows[0]?.kept ?? 0) + bytes.length > MAX_SCOPE_BYTES) throw full()
      if (!inDatabase) {
        await mkdir(folder, { recursive: true })
        await writeFile(join(folder, `${id}.new`), bytes)
        await rename(join(folder, `${id}.new`), join(folder, id))
      }
      if (await insert(file, bytes)) return file
      if (!inDatabase) await rm(join(folder, id), { force: true })
      throw full()
    },
    async read(scope, id) {
      const { rows } =
        await sql<FileRow>`select id, scope, name, content_type, size, bytes from files where id = ${id} and scope = ${scope}`.execute(
          database.sql,
        )
      const row = rows[0]
      if (!row) return null
      const bytes = row.bytes ?? (await readFile(join(folder, row.id)))
      return { id: row.id, scope: row.scope, name: row.name, contentType: row.content_type, size: row.size, bytes }
    },
    async removeUnnamed(findNamed) {
      const { rows } = await sql<FileKey & { at: string }>`select id, scope, made_at::text as at from files
        where made_at < now() - make_interval(hours => ${UNNAMED_HOURS}::int)
          and (made_at, id) > (${lookedAt?.at ?? '-infinity'}::timestamptz, ${lookedAt?.id ?? ''})
        order by made_at, id limit ${STEP}`.execute(database.sql)
      const last = rows.at(-1)
      if (!last) {
        if (!inDatabase) await removeStray()
        return 0
      }
      const named = await findNamed(rows)
      const unnamed = rows.map(({ id }) => id).filter((id) => !named.has(id))
      // Bytes before rows: a row without bytes is found again, bytes without a row only by walking the folder.
      if (!inDatabase) for (const id of unnamed) await rm(join(folder, id), { force: true })
      if (unnamed.length > 0) await sql`delete from files where id = any(${unnamed}::text[])`.execute(database.sql)
      lookedAt = { at: last.at, id: last.id }
      return rows.length
    },
  }
}
