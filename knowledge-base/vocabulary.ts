import type { Term, TermKind } from '../language/index.ts'

/*
 * The terms of a base and how informative each is: general language mixed with the base's own frequencies. Terms are
 * numbered as they come and keep their number until `keepOnly`; weights follow the base lazily.
 */

/** How kinds of term weigh against each other in a score. */
const weightOfKind: Record<TermKind, number> = { word: 0.8, pair: 0.8, char: 0.8, part: 0.35, meaning: 0.6 }

/**
 * Share of general language in the IDF; the rest comes from the base. General language knows rare words before the base is
 * large; the base knows which word all its Articles share, as the product's name in a base about one product. Latin terms
 * have no general frequencies to lean on, so theirs is smaller.
 */
const generalShare = 0.4
const generalShareLatin = 0.3

/** Weights are refreshed once this share of the Articles has come, gone or changed: a few milliseconds at 300 000 terms. */
const refreshShare = 0.02

export interface Vocabulary {
  /** Number of a term, -1 when the base never had it. */
  find(term: string): number
  /** Number of a term, given now if it has none. */
  learn(term: Term): number
  spelling(id: number): string
  /** Importance of a term by its number, 0 to 1. Overwritten by `refresh` and `keepOnly`, replaced when terms are learnt. */
  readonly weights: Float32Array
  /** Importance of a term the base does not have. */
  weightOfUnknown(term: Term): number
  /** An Article with these terms came (+1) or went (-1). */
  count(ids: Iterable<number>, by: 1 | -1): void
  /** Brings the weights up to date; does nothing while little has changed, unless forced. True when they changed. */
  refresh(force: boolean): boolean
  readonly size: number
  /** Leaves out the terms that are not kept and numbers the rest anew, in their order: the new number by the old one, -1 for one that went. */
  keepOnly(kept: (id: number) => boolean): Int32Array
}

export function createVocabulary(): Vocabulary {
  const idOf = new Map<string, number>()
  let spellings: string[] = []
  let general = new Float32Array(1024)
  let kindWeight = new Float32Array(1024)
  let latin = new Uint8Array(1024)
  let articles = new Int32Array(1024)
  let weights = new Float32Array(1024)
  let articleCount = 0
  let changes = 0

  function grow(): void {
    const size = general.length * 2
    const put = <T extends { set(from: T): void }>(next: T, old: T): T => {
      next.set(old)
      return next
    }
    general = put(new Float32Array(size), general)
    kindWeight = put(new Float32Array(size), kindWeight)
    weights = put(new Float32Array(size), weights)
    articles = put(new Int32Array(size), articles)
    latin = put(new Uint8Array(size), latin)
  }

  function mix(generalIdf: number, isLatinTerm: boolean, found: number): number {
    // Robertson's IDF, brought to 0..1 by its value for a term that nothing has.
    const base = Math.log(1 + (articleCount - found + 0.5) / (found + 0.5)) / Math.log(2 * articleCount + 2)
    // A handful of Articles says little about how common a word is.
    const trust = articleCount / (articleCount + 10)
    const share = 1 - (1 - (isLatinTerm ? generalShareLatin : generalShare)) * trust
    return share * generalIdf + (1 - share) * Math.min(1, Math.max(0, base))
  }

  function weightOfUnknown({ term, kind, generalIdf }: Term): number {
    return mix(generalIdf, isLatin(term), 0) * weightOfKind[kind]
  }

  return {
    find: (term) => idOf.get(term) ?? -1,
    learn(term) {
      const known = idOf.get(term.term)
      if (known !== undefined) return known
      const id = spellings.length
      if (id >= general.length) grow()
      idOf.set(term.term, id)
      spellings.push(term.term)
      general[id] = term.generalIdf
      latin[id] = isLatin(term.term) ? 1 : 0
      kindWeight[id] = weightOfKind[term.kind]
      weights[id] = weightOfUnknown(term)
      return id
    },
    spelling: (id) => spellings[id] as string,
    weightOfUnknown,
    count(ids, by) {
      articleCount += by
      changes++
      for (const id of ids) articles[id] = (articles[id] as number) + by
    },
    refresh(force) {
      if (changes === 0 || (!force && changes <= articleCount * refreshShare)) return false
      changes = 0
      for (let id = 0; id < spellings.length; id++) {
        weights[id] = mix(general[id] as number, latin[id] === 1, articles[id] as number) * (kindWeight[id] as number)
      }
      return true
    },
    keepOnly(kept) {
      const numbers = new Int32Array(spellings.length).fill(-1)
      const left: string[] = []
      for (const [id, spelling] of spellings.entries()) {
        if (!kept(id)) {
          idOf.delete(spelling)
          continue
        }
        const next = left.length
        numbers[id] = next
        left.push(spelling)
        idOf.set(spelling, next)
        general[next] = general[id] as number
        kindWeight[next] = kindWeight[id] as number
        latin[next] = latin[id] as number
        articles[next] = articles[id] as number
        weights[next] = weights[id] as number
      }
      articles.fill(0, left.length)
      spellings = left
      return numbers
    },
    get weights() {
      return weights
    },
    get size() {
      return spellings.length
    },
  }
}

/** Whether the letters of a term are Latin; its first character names its kind, ^ marks the start of a word. */
function isLatin(term: string): boolean {
  return term.charCodeAt(1) < 0x250
}
