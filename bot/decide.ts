import type { ConversationState, Evidence, MessageKind } from '../conversations/index.ts'
import type { Understanding } from './understand.ts'
import { BACK_TO_BOT, HUMAN, type PhraseName } from './wording.ts'

/** The table understanding × evidence → Reply; pure. */

export interface Found {
  readonly decision: 'answer' | 'ask' | 'none'
  readonly confidence: number
  /** Approved answers, best first; more than one when a burst held several questions. */
  readonly answers: readonly { readonly text: string; readonly evidence: Evidence }[]
  /** Questions of the candidates, at most 3. */
  readonly candidates: readonly string[]
}

export interface Reply {
  readonly kind: MessageKind
  /** A phrase of the bot, or the approved answers as they are. */
  readonly say: { readonly phrase: PhraseName } | { readonly answers: Found['answers'] }
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

const courtesy = (phrase: PhraseName, misses: number, choices: readonly string[] = []): Reply => ({
  kind: 'courtesy',
  say: { phrase },
  choices,
  state: 'bot',
  reason: null,
  misses,
  decision: 'courtesy',
  gap: false,
})

const SMALL_TALK: Readonly<Record<NonNullable<Understanding['smallTalk']>, PhraseName>> = {
  greeting: 'greetBack',
  opener: 'askAway',
  thanks: 'thanksBack',
  farewell: 'farewell',
  acknowledgement: 'acknowledged',
  'are-you-a-bot': 'areYouABot',
  abuse: 'calm',
  'no-words': 'noWords',
}

/** @param found null when nothing was looked up. */
export function decide(understanding: Understanding, found: Found | null, misses: number): Reply {
  if (understanding.wantsHuman)
    return {
      kind: 'handoff',
      say: { phrase: 'handedOff' },
      choices: [BACK_TO_BOT],
      state: 'queue',
      reason: 'asked for a human',
      misses: 0,
      decision: 'handoff',
      gap: false,
    }
  if (understanding.onlyFiles) return courtesy('cannotSee', misses, [HUMAN])
  if (found === null) {
    const kind = understanding.smallTalk ?? 'no-words'
    return courtesy(SMALL_TALK[kind], misses, kind === 'abuse' || kind === 'are-you-a-bot' ? [HUMAN] : [])
  }
  if (found.decision === 'answer' && found.answers.length > 0)
    return {
      kind: 'answer',
      say: { answers: found.answers },
      choices: [],
      state: 'bot',
      reason: null,
      misses: 0,
      decision: 'answer',
      gap: false,
    }

  const missed = misses + 1
  const ask = found.decision === 'ask' && found.candidates.length > 0
  return {
    kind: ask || missed >= OFFER_AFTER ? 'ask' : 'courtesy',
    say: { phrase: missed >= OFFER_AFTER && !ask ? 'offerHuman' : ask ? 'whichOne' : 'notFound' },
    choices: [...(ask ? found.candidates : []), HUMAN],
    state: 'bot',
    reason: null,
    misses: missed,
    decision: ask ? 'ask' : 'none',
    gap: !ask,
  }
}

/** A Message for somebody who waits in the queue: kept, acknowledged unless that was just said, or back to the bot. */
export function decideInQueue(understanding: Understanding, sinceLastWordMs: number | null): Reply | null {
  if (understanding.wantsBot)
    return {
      kind: 'courtesy',
      say: { phrase: 'backToBot' },
      choices: [],
      state: 'bot',
      reason: null,
      misses: 0,
      decision: 'back-to-bot',
      gap: false,
    }
  if (!understanding.wantsHuman && sinceLastWordMs !== null && sinceLastWordMs < QUIET_MS) return null
  return {
    kind: 'queue',
    say: { phrase: 'stillQueued' },
    choices: [BACK_TO_BOT],
    state: 'queue',
    reason: null,
    misses: 0,
    decision: 'queue',
    gap: false,
  }
}

/** How long one acknowledgement in the queue serves for the Messages after it. */
export const QUIET_MS = 60_000
