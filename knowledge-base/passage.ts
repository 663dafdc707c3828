/** Question, alternative wording or answer text of an Article. */
export type PassageKind = 'question' | 'similar' | 'answer'

/** The searchable piece of an Article. */
export interface SearchPassage {
  passageId: string
  articleId: string
  articleVersion: number
  kind: PassageKind
  text: string
  /** As the index's embedder made it, unit length or int8; null or another length: found by its terms only. */
  vector: Float32Array | Int8Array | null
}

/** One version of an Article as the search holds it: the unit of upsert. */
export interface SearchArticle {
  articleId: string
  version: number
  question: string
  /** Names of the Tiers it is for; empty means all. A restricted Article is not found without a matching Tier. */
  tiers: string[]
  /** Channels it is for; empty means all. A restricted Article is not found without a matching Channel. */
  channels: string[]
  /** First moment it may be found. */
  validFrom: Date | null
  /** First moment it may no longer be found. */
  validTo: Date | null
  passages: SearchPassage[]
}
