/** Conversations written like a play: who says what, and what the customer then sees. `stage.ts` performs them. */

export interface Shown {
  readonly kind: 'answer' | 'ask' | 'handoff' | 'courtesy' | 'queue'
  /** Words that must stand in it. */
  readonly has?: string | readonly string[]
  /** Words that must not. */
  readonly lacks?: string | readonly string[]
  /** Titles of the buttons, all of them, in order; not looked at when absent. */
  readonly buttons?: readonly string[]
  /** Articles it stands on. */
  readonly from?: readonly string[]
  /** Of replies to somebody who waits. */
  readonly queue?: { readonly place: number; readonly open: boolean; readonly opensAt: string | null }
}

export interface Standing {
  readonly state: 'none' | 'bot' | 'queue' | 'agent'
  readonly place: number | null
  readonly open: boolean
  readonly opensAt: string | null
}

export type Step =
  | { readonly does: 'says'; readonly texts: readonly string[] }
  | { readonly does: 'taps'; readonly title: string }
  | { readonly does: 'sends'; readonly contentType: string; readonly text: string }
  | { readonly does: 'rates'; readonly helpful: boolean }
  | { readonly does: 'signs in'; readonly as: string }
  | { readonly does: 'ends' }
  | { readonly does: 'bot'; readonly shown: Shown }
  | { readonly does: 'silence' }
  | { readonly does: 'somebody else waits' }
  | { readonly does: 'understood'; readonly question: RegExp }
  | { readonly does: 'gap'; readonly question: string; readonly reason: string | null }
  | { readonly does: 'belongs'; readonly to: RegExp }
  | { readonly does: 'stands'; readonly at: Standing }
  | { readonly does: 'rated'; readonly helpful: boolean }

/** One Message, or several in one breath. */
export const says = (...texts: string[]): Step => ({ does: 'says', texts })
/** A button that stands under the last words. */
export const taps = (title: string): Step => ({ does: 'taps', title })
export const sends = (contentType: string, text = ''): Step => ({ does: 'sends', contentType, text })
/** "Helpful" or not, under the last answer. */
export const rates = (helpful: boolean): Step => ({ does: 'rates', helpful })
export const signsIn = (as: string): Step => ({ does: 'signs in', as })
/** The Conversation is closed by the house. */
export const ends = (): Step => ({ does: 'ends' })
/** The next thing the bot says. */
export const bot = (kind: Shown['kind'], shown: Omit<Shown, 'kind'> = {}): Step => ({ does: 'bot', shown: { kind, ...shown } })
/** Everything said was taken, and nothing more was answered. */
export const silence = (): Step => ({ does: 'silence' })
export const somebodyElseWaits = (): Step => ({ does: 'somebody else waits' })
/** The question of the last Turn, as it was looked up. */
export const understood = (question: RegExp): Step => ({ does: 'understood', question })
/** @param reason null: there is no such Gap. */
export const gap = (question: string, reason: string | null): Step => ({ does: 'gap', question, reason })
export const belongs = (to: RegExp): Step => ({ does: 'belongs', to })
export const stands = (at: Standing): Step => ({ does: 'stands', at })
export const rated = (helpful: boolean): Step => ({ does: 'rated', helpful })

export interface Script {
  readonly title: string
  readonly script: '简' | '繁' | 'en'
  /** Of the client; the widget's own when absent. */
  readonly locale?: string
  /** The clock on the wall; a Tuesday, 10:00 in Shanghai, when absent. */
  readonly at?: string
  readonly steps: readonly Step[]
}
