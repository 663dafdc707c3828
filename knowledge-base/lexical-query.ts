/** A question as the index sees it. */
export interface LexicalQuery {
  /** Term ids, -1 for terms no Passage has. */
  ids: Int32Array
  /** Importance of each term, already times its count in the question. */
  weights: Float32Array
  counts: Float32Array
  terms: readonly string[]
  /** Sum of `weights` over words and pairs etc.: the mass of the question. */
  mass: number
  /** The score a Passage with exactly the question's terms gets. */
  ideal: number
  /** Euclidean length of the question's vector of weights. */
  norm: number
  /** Bit set of the ways it asks; 0 when none was recognised. */
  asking: number
}

/** How one Passage fits the question. */
export interface PassageFit {
  /** BM25 over the question's ideal score, 0 to 1. */
  ratio: number
  /** Cosine of the weighted terms, 0 to 1. */
  cosine: number
  /** Share of the question's mass that the Passage covers. */
  coverage: number
  /** Share of the Passage's mass that the question covers. */
  reverse: number
  /** 1 when both ask in a recognised way and not in the same one (how against why), else 0. */
  conflict: number
}
