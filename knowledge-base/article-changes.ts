import { randomBytes } from 'node:crypto'
import type { Embedder } from '../language/index.ts'
import { type Actor, recordAudit } from '../platform/audit.ts'
import type { Database, Sql, Tx } from '../platform/database.ts'
import { type ArticleFields, isSame } from './article.ts'
import { embedInto, passageTexts } from './indexing.ts'
import { questionKey } from './question-key.ts'
import { type ArticleWrite, lockKnowledge, raiseVersion, readByIds, readByKeys, writeArticles } from './store.ts'

/** One Article as somebody wants it. */
export interface Wanted {
  /** Null: the Article of the same normalised question, or a new one. */
  readonly id: string | null
  /** Without an id: Articles that others of the same file name by their id, and that are therefore not meant here. */
  readonly notIds?: ReadonlySet<string>
  /** The id it gets if it is new and came without one; the same on every attempt. */
  readonly freshId: string
  readonly key: string
  /** Null: deleted. */
  readonly fields: ArticleFields | null
  /** Nothing is written unless the Article is there and has this version. */
  readonly onlyVersion?: number
}

export type Outcome = 'created' | 'updated' | 'unchanged' | 'deleted' | 'absent' | 'conflict'

export interface Planned {
  readonly id: string
  readonly outcome: Outcome
  /** Version after the change; 0 when there is none. */
  readonly version: number
}

export function want(id: string | null, fields: ArticleFields): Wanted {
  return { id, freshId: `a_${randomBytes(12).toString('hex')}`, key: questionKey(fields.question), fields }
}

type PlannedWrite = Omit<ArticleWrite, 'passages'>

interface Plan {
  readonly outcomes: Planned[]
  readonly writes: PlannedWrite[]
}

/** Compares what is wanted, in order, with what is stored. */
export async function planChanges(db: Sql, wanted: readonly Wanted[]): Promise<Plan> {
  const keys = wanted.filter((entry) => entry.id === null).map((entry) => entry.key)
  const byKey = new Map<string, string[]>()
  for (const { questionKey, id } of await readByKeys(db, keys)) byKey.set(questionKey, [...(byKey.get(questionKey) ?? []), id])
  const idOf = (entry: Wanted) => entry.id ?? byKey.get(entry.key)?.find((id) => !entry.notIds?.has(id)) ?? entry.freshId
  const stored = new Map((await readByIds(db, [...new Set(wanted.map(idOf))])).map((article) => [article.id, article]))
  const writes = new Map<string, PlannedWrite>()
  const outcomes = wanted.map((entry): Planned => {
    const id = idOf(entry)
    const before = writes.get(id)
    const row = stored.get(id)
    const current = before ? (before.deleted ? null : before.fields) : row && !row.deleted ? row : null
    const version = before?.version ?? row?.version ?? 0
    if (entry.onlyVersion !== undefined && current === null) return { id, outcome: 'absent', version }
    if (entry.onlyVersion !== undefined && entry.onlyVersion !== version) return { id, outcome: 'conflict', version }
    if (entry.fields === null ? current === null : current !== null && isSame(current, entry.fields))
      return { id, outcome: entry.fields === null ? 'absent' : 'unchanged', version }
    const fields = entry.fields ?? current
    if (!fields) throw new Error('a deletion without an Article')
    const next = before?.version ?? version + 1
    const key = entry.fields === null && row ? row.questionKey : entry.key
    writes.set(id, { id, version: next, fields, questionKey: key, deleted: entry.fields === null })
    return { id, outcome: entry.fields === null ? 'deleted' : current === null ? 'created' : 'updated', version: next }
  })
  return { outcomes, writes: [...writes.values()] }
}

/** Thrown inside the transaction to roll it back; neither leaves this file. */
const NOT_EMBEDDED = new Error('a text has no vector yet')
const CALLED_OFF = new Error('the change was called off')

/** Enough: somebody else would have to change the same Articles just as often between our reading and our writing. */
const MAX_ATTEMPTS = 20

export interface ChangeOptions {
  readonly importId?: string
  /** Audit action and its object; the ids of the Articles are added to the detail. */
  readonly audit: (plan: readonly Planned[]) => { action: string; object: { kind: string; id: string } }
  /** Runs in the same transaction, also when nothing changes. Returning false rolls everything back. */
  readonly alongside?: (tx: Tx, plan: readonly Planned[]) => Promise<boolean>
  readonly beforeCommit?: () => void
}

export interface Changed {
  readonly plan: readonly Planned[]
  /** Number of the change; null when nothing was written. */
  readonly changed: number | null
}

/**
 * Writes Articles, their history, Passages and audit record in one transaction. Texts are embedded before it opens: the plan is made
 * once outside to know them and again under the lock; when somebody came between, the new texts are embedded and it starts over.
 * @returns null when `alongside` said no.
 */
export async function changeArticles(
  deps: { database: Database; embedder: Embedder },
  by: Actor,
  wanted: readonly Wanted[],
  options: ChangeOptions,
): Promise<Changed | null> {
  const { database, embedder } = deps
  const vectors = new Map<string, Float32Array>()
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
    const draft = await planChanges(database.sql, wanted)
    if (draft.writes.length === 0 && !options.alongside) return { plan: draft.outcomes, changed: null }
    await embedInto(
      vectors,
      draft.writes.flatMap((write) => (write.deleted ? [] : passageTexts(write.fields).map((passage) => passage.text))),
      embedder,
    )
    const result = await database
      .transaction(async (tx): Promise<Changed> => {
        await lockKnowledge(tx)
        const { outcomes, writes } = await planChanges(tx, wanted)
        let changed: number | null = null
        if (writes.length > 0) {
          const whole = writes.map((write): ArticleWrite => ({ ...write, passages: write.deleted ? [] : withVectors(write, vectors) }))
          changed = await raiseVersion(tx)
          await writeArticles(tx, by, changed, whole, embedder.id, options.importId ?? null)
          const { action, object } = options.audit(outcomes)
          await recordAudit(tx, by, action, object, { articles: writes.map(({ id, version }) => `${id}@${version}`) })
        }
        if (options.alongside && !(await options.alongside(tx, outcomes))) throw CALLED_OFF
        options.beforeCommit?.()
        return { plan: outcomes, changed }
      })
      .catch((error) => {
        if (error === CALLED_OFF) return 'called off' as const
        if (error === NOT_EMBEDDED) return 'again' as const
        throw error
      })
    if (result === 'called off') return null
    if (result !== 'again') return result
  }
  throw new Error('the Articles kept changing under the writer')
}

function withVectors(write: PlannedWrite, vectors: ReadonlyMap<string, Float32Array>): ArticleWrite['passages'] {
  return passageTexts(write.fields).map(({ kind, text }, i) => {
    const vector = vectors.get(text)
    if (!vector) throw NOT_EMBEDDED
    return { id: `${write.id}#${String(i).padStart(3, '0')}`, kind, text, vector }
  })
}
