import type { Chat } from '../chat.ts'
import type { Words } from '../words.ts'

/** What every part of the view may read and do. */
export interface View {
  readonly chat: Chat
  readonly words: Words
  /** Origin of the house. */
  readonly house: string
  /** A page of its own, not a panel over somebody else's. */
  readonly page: boolean
  /** Covers the whole screen, so that nothing behind it can be reached. */
  full: boolean
  /** Chosen, not yet sent. */
  files: File[]
  /** Why files were not taken; '' when all were. */
  warning: string
  /** The newest Message is in view. */
  atEnd: boolean
  /** Messages that came while it was not. */
  below: number
  redraw(): void
  close(): void
  /** Brings the newest Message into view. */
  toEnd(): void
}
