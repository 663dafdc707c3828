import { type Claim, type Conversations, LEASE_SECONDS, type Utterance, type WorkKind } from '../conversations/index.ts'
import type { KnowledgeBase } from '../knowledge-base/index.ts'
import { toTraditional } from '../language/index.ts'
import type { Log } from '../platform/log.ts'
import type { Probe } from '../platform/probe.ts'
import { createTurnTaker } from './take-turn.ts'

/** bot/: takes one Turn at a time of each Conversation it holds, several Conversations at once. */

export interface BotDeps {
  conversations: Conversations
  knowledgeBase: KnowledgeBase
  log: Log
  probe: Probe
  /** Called after each completed Turn, for metrics. */
  onTurn?: (decision: string, tookMs: number) => void
}

export interface Bot {
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

/** The greeting of a new Address, worded by the Tier row, in the language the reader asks for. */
export function wordGreeting(greeting: Readonly<Record<string, string>>, locale: string | undefined): Utterance {
  const wanted = locale?.toLowerCase() ?? ''
  const chinese = greeting['zh-CN'] ?? ''
  const text = wanted.startsWith('en') ? (greeting.en ?? chinese) : /^zh-(?:hant|tw|hk|mo)/.test(wanted) ? toTraditional(chinese) : chinese
  return { kind: 'courtesy', text, evidence: [], choices: [], aiGenerated: false }
}

export function createBot(deps: BotDeps): Bot {
  const { conversations, log } = deps
  const takeTurn = createTurnTaker(deps)
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
