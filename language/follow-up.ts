import { chooseFacts, chooseSubject } from './follow-up-choice.ts'
import { readFacts, type SaidLine } from './follow-up-facts.ts'
import { leaningOf } from './follow-up-leaning.ts'
import { readLine } from './follow-up-reading.ts'
import { composeFacts, composeQuestion } from './follow-up-wording.ts'
import { readSmallTalk } from './small-talk.ts'

/** One line of a dialogue. */
export interface Said {
  readonly from: 'customer' | 'bot'
  readonly text: string
}

export interface FollowUp {
  /** The question as it stands alone; the text itself, trimmed, when it leans on nothing. */
  readonly question: string
  /** Whether something was carried over from what was said before. */
  readonly leans: boolean
  /** The same with the mere subject carried; equals `question` when nothing is. */
  readonly brief: string
  /** What the talk is about, in the words it was named by; empty when nothing is carried. */
  readonly subject: string
}

/** Newest lines that are read; what lies further back is another matter. */
const LINES = 10
/** Units of a line that are read: the subject of a long answer stands at its beginning. */
const READ = { customer: 120, bot: 240 } as const
/** A text longer than this explains itself. */
const LONGEST_TEXT = 60
/** From this probability on a text leans on the lines before it. */
const LEANS_FROM = 0.5
/** A line of the customer's below this one began a new topic. */
const NEW_TOPIC_BELOW = 0.25

const thanks = /谢谢|謝謝|谢了|多谢|感谢|thank/i
const question = /[吗嗎么麼呢?？怎多几幾哪]|\b(?:how|what|when|where|which|who|can|do|is)\b/i
const loneSurrogates = /[\ud800-\udfff]/gu

/**
 * The standalone question behind a short one: what it leans on in the history (topic, and the fact it points to) and its own
 * words. By rules and two small logistic models; no network, no clock, the same for the same input. A text with its own topic,
 * courtesy and the wish for a person come back as they are, trimmed. Total over every string.
 *
 * @param history what was said before in the same Conversation, oldest first
 */
export function resolveFollowUp(text: string, history: readonly Said[]): FollowUp {
  const asked = text.trim()
  const alone: FollowUp = { question: asked, leans: false, brief: asked, subject: '' }
  if (history.length === 0 || asked === '' || asked.length > LONGEST_TEXT || standsByKind(asked)) return alone
  const lines = history.slice(-LINES).flatMap(({ from, text }): SaidLine[] => {
    const line = readLine(text.trim(), READ[from])
    return line.words.length === 0 ? [] : [{ ...line, from }]
  })
  const read = readLine(asked, LONGEST_TEXT)
  if (lines.length === 0 || leaningOf(read, lines) < LEANS_FROM) return alone
  const topic = lines.slice(beginningOfTopic(lines))
  const chosen = chooseFacts(readFacts(topic, read), topic, read)
  if (chosen.length === 0) return alone
  const subject = chooseSubject(chosen, topic)
  return {
    question: composeQuestion(chosen, topic, read).replace(loneSurrogates, ''),
    leans: true,
    brief: composeQuestion(subject, topic, read).replace(loneSurrogates, ''),
    subject: composeFacts(subject, topic),
  }
}

function standsByKind(text: string): boolean {
  const { kind, wantsHuman, wantsBot } = readSmallTalk(text)
  return kind !== null || wantsHuman || wantsBot || (thanks.test(text) && !question.test(text))
}

/** Index of the customer's line that opened the topic the newest lines are about. */
function beginningOfTopic(lines: readonly SaidLine[]): number {
  for (let at = lines.length - 1; at > 0; at--) {
    const line = lines[at] as SaidLine
    // A line that nobody answered yet, or that answers the bot, goes on with the topic.
    if (line.from === 'customer' && lines[at + 1]?.from === 'bot' && leaningOf(line, lines.slice(0, at)) < NEW_TOPIC_BELOW) return at
  }
  return 0
}
