import type { Sample } from './follow-up-trees.ts'

/** Weighted least squares with `ridge` on every weight, by Gauss-Jordan elimination. */
export function fitLeastSquares(samples: readonly Sample[], ridge: number): number[] {
  const width = samples[0]?.x.length ?? 0
  const product = (i: number, of: (sample: Sample) => number): number =>
    samples.reduce((sum, sample) => sum + sample.weight * (sample.x[i] as number) * of(sample), 0)
  const rows = Array.from({ length: width }, (_, i) => [
    ...Array.from({ length: width }, (_, j) => product(i, ({ x }) => x[j] as number) + (i === j ? ridge : 0)),
    product(i, ({ y }) => y),
  ])
  for (let i = 0; i < width; i++) {
    const pivot = rows[i] as number[]
    const by = pivot[i] as number
    for (let j = 0; j <= width; j++) pivot[j] = (pivot[j] as number) / by
    for (const row of rows) {
      const times = row[i] as number
      if (row === pivot || times === 0) continue
      for (let j = 0; j <= width; j++) row[j] = (row[j] as number) - times * (pivot[j] as number)
    }
  }
  return rows.map((row) => row[width] as number)
}
