import type { SaidLine } from './follow-up-facts.ts'
import type { Scene } from './follow-up-features.ts'
import type { ReadLine } from './follow-up-reading.ts'
import { isWithin, type Stretch } from './follow-up-spans.ts'
import { isSetOff, type Piece, type Tightness, trimText } from './follow-up-wording.ts'

/*
 * Which words of the history a leaning question takes along. Each stretch has a probability of being needed word for word, and a
 * standalone question has an expected length. The words are chosen that make it likeliest that all that is needed is there and the
 * question is not longer than half as much again: exp(-missed * sum of the probabilities left out) * P(short enough).
 */

export interface ScoredStretch extends Stretch {
  /** Probability that the standalone question needs it. */
  readonly p: number
}

/** Fitted by bench/follow-up-fit.ts on rows that the trees had not seen. */
export interface ChoiceWeights {
  /** Weights of `lengthFeatures`. */
  readonly length: readonly number[]
  /** Share of the expected length that is reckoned with. */
  readonly share: number
  /** Spread of the length, as a share of it. */
  readonly spread: number
  /** How much a probability left out costs. */
  readonly missed: number
}

export interface Choice {
  readonly pieces: readonly Piece[]
  readonly tightness: Tightness
}

/** A question may be so much longer than the shortest natural one. */
const LONGEST = 1.5
/** Stretches that are looked at, the likeliest first. */
const STRETCHES = 18
const MOVES = 12
/** What a question loses in quality when words that colour it, or also its particles, are given up. */
const KEPT: readonly number[] = [1, 0.98, 0.95]

/** What the length of a standalone question is expected from: its own words, its script, the talk, and what is likely needed. */
export function lengthFeatures(scene: Scene, stretches: readonly ScoredStretch[]): number[] {
  const own = trimText(scene.text, 0).length
  const latin = /\p{Script=Han}/u.test(scene.text.text) ? 0 : 1
  const all = scene.lines.reduce((sum, { text }) => sum + text.length, 0)
  return [
    1,
    own,
    latin,
    latin * own,
    Math.min(100, all) / 10,
    Math.min(60, scene.lines[scene.lastBot]?.text.length ?? 0) / 10,
    scene.lines.length,
    Math.min(14, scene.lines[scene.lastCustomer]?.text.length ?? 0),
    stretches.reduce((sum, { p, spelled }) => sum + p * spelled.length, 0),
    stretches.reduce((sum, { p }) => sum + p, 0),
  ]
}

/** Logistic stand-in for the normal distribution function. */
const normal = (z: number): number => 1 / (1 + Math.exp(-1.702 * z))

/** The words to carry, by steps that add a stretch or drop the end of a run, as long as one of them makes the question likelier right. */
export function choosePieces(all: readonly ScoredStretch[], scene: Scene, weights: ChoiceWeights): Choice {
  const { lines, text } = scene
  const expected = weights.share * lengthFeatures(scene, all).reduce((sum, value, i) => sum + value * (weights.length[i] as number), 0)
  const own = ([0, 1, 2] as const).map((tightness) => trimText(text, tightness).length + (isSetOff(text) && tightness < 2 ? 1 : 0))
  const stretches = [...all].sort((one, other) => other.p - one.p).slice(0, STRETCHES)
  const total = all.reduce((sum, { p }) => sum + p, 0)
  const taken = lines.map(({ words }) => new Uint8Array(words.length))
  const isHeld = ({ spans }: Stretch): boolean =>
    spans.some(({ line, from, to }) => {
      for (let at = from; at < to; at++) if (!taken[line]?.[at]) return false
      return true
    })
  const weigh = (): { value: number; tightness: Tightness } => {
    let left = total
    for (const stretch of stretches) if (isHeld(stretch)) left -= stretch.p
    const carried = lengthOf(lines, taken)
    const best = { value: 0, tightness: 0 as Tightness }
    for (const tightness of [0, 1, 2] as const) {
      const length = carried + (own[tightness] as number)
      const short = normal((LONGEST * expected - length) / (LONGEST * weights.spread * Math.max(1, expected)))
      const value = Math.exp(-weights.missed * left) * short * (KEPT[tightness] as number)
      if (value > best.value) Object.assign(best, { value, tightness })
    }
    return best
  }
  let current = { value: 0, tightness: 0 as Tightness }
  for (let move = 0; move < MOVES; move++) {
    let best = current
    let then: { line: number; row: Uint8Array } | null = null
    const attempt = (line: number, from: number, to: number, value: 0 | 1): void => {
      const row = taken[line] as Uint8Array
      const before = row.slice()
      row.fill(value, from, to)
      const found = weigh()
      if (found.value > best.value + 1e-9) {
        best = found
        then = { line, row: row.slice() }
      }
      row.set(before)
    }
    for (const stretch of stretches) if (!isHeld(stretch)) for (const { line, from, to } of stretch.spans) attempt(line, from, to, 1)
    for (const { line, from, to } of runsOf(lines, taken))
      for (let at = from + 1; at <= to; at++) {
        attempt(line, from, at, 0)
        if (at < to) attempt(line, at, to, 0)
      }
    if (then === null) break
    const { line, row } = then as { line: number; row: Uint8Array }
    taken[line]?.set(row)
    current = best
  }
  const pieces = runsOf(lines, taken).map(({ line, from, to }): Piece => {
    const words = (lines[line] as SaidLine).words.slice(from, to)
    return { line, start: words[0]?.start as number, end: words.at(-1)?.end as number, words }
  })
  return { pieces, tightness: current.tightness }
}

/** Runs of taken words that no mark parts. */
function runsOf(lines: readonly SaidLine[], taken: readonly Uint8Array[]): { line: number; from: number; to: number }[] {
  return taken.flatMap((row, line) => {
    const runs: { line: number; from: number; to: number }[] = []
    for (let at = 0; at < row.length; at++) {
      if (!row[at]) continue
      const last = runs.at(-1)
      if (last !== undefined && last.to === at && isWithin(lines[line] as SaidLine, at)) last.to = at + 1
      else runs.push({ line, from: at, to: at + 1 })
    }
    return runs
  })
}

/** Units that the taken words need, with the blanks of Latin ones. */
function lengthOf(lines: readonly SaidLine[], taken: readonly Uint8Array[]): number {
  let length = 0
  let latin = false
  for (const [line, row] of taken.entries())
    for (let at = 0; at < row.length; at++) {
      if (!row[at]) continue
      const { words } = lines[line] as SaidLine
      const word = words[at] as ReadLine['words'][number]
      const joined = at > 0 && row[at - 1] === 1 && isWithin(lines[line] as SaidLine, at)
      length += word.end - word.start
      if (joined) length += word.start - (words[at - 1] as ReadLine['words'][number]).end
      else if (latin && word.tag === 'eng') length++
      latin = word.tag === 'eng'
    }
  return length
}

/** Of the carried pieces the one that names the thing: the customer's first name, else the first piece. */
export function chooseSubject(chosen: readonly Piece[], lines: readonly SaidLine[]): Piece[] {
  const named = chosen.filter((piece) => piece.words.some(({ kind }) => kind === 'name'))
  const own = named.filter((piece) => lines[piece.line]?.from === 'customer')
  const [subject] = [...own, ...named, ...chosen]
    .filter((piece, _, all) => piece.line === all[0]?.line)
    .sort((one, other) => one.start - other.start)
  return subject === undefined ? [] : [subject]
}
