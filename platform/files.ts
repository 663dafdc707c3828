import { createHash, randomBytes } from 'node:crypto'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { sql } from 'kysely'
import type { Database } from './database.ts'
import { ZhikeError } from './errors.ts'

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

const SIGNATURES: readonly { type: string; at: number; bytes: readonly number[] }[] = [
  { type: 'image/png', at: 0, bytes: [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a] },
  { type: 'image/jpeg', at: 0, bytes: [0xff, 0xd8, 0xff] },
  { type: 'image/gif', at: 0, bytes: [0x47, 0x49, 0x46, 0x38] },
  { type: 'image/webp', at: 8, bytes: [0x57, 0x45, 0x42, 0x50] },
  { type: 'application/pdf', at: 0, bytes: [0x25, 0x50, 0x44, 0x46, 0x2d] },
  { type: 'video/mp4', at: 4, bytes: [0x66, 0x74, 0x79, 0x70] },
  { type: 'audio/mpeg', at: 0, bytes: [0x49, 0x44, 0x33] },
  { type: 'audio/ogg', at: 0, bytes: [0x4f, 0x67, 0x67, 0x53] },
]

/** What one chat may keep: nobody fills the disk by talking to a bot. */
const MAX_SCOPE_BYTES = 100 * 1024 * 1024

/** Content type by signature; anything not on the list is `application/octet-stream`, which browsers only download. */
export function contentTypeOf(bytes: Uint8Array): string {
  const found = SIGNATURES.find((signature) => signature.bytes.every((byte, index) => bytes[signature.at + index] === byte))
  return found?.type ?? 'application/octet-stream'
}

/** The last path part without control, bidirectional or path characters; at most 120 characters. */
export function safeFileName(name: string): string {
  const last = name.split(/[\\/]/).at(-1) ?? ''
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out.
  const clean = last.replace(/[\u0000-\u001f\u007f\u200b-\u200f\u202a-\u202e\u2066-\u2069"<>:|?*]/g, '').trim()
  return Array.from(clean).slice(0, 120).join('') || 'file'
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
export function createFiles(database: Database, dataDir: string): Files {
  const folder = join(dataDir, 'files')
  return {
    async put({ scope, name, bytes }) {
      const id = randomBytes(16).toString('hex')
      const file = { id, scope, name: safeFileName(name), contentType: contentTypeOf(bytes), size: bytes.length }
      const { rows } = await sql<{ kept: number }>`select coalesce(sum(size), 0)::float8 as kept from files where scope = ${scope}`.execute(
        database.sql,
      )
      if ((rows[0]?.kept ?? 0) + bytes.length > MAX_SCOPE_BYTES)
        throw new ZhikeError(
          'refused',
          'files.scope-full',
          'This conversation holds 100 MiB of files already; start a new one to send more.',
        )
      const inDatabase = database.engine === 'postgres'
      if (!inDatabase) {
        await mkdir(folder, { recursive: true })
        await writeFile(join(folder, `${id}.new`), bytes)
        await rename(join(folder, `${id}.new`), join(folder, id))
      }
      await sql`insert into files (id, scope, name, content_type, size, sha256, bytes) values
        (${id}, ${scope}, ${file.name}, ${file.contentType}, ${file.size}, ${createHash('sha256').update(bytes).digest('hex')}, ${inDatabase ? Buffer.from(bytes) : null})`.execute(
        database.sql,
      )
      return file
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
  }
}
