import type { LexicalQuery, PassageFit } from './lexical-query.ts'
import type { Vocabulary } from './vocabulary.ts'

/** How fast a term that is repeated stops counting (BM25). */
export const k1 = 1

/** How one question and the stored Passages fit, pair by pair. */
export interface PairFit {
  /** The loaded question by term id. */
  readonly loaded: Float32Array
  /** Loads a question for `fit` and `covered`; `unload` it afterwards. */
  load(query: LexicalQuery): void
  unload(query: LexicalQuery): void
  fit(slot: number): PassageFit
  /** Cosine of the loaded question with the sum of several Passages, and the share of its mass that they cover together. */
  fitTogether(slots: readonly number[]): { cosine: number; coverage: number }
}

export function createPairFit(stored: {
  vocabulary: Vocabulary
  /** Terms of a Passage and how often each stands in it. */
  ids(slot: number): Int32Array
  counts(slot: number): Float32Array
  /** k1 times the length part of BM25's denominator. */
  damping(slot: number): number
  /** Bit set of the ways a Passage asks. */
  asking(slot: number): number
}): PairFit {
  const { vocabulary } = stored
  // By term number: the question in hand, and sums while Passages are taken together.
  let loaded = new Float32Array(1024)
  let scratch = new Float32Array(1024)
  let current: LexicalQuery | undefined

  return {
    get loaded() {
      return loaded
    },
    load(query) {
      if (loaded.length < vocabulary.size) {
        loaded = new Float32Array(vocabulary.size * 2)
        scratch = new Float32Array(vocabulary.size * 2)
      }
      for (let i = 0; i < query.ids.length; i++) {
        const id = query.ids[i] as number
        if (id < 0) continue
        loaded[id] = query.weights[i] as number
      }
      current = query
    },
    unload(query) {
      for (const id of query.ids) if (id >= 0) loaded[id] = 0
      current = undefined
    },
    fit(slot) {
      const query = current as LexicalQuery
      const { weights } = vocabulary
      const ids = stored.ids(slot)
      const counts = stored.counts(slot)
      let score = 0
      let dot = 0
      let square = 0
      let own = 0
      let shared = 0
      let covered = 0
      const damping = stored.damping(slot)
      for (let i = 0; i < ids.length; i++) {
        const id = ids[i] as number
        const count = counts[i] as number
        const weight = (weights[id] as number) * Math.min(count, 1)
        square += weight * weight
        own += weight
        const asked = loaded[id] as number
        if (asked === 0) continue
        score += (asked * count * (k1 + 1)) / (count + damping)
        dot += asked * weight
        shared += weight
        covered += asked
      }
      return {
        ratio: query.ideal > 0 ? Math.min(1, score / query.ideal) : 0,
        cosine: square > 0 && query.norm > 0 ? Math.min(1, dot / (Math.sqrt(square) * query.norm)) : 0,
        coverage: query.mass > 0 ? Math.min(1, covered / query.mass) : 0,
        reverse: own > 0 ? Math.min(1, shared / own) : 0,
        conflict: query.asking !== 0 && stored.asking(slot) !== 0 && (query.asking & stored.asking(slot)) === 0 ? 1 : 0,
      }
    },
    fitTogether(passages) {
      const query = current as LexicalQuery
      const { weights } = vocabulary
      const touched: number[] = []
      for (const slot of passages) {
        const ids = stored.ids(slot)
        const counts = stored.counts(slot)
        for (let i = 0; i < ids.length; i++) {
          const id = ids[i] as number
          if (scratch[id] === 0) touched.push(id)
          scratch[id] = (scratch[id] as number) + Math.min(counts[i] as number, 1)
        }
      }
      let square = 0
      let dot = 0
      let covered = 0
      for (const id of touched) {
        const weight = (weights[id] as number) * (scratch[id] as number)
        scratch[id] = 0
        square += weight * weight
        const asked = loaded[id] as number
        dot += asked * weight
        covered += asked
      }
      return {
        cosine: square > 0 && query.norm > 0 ? Math.min(1, dot / (Math.sqrt(square) * query.norm)) : 0,
        coverage: query.mass > 0 ? Math.min(1, covered / query.mass) : 0,
      }
    },
  }
}
