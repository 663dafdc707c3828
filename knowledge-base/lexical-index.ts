import { readTerms, type Term } from '../language/index.ts'
import type { LexicalQuery } from './lexical-query.ts'
import { createPairFit, k1, type PairFit } from './pair-fit.ts'
import type { PassageKind } from './passage.ts'
import { createPostingLists } from './postings.ts'
import { createVocabulary } from './vocabulary.ts'

/*
 * Terms of every Passage, forwards (Passage → terms) and backwards (term → Passages) in typed arrays. One Passage comes
 * or goes in the time its own terms take; nothing is rebuilt.
 */

const b = 0.3

/** A term in more Passages than this may be left out when candidates are gathered … */
const denseFrom = 1_000
/** … as long as all that are left out weigh no more than this share of the question. */
const sparedShare = 0.35

const rivalTerms = 8
const rivalPostings = 32

/** The first synonym groups are ways of asking: how, why, when, how much, where, may I, cannot, not yet. */
function askingBit(term: string): number {
  return term.length === 2 && term[0] === '=' && (term[1] as string) < '8' ? 1 << Number(term[1]) : 0
}

export interface LexicalIndex extends PairFit {
  /** Reads a text and stores it; the slot stays valid until `remove`. */
  add(text: string, kind: PassageKind, article: number): number
  remove(slot: number): void
  /** Tells the base IDF that an Article with these Passages came (+1) or went (-1). */
  count(slots: readonly number[], by: 1 | -1): void
  /**
   * Forgets the terms that no Passage has any more, once they are more than half: the new numbers of the others by the old ones, for
   * whoever keeps numbers; null when nothing was done.
   */
  compact(): Int32Array | null
  /** Brings the weights of all terms up to date. Searches do so themselves once two in a hundred Articles have changed. */
  refresh(): void
  read(text: string): LexicalQuery
  readStored(slot: number): LexicalQuery
  /** Writes the best BM25 ratio of any of its Passages for every Article slot into `best`, answers counting a share. */
  scoreArticles(query: LexicalQuery, best: Float32Array, answerShare: number, without: ReadonlySet<number> | undefined): void
  /** Weight of the heaviest term of the question that none of the Passages has, over its heaviest term: 0 to 1. */
  heaviestMissed(query: LexicalQuery, slots: readonly number[]): number
  /** Share of the question's mass in terms that no Passage of the base has: 0 to 1. */
  unknown(query: LexicalQuery): number
  /** Articles that share the heaviest terms of a stored wording, most alike first: cheap rivals for training. */
  rivals(slot: number, limit: number): number[]
  /** Tells of any term by its spelling whether one of the Passages has it. */
  termsIn(slots: readonly number[]): (spelling: string) => boolean
  /** Importance of a term, whether the base has it or not. */
  weightOfTerm(term: Term): number
  termsOf(slot: number): { ids: Int32Array; counts: Float32Array }
  weightOf(id: number): number
  /** Questions and wordings inside, without answers. */
  readonly wordings: number
}

export function createLexicalIndex(): LexicalIndex {
  const vocabulary = createVocabulary()
  const postings = createPostingLists()
  const forwardIds: Int32Array[] = []
  const forwardCounts: Float32Array[] = []
  const kinds: PassageKind[] = []
  let owner = new Int32Array(1024)
  let lengths = new Float32Array(1024)
  let accumulated = new Float32Array(1024)
  let asking = new Uint8Array(1024)
  let isAnswer = new Uint8Array(1024)
  // k1 times the length part of BM25's denominator, with the averages of the last refresh.
  let damping = new Float32Array(1024)
  const free: number[] = []
  let slots = 0
  let questionLength = 0
  let questions = 0
  let answerLength = 0
  let answers = 0

  const pairFit = createPairFit({
    vocabulary,
    ids: (slot) => forwardIds[slot] as Int32Array,
    counts: (slot) => forwardCounts[slot] as Float32Array,
    damping: (slot) => damping[slot] as number,
    asking: (slot) => asking[slot] as number,
  })

  function growSlots(): void {
    const size = owner.length * 2
    owner = put(new Int32Array(size), owner)
    lengths = put(new Float32Array(size), lengths)
    asking = put(new Uint8Array(size), asking)
    isAnswer = put(new Uint8Array(size), isAnswer)
    damping = put(new Float32Array(size), damping)
    accumulated = new Float32Array(size)
  }

  function refresh(force: boolean): void {
    if (!vocabulary.refresh(force)) return
    for (let slot = 0; slot < slots; slot++) if ((owner[slot] as number) >= 0) damp(slot)
  }

  /**
   * Terms to look up when candidates are gathered: all but the commonest, as long as those left out are worth little of the
   * question together. Candidates are weighed with every term afterwards.
   */
  function worthScanning(query: LexicalQuery): number[] {
    const present: number[] = []
    for (let i = 0; i < query.ids.length; i++) if ((query.ids[i] as number) >= 0) present.push(i)
    const spread = (i: number): number => postings.of(query.ids[i] as number).length
    const dense = present.filter((i) => spread(i) > denseFrom)
    if (dense.length === 0) return present
    dense.sort((one, other) => (query.weights[one] as number) / spread(one) - (query.weights[other] as number) / spread(other))
    let spare = query.mass * sparedShare
    const skipped = new Set<number>()
    for (const i of dense) {
      spare -= query.weights[i] as number
      if (spare < 0) break
      skipped.add(i)
    }
    return present.filter((i) => !skipped.has(i))
  }

  function damp(slot: number): void {
    damping[slot] = k1 * (1 - b + (b * (lengths[slot] as number)) / averageLength(kinds[slot] as PassageKind))
  }

  function saturate(count: number, length: number, average: number): number {
    return (count * (k1 + 1)) / (count + k1 * (1 - b + (b * length) / average))
  }

  function averageLength(kind: PassageKind): number {
    if (kind === 'answer') return answers > 0 ? answerLength / answers : 1
    return questions > 0 ? questionLength / questions : 1
  }

  function account(kind: PassageKind, length: number, by: 1 | -1): void {
    if (kind === 'answer') {
      answers += by
      answerLength += by * length
    } else {
      questions += by
      questionLength += by * length
    }
  }

  function toQuery(ids: Int32Array, counts: Float32Array, termWeights: Float32Array, terms: readonly string[]): LexicalQuery {
    const average = averageLength('question')
    let length = 0
    for (const count of counts) length += count
    let mass = 0
    let ideal = 0
    let square = 0
    for (let i = 0; i < ids.length; i++) {
      const count = counts[i] as number
      const weight = (termWeights[i] as number) * Math.min(count, 1)
      termWeights[i] = weight
      mass += weight
      ideal += weight * saturate(count, length, average)
      square += weight * weight
    }
    const asking = terms.reduce((bits, term) => bits | askingBit(term), 0)
    return { ids, weights: termWeights, counts, terms, mass, ideal, norm: Math.sqrt(square), asking }
  }

  return {
    add(text, kind, article) {
      const terms = readTerms(text)
      const ids = new Int32Array(terms.length)
      const counts = new Float32Array(terms.length)
      const slot = free.pop() ?? slots++
      if (slot >= owner.length) growSlots()
      let length = 0
      for (const [i, term] of terms.entries()) {
        const id = vocabulary.learn(term)
        ids[i] = id
        counts[i] = term.count
        length += term.count
        postings.insert(id, slot, term.count)
      }
      forwardIds[slot] = ids
      forwardCounts[slot] = counts
      kinds[slot] = kind
      asking[slot] = terms.reduce((bits, { term }) => bits | askingBit(term), 0)
      isAnswer[slot] = kind === 'answer' ? 1 : 0
      owner[slot] = article
      lengths[slot] = Math.round(length * 64) / 64
      account(kind, lengths[slot] as number, 1)
      damp(slot)
      return slot
    },
    remove(slot) {
      for (const id of forwardIds[slot] as Int32Array) postings.drop(id, slot)
      account(kinds[slot] as PassageKind, lengths[slot] as number, -1)
      forwardIds[slot] = new Int32Array(0)
      forwardCounts[slot] = new Float32Array(0)
      owner[slot] = -1
      free.push(slot)
    },
    count(passages, by) {
      const seen = new Set<number>()
      for (const slot of passages) for (const id of forwardIds[slot] as Int32Array) seen.add(id)
      vocabulary.count(seen, by)
    },
    compact() {
      let dead = 0
      for (let id = 0; id < vocabulary.size; id++) if (postings.of(id).length === 0) dead++
      if (dead * 2 <= vocabulary.size) return null
      const numbers = vocabulary.keepOnly((id) => postings.of(id).length > 0)
      postings.renumber(numbers)
      for (let slot = 0; slot < slots; slot++) {
        const ids = forwardIds[slot] as Int32Array
        for (let i = 0; i < ids.length; i++) ids[i] = numbers[ids[i] as number] as number
      }
      return numbers
    },
    refresh: () => refresh(true),
    read(text) {
      refresh(false)
      const terms = readTerms(text)
      const ids = new Int32Array(terms.length)
      const counts = new Float32Array(terms.length)
      const termWeights = new Float32Array(terms.length)
      for (const [i, term] of terms.entries()) {
        const id = vocabulary.find(term.term)
        ids[i] = id
        counts[i] = term.count
        termWeights[i] = id >= 0 ? (vocabulary.weights[id] as number) : vocabulary.weightOfUnknown(term)
      }
      return toQuery(
        ids,
        counts,
        termWeights,
        terms.map((term) => term.term),
      )
    },
    readStored(slot) {
      refresh(false)
      const ids = forwardIds[slot] as Int32Array
      const counts = forwardCounts[slot] as Float32Array
      const own = Float32Array.from(ids, (id) => vocabulary.weights[id] as number)
      return toQuery(
        ids,
        counts,
        own,
        Array.from(ids, (id) => vocabulary.spelling(id)),
      )
    },
    scoreArticles(query, best, answerShare, without) {
      if (query.ideal <= 0) return
      accumulated.fill(0, 0, slots)
      for (const i of worthScanning(query)) {
        const weight = ((query.weights[i] as number) * (k1 + 1)) / query.ideal
        const { slots: list, counts, length } = postings.of(query.ids[i] as number)
        for (let at = 0; at < length; at++) {
          const slot = list[at] as number
          const count = counts[at] as number
          accumulated[slot] = (accumulated[slot] as number) + (weight * count) / (count + (damping[slot] as number))
        }
      }
      if (without !== undefined) for (const slot of without) accumulated[slot] = 0
      for (let slot = 0; slot < slots; slot++) {
        const sum = accumulated[slot] as number
        if (sum === 0) continue
        const score = isAnswer[slot] === 1 ? sum * answerShare : sum
        const article = owner[slot] as number
        if (score > (best[article] as number)) best[article] = score
      }
    },
    load: pairFit.load,
    unload: pairFit.unload,
    fit: pairFit.fit,
    fitTogether: pairFit.fitTogether,
    heaviestMissed(query, passages) {
      const has = new Set<number>()
      for (const slot of passages) for (const id of forwardIds[slot] as Int32Array) has.add(id)
      let heaviest = 0
      let missed = 0
      for (let i = 0; i < query.ids.length; i++) {
        const weight = query.weights[i] as number
        heaviest = Math.max(heaviest, weight)
        if (!has.has(query.ids[i] as number)) missed = Math.max(missed, weight)
      }
      return heaviest > 0 ? missed / heaviest : 1
    },
    unknown(query) {
      let sum = 0
      for (let i = 0; i < query.ids.length; i++) {
        const id = query.ids[i] as number
        if (id < 0 || postings.of(id).length === 0) sum += query.weights[i] as number
      }
      return query.mass > 0 ? sum / query.mass : 1
    },
    rivals(slot, limit) {
      const { weights } = vocabulary
      const ids = forwardIds[slot] as Int32Array
      const heavy = Array.from(ids).sort((one, other) => (weights[other] as number) - (weights[one] as number))
      const sums = new Map<number, number>()
      for (const id of heavy.slice(0, rivalTerms)) {
        const list = postings.of(id)
        const step = Math.max(1, Math.floor(list.length / rivalPostings))
        for (let at = 0; at < list.length; at += step) {
          const article = owner[list.slots[at] as number] as number
          if (article !== owner[slot]) sums.set(article, (sums.get(article) ?? 0) + (weights[id] as number))
        }
      }
      return [...sums]
        .sort((one, other) => other[1] - one[1] || one[0] - other[0])
        .slice(0, limit)
        .map(([article]) => article)
    },
    termsIn(passages) {
      const has = new Set<number>()
      for (const slot of passages) for (const id of forwardIds[slot] as Int32Array) has.add(id)
      return (spelling) => has.has(vocabulary.find(spelling))
    },
    weightOfTerm(term) {
      const id = vocabulary.find(term.term)
      return id >= 0 ? (vocabulary.weights[id] as number) : vocabulary.weightOfUnknown(term)
    },
    termsOf: (slot) => ({ ids: forwardIds[slot] as Int32Array, counts: forwardCounts[slot] as Float32Array }),
    weightOf: (id) => vocabulary.weights[id] as number,
    get loaded() {
      return pairFit.loaded
    },
    get wordings() {
      return questions
    },
  }
}

function put<T extends { set(from: T): void }>(next: T, old: T): T {
  next.set(old)
  return next
}
