/** What reads text: text in, facts out. No key, no network, no clock. */

export type { Embedder, InstantEmbedder } from './embedder.ts'
export { fillerPhrases } from './fillers.ts'
export { createHashedEmbedder } from './hashed-embedder.ts'
export { normalise, wordingKey } from './normalise.ts'
export { type Script, scriptOf, toTraditional } from './script.ts'
export { cutWords as segmentWords } from './segment.ts'
export { readSmallTalk, type SmallTalk } from './small-talk.ts'
export { readTerms, type Term, type TermKind } from './terms.ts'
