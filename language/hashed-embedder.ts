import type { InstantEmbedder } from './embedder.ts'
import { hashText } from './general-idf.ts'
import { readTerms, type TermKind } from './terms.ts'

/*
 * Signed feature hashing (Weinberger et al. 2009): every term adds ± its weight to a few of the 256 places, so the dot
 * product of two texts estimates the weighted overlap of their terms. It knows no meaning beyond words, letters and synonym
 * groups; it exists so that the whole vector path runs with no key and no download.
 */

const dimensions = 256
const placesPerTerm = 2
const weightOfKind: Record<TermKind, number> = { word: 1, pair: 0.8, char: 0.5, part: 0.4, meaning: 0.9 }

function embedNow(text: string): Float32Array {
  const vector = new Float32Array(dimensions)
  for (const { term, kind, count, generalIdf } of readTerms(text)) {
    const weight = weightOfKind[kind] * generalIdf * Math.sqrt(count)
    for (let place = 0; place < placesPerTerm; place++) {
      const hash = hashText(term, 0x811c9dc5 + place * 0x9e3779b9)
      const at = hash & (dimensions - 1)
      vector[at] = (vector[at] as number) + (hash & 0x10000 ? weight : -weight)
    }
  }
  let square = 0
  for (const value of vector) square += value * value
  if (square < 1e-12) {
    // A text without terms (or whose terms cancelled out) still has a direction, so that length 1 holds for every text.
    vector.fill(0)
    vector[0] = 1
    return vector
  }
  const length = Math.sqrt(square)
  for (let i = 0; i < dimensions; i++) vector[i] = (vector[i] as number) / length
  return vector
}

/** The built-in embedder without a model: deterministic, no file, no network. */
export function createHashedEmbedder(): InstantEmbedder {
  return {
    id: 'zhike-hashed-1',
    dimensions,
    embedNow,
    embedQuery: async (text) => Array.from(embedNow(text)),
    embedDocuments: async (texts) => texts.map((text) => Array.from(embedNow(text))),
  }
}
