/** Small seeded random numbers (mulberry32), so that a failing run can be repeated from its printed seed. */
export interface Random {
  readonly seed: number
  /** 0 ≤ x < 1. */
  next(): number
  /** Whole number, 0 ≤ x < `below`. */
  below(below: number): number
  pick<T>(from: readonly T[]): T
  shuffle<T>(list: readonly T[]): T[]
}

export function createRandom(seed: number = Math.floor(Math.random() * 2 ** 32)): Random {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const below = (limit: number) => Math.floor(next() * limit)
  return {
    seed,
    next,
    below,
    pick<T>(from: readonly T[]): T {
      if (from.length === 0) throw new Error('nothing to pick from')
      return from[below(from.length)] as T
    },
    shuffle(list) {
      const copy = [...list]
      for (let place = copy.length - 1; place > 0; place--) {
        const other = below(place + 1)
        const held = copy[place] as (typeof copy)[number]
        copy[place] = copy[other] as (typeof copy)[number]
        copy[other] = held
      }
      return copy
    },
  }
}

/** The value below which the given share of the sorted values lies (nearest rank); 0 for none. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0
}
