import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Embedder } from '../language/index.ts'
import type { Database } from '../platform/database.ts'
import type { Log } from '../platform/log.ts'
import type { ArticleFields } from './article.ts'
import type { PassageKind, SearchArticle } from './passage.ts'
import type { SearchIndex } from './search.ts'
import { readChanges, readPassages, readVersion, type StoredArticle, type StoredPassage } from './store.ts'

/** Longest piece of an answer that is one Passage, in UTF-16 units. */
const PIECE = 1_000

/** Cuts a long answer at line ends, else at sentence ends, else anywhere but inside a surrogate pair. */
export function cutAnswer(answer: string): string[] {
  const pieces: string[] = []
  let rest = answer
  while (rest.length > PIECE) {
    const head = rest.slice(0, PIECE)
    const sentence = Math.max(...['。', '！', '？', '. ', '! ', '? '].map((mark) => head.lastIndexOf(mark)))
    let at = Math.max(head.lastIndexOf('\n'), sentence) + 1
    if (at < PIECE / 4) at = PIECE - (/[\ud800-\udbff]$/.test(head) ? 1 : 0)
    pieces.push(rest.slice(0, at))
    rest = rest.slice(at)
  }
  return [...pieces, rest]
}

/** The searchable texts of an Article, in a fixed order. */
export function passageTexts(fields: ArticleFields): { kind: PassageKind; text: string }[] {
  return [
    { kind: 'question', text: fields.question },
    ...fields.similar.map((text) => ({ kind: 'similar' as const, text })),
    ...cutAnswer(fields.answer).map((text) => ({ kind: 'answer' as const, text })),
  ]
}

/** Texts embedded before the event loop gets its turn. */
const EMBED_STEP = 64

/** Adds the vectors of those texts to `vectors` that are not yet in it. */
export async function embedInto(vectors: Map<string, Float32Array>, texts: Iterable<string>, embedder: Embedder): Promise<void> {
  const wanted = [...new Set(texts)].filter((text) => !vectors.has(text))
  for (let at = 0; at < wanted.length; at += EMBED_STEP) {
    const step = wanted.slice(at, at + EMBED_STEP)
    const made = await embedder.embedDocuments(step)
    for (const [i, text] of step.entries()) vectors.set(text, Float32Array.from(made[i] ?? []))
    await nextTurn()
  }
}

/** What the answer needs of an Article beside its Hits. */
export interface HeldArticle {
  readonly version: number
  readonly question: string
  readonly answer: string
  readonly changedAt: Date
}

export interface Indexing {
  /** Returns once the memory holds everything that was committed before the call. */
  refresh(): Promise<void>
  /** Trains on what is held now; returns when the result is in use. */
  train(): Promise<void>
  /** Trains soon, once the changes pause. */
  trainSoon(): void
  /** A published Article of the memory. */
  held(articleId: string): HeldArticle | undefined
  /** True when the memory holds Passages without a vector of the current embedder. */
  readonly lacksVectors: boolean
  stop(): void
}

/** Articles a statement; few enough that PGlite does not hold our thread for long. */
const PAGE = 400
/** Articles put into the index before the event loop gets its turn. */
const UPSERT_STEP = 20
const TRAINING_PAUSE_MS = 300
/** Training starts this long after the first change even if changes go on. */
const TRAINING_AT_MOST_MS = 5_000

/** Keeps the search index in memory equal to the tables, fed by "changed > mine". */
export function createIndexing(deps: { database: Database; index: SearchIndex; embedder: Embedder; log: Log }): Indexing {
  const { database, index, embedder, log } = deps
  const held = new Map<string, HeldArticle>()
  let mine = 0
  /** Articles with Passages that lack a vector of the current embedder. */
  const lacking = new Set<string>()
  let torn = false
  let lastTrainingMs = 0
  let timer: NodeJS.Timeout | undefined
  let firstChange = 0
  let stopped = false

  const take = async (articles: readonly StoredArticle[]) => {
    const published = articles.filter((article) => article.status === 'published' && !article.deleted)
    const ids = published.map((article) => article.id)
    const passages = new Map<string, StoredPassage[]>(ids.map((id) => [id, []]))
    for (const passage of await readPassages(database.sql, ids, embedder.id)) passages.get(passage.articleId)?.push(passage)
    const gone = articles.filter((article) => article.status !== 'published' || article.deleted).map((article) => article.id)
    index.remove(gone)
    for (const id of gone) {
      held.delete(id)
      lacking.delete(id)
    }
    for (let at = 0; at < published.length; at += UPSERT_STEP) {
      if (at > 0) await nextTurn()
      for (const article of published.slice(at, at + UPSERT_STEP)) {
        const own = (passages.get(article.id) ?? []).filter((passage) => passage.articleVersion === article.version)
        if (own.length === 0) {
          // Written anew between our two statements: look again, and meanwhile do not answer with the version that is gone.
          index.remove([article.id])
          held.delete(article.id)
          torn = true
          continue
        }
        if (own.some((passage) => passage.vector === null)) lacking.add(article.id)
        else lacking.delete(article.id)
        const entry: SearchArticle = {
          articleId: article.id,
          version: article.version,
          question: article.question,
          tiers: [...article.tiers],
          channels: [...article.channels],
          validFrom: article.validFrom,
          validTo: article.validTo,
          passages: own.map(({ id, ...passage }) => ({ ...passage, passageId: id })),
        }
        index.upsert([entry])
        held.set(article.id, { version: article.version, question: article.question, answer: article.answer, changedAt: article.changedAt })
      }
    }
  }

  const catchUp = async (target: number) => {
    let after = { changed: mine + 1, id: '' }
    for (;;) {
      const page = await readChanges(database.sql, after, PAGE)
      await take(page)
      const last = page.at(-1)
      if (!last || page.length < PAGE) break
      after = { changed: last.changed, id: last.id }
    }
    mine = Math.max(mine, target)
    trainSoon()
  }

  // One look at the tables serves everybody who asked before it began; who asks while it runs waits for the next one.
  let running: Promise<void> = Promise.resolve()
  let next: Promise<void> | null = null
  const look = async () => {
    do {
      torn = false
      const version = await readVersion(database.sql)
      if (version > mine) await catchUp(version)
    } while (torn)
  }
  const refresh = (): Promise<void> => {
    if (next) return next
    const mineAlone = running.then(() => {
      next = null
      return look()
    })
    next = mineAlone
    running = mineAlone.catch(() => undefined)
    return mineAlone
  }

  let training: Promise<void> = Promise.resolve()
  let nextTraining: Promise<void> | null = null
  const train = (): Promise<void> => {
    clearTimeout(timer)
    timer = undefined
    nextTraining ??= training.then(async () => {
      nextTraining = null
      if (stopped) return
      const begun = performance.now()
      await index.fit()
      lastTrainingMs = performance.now() - begun
    })
    const mine = nextTraining
    training = mine.catch(() => undefined)
    return mine
  }

  const trainSoon = () => {
    if (stopped) return
    if (timer === undefined) firstChange = performance.now()
    clearTimeout(timer)
    timer = setTimeout(
      () => {
        train().catch((error) => log.error({ err: error }, 'the search could not be trained; it goes on as it was'))
      },
      // A large base trains longer, so it waits longer: training takes a fifth of the time at most.
      Math.max(
        0,
        Math.min(
          Math.max(TRAINING_PAUSE_MS, 4 * lastTrainingMs),
          firstChange + Math.max(TRAINING_AT_MOST_MS, 8 * lastTrainingMs) - performance.now(),
        ),
      ),
    )
    timer.unref()
  }

  return {
    refresh,
    train,
    trainSoon,
    held: (articleId) => held.get(articleId),
    get lacksVectors() {
      return lacking.size > 0
    },
    stop() {
      stopped = true
      clearTimeout(timer)
    },
  }
}
