import { type Claim, type Conversations, LEASE_SECONDS, type Utterance, type WorkKind } from '../conversations/index.ts'
import type { KnowledgeBase } from '../knowledge-base/index.ts'
import { toTraditional } from '../language/index.ts'
import { type Calendar, everyDay } from '../platform/business-calendar.ts'
import type { Log } from '../platform/log.ts'
import type { Probe } from '../platform/probe.ts'
import { readDesk } from './desk.ts'
import { createFeedbackHearer } from './feedback.ts'
import { createTurnTaker } from './take-turn.ts'

/** bot/: takes one Turn at a time of each Conversation it holds, several Conversations at once. */

export interface BotDeps {
  conversations: Conversations
  knowledgeBase: KnowledgeBase
  log: Log
  probe: Probe
  /** Service hours in force; round the clock when absent. */
  calendar?: () => Calendar
  now?: () => Date
  /** Called after each completed Turn, for metrics. */
  onTurn?: (decision: string, tookMs: number) => void
}

export interface Bot {
  /** Acts on what a customer said of an answer, in the transaction that stores it: a Gap, and once the offer of a human. */
  hearFeedback: ReturnType<typeof createFeedbackHearer>
  start(): void
  /** Takes nothing new and waits for the Turns under way. */
  stop(): Promise<void>
}

/** Turns at once: on one thread more would only wait for each other, but some wait for the database. */
const MAX_TURNS = 8
/** What a lost hint meant is found by polling. */
const POLL_MS = 500
const RENEW_MS = (LEASE_SECONDS * 1000 * 3) / 10

/** `route` too, until service-desk takes it: who waits in the queue is told that the message is kept. */
const KINDS: readonly WorkKind[] = ['turn', 'route']

/** Questions to tap under the greeting, by language (zh-CN, en). */
export type QuickQuestions = Readonly<Record<string, readonly string[]>>

/** The greeting of a new Address, worded by the Tier row, in the language the reader asks for. */
export function wordGreeting(
  greeting: Readonly<Record<string, string>>,
  locale: string | undefined,
  quickQuestions: QuickQuestions = {},
): Utterance {
  const wanted = locale?.toLowerCase() ?? ''
  const english = wanted.startsWith('en') && greeting.en !== undefined
  const words = (texts: string[]) => (!english && /^zh-(?:hant|tw|hk|mo)/.test(wanted) ? texts.map(toTraditional) : texts)
  const [text = ''] = words([(english ? greeting.en : greeting['zh-CN']) ?? ''])
  const choices = words([...(quickQuestions[english ? 'en' : 'zh-CN'] ?? [])])
  return { kind: 'courtesy', text, evidence: [], choices, aiGenerated: false }
}

const ROUND_THE_CLOCK = everyDay('UTC', ['00:00', '24:00'])

export function createBot(deps: BotDeps): Bot {
  const { conversations, log } = deps
  const { calendar = () => ROUND_THE_CLOCK, now = () => new Date() } = deps
  const desk = () => readDesk(calendar(), now())
  const takeTurn = createTurnTaker({ ...deps, desk })
  /** Turns under way, with their Conversations. */
  const running = new Map<Promise<void>, string>()
  let stopped = true
  let claiming: Promise<void> | null = null
  let lookAgain = false
  /** There may be due work that found no free place. */
  let waiting = false
  let timer: NodeJS.Timeout | undefined
  let unsubscribe = () => {}

  const run = (claim: Claim) => {
    const renewal = setInterval(() => void conversations.renew(claim).catch(() => undefined), RENEW_MS)
    const turn = takeTurn(claim).finally(() => {
      clearInterval(renewal)
      running.delete(turn)
      // A place is free: look only when something may be waiting for it, not after every Turn.
      if (waiting) look()
    })
    running.set(turn, claim.conversationId)
  }

  const claim = async () => {
    try {
      do {
        lookAgain = false
        const free = MAX_TURNS - running.size
        if (stopped || free <= 0) return
        const claims = await conversations.claim(KINDS, free, [...running.values()])
        waiting = claims.length === free
        claims.forEach(run)
      } while (lookAgain)
    } catch (error) {
      log.warn({ err: error }, 'work could not be claimed; it is tried again')
    }
  }

  const look = () => {
    if (stopped) return
    if (running.size >= MAX_TURNS) {
      waiting = true
      return
    }
    lookAgain = true
    claiming ??= claim().finally(() => {
      claiming = null
      // A hint that came after the last look.
      if (lookAgain) look()
    })
  }

  return {
    hearFeedback: createFeedbackHearer({ knowledgeBase: deps.knowledgeBase, desk }),
    start() {
      stopped = false
      unsubscribe = conversations.onWork(look)
      timer = setInterval(look, POLL_MS)
      look()
    },
    async stop() {
      stopped = true
      clearInterval(timer)
      unsubscribe()
      // A claim under way may still bring work.
      await claiming
      await Promise.allSettled(running.keys())
    },
  }
}
