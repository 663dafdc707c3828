import type { Trees } from '../language/follow-up-trees.ts'

/*
 * Gradient boosting for bench/follow-up-fit.ts: small regression trees on the slope of the logistic loss, with Newton leaves
 * (Friedman 2001; Chen and Guestrin 2016 for the gain). Thresholds are taken from at most BINS quantiles of each value. Nothing is
 * drawn by chance: the same rows give the same trees.
 */

export interface Sample {
  readonly x: readonly number[]
  /** 0 or 1. */
  readonly y: number
  readonly weight: number
}

export interface Boosting {
  readonly rounds: number
  readonly depth: number
  /** Share of each tree's step that is taken. */
  readonly rate: number
  /** Added to the curvature of every leaf. */
  readonly ridge: number
  /** Least curvature on either side of a split. */
  readonly least: number
  /** Share of the values that a tree may split on. */
  readonly values: number
  /** Share of the samples that a tree is grown on. */
  readonly samples: number
}

const BINS = 24

interface Binned {
  readonly edges: readonly (readonly number[])[]
  readonly bins: readonly Uint8Array[]
}

function bin(samples: readonly Sample[]): Binned {
  const width = samples[0]?.x.length ?? 0
  const edges: number[][] = []
  const bins: Uint8Array[] = []
  for (let i = 0; i < width; i++) {
    const values = samples.map(({ x }) => x[i] as number).sort((one, other) => one - other)
    const distinct = [...new Set(values)]
    const cuts =
      distinct.length <= BINS
        ? distinct
        : Array.from({ length: BINS }, (_, at) => values[Math.floor((at * values.length) / BINS)] as number)
    // A value is above an edge or not; edges lie midway, so that rounding of the table moves no sample.
    const own = [...new Set(cuts)].slice(0, -1).map((cut) => {
      const next = distinct[distinct.indexOf(cut) + 1] ?? cut
      return Number(((cut + next) / 2).toFixed(3))
    })
    edges.push(own)
    bins.push(Uint8Array.from(samples, ({ x }) => own.filter((edge) => (x[i] as number) > edge).length))
  }
  return { edges, bins }
}

/** A number from 0 to 1 that depends on nothing but its arguments. */
function draw(one: number, other: number, salt: number): number {
  let hash = Math.imul(one + 1, 0x9e3779b1) ^ Math.imul(other + 1, 0x85ebca6b) ^ Math.imul(salt, 0xc2b2ae35)
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d)
  hash = Math.imul(hash ^ (hash >>> 12), 0x297a2d39)
  return ((hash ^ (hash >>> 15)) >>> 0) / 2 ** 32
}

/** Fits the sum of `rounds` trees; its logistic is the probability of y = 1. */
export function fitTrees(samples: readonly Sample[], { rounds, depth, rate, ridge, least, values, samples: portion }: Boosting): Trees {
  const { edges, bins } = bin(samples)
  const total = samples.reduce((sum, { weight }) => sum + weight, 0)
  const mean = samples.reduce((sum, { y, weight }) => sum + y * weight, 0) / Math.max(1, total)
  const start = Math.log(mean / (1 - mean))
  const scores = new Float64Array(samples.length).fill(start)
  const slope = new Float64Array(samples.length)
  const curve = new Float64Array(samples.length)
  const nodes: number[] = []
  const grow = (rows: Uint32Array, left: number): void => {
    let [sumSlope, sumCurve] = [0, 0]
    for (const row of rows) {
      sumSlope += slope[row] as number
      sumCurve += curve[row] as number
    }
    const split = left > 0 ? bestSplit(rows, sumSlope, sumCurve) : null
    if (split === null) {
      nodes.push(-1, Number(((rate * sumSlope) / (sumCurve + ridge)).toFixed(3)), 0)
      return
    }
    const [feature, edge] = split
    const own = bins[feature] as Uint8Array
    const at = nodes.length
    nodes.push(feature, edges[feature]?.[edge] as number, 0)
    grow(
      rows.filter((row) => (own[row] as number) <= edge),
      left - 1,
    )
    nodes[at + 2] = nodes.length / 3
    grow(
      rows.filter((row) => (own[row] as number) > edge),
      left - 1,
    )
  }
  const bestSplit = (rows: Uint32Array, sumSlope: number, sumCurve: number): [number, number] | null => {
    let best: [number, number] | null = null
    let gain = 1e-3
    const slopes = new Float64Array(BINS + 1)
    const curves = new Float64Array(BINS + 1)
    for (const [feature, own] of bins.entries()) {
      if (draw(feature, roots.length, 7) >= values) continue
      const cuts = edges[feature]?.length ?? 0
      if (cuts === 0) continue
      slopes.fill(0)
      curves.fill(0)
      for (const row of rows) {
        const at = own[row] as number
        slopes[at] = (slopes[at] as number) + (slope[row] as number)
        curves[at] = (curves[at] as number) + (curve[row] as number)
      }
      let [below, under] = [0, 0]
      for (let edge = 0; edge < cuts; edge++) {
        below += slopes[edge] as number
        under += curves[edge] as number
        if (under < least || sumCurve - under < least) continue
        const found =
          below ** 2 / (under + ridge) + (sumSlope - below) ** 2 / (sumCurve - under + ridge) - sumSlope ** 2 / (sumCurve + ridge)
        if (found > gain) {
          gain = found
          best = [feature, edge]
        }
      }
    }
    return best
  }
  const roots: number[] = []
  const all = Uint32Array.from(samples.keys())
  const step = (row: number, root: number): number => {
    let at = root
    while ((nodes[at * 3] as number) >= 0) {
      const feature = nodes[at * 3] as number
      at = (samples[row]?.x[feature] as number) > (nodes[at * 3 + 1] as number) ? (nodes[at * 3 + 2] as number) : at + 1
    }
    return nodes[at * 3 + 1] as number
  }
  for (let round = 0; round < rounds; round++) {
    for (const [row, { y, weight }] of samples.entries()) {
      const p = 1 / (1 + Math.exp(-(scores[row] as number)))
      slope[row] = weight * (y - p)
      curve[row] = weight * p * (1 - p)
    }
    roots.push(nodes.length / 3)
    const root = roots.at(-1) as number
    grow(
      all.filter((row) => draw(row, round, 3) < portion),
      depth,
    )
    for (const row of all) scores[row] = (scores[row] as number) + step(row, root)
  }
  return { start: Number(start.toFixed(3)), roots, nodes }
}
