import type { Content } from '../language/index.ts'
import { missedSubject } from './guard.ts'
import type { LexicalIndex } from './lexical-index.ts'
import type { LexicalQuery } from './lexical-query.ts'
import type { Candidate } from './ranking.ts'

/*
 * How sure the first Hit is right: a logistic function of how well it fits, how far it is ahead and how much of the
 * question it leaves unexplained. The coefficients start from a prior and move with what the base says about itself
 * (maximum a posteriori under a Gaussian prior): a few samples move them little, a thousand decide.
 */

export const featureNames = [
  'one',
  'score',
  'margin',
  'coverage',
  'ratio',
  'reverse',
  'together',
  'vector',
  'unknown',
  'missed',
  'length',
  'crowd',
  'lead',
  'conflict',
  'subject',
] as const

/** Where `missedSubject` stands among the features. */
export const subjectFeature = featureNames.indexOf('subject')

/** Values in the order of `featureNames`. */
export type Features = readonly number[]

/** What a base knows about its own confidence. */
export interface Calibration {
  coefficients: readonly number[]
  /** From this confidence on the first Hit is the Answer. */
  answerFrom: number
  /** From this one on up to three candidates are offered. */
  askFrom: number
}

export interface Sample {
  features: Features
  /** Whether the first Hit was right. */
  right: boolean
  /** Whether the base holds the answer at all. */
  known: boolean
  /** Whether it would only be offered, however sure. */
  doubted: boolean
  /** How much the sample counts, > 0. */
  weight: number
}

// Set by hand: a question whose informative words are all in a wording that stands alone in front is answered, one with
// half of them is asked back. What little a small base says about itself moves it.
export const priorCalibration: Calibration = {
  coefficients: [-5.5, 4, 2, 1.5, 1.5, 1, 1, 0.5, -1.5, -1, 0.5, 1, 0.5, -0.5, 0],
  answerFrom: 0.5,
  askFrom: 0.25,
}

/** What a missed subject takes away in a base of one wording, and the number of wordings at which it is half of that. */
const missedSubjectCost = 4.5
const halfAt = 60

/**
 * The prior of a base by its number of wordings. In a small one the Article about 年假 is the nearest to 婚假, too, for want of one of
 * its own; the more wordings a base has, the surer a word that the first Hit lacks would have brought another one forward, and the
 * more the base itself says about what a missed word means.
 */
export function priorFor(wordings: number): Calibration {
  const coefficients = [...priorCalibration.coefficients]
  coefficients[subjectFeature] = -missedSubjectCost / (1 + (wordings / halfAt) ** 3)
  return { ...priorCalibration, coefficients }
}

/** Share of right ones among the answered questions of the base that answering aims at. */
const targetPrecision = 0.93
/** Share of questions outside the base that may be answered by mistake. */
const allowedUnknown = 0.12
/** An answer has to be about as likely right as wrong, and a base that is hard to itself may still answer what is clear. */
const lowestBar = 0.45
const highestBar = 0.8
/** Samples at which the base's own threshold weighs as much as the prior one. */
const evenAt = 80

/** To be alone says nothing about fitting: where nothing else was found, what compares with others takes middling values. */
const noRival = { margin: 0.25, crowd: 0.5, lead: 0 } as const

export function featuresOf(
  lexical: LexicalIndex,
  query: LexicalQuery,
  content: Content,
  ranked: readonly Candidate[],
  without?: ReadonlySet<number>,
): Features {
  const [first, second] = ranked as [Candidate, ...Candidate[]]
  const wordings = without === undefined ? first.entry.wordings : first.entry.wordings.filter((slot) => !without.has(slot))
  const margin = second === undefined ? noRival.margin : Math.min(1, (2 * (first.score - second.score)) / Math.max(first.score, 1e-6))
  return [
    1,
    first.score,
    margin,
    first.coverage,
    first.ratio,
    first.reverse,
    first.together,
    first.vector,
    lexical.unknown(query),
    lexical.heaviestMissed(query, wordings),
    Math.min(1, Math.log1p(query.mass) / 3),
    crowdOf(ranked),
    leadOf(ranked),
    first.conflict,
    missedSubject(lexical, content, wordings),
  ]
}

/** The first Hit's share among all candidates when scores are odds: near 1 alone in front, near 0 in a crowd. */
function crowdOf(ranked: readonly Candidate[]): number {
  if (ranked.length < 2) return noRival.crowd
  const top = ranked[0]?.score ?? 0
  let total = 0
  for (const { score } of ranked) total += Math.exp(25 * (score - top))
  return total > 0 ? 1 / total : 0
}

/** How much more of the question the first Hit explains than any of the next five, -1 to 1. */
function leadOf(ranked: readonly Candidate[]): number {
  const [first, ...others] = ranked
  if (first === undefined || others.length === 0) return noRival.lead
  const rival = Math.max(...others.slice(0, 5).map(({ together }) => together))
  return Math.max(-1, Math.min(1, 2 * (first.together - rival)))
}

/** Probability that the first Hit is right, 0 to 1. */
export function confidenceOf(features: Features, { coefficients }: Calibration): number {
  let sum = 0
  for (let i = 0; i < features.length; i++) sum += (features[i] as number) * (coefficients[i] ?? 0)
  return 1 / (1 + Math.exp(-sum))
}

/** Fits the coefficients by iteratively reweighted least squares around the prior and picks the thresholds from the samples. */
export function calibrate(samples: readonly Sample[], prior: Calibration = priorCalibration, pull = 2): Calibration {
  if (samples.length === 0) return prior
  const size = featureNames.length
  // Fourteen coefficients learn little from ten samples: the fewer, the stronger the pull to the prior.
  const tie = pull * (1 + evenAt / samples.length)
  let coefficients = [...prior.coefficients]
  const loss = (tried: readonly number[]): number => {
    let sum = 0
    for (let i = 0; i < size; i++) sum += (tie / 2) * ((tried[i] as number) - (prior.coefficients[i] as number)) ** 2
    for (const { features, right, weight } of samples) {
      const sure = confidenceOf(features, { ...prior, coefficients: tried })
      sum -= weight * Math.log(Math.max(1e-12, right ? sure : 1 - sure))
    }
    return sum
  }
  for (let round = 0; round < 12; round++) {
    const gradient = new Array<number>(size).fill(0)
    const hessian = Array.from({ length: size }, () => new Array<number>(size).fill(0))
    for (const { features, right, weight } of samples) {
      const sure = confidenceOf(features, { ...prior, coefficients })
      const error = weight * ((right ? 1 : 0) - sure)
      const curve = weight * Math.max(1e-6, sure * (1 - sure))
      for (let i = 0; i < size; i++) {
        gradient[i] = (gradient[i] as number) + error * (features[i] as number)
        const row = hessian[i] as number[]
        for (let j = 0; j < size; j++) row[j] = (row[j] as number) + curve * (features[i] as number) * (features[j] as number)
      }
    }
    for (let i = 0; i < size; i++) {
      gradient[i] = (gradient[i] as number) - tie * ((coefficients[i] as number) - (prior.coefficients[i] as number))
      const row = hessian[i] as number[]
      row[i] = (row[i] as number) + tie
    }
    const step = solve(hessian, gradient)
    // A whole Newton step may overshoot where the prior is far off; half of it, or less, never does.
    const before = loss(coefficients)
    let length = 1
    const at = (share: number): number[] => coefficients.map((value, i) => value + share * (step[i] as number))
    while (length > 1e-3 && !(loss(at(length)) <= before)) length /= 2
    coefficients = at(length)
    if (step.every((value) => Math.abs(value) < 1e-5)) break
  }
  const fitted: Calibration = { ...prior, coefficients }
  const own = thresholdFor(samples, fitted)
  const share = samples.length / (samples.length + evenAt)
  const answerFrom = Math.min(highestBar, Math.max(lowestBar, share * own + (1 - share) * prior.answerFrom))
  return { coefficients, answerFrom, askFrom: Math.min(prior.askFrom, answerFrom / 2) }
}

/**
 * The lowest confidence at which two things hold: the share of right ones among answered questions of the base is the
 * target, and no more than the allowed share of questions that it cannot answer is answered.
 */
function thresholdFor(samples: readonly Sample[], calibration: Calibration): number {
  const judged = samples.map((sample) => ({ ...sample, sure: confidenceOf(sample.features, calibration) }))
  return Math.max(precise(judged.filter(({ known, doubted }) => known && !doubted)), strict(judged.filter(({ known }) => !known)))
}

interface Judged extends Sample {
  sure: number
}

function precise(judged: readonly Judged[]): number {
  let right = 0
  let all = 0
  let threshold = 1
  for (const { sure, right: isRight, weight } of judged.toSorted((one, other) => other.sure - one.sure)) {
    all += weight
    if (isRight) right += weight
    if (right / all >= targetPrecision) threshold = sure
  }
  return threshold
}

function strict(judged: readonly Judged[]): number {
  const total = judged.reduce((sum, { weight }) => sum + weight, 0)
  let answered = 0
  for (const { sure, weight, doubted } of judged.toSorted((one, other) => other.sure - one.sure)) {
    if (doubted) continue
    answered += weight
    if (answered > total * allowedUnknown) return sure
  }
  return 0
}

/** Gaussian elimination with pivoting; the matrix is positive definite by the prior's pull. */
function solve(matrix: number[][], values: number[]): number[] {
  const size = values.length
  const rows = matrix.map((row, i) => [...row, values[i] as number])
  for (let at = 0; at < size; at++) {
    let pivot = at
    for (let row = at + 1; row < size; row++) {
      if (Math.abs(rows[row]?.[at] as number) > Math.abs(rows[pivot]?.[at] as number)) pivot = row
    }
    const chosen = rows[pivot] as number[]
    rows[pivot] = rows[at] as number[]
    rows[at] = chosen
    for (let row = at + 1; row < size; row++) {
      const target = rows[row] as number[]
      const factor = (target[at] as number) / (chosen[at] as number)
      for (let column = at; column <= size; column++) target[column] = (target[column] as number) - factor * (chosen[column] as number)
    }
  }
  const result = new Array<number>(size).fill(0)
  for (let row = size - 1; row >= 0; row--) {
    const own = rows[row] as number[]
    let sum = own[size] as number
    for (let column = row + 1; column < size; column++) sum -= (own[column] as number) * (result[column] as number)
    result[row] = sum / (own[row] as number)
  }
  return result
}
