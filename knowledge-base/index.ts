import { createHashedEmbedder, type InstantEmbedder } from '../language/index.ts'
import type { Actor } from '../platform/audit.ts'
import type { Database, Tx } from '../platform/database.ts'
import type { Events } from '../platform/events.ts'
import type { Jobs } from '../platform/jobs.ts'
import type { Log } from '../platform/log.ts'
import { NO_PROBE, type Probe } from '../platform/probe.ts'
import { type Asked, answerQuestion, type Question } from './answer.ts'
import { type Articles, createArticles } from './articles.ts'
import type { Page } from './cursor.ts'
import type { Gap, GapState, NewGap } from './gap-store.ts'
import { changeGap, listGaps, recordGap, withdrawGap } from './gaps.ts'
import { createImports, IMPORT_JOB, type Imports, UNDO_JOB } from './import.ts'
import { createImportReader } from './import-reader.ts'
import { createIndexing, embedInto } from './indexing.ts'
import { createSearchIndex } from './search.ts'
import { countCurrent, lockKnowledge, raiseVersion, readForeignPassages, replaceVectors } from './store.ts'

export type { AnswerHit, Asked, Question } from './answer.ts'
export type { Article, ArticleFields, ArticleStage, ArticleStatus } from './article.ts'
export type { RejectedRow } from './article-files/file-reading.ts'
export { MAX_FILE_BYTES } from './article-files/file-reading.ts'
export type { Page } from './cursor.ts'
export type { Gap, GapState, NewGap } from './gap-store.ts'
export type { ImportRequest, ImportResult } from './import.ts'
export type { Import, ImportState } from './import-store.ts'

/** A citation as a Reply carries it. */
export interface Cited {
  readonly articleId: string
  readonly version: number
}

/**
 * Articles to evidence. Every change is one transaction with history, Passages, vectors and audit record, and is found by the
 * next question to any process: a question first reads the number of the last change and catches up when it is behind.
 */
export interface KnowledgeBase extends Articles, Pick<Imports, 'importArticles' | 'importRows' | 'getImport' | 'endImport'> {
  /** The Answer to a question, from Articles in force now. @throws ZhikeError `unavailable` `database.unavailable` */
  ask(question: Question): Promise<Asked>
  /**
   * True when every cited version is still the published one, valid by the database's clock and not deleted; their rows then stay
   * as they are until `tx` ends. To be asked in the transaction that appends the Reply.
   */
  confirmCurrent(tx: Tx, cited: readonly Cited[]): Promise<boolean>
  /** Notes a question without an Answer, in the caller's transaction; the same question again counts up. */
  recordGap(tx: Tx, gap: NewGap): Promise<void>
  /** Takes back what was noted for that Turn, unless somebody has worked on the Gap or asked again since. */
  withdrawGap(tx: Tx, gap: { question: string; turnId: string; reason: string }): Promise<void>
  /** Newest first. @throws ZhikeError `invalid` `knowledge.bad-cursor` */
  listGaps(options: { state?: GapState; limit: number; cursor?: string }): Promise<Page<Gap>>
  /** @throws ZhikeError `missing` `gap.not-found` */
  changeGap(by: Actor, id: string, state: GapState): Promise<Gap>
  /** Loads the Articles; answers are right from then on, and better once the first training has ended. */
  start(): Promise<void>
  /** Takes up what a killed process left: call once after the jobs have started. */
  resume(): Promise<void>
  stop(): Promise<void>
  /** Job handlers, to be registered before the jobs start. Each may run twice. */
  readonly work: readonly {
    readonly name: string
    readonly cron?: string
    readonly run: (data: Record<string, unknown>) => Promise<void>
  }[]
  /** Published Articles held in memory. */
  readonly size: number
}

export interface KnowledgeBaseDeps {
  readonly database: Database
  readonly events: Pick<Events, 'publish' | 'subscribe'>
  readonly jobs: Pick<Jobs, 'enqueue'>
  readonly log: Log
  /** Zone of bare dates. */
  readonly timeZone: string
  readonly probe?: Probe
  /** The clock that decides validity when a question brings none. */
  readonly now?: () => Date
  readonly embedder?: InstantEmbedder
}

const TOPIC = 'knowledge'
const EMBED_JOB = 'knowledge-embed'
const TEND_JOB = 'knowledge-tend'
const EMBED_BATCH = 200
/** An import that has not moved for this long was left by a killed process. */
const ABANDONED_SECONDS = 60
/** After a change of more than this many Articles, or of a tenth of the base, the caller waits until the search is trained on it. */
const MANY = 50
/** It does not wait for ever: a large base goes on training while it already answers. */
const WAIT_FOR_TRAINING_MS = 5_000

function importIdOf(data: Record<string, unknown>): string {
  return typeof data.importId === 'string' ? data.importId : ''
}

export function createKnowledgeBase(deps: KnowledgeBaseDeps): KnowledgeBase {
  const { database, events, jobs, log, timeZone } = deps
  const embedder = deps.embedder ?? createHashedEmbedder()
  const index = createSearchIndex({ embedNow: embedder.embedNow, dimensions: embedder.dimensions })
  const indexing = createIndexing({ database, index, embedder, log })
  const now = deps.now ?? (() => new Date())
  let unsubscribe = () => {}

  const changed = async (version: number) => {
    events.publish(TOPIC, String(version))
  }
  const settled = async (articles: number) => {
    if (articles === 0) return
    await indexing.refresh()
    if (articles <= MANY && articles * 10 <= index.size) return
    let timer: NodeJS.Timeout | undefined
    const enough = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, WAIT_FOR_TRAINING_MS)
    })
    await Promise.race([indexing.train(), enough])
    clearTimeout(timer)
  }
  const shared = { database, embedder, timeZone, changed }
  const articles = createArticles(shared)
  const imports = createImports({ ...shared, reader: createImportReader(timeZone), jobs, log, probe: deps.probe ?? NO_PROBE, settled })

  /** Gives vectors of the current embedder to Passages that another one made. */
  const embedForeign = async () => {
    for (;;) {
      const foreign = await readForeignPassages(database.sql, embedder.id, EMBED_BATCH)
      if (foreign.length === 0) return
      const vectors = new Map<string, Float32Array>()
      await embedInto(
        vectors,
        foreign.map((passage) => passage.text),
        embedder,
      )
      const version = await database.transaction(async (tx) => {
        await lockKnowledge(tx)
        const version = await raiseVersion(tx)
        await replaceVectors(
          tx,
          version,
          foreign.map((passage) => ({ ...passage, vector: vectors.get(passage.text) as Float32Array })),
          embedder.id,
        )
        return version
      })
      await changed(version)
    }
  }
  const resume = async (idleSeconds: number) => {
    await imports.resume(idleSeconds)
    if (indexing.lacksVectors) await jobs.enqueue(null, EMBED_JOB, {}, { key: 'all' })
  }

  return {
    ...articles,
    importArticles: imports.importArticles,
    importRows: imports.importRows,
    getImport: imports.getImport,
    endImport: imports.endImport,
    ask: (question) => answerQuestion({ indexing, index, now }, question),
    async confirmCurrent(tx, cited) {
      const wanted = new Map(
        cited.map((entry) => [`${entry.version} ${entry.articleId}`, { articleId: entry.articleId, version: entry.version }]),
      )
      return wanted.size === 0 || (await countCurrent(tx, [...wanted.values()])) === wanted.size
    },
    recordGap,
    withdrawGap,
    listGaps: (options) => listGaps(database, options),
    changeGap: (by, id, state) => changeGap(database, by, id, state),
    async start() {
      await indexing.refresh()
      unsubscribe = events.subscribe(TOPIC, () => {
        indexing.refresh().catch((error) => log.debug({ err: error }, 'Articles were not read at once; the next question reads them'))
      })
    },
    // At start nothing of ours runs yet; on a shared database another process may be at it, which its next batch finds out.
    resume: () => resume(database.engine === 'pglite' ? 0 : ABANDONED_SECONDS),
    async stop() {
      unsubscribe()
      indexing.stop()
    },
    work: [
      { name: IMPORT_JOB, run: (data) => imports.runImport(importIdOf(data)) },
      { name: UNDO_JOB, run: (data) => imports.undoImport(importIdOf(data)) },
      { name: EMBED_JOB, run: embedForeign },
      { name: TEND_JOB, cron: '* * * * *', run: () => resume(ABANDONED_SECONDS) },
    ],
    get size() {
      return index.size
    },
  }
}
