/*
 * A classifier over the base's own wordings: for each Article a weight for each of its terms, trained so that its
 * wordings score higher for it than for the Articles that look most like it. It learns what centroids cannot: that in
 * this base a word that half of the Articles share tells nothing, and one that sets two of them apart tells everything. An Article that came after the training has no weights yet and is scored without.
 */

/** A wording as a sparse vector of unit length, with the Article it belongs to. */
interface Example {
  article: number
  ids: Int32Array
  values: Float32Array
}

export interface IntentClassifier {
  /** The terms an Article may use, with the values it starts from. */
  begin(article: number, ids: Int32Array, values: Float32Array): void
  /** One step of softmax regression on an example against its rivals. */
  learn(example: Example, rivals: readonly number[], rate: number): void
  /** Terms got new numbers: the number by the old one, -1 for a term that is gone. */
  renumber(numbers: Int32Array): void
  /** Drops what was learnt about an Article. */
  forget(article: number): void
  /** The score of an Article for a loaded question (dense, by term id), or null before it was trained. About -1 to 2. */
  score(article: number, loaded: Float32Array): number | null
}

interface Weights {
  ids: Int32Array
  values: Float32Array
}

const sharpness = 8

export function createIntentClassifier(): IntentClassifier {
  const known = new Map<number, Weights>()
  let dense = new Float32Array(1024)

  function dot(weights: Weights, vector: Float32Array): number {
    let sum = 0
    const { ids, values } = weights
    for (let i = 0; i < ids.length; i++) sum += (values[i] as number) * (vector[ids[i] as number] ?? 0)
    return sum
  }

  return {
    begin: (article, ids, values) => void known.set(article, { ids, values }),
    renumber(numbers) {
      for (const [article, { ids, values }] of known) {
        const kept = Array.from(ids.keys()).filter((at) => (numbers[ids[at] as number] ?? -1) >= 0)
        known.set(article, {
          ids: Int32Array.from(kept, (at) => numbers[ids[at] as number] as number),
          values: Float32Array.from(kept, (at) => values[at] as number),
        })
      }
    },
    forget: (article) => void known.delete(article),
    score(article, loaded) {
      const weights = known.get(article)
      return weights === undefined ? null : dot(weights, loaded)
    },
    learn(example, rivals, rate) {
      const own = known.get(example.article)
      if (own === undefined) return
      const highest = example.ids.reduce((most, id) => Math.max(most, id), 0)
      if (highest >= dense.length) dense = new Float32Array(Math.max(dense.length * 2, highest + 1))
      for (let i = 0; i < example.ids.length; i++) dense[example.ids[i] as number] = example.values[i] as number
      const contenders = [own]
      for (const rival of rivals) {
        const weights = known.get(rival)
        if (weights !== undefined && rival !== example.article) contenders.push(weights)
      }
      const logits = contenders.map((weights) => sharpness * dot(weights, dense))
      const top = Math.max(...logits)
      const powers = logits.map((logit) => Math.exp(logit - top))
      const total = powers.reduce((sum, power) => sum + power, 0)
      for (const [i, weights] of contenders.entries()) {
        const step = rate * ((i === 0 ? 1 : 0) - (powers[i] as number) / total)
        if (Math.abs(step) < 1e-4) continue
        for (let at = 0; at < weights.ids.length; at++) {
          const value = dense[weights.ids[at] as number] ?? 0
          if (value !== 0) weights.values[at] = (weights.values[at] as number) + step * value
        }
      }
      for (const id of example.ids) dense[id] = 0
    },
  }
}
