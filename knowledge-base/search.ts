import { normalise } from '../language/index.ts'
import { type Calibration, confidenceOf, featureNames, featuresOf, priorFor, subjectFeature } from './confidence.ts'
import { type Doubt, doubtOf, readAsked } from './guard.ts'
import { createIntentClassifier } from './intent-classifier.ts'
import { createLexicalIndex } from './lexical-index.ts'
import type { SearchArticle } from './passage.ts'
import { searchKey } from './question-key.ts'
import { type Candidate, createRanker, type Entry } from './ranking.ts'
import { type FitOptions, fitBase } from './self-fit.ts'
import { createVectorScan } from './vector-scan.ts'

/** Who asks, and when. */
export interface SearchScope {
  now: Date
  /** Name of the Customer's Tier; without one only unrestricted Articles are found. */
  tier?: string
  /** Name of the Channel; without one only unrestricted Articles are found. */
  channel?: string
  /** Most Hits wanted, 1 to 50, default 5. */
  limit?: number
  /** The question's vector by the embedder of the Passages, where it cannot be had at once in process. */
  vector?: Float32Array | null
}

export interface SearchHit {
  articleId: string
  version: number
  question: string
  /** 0 to 1, descending; the first one is the confidence. */
  score: number
  /** The wording that fits best. */
  passageId: string
}

export interface SearchOutcome {
  /** The question as it was searched: folded, at most 2 000 characters. */
  effectiveQuery: string
  /** `answer`: the first Hit answers; `ask`: offer up to three Hits to choose from; `none`: nothing fits. */
  decision: 'answer' | 'ask' | 'none'
  /** Probability that the first Hit is right, 0 to 1; 0 without Hits. */
  confidence: number
  hits: SearchHit[]
  /** Why: for curators and tests. */
  explain: {
    /** Terms of the question with their weights, heaviest first, at most 20. */
    terms: { term: string; weight: number }[]
    features: Record<string, number>
    answerFrom: number
    askFrom: number
    /** The question is a stored wording, letter by letter. */
    exact: boolean
    /** Why an answer is offered only, however sure the search is. */
    doubt: Doubt | null
  }
}

export interface SearchIndex {
  /** Adds Articles or replaces their older versions; costs what the Articles' own terms cost. */
  upsert(articles: readonly SearchArticle[]): void
  remove(articleIds: readonly string[]): void
  /**
   * Trains the classifier and the confidence on the base's own wordings. Resolves when the new ones are in use; searches and
   * upserts go on meanwhile. A second call while one runs waits for the first and starts over.
   */
  fit(options?: FitOptions): Promise<void>
  /** The Articles that answer a question. Total over every string; an empty or symbol-only one finds nothing. */
  search(question: string, scope: SearchScope): SearchOutcome
  /** Articles inside. */
  readonly size: number
}

const longestQuestion = 2_000
const exactConfidence = 0.98

/**
 * An index in memory over the published Passages. `embedNow` gives the vector of a question at once (the built-in embedder);
 * without it, and without `scope.vector`, terms alone decide. `dimensions`, default 256: vectors of another length are ignored.
 */
export function createSearchIndex(deps: { embedNow?: (text: string) => Float32Array; dimensions?: number } = {}): SearchIndex {
  const lexical = createLexicalIndex()
  const vectors = createVectorScan(deps.dimensions ?? 256)
  const centroids = createVectorScan(deps.dimensions ?? 256)
  const entries: (Entry | undefined)[] = []
  const free: number[] = []
  const slotOf = new Map<string, number>()
  const wordingOwners = new Map<string, Set<number>>()
  const passageIds = new Map<number, string>()
  let classifier = createIntentClassifier()
  let fitted: Calibration | undefined
  let fitting: Promise<void> = Promise.resolve()
  const ranker = createRanker({ lexical, centroids, vectors, classifier: () => classifier, entries })

  function drop(articleId: string): void {
    const slot = slotOf.get(articleId)
    const entry = slot === undefined ? undefined : entries[slot]
    if (slot === undefined || entry === undefined) return
    lexical.count(entry.wordings, -1)
    for (const passage of [...entry.wordings, ...entry.answers]) {
      lexical.remove(passage)
      vectors.set(passage, null)
      passageIds.delete(passage)
    }
    for (const key of entry.keys) {
      const owners = wordingOwners.get(key)
      owners?.delete(slot)
      if (owners?.size === 0) wordingOwners.delete(key)
    }
    centroids.set(slot, null)
    classifier.forget(slot)
    entries[slot] = undefined
    slotOf.delete(articleId)
    free.push(slot)
  }

  function add(article: SearchArticle): void {
    const slot = free.pop() ?? entries.length
    const entry: Entry = { slot, article, wordings: [], keys: [], answers: [] }
    const sum = new Float32Array(vectors.dimensions)
    for (const passage of article.passages) {
      const at = lexical.add(passage.text, passage.kind, slot)
      vectors.set(at, passage.vector)
      passageIds.set(at, passage.passageId)
      if (passage.kind === 'answer') {
        entry.answers.push(at)
        continue
      }
      entry.wordings.push(at)
      const key = searchKey(passage.text)
      entry.keys.push(key)
      if (key !== '') wordingOwners.set(key, (wordingOwners.get(key) ?? new Set()).add(slot))
      const vector = vectors.get(at)
      if (vector !== null) for (let i = 0; i < sum.length; i++) sum[i] = (sum[i] as number) + (vector[i] as number)
    }
    centroids.set(slot, sum)
    lexical.count(entry.wordings, 1)
    entries[slot] = entry
    slotOf.set(article.articleId, slot)
  }

  function eligible({ article }: Entry, { now, tier, channel }: SearchScope): boolean {
    if (article.tiers.length > 0 && (tier === undefined || !article.tiers.includes(tier))) return false
    if (article.channels.length > 0 && (channel === undefined || !article.channels.includes(channel))) return false
    if (article.validFrom !== null && now < article.validFrom) return false
    return article.validTo === null || now < article.validTo
  }

  async function fitNow(options?: FitOptions): Promise<void> {
    // Only here: while a training runs it holds terms by their numbers.
    const numbers = lexical.compact()
    if (numbers !== null) classifier.renumber(numbers)
    const snapshot = [...entries]
    const result = await fitBase({ lexical, vectors, ranker, entries, embedNow: deps.embedNow }, options)
    for (const [slot, entry] of snapshot.entries()) if (entries[slot] !== entry) result.classifier.forget(slot)
    classifier = result.classifier
    fitted = result.calibration
  }

  return {
    upsert(articles) {
      for (const article of articles) {
        drop(article.articleId)
        add(article)
      }
    },
    remove(articleIds) {
      for (const articleId of articleIds) drop(articleId)
    },
    fit(options) {
      const next = (): Promise<void> => fitNow(options)
      // One failed fit must not stop all later ones.
      fitting = fitting.then(next, next)
      return fitting
    },
    search(question, scope) {
      const effectiveQuery = normalise(question.slice(0, longestQuestion))
      const query = lexical.read(effectiveQuery)
      const key = searchKey(effectiveQuery)
      const wanted = Math.min(50, Math.max(1, Math.floor(scope.limit ?? 5) || 1))
      const vector = key === '' ? null : scope.vector !== undefined ? scope.vector : (deps.embedNow?.(effectiveQuery) ?? null)
      const allowed = (entry: Entry): boolean => eligible(entry, scope)
      const asked = readAsked(effectiveQuery)
      const ranked = key === '' ? [] : ranker.rank(query, vectors.fits(vector) ? vector : null, { eligible: allowed })
      const owners = [...(wordingOwners.get(key) ?? [])].filter((slot) => allowed(entries[slot] as Entry))
      const exact = owners.length > 0
      if (exact) bringForward(ranked, owners)
      const [first] = ranked
      const calibration = fitted ?? priorFor(lexical.wordings)
      const features = first === undefined ? [] : featuresOf(lexical, query, asked.content, ranked)
      let confidence = first === undefined ? 0 : confidenceOf(features, calibration)
      // Two Articles with the very wording of the question: only the customer knows which is meant.
      if (owners.length === 1) confidence = Math.max(confidence, exactConfidence)
      else if (owners.length > 1) confidence = Math.min(confidence, calibration.answerFrom - 0.01)
      const doubt = exact || first === undefined ? null : doubtOf(lexical, asked, ranked, features[subjectFeature] ?? 0)
      if (doubt !== null) confidence = Math.min(confidence, calibration.answerFrom - 0.01)
      confidence = Math.round(confidence * 1e4) / 1e4
      const decision = confidence >= calibration.answerFrom ? 'answer' : confidence >= calibration.askFrom ? 'ask' : 'none'
      const top = first?.score ?? 1
      return {
        effectiveQuery,
        decision: first === undefined ? 'none' : decision,
        confidence,
        hits: ranked.slice(0, wanted).map((candidate) => toHit(candidate, Math.min(1, candidate.score / top) * confidence)),
        explain: {
          terms: heaviest(query.terms, query.weights),
          features: Object.fromEntries(features.map((value, i) => [featureNames[i] as string, value])),
          answerFrom: calibration.answerFrom,
          askFrom: calibration.askFrom,
          exact,
          doubt,
        },
      }
    },
    get size() {
      return slotOf.size
    },
  }

  function toHit({ entry, passage }: Candidate, score: number): SearchHit {
    const { articleId, version, question } = entry.article
    return { articleId, version, question, score, passageId: passageIds.get(passage) ?? '' }
  }
}

function bringForward(ranked: Candidate[], owners: readonly number[]): void {
  const chosen = new Set(owners)
  ranked.sort((one, other) => Number(chosen.has(other.entry.slot)) - Number(chosen.has(one.entry.slot)) || other.score - one.score)
}

function heaviest(terms: readonly string[], weights: Float32Array): { term: string; weight: number }[] {
  return terms
    .map((term, i) => ({ term, weight: weights[i] as number }))
    .sort((one, other) => other.weight - one.weight)
    .slice(0, 20)
}
