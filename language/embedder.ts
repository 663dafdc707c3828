import type { EmbeddingsInterface } from '@langchain/core/embeddings'

/**
 * What turns a text into a vector: the LangChain `Embeddings` methods plus what a store has to remember about them.
 * Contract, checked for every implementation by `tests/contract/embedder.ts`:
 *  - every vector has `dimensions` finite numbers and Euclidean length 1 (any text, the empty one included);
 *  - the same text gives the same vector, alone or in a batch, and a batch keeps its order;
 *  - texts of one meaning lie closer (larger dot product) than texts that share nothing.
 * A remote embedder throws ZhikeError `unavailable` when the endpoint does not answer in time or answers nonsense.
 */
export interface Embedder extends EmbeddingsInterface {
  /** Model and version, 1 to 100 characters. Vectors of different ids are never compared. */
  readonly id: string
  /** Length of every vector. */
  readonly dimensions: number
}

/** An embedder that answers at once, in process: what a search may call in its own time slice. */
export interface InstantEmbedder extends Embedder {
  /** The vector of a text, unit length. Synchronous, about 0.1 ms. */
  embedNow(text: string): Float32Array
}
