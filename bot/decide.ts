import type { ConversationState, Evidence, MessageKind } from '../conversations/index.ts'
import { choiceKey } from './choice.ts'
import type { FileKind, Understanding } from './understand.ts'
import { BACK_TO_BOT, HUMAN, type PhraseName } from './wording.ts'

/** The table understanding × evidence → Reply; pure. */

export interface Found {
  readonly decision: 'answer' | 'ask' | 'none'
  readonly confidence: number
  /** Approved answers, best first; more than one when a burst held several questions. */
  readonly answers: readonly { readonly text: string; readonly evidence: Evidence }[]
  /** Questions of the candidates, at most 3. */
  readonly candidates: readonly string[]
  /** Questions of a burst that have no Answer beside others that have one, as the customer wrote them. */
  readonly missed: readonly string[]
}

export interface Reply {
  readonly kind: MessageKind
  /** A phrase of the bot, or the approved answers as they are. */
  readonly say: { readonly phrase: PhraseName } | { readonly answers: Found['answers']; readonly missed: Found['missed'] }
  readonly choices: readonly string[]
  readonly state: ConversationState
  readonly reason: string | null
  /** Turns in a row without an Answer, after this one. */
  readonly misses: number
  readonly decision: string
  /** True when the question belongs into the Gaps. */
  readonly gap: boolean
}

/** After this many Turns in a row without an Answer a human is offered. */
export const OFFER_AFTER = 2

const say = (over: Partial<Reply> & { phrase: PhraseName }): Reply => {
  const { phrase, ...rest } = over
  return {
    kind: 'courtesy',
    choices: [],
    state: 'bot',
    reason: null,
    misses: 0,
    decision: 'courtesy',
    gap: false,
    ...rest,
    say: { phrase },
  }
}

const COURTESY: Readonly<Record<NonNullable<Understanding['smallTalk']>, readonly [PhraseName, ...choices: string[]]>> = {
  greeting: ['greetBack'],
  opener: ['askAway'],
  thanks: ['thanksBack'],
  farewell: ['farewell'],
  acknowledgement: ['acknowledged'],
  praise: ['praised'],
  laughter: ['laughed'],
  emoji: ['emoji'],
  displeased: ['displeased', HUMAN],
  puzzled: ['puzzled', HUMAN],
  lost: ['puzzled', HUMAN],
  'are-you-a-bot': ['areYouABot', HUMAN],
  abuse: ['calm', HUMAN],
  'no-words': ['noWords'],
}

const FILES: Readonly<Record<FileKind, readonly [PhraseName, ...choices: string[]]>> = {
  picture: ['gotPicture', HUMAN],
  voice: ['gotVoice', HUMAN],
  video: ['gotVideo', HUMAN],
  file: ['gotFile', HUMAN],
  location: ['gotLocation', HUMAN],
  sticker: ['emoji'],
}

function forFiles(files: readonly FileKind[]): readonly [PhraseName, ...choices: string[]] {
  const [first, ...others] = files.filter((kind) => kind !== 'sticker')
  if (first === undefined) return FILES.sticker
  return others.length > 0 ? ['gotFiles', HUMAN] : FILES[first]
}

function forSmallTalk(understanding: Understanding, misses: number): readonly [PhraseName, ...choices: string[]] {
  const kind = understanding.smallTalk ?? 'no-words'
  if (kind === 'abuse' && understanding.abusedBefore) return ['stayCalm', HUMAN]
  // Who laughs after a miss laughs at it, and a question mark asks about what was just said; before that it says nothing.
  if (kind === 'laughter' && misses > 0) return ['laughedAt', HUMAN]
  if (kind === 'puzzled' && !understanding.answered && misses === 0) return COURTESY['no-words']
  return COURTESY[kind]
}

/** @param found null when nothing was looked up. */
export function decide(understanding: Understanding, found: Found | null, misses: number): Reply {
  if (understanding.wantsHuman)
    return say({
      phrase: understanding.contact === null ? 'handedOff' : 'handedOffReachable',
      kind: 'handoff',
      choices: [BACK_TO_BOT],
      state: 'queue',
      reason: 'asked for a human',
      decision: 'handoff',
    })
  const courtesy = ([phrase, ...choices]: readonly [PhraseName, ...choices: string[]]) => say({ phrase, choices, misses })
  if (understanding.declined !== null) {
    // What was missed before has its Gap already: "no" said to that is not the question asked once more.
    const gap = understanding.answered || understanding.offered.length > 0
    return say({ phrase: 'noneOfThese', choices: [HUMAN], misses: misses + 1, decision: 'none', gap })
  }
  if (found === null) {
    if (understanding.wantsBot) return courtesy(['backToBot'])
    return courtesy(understanding.onlyFiles ? forFiles(understanding.files) : forSmallTalk(understanding, misses))
  }
  if (found.decision === 'answer' && found.answers.length > 0)
    return {
      kind: 'answer',
      say: { answers: found.answers, missed: found.missed },
      choices: found.missed.length > 0 ? [HUMAN] : [],
      state: 'bot',
      reason: null,
      misses: 0,
      decision: 'answer',
      gap: false,
    }
  // Shouting is no question; it is met as abuse alone is.
  if (understanding.rude) return courtesy([understanding.abusedBefore ? 'stayCalm' : 'calm', HUMAN])

  const missed = misses + 1
  // One clarifying question a matter: whoever was asked and is still not understood is not asked again. Candidates none of which was
  // offered say that it is another matter now; but who has been asked twice is better served by a human.
  const offered = new Set(understanding.offered.map(choiceKey))
  const again = found.candidates.some((candidate) => offered.has(choiceKey(candidate)))
  if (found.decision === 'ask' && found.candidates.length > 0 && !again && missed <= OFFER_AFTER)
    return say({ phrase: 'whichOne', kind: 'ask', choices: [...found.candidates, HUMAN], misses: missed, decision: 'ask' })
  const phrase =
    understanding.offered.length > 0
      ? 'noneOfThese'
      : missed >= OFFER_AFTER
        ? 'offerHuman'
        : understanding.files.some((kind) => kind !== 'sticker')
          ? 'notFoundWithFiles'
          : 'notFound'
  return say({ phrase, choices: [HUMAN], misses: missed, decision: 'none', gap: true })
}

/**
 * A Message for somebody who waits in the queue: kept, acknowledged unless that was just said, or back to the bot. Null: nothing to
 * say.
 */
export function decideInQueue(understanding: Understanding, sinceLastWordMs: number | null): Reply | null {
  if (understanding.wantsBot) return say({ phrase: 'backToBot', decision: 'back-to-bot' })
  const quiet = sinceLastWordMs !== null && sinceLastWordMs < QUIET_MS
  // A way to reach the customer is always confirmed, and who asks how long it takes is told.
  if (quiet && !understanding.wantsHuman && !understanding.asksHowLong && understanding.contact !== 'new') return null
  return say({
    phrase: understanding.contact === null ? 'stillQueued' : 'stillQueuedReachable',
    kind: 'queue',
    choices: [BACK_TO_BOT],
    state: 'queue',
    decision: 'queue',
  })
}

/** How long one acknowledgement in the queue serves for the Messages after it. */
export const QUIET_MS = 60_000
