/** What reads text: text in, facts out. No key, no network, no clock. */

export { type Content, type ContentWord, readContent } from './content-words.ts'
export type { Embedder, InstantEmbedder } from './embedder.ts'
export { fillerPhrases } from './fillers.ts'
export { createHashedEmbedder } from './hashed-embedder.ts'
export { normalise } from './normalise.ts'
export { type Script, scriptOf, toTraditional } from './script.ts'
export { cutWords as segmentWords } from './segment.ts'
export { readSmallTalk, type SmallTalk } from './small-talk.ts'
export { areOpposed, readStance, type Stance } from './stance.ts'
export { readTerms, type Term, type TermKind } from './terms.ts'
