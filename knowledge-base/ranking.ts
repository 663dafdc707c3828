import type { IntentClassifier } from './intent-classifier.ts'
import type { LexicalIndex } from './lexical-index.ts'
import type { LexicalQuery } from './lexical-query.ts'
import type { SearchArticle } from './passage.ts'
import type { VectorScan } from './vector-scan.ts'

/** An Article inside the index: where its Passages lie. */
export interface Entry {
  slot: number
  article: SearchArticle
  /** Slots of the question and its wordings, in order. */
  wordings: number[]
  /** Their normalised spellings, to know a wording that is stored twice. */
  keys: string[]
  answers: number[]
}

/** An Article that may answer, with everything that speaks for it. All values 0 to 1. */
export interface Candidate {
  entry: Entry
  /** The fused score. */
  score: number
  /** Slot of the best stored wording. */
  passage: number
  ratio: number
  cosine: number
  coverage: number
  reverse: number
  /** Whether the best wording asks in another way than the question. */
  conflict: number
  /** Cosine with all wordings together. */
  centroid: number
  /** Share of the question's mass that all wordings together cover. */
  together: number
  answer: number
  vector: number
  classified: number
}

export interface RankOptions {
  eligible(entry: Entry): boolean
  /** Passages to leave out, to try the base on its own wordings. */
  without?: ReadonlySet<number>
  /** Article to leave out. */
  withoutEntry?: number
  /** Classifier to use instead of the ranker's own. */
  classifier?: IntentClassifier
}

export interface Ranker {
  /** The Articles that fit best, best first; equal scores in the order of their ids. */
  rank(query: LexicalQuery, vector: Float32Array | null, options: RankOptions): Candidate[]
}

/*
 * What each sign counts in the score, 1 together. The best stored wording (`ratio`, `cosine`) decides most; all wordings
 * together (`centroid`) and what the classifier learnt correct it; the answer's text helps where customers use its words; the
 * vector counts little, for the built-in embedder sees the same letters again.
 */
const fusion = { ratio: 0.4, cosine: 0.2, centroid: 0.1, vector: 0.05, classified: 0.15, answer: 0.15 }

/** Share of a wording's fit that is lost when it asks in another way (how against why). */
const conflictCost = 0.1

const lexicalCandidates = 32
const vectorCandidates = 16
/** What a term of the answer's text counts against one of a wording when candidates are gathered. */
const answerShare = 0.3

export function createRanker(parts: {
  lexical: LexicalIndex
  /** One vector per Article slot: the mean of its wordings. */
  centroids: VectorScan
  /** One vector per Passage slot. */
  vectors: VectorScan
  classifier(): IntentClassifier
  entries: readonly (Entry | undefined)[]
}): Ranker {
  const { lexical, centroids, vectors, classifier, entries } = parts
  let best = new Float32Array(0)

  function gather(query: LexicalQuery, vector: Float32Array | null, options: RankOptions): Entry[] {
    if (best.length < entries.length) best = new Float32Array(entries.length * 2)
    best.fill(0, 0, entries.length)
    lexical.scoreArticles(query, best, answerShare, options.without)
    const allowed = (entry: Entry | undefined): entry is Entry =>
      entry !== undefined && entry.slot !== options.withoutEntry && options.eligible(entry)
    const chosen = highest(best, entries, lexicalCandidates, 0, allowed)
    if (vector !== null) {
      const near = highest(centroids.cosines(vector, entries.length), entries, vectorCandidates, 0.2, allowed)
      for (const entry of near) if (!chosen.includes(entry)) chosen.push(entry)
    }
    return chosen
  }

  function weigh(entry: Entry, query: LexicalQuery, compare: boolean, options: RankOptions): Candidate | null {
    const { without } = options
    const wordings = without === undefined ? entry.wordings : entry.wordings.filter((slot) => !without.has(slot))
    if (wordings.length === 0) return null
    const found: Candidate = {
      entry,
      score: 0,
      passage: wordings[0] as number,
      ratio: 0,
      cosine: 0,
      coverage: 0,
      reverse: 0,
      conflict: 0,
      centroid: 0,
      together: 0,
      answer: 0,
      vector: 0,
      classified: 0,
    }
    let bestSum = -1
    for (const slot of wordings) {
      const fit = lexical.fit(slot)
      if (compare) found.vector = Math.max(found.vector, vectors.again(slot))
      const kept = 1 - conflictCost * fit.conflict
      found.ratio = Math.max(found.ratio, fit.ratio * kept)
      found.cosine = Math.max(found.cosine, fit.cosine * kept)
      const sum = (fit.ratio + fit.cosine) * kept
      if (sum <= bestSum) continue
      bestSum = sum
      found.passage = slot
      found.coverage = fit.coverage
      found.reverse = fit.reverse
      found.conflict = fit.conflict
    }
    const together = lexical.fitTogether(wordings)
    found.centroid = together.cosine
    found.together = together.coverage
    for (const slot of entry.answers) found.answer = Math.max(found.answer, lexical.fit(slot).ratio)
    const classified = (options.classifier ?? classifier()).score(entry.slot, lexical.loaded)
    found.classified = classified === null ? found.centroid : Math.min(1, Math.max(0, classified / Math.max(query.norm, 1e-6)))
    found.score =
      fusion.ratio * found.ratio +
      fusion.cosine * found.cosine +
      fusion.centroid * found.centroid +
      fusion.vector * (compare ? found.vector : found.cosine) +
      fusion.classified * found.classified +
      fusion.answer * found.answer
    // Sums of the same numbers in another order differ in the last bits; a rounded score makes the order of upserts invisible.
    found.score = Math.round(found.score * 1e5) / 1e5
    return found
  }

  return {
    rank(query, vector, options) {
      const chosen = gather(query, vector, options)
      if (vector !== null) vectors.cosines(vector, 0)
      lexical.load(query)
      const candidates: Candidate[] = []
      for (const entry of chosen) {
        const candidate = weigh(entry, query, vector !== null, options)
        if (candidate !== null && candidate.score > 0) candidates.push(candidate)
      }
      lexical.unload(query)
      return candidates.sort(
        (one, other) => other.score - one.score || (one.entry.article.articleId < other.entry.article.articleId ? -1 : 1),
      )
    },
  }
}

/** The `limit` highest values above a floor, with their entries; ties at the edge go to the smaller id. */
function highest(
  values: Float32Array,
  entries: readonly (Entry | undefined)[],
  limit: number,
  floor: number,
  allowed: (entry: Entry | undefined) => entry is Entry,
): Entry[] {
  const kept: { entry: Entry; value: number }[] = []
  let bar = floor
  for (let slot = 0; slot < entries.length; slot++) {
    const raw = values[slot] as number
    if (raw <= floor || raw < bar - 1e-4) continue
    const entry = entries[slot]
    if (!allowed(entry)) continue
    kept.push({ entry, value: Math.round(raw * 1e4) / 1e4 })
    if (kept.length >= limit * 4) bar = trim(kept, limit)
  }
  trim(kept, limit)
  return kept.map(({ entry }) => entry)
}

function trim(kept: { entry: Entry; value: number }[], limit: number): number {
  kept.sort((one, other) => other.value - one.value || (one.entry.article.articleId < other.entry.article.articleId ? -1 : 1))
  kept.length = Math.min(kept.length, limit)
  return kept.at(-1)?.value ?? 0
}
