/** Small arithmetic of the bench. */

/** Nearest-rank percentile; `q` from 0 to 1. 0 for an empty list. */
export function percentile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(q * sorted.length) - 1))] ?? 0
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  return sorted.length % 2 === 1 ? (sorted[middle] ?? 0) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2
}

/** Milliseconds of a fixed loop: when it moves between two looks, somebody else had the processor and wall-clock figures are theirs too. */
export function calibrate(): number {
  const once = () => {
    const began = performance.now()
    let sum = 0
    for (let i = 0; i < 8_000_000; i++) sum = (sum * 31 + i) % 1_000_003
    return sum < 0 ? 0 : performance.now() - began
  }
  once()
  return Math.min(once(), once(), once())
}

/** Seeded random numbers in [0, 1): mulberry32, so that every run asks the same. */
export function createRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
