import { choosePieces, chooseSubject, type ScoredStretch } from './follow-up-choice.ts'
import { readFacts, type SaidLine } from './follow-up-facts.ts'
import { featuresOfStretch, readScene } from './follow-up-features.ts'
import { leaningOf } from './follow-up-leaning.ts'
import { readLine } from './follow-up-reading.ts'
import { readStretches } from './follow-up-spans.ts'
import { probabilityOf } from './follow-up-trees.ts'
import { choiceWeights, stretchTrees } from './follow-up-weights.ts'
import { composePieces, composeQuestion } from './follow-up-wording.ts'
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
export const LEANS_FROM = 0.5
/** A line of the customer's below this one began a new topic. */
const NEW_TOPIC_BELOW = 0.25

const thanks = /谢谢|謝謝|谢了|多谢|感谢|thank/i
/** Taking leave, and talk about nothing. */
const farewell =
  /先[这這][样樣]|回[头頭]再|没事了|沒事了|不用了|不[问問]了|[您你]忙|辛苦|回[见見]|再[见見]|拜拜|[你您]真?好(?:可爱|厉害|棒)|天[气氣]真?|今天好[热冷]|\b(?:bye|that's all|that is all|nothing else|have a (?:good|nice)|helpful|good night)\b/iu
const question = /[吗嗎么麼呢?？怎多几幾哪]|\b(?:how|what|when|where|which|who|can|do|is)\b/i
const loneSurrogates = /[\ud800-\udfff]/gu

/**
 * The standalone question behind a short one: what it leans on in the history (topic, and the fact it points to) and its own
 * words. By rules and two small sums of trees; no network, no clock, the same for the same input. A text with its own topic,
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
  const facts = readFacts(topic, read)
  const scene = readScene(facts, topic, read)
  const stretches = readStretches(facts, topic, read).map(
    (stretch): ScoredStretch => ({ ...stretch, p: probabilityOf(stretchTrees, featuresOfStretch(stretch, scene)) }),
  )
  const { pieces, tightness } = choosePieces(stretches, scene, choiceWeights)
  if (pieces.length === 0) return alone
  const subject = chooseSubject(pieces, topic)
  return {
    question: composeQuestion(pieces, topic, read, tightness).replace(loneSurrogates, ''),
    leans: true,
    brief: composeQuestion(subject, topic, read, 0).replace(loneSurrogates, ''),
    subject: composePieces(subject, topic),
  }
}

/** Courtesy, leave-taking and the wish for a person lean on nothing. */
export function standsByKind(text: string): boolean {
  const { kind, wantsHuman, wantsBot } = readSmallTalk(text)
  return kind !== null || wantsHuman || wantsBot || ((thanks.test(text) || farewell.test(text)) && !question.test(text))
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
