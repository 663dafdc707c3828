/** What reads text: text in, facts out. No key, no network, no clock. */

export { type Content, type ContentWord, readContent } from './content-words.ts'
export type { Embedder, InstantEmbedder } from './embedder.ts'
export { fillerPhrases } from './fillers.ts'
export { type FollowUp, resolveFollowUp, type Said } from './follow-up.ts'
export { createHashedEmbedder } from './hashed-embedder.ts'
export { normalise } from './normalise.ts'
export { isSharedSpelling, type Script, scriptOf, toTraditional } from './script.ts'
export { cutWords as segmentWords } from './segment.ts'
export { readSmallTalk, type SmallTalk, type SmallTalkKind } from './small-talk.ts'
export { areOpposed, readStance, type Stance } from './stance.ts'
export { readTerms, type Term, type TermKind } from './terms.ts'
