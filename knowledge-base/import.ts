import { randomBytes } from 'node:crypto'
import { promisify } from 'node:util'
import { gunzip, gzip } from 'node:zlib'
import { type Actor, recordAudit } from '../platform/audit.ts'
import { ZhikeError } from '../platform/errors.ts'
import type { Jobs } from '../platform/jobs.ts'
import type { Log } from '../platform/log.ts'
import type { Probe } from '../platform/probe.ts'
import { isStorable } from '../platform/storable-text.ts'
import { readRow, toRow } from './article.ts'
import { type Changed, changeArticles, type Planned, planChanges, type Wanted, want } from './article-changes.ts'
import { createRowSink, type FileReading, type ReadRow, type RejectedRow } from './article-files/file-reading.ts'
import type { ArticleDeps } from './articles.ts'
import type { ImportReader } from './import-reader.ts'
import {
  addImport,
  addProgress,
  addRestored,
  type Import,
  type ImportCounts,
  lockImport,
  readAbandoned,
  readImport,
  readImportFile,
  readUndoable,
  writeImportState,
} from './import-store.ts'

const pack = promisify(gzip)
const unpack = promisify(gunzip)

export interface ImportResult extends ImportCounts {
  readonly rejected: readonly RejectedRow[]
}

export interface ImportRequest {
  readonly body: Uint8Array
  readonly contentType: string
  readonly dryRun?: boolean
  /** True: always as a job. */
  readonly later?: boolean
}

export interface Imports {
  /**
   * Takes a file of Articles. Up to 2 000 rows it returns when they are in force; above, or with `later`, it returns the id of
   * an import that a job carries on.
   * @throws ZhikeError `import.…` when the file as a whole cannot be taken; single bad rows are listed in the result.
   */
  importArticles(by: Actor, request: ImportRequest): Promise<ImportResult | { readonly importId: string }>
  /** The same for rows that are at hand; any number of them, and always at once. */
  importRows(by: Actor, rows: readonly unknown[]): Promise<ImportResult>
  /** @throws ZhikeError `missing` `import.not-found` */
  getImport(id: string): Promise<Import>
  /** Stops an import that runs; undoes one that has ended. @throws ZhikeError `missing` `import.not-found` */
  endImport(by: Actor, id: string): Promise<Import>
  /** What the jobs do; each may run twice. */
  runImport(id: string): Promise<void>
  undoImport(id: string): Promise<void>
  /** Takes up imports whose process was killed. */
  resume(idleSeconds: number): Promise<void>
}

export const IMPORT_JOB = 'knowledge-import'
export const UNDO_JOB = 'knowledge-import-undo'

const AT_ONCE_ROWS = 2_000
/** Articles a transaction: a few hundred milliseconds on the embedded database. */
const BATCH = 200
/** Passages a transaction, wordings and answers together; one Article may have more by itself. */
const BATCH_TEXTS = 2_000

/** All rows of a file that speak of one Article. */
interface Group {
  /** The last row decides. */
  wanted: Wanted
  rows: number
  /** Rows after the first that say something else than the row before them. */
  changes: number
  last: string
}

/**
 * Rows of one file that name the same Article are one after the other changes of it: the last one wins, and the same file
 * again finds its own result. Two rows name the same Article when they have the same id; without an id, when they have the same
 * normalised question, be it that of another row without an id or the one that the rows with an id end with. What has an id in the
 * file is never meant by a row with another question, whatever that Article is called in the base at the moment.
 */
export function groupRows(rows: readonly ReadRow[]): Group[] {
  const all = rows.map(({ id, fields }) => want(id, fields))
  const lastKeys = new Map(all.flatMap(({ id, key }) => (id === null ? [] : [[id, key] as const])))
  const notIds = new Set(lastKeys.keys())
  const idOfKey = new Map([...lastKeys].reverse().map(([id, key]) => [key, id]))
  const groups = new Map<string, Group>()
  for (const one of all) {
    const id = one.id ?? idOfKey.get(one.key) ?? null
    const name = id === null ? `?${one.key}` : `#${id}`
    const text = JSON.stringify(one.fields && toRow(one.fields))
    const group = groups.get(name)
    if (group) {
      group.wanted = { ...one, id, freshId: group.wanted.freshId, ...(id === null ? { notIds } : {}) }
      group.rows++
      if (text !== group.last) group.changes++
      group.last = text
    } else groups.set(name, { wanted: { ...one, id, ...(id === null ? { notIds } : {}) }, rows: 1, changes: 0, last: text })
  }
  return [...groups.values()]
}

/** The same file is always cut alike: a job that was killed knows by its count of rows where to go on. */
function cutBatches(groups: readonly Group[]): Group[][] {
  const batches: Group[][] = []
  let texts = 0
  for (const group of groups) {
    const own = 2 + (group.wanted.fields?.similar.length ?? 0)
    const batch = batches.at(-1)
    if (batch && batch.length < BATCH && texts + own <= BATCH_TEXTS) {
      batch.push(group)
      texts += own
    } else {
      batches.push([group])
      texts = own
    }
  }
  return batches
}

/** Counts rows, not Articles: a group that changes nothing is unchanged with all its rows. */
function countRows(groups: readonly Group[], plan: readonly Planned[]): ImportCounts & { rows: number } {
  let [created, updated, unchanged, rows] = [0, 0, 0, 0]
  for (const [i, group] of groups.entries()) {
    const outcome = plan[i]?.outcome
    rows += group.rows
    if (outcome === 'unchanged') unchanged += group.rows
    else {
      if (outcome === 'created') created++
      else updated++
      updated += group.changes
      unchanged += group.rows - 1 - group.changes
    }
  }
  return { created, updated, unchanged, rows }
}

const NOTHING = { created: 0, updated: 0, unchanged: 0 }

function add(a: ImportCounts, b: ImportCounts): ImportCounts {
  return { created: a.created + b.created, updated: a.updated + b.updated, unchanged: a.unchanged + b.unchanged }
}

export interface ImportDeps extends ArticleDeps {
  readonly reader: ImportReader
  readonly jobs: Pick<Jobs, 'enqueue'>
  readonly log: Log
  readonly probe: Probe
  /** Told how many Articles a whole import changed, once it is through; returns when they are in force. */
  readonly settled: (articles: number) => Promise<void>
}

export function createImports(deps: ImportDeps): Imports {
  const { database, reader, jobs, log, probe } = deps

  const writeBatch = async (
    by: Actor,
    importId: string,
    groups: readonly Group[],
    alongside?: Parameters<typeof changeArticles>[3]['alongside'],
  ) => {
    const done: Changed | null = await changeArticles(
      deps,
      by,
      groups.map((group) => group.wanted),
      {
        importId,
        audit: () => ({ action: 'articles.imported', object: { kind: 'import', id: importId } }),
        ...(alongside ? { alongside } : {}),
        beforeCommit: () => probe('import.before-commit'),
      },
    )
    if (done) probe('import.after-commit')
    if (done && done.changed !== null) await deps.changed(done.changed)
    return done
  }

  const importNow = async (by: Actor, reading: FileReading, dryRun: boolean): Promise<ImportResult> => {
    const groups = groupRows(reading.rows)
    const importId = `i_${randomBytes(12).toString('hex')}`
    let counts: ImportCounts = NOTHING
    for (const batch of cutBatches(groups)) {
      const wanted = batch.map((group) => group.wanted)
      const plan = dryRun ? (await planChanges(database.sql, wanted)).outcomes : (await writeBatch(by, importId, batch))?.plan
      counts = add(counts, countRows(batch, plan ?? []))
    }
    if (!dryRun) await deps.settled(counts.created + counts.updated)
    const { created, updated, unchanged } = counts
    return { created, updated, unchanged, rejected: reading.rejected }
  }

  const found = async (id: string): Promise<Import> => {
    const entry = isStorable(id) ? await readImport(database.sql, id) : null
    if (!entry) throw new ZhikeError('missing', 'import.not-found', 'There is no such import.')
    return entry
  }

  /** False when the import was stopped or another runner has gone further. */
  const step =
    (id: string, expected: number, groups: readonly Group[]) => async (tx: Parameters<typeof lockImport>[0], plan: readonly Planned[]) => {
      const entry = await lockImport(tx, id)
      if (entry?.state !== 'running' || entry.done !== expected) return false
      await addProgress(tx, id, countRows(groups, plan))
      return true
    }

  const end = (id: string, from: Import['state'], to: Import['state'], error: string | null = null) =>
    database.transaction(async (tx) => {
      if ((await lockImport(tx, id))?.state === from) await writeImportState(tx, id, to, error)
    })

  const runImport = async (id: string): Promise<void> => {
    const begun = await database.transaction(async (tx) => {
      const entry = await lockImport(tx, id)
      if (entry?.state === 'waiting') await writeImportState(tx, id, 'running')
      return entry?.state === 'waiting' || entry?.state === 'running' ? entry : null
    })
    const stored = begun ? await readImportFile(database.sql, id) : null
    if (!begun || !stored) return
    try {
      const reading = await reader.read(await unpack(stored.file), stored.contentType)
      const groups = groupRows(reading.rows)
      let passed = reading.rejected.length
      for (const batch of cutBatches(groups)) {
        const expected = passed
        passed += batch.reduce((sum, group) => sum + group.rows, 0)
        // Done before this job was killed: the batches of a file are always cut alike.
        if (passed <= begun.done) continue
        if (begun.dryRun) {
          const { outcomes } = await planChanges(
            database.sql,
            batch.map((group) => group.wanted),
          )
          if (!(await database.transaction((tx) => step(id, expected, batch)(tx, outcomes)))) return
        } else if (!(await writeBatch(begun.actor, id, batch, step(id, expected, batch)))) return
      }
      await end(id, 'running', 'done')
      if (!begun.dryRun) await deps.settled(groups.length)
    } catch (error) {
      if (!(error instanceof ZhikeError) || error.kind === 'unavailable') throw error
      log.warn({ err: error, import: id }, 'an import could not be carried on')
      await end(id, 'running', 'failed', error.message)
    }
  }

  const undoImport = async (id: string): Promise<void> => {
    const entry = await found(id)
    for (;;) {
      if ((await readImport(database.sql, id))?.state !== 'undoing') return
      const undoable = await readUndoable(database.sql, id, BATCH)
      if (undoable.length === 0) break
      const wanted = undoable.map(({ articleId, version, snapshot }): Wanted => {
        const { deleted, ...row } = snapshot ?? { deleted: true }
        const before = deleted ? null : readRow(row, deps.timeZone)
        if (before && !before.ok) throw new Error(`the history of an Article cannot be read: ${before.message}`)
        return {
          ...(before ? want(articleId, before.fields) : { id: articleId, freshId: articleId, key: '', fields: null }),
          onlyVersion: version,
        }
      })
      const done = await changeArticles(deps, entry.actor, wanted, {
        audit: () => ({ action: 'articles.restored', object: { kind: 'import', id } }),
        alongside: async (tx, plan) => {
          if ((await lockImport(tx, id))?.state !== 'undoing') return false
          await addRestored(tx, id, plan.filter(({ outcome }) => outcome === 'updated' || outcome === 'deleted').length)
          return true
        },
      })
      if (!done) return
      // Nothing moved: what is left is what stands as it stood before (the import changed it there and back).
      if (done.changed === null) break
      await deps.changed(done.changed)
    }
    await end(id, 'undoing', 'undone')
    await deps.settled(entry.created + entry.updated)
  }

  return {
    async importArticles(by, { body, contentType, dryRun = false, later = false }) {
      const reading = await reader.read(body, contentType)
      const total = reading.rows.length + reading.rejected.length
      if (!later && total <= AT_ONCE_ROWS) return importNow(by, reading, dryRun)
      const id = `i_${randomBytes(12).toString('hex')}`
      const file = await pack(body)
      await database.transaction(async (tx) => {
        await addImport(tx, { id, contentType, file, dryRun, total, rejected: reading.rejected, actor: by })
        await recordAudit(tx, by, 'import.started', { kind: 'import', id }, { total, dryRun })
        await jobs.enqueue(tx, IMPORT_JOB, { importId: id })
      })
      return { importId: id }
    },
    importRows(by, rows) {
      const sink = createRowSink(deps.timeZone)
      for (const [i, row] of rows.entries()) sink.take(i + 1, row)
      return importNow(by, sink, false)
    },
    getImport: found,
    async endImport(by, id) {
      const { id: known } = await found(id)
      const small = await database.transaction(async (tx) => {
        const entry = await lockImport(tx, known)
        if (!entry || entry.state === 'undone' || entry.state === 'undoing') return false
        const stopping = entry.state === 'waiting' || entry.state === 'running'
        await writeImportState(tx, known, stopping ? 'stopped' : 'undoing')
        await recordAudit(tx, by, stopping ? 'import.stopped' : 'import.undone', { kind: 'import', id: known })
        if (stopping) return false
        const few = entry.created + entry.updated <= AT_ONCE_ROWS
        if (!few) await jobs.enqueue(tx, UNDO_JOB, { importId: known })
        return few
      })
      if (small) await undoImport(known)
      return found(known)
    },
    runImport,
    undoImport,
    async resume(idleSeconds) {
      for (const { id, state } of await readAbandoned(database.sql, idleSeconds)) {
        log.info({ import: id, state }, 'an import is taken up again')
        await jobs.enqueue(null, state === 'undoing' ? UNDO_JOB : IMPORT_JOB, { importId: id })
      }
    },
  }
}
