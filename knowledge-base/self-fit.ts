import { type Calibration, calibrate, featuresOf, priorFor, type Sample, subjectFeature } from './confidence.ts'
import { everydayQuestions } from './everyday-questions.ts'
import { doubtOf, readAsked } from './guard.ts'
import { createIntentClassifier, type IntentClassifier } from './intent-classifier.ts'
import type { LexicalIndex } from './lexical-index.ts'
import type { LexicalQuery } from './lexical-query.ts'
import { createRandom, perturb } from './perturb.ts'
import type { Entry, Ranker, RankOptions } from './ranking.ts'
import type { VectorScan } from './vector-scan.ts'

/*
 * What a base learns from its own wordings: the classifier, and how sure it may be. A wording is taken out and asked
 * again (does it find its own Article?), a whole Article is taken out and asked for (a question of this trade that the base
 * cannot answer), and everyday talk is asked. Everything is sampled, so 10 000 Articles cost seconds, and cut into slices,
 * so that customers are answered meanwhile.
 */

export interface FitOptions {
  /** Wordings that are left out and asked; default 500. */
  trials?: number
  /** Passes of the classifier over the wordings; default 4. */
  rounds?: number
}

/** A pass never holds the thread longer than this before others get their turn. */
const sliceMs = 6
const maxTraining = 8_000
const rivalsPerWording = 8
const rate = 0.2
/** What a question that the base cannot answer counts against one that it can: most questions a house gets are about its trade. */
const unknownWeight = 0.15

export interface Fitted {
  classifier: IntentClassifier
  calibration: Calibration
}

export async function fitBase(
  parts: {
    lexical: LexicalIndex
    vectors: VectorScan
    ranker: Ranker
    entries: readonly (Entry | undefined)[]
    embedNow: ((text: string) => Float32Array) | undefined
  },
  options: FitOptions = {},
): Promise<Fitted> {
  const { lexical, vectors, ranker } = parts
  const breathe = createBreather()
  const random = createRandom(20_231)
  const base = parts.entries
    .filter((entry): entry is Entry => entry !== undefined && entry.wordings.length > 0)
    .sort((one, other) => (one.article.articleId < other.article.articleId ? -1 : 1))
  const current = (entry: Entry): boolean => parts.entries[entry.slot] === entry
  const trials = options.trials ?? 500
  const order = shuffle(base, random)
  const heldOut = new Map<Entry, number>()
  for (const entry of order) {
    if (heldOut.size >= trials) break
    if (entry.wordings.length > 1) heldOut.set(entry, entry.wordings[Math.floor(random() * entry.wordings.length)] as number)
  }
  // Found once for both trainings.
  const rivals = new Map<number, number[]>()
  lexical.refresh()

  const trialClassifier = await train(new Set(heldOut.values()))
  const samples = await collect(trialClassifier)
  return { classifier: await train(new Set()), calibration: calibrate(samples, priorFor(lexical.wordings)) }

  async function train(without: ReadonlySet<number>): Promise<IntentClassifier> {
    const classifier = createIntentClassifier()
    const examples: { entry: Entry; slot: number; rivals: number[]; ids: Int32Array; values: Float32Array }[] = []
    for (const entry of base) {
      if (!current(entry)) continue
      const sum = new Map<number, number>()
      for (const slot of entry.wordings) {
        if (without.has(slot)) continue
        const { ids, values } = unitVector(slot)
        for (let i = 0; i < ids.length; i++) sum.set(ids[i] as number, (sum.get(ids[i] as number) ?? 0) + (values[i] as number))
      }
      if (sum.size === 0) continue
      const ids = Int32Array.from(sum.keys()).sort()
      const values = Float32Array.from(ids, (id) => sum.get(id) as number)
      scaleToUnit(values)
      classifier.begin(entry.slot, ids, values)
      await breathe()
    }
    const share =
      maxTraining /
      Math.max(
        1,
        base.reduce((total, entry) => total + entry.wordings.length, 0),
      )
    const picked = createRandom(7)
    for (const entry of base) {
      if (!current(entry)) continue
      for (const slot of entry.wordings) {
        if (without.has(slot) || picked() > share) continue
        examples.push({ entry, slot, rivals: rivalsOf(slot), ...unitVector(slot) })
        await breathe()
      }
    }
    for (let round = 0; round < (options.rounds ?? 4); round++) {
      for (const { entry, rivals, ids, values } of shuffle(examples, picked)) {
        classifier.learn({ article: entry.slot, ids, values }, rivals, rate)
        await breathe()
      }
    }
    for (const entry of base) if (!current(entry)) classifier.forget(entry.slot)
    return classifier
  }

  function rivalsOf(slot: number): number[] {
    const known = rivals.get(slot) ?? lexical.rivals(slot, rivalsPerWording)
    rivals.set(slot, known)
    return known
  }

  function unitVector(slot: number): { ids: Int32Array; values: Float32Array } {
    const { ids, counts } = lexical.termsOf(slot)
    const values = Float32Array.from(ids, (id, i) => lexical.weightOf(id) * Math.min(1, counts[i] as number))
    scaleToUnit(values)
    return { ids, values }
  }

  async function collect(classifier: IntentClassifier): Promise<Sample[]> {
    const collected: Sample[] = []
    const all = (): boolean => true
    const ask = (
      text: string,
      query: LexicalQuery,
      vector: Float32Array | null,
      owner: Entry | null,
      weight: number,
      ranking: Partial<RankOptions>,
    ): void => {
      const asked = readAsked(text)
      const ranked = ranker.rank(query, vector, { eligible: all, classifier, ...ranking })
      if (ranked.length === 0) return
      const features = featuresOf(lexical, query, asked.content, ranked, ranking.without)
      collected.push({
        features,
        doubted: doubtOf(lexical, asked, ranked, features[subjectFeature] ?? 0) !== null,
        right: ranked[0]?.entry === owner,
        weight,
        known: owner !== null,
      })
    }
    let unknown = Math.ceil(trials / 2)
    for (const [entry, slot] of heldOut) {
      if (!current(entry)) continue
      const key = entry.keys[entry.wordings.indexOf(slot)]
      const text = wordingOf(entry, slot)
      const same = new Set(entry.wordings.filter((_, i) => entry.keys[i] === key))
      if (same.size < entry.wordings.length) ask(text, lexical.readStored(slot), vectors.get(slot), entry, 1, { without: same })
      await breathe()
      if (unknown-- > 0) ask(text, lexical.readStored(slot), vectors.get(slot), null, unknownWeight, { withoutEntry: entry.slot })
      await breathe()
    }
    let single = Math.ceil(trials / 2)
    for (const entry of order) {
      if (single <= 0) break
      if (entry.wordings.length > 1 || !current(entry)) continue
      single--
      const text = perturb(entry.article.question, random)
      // Its dropped letters are slips of the pen: no word of it is missed.
      ask(entry.article.question, lexical.read(text), parts.embedNow?.(text) ?? null, entry, 0.5, {})
      const slot = entry.wordings[0] as number
      ask(entry.article.question, lexical.readStored(slot), vectors.get(slot), null, unknownWeight, { withoutEntry: entry.slot })
      await breathe()
    }
    // A small base must not learn from a hundred strangers what it has three sentences of its own about.
    const strangers = Math.min(everydayQuestions.length, 10 + base.length)
    const weight = (0.1 * Math.max(10, collected.length)) / strangers
    for (const text of shuffle(everydayQuestions, random).slice(0, strangers)) {
      ask(text, lexical.read(text), parts.embedNow?.(text) ?? null, null, Math.min(1, weight), {})
      await breathe()
    }
    return collected
  }
}

/** The text of a stored wording; wordings lie in the order of their Passages. */
function wordingOf(entry: Entry, slot: number): string {
  return entry.article.passages.filter(({ kind }) => kind !== 'answer')[entry.wordings.indexOf(slot)]?.text ?? ''
}

function createBreather(): () => Promise<void> | undefined {
  let since = performance.now()
  return () => {
    if (performance.now() - since < sliceMs) return undefined
    return new Promise((resolve) => {
      setImmediate(() => {
        since = performance.now()
        resolve()
      })
    })
  }
}

function scaleToUnit(values: Float32Array): void {
  let square = 0
  for (const value of values) square += value * value
  if (square === 0) return
  const factor = 1 / Math.sqrt(square)
  for (let i = 0; i < values.length; i++) values[i] = (values[i] as number) * factor
}

function shuffle<T>(list: readonly T[], random: () => number): T[] {
  const copy = [...list]
  for (let i = copy.length - 1; i > 0; i--) {
    const other = Math.floor(random() * (i + 1))
    const kept = copy[i] as T
    copy[i] = copy[other] as T
    copy[other] = kept
  }
  return copy
}
