import type { TurnMessage } from '../conversations/index.ts'
import { readSmallTalk } from '../language/index.ts'

/** What a question is read with: the matter of the talk so far, without its manners; pure. */

export interface Said {
  readonly from: 'customer' | 'bot'
  readonly text: string
}

/** Newest lines that are kept, each cut to so many characters. */
export const MAX_HISTORY = 8
const MAX_REMEMBERED = 500

/** The bot's own phrases are no matter of the talk, nor are thanks and greetings; Agents speak of what the bot does not know. */
function isMatter({ from, text, kind }: TurnMessage): boolean {
  if (text.trim() === '') return false
  if (from === 'bot') return kind === 'answer'
  if (from !== 'customer') return false
  const talk = readSmallTalk(text)
  return talk.kind === null && !talk.wantsHuman && !talk.wantsBot
}

/** @param history of one Conversation, oldest first; so is what comes back. */
export function recall(history: readonly TurnMessage[]): Said[] {
  const said: Said[] = []
  for (let at = history.length - 1; at >= 0 && said.length < MAX_HISTORY; at--) {
    const message = history[at]
    if (!message || !isMatter(message)) continue
    said.unshift({ from: message.from === 'bot' ? 'bot' : 'customer', text: message.text.slice(0, MAX_REMEMBERED).toWellFormed() })
  }
  return said
}

/** Words that point back: "那运费呢", "还有别的颜色吗", "它防水吗", "what about the other one". */
const POINTS_BACK =
  /^(?:那|还有|另外|这|它|其)|(?:上面|下面|前面|刚才|这个|那个|这款|那款|它|其他|别的)|呢[?？。！!\s]*$|^(?:and|but|so|then)\b|\b(?:what|how) about\b|\b(?:it|its|that|this|those|these|them|other|else)\b/i

/** A longer question says what it is about, whatever else it points to: "请问净水器买这个给几分积分". */
const MAX_POINTING = 12

/** Whether a question says by its own words that it goes on with what was said, and is too short to stand without it. */
export function pointsBack(question: string): boolean {
  const text = question.trim()
  return POINTS_BACK.test(text) && text.length <= (/\p{Script=Han}/u.test(text) ? MAX_POINTING : 4 * MAX_POINTING)
}
