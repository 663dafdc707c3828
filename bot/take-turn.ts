import { randomUUID } from 'node:crypto'
import type { Claim, Conversations, QueueNote, TurnEnd, TurnMaterial, TurnOutcome, Utterance } from '../conversations/index.ts'
import type { KnowledgeBase } from '../knowledge-base/index.ts'
import { toTraditional } from '../language/index.ts'
import type { Tx } from '../platform/database.ts'
import { ZhikeError } from '../platform/errors.ts'
import type { Log } from '../platform/log.ts'
import type { Probe } from '../platform/probe.ts'
import { decide, decideInQueue, type Reply } from './decide.ts'
import type { Desk } from './desk.ts'
import { createLookUp, type LookedUp } from './look-up.ts'
import { type Understanding, understand } from './understand.ts'
import { button, phrase } from './wording.ts'

/** One Turn, whole: read, understand, look up, decide, and complete it in one transaction. */

export interface TakeTurnDeps {
  conversations: Conversations
  knowledgeBase: KnowledgeBase
  log: Log
  probe: Probe
  /** What the service hours say now. */
  desk: () => Desk
  onTurn?: (decision: string, tookMs: number) => void
}

/** How long a mere opening is waited on, from its first Message (house.md §4). */
const FRAGMENT_WAIT_MS = 1_500
/** After this many tries, the last of which failed, the customer is told and passed to a human. */
const MAX_TRIES = 4
/** A claim whose process was killed is no failed try, for the next one may answer; but a Message that kills every process must end too. */
const MAX_CLAIMS = 20
/** How often a Turn that was overtaken or stood on a changed Article starts over at once; then it goes back due now. */
const MAX_RESTARTS = 3

export function createTurnTaker(deps: TakeTurnDeps) {
  const { conversations, knowledgeBase } = deps
  const lookUp = createLookUp(knowledgeBase)

  const word = async (reply: Reply, { language }: Understanding, conversationId: string): Promise<Utterance> => {
    const choices = reply.choices.map((value) => button(value, language, toTraditional))
    if ('answers' in reply.say) {
      const { answers, missed } = reply.say
      const told = answers.map((answer) => (language === 'zh-Hant' ? toTraditional(answer.text) : answer.text))
      if (missed.length > 0) told.push(phrase('alsoAsked', language, { desk: deps.desk(), place: null, named: missed }, toTraditional))
      const text = told.join('\n\n')
      return { kind: reply.kind, text, evidence: answers.map((answer) => answer.evidence), choices, aiGenerated: false }
    }
    const desk = deps.desk()
    const place = reply.state === 'queue' ? await conversations.placeOf(conversationId) : null
    const text = phrase(reply.say.phrase, language, { desk, place }, toTraditional)
    const queue: QueueNote | null = place === null ? null : { place, open: desk.open, opensAt: desk.opensAt?.toISOString() ?? null }
    return { kind: reply.kind, text, evidence: [], choices, aiGenerated: false, ...(queue ? { queue } : {}) }
  }

  const complete = async (
    claim: Claim,
    material: TurnMaterial,
    understanding: Understanding,
    reply: Reply | null,
    looked: LookedUp | null,
    startedAt: number,
    traceId: string,
  ): Promise<TurnEnd> => {
    // As it was looked up: a Gap must make sense without the talk around it.
    const question = looked?.asked.effectiveQuestion ?? understanding.declined ?? understanding.questions[0] ?? ''
    const outcome: TurnOutcome = {
      utterance: reply && (await word(reply, understanding, material.conversationId)),
      state: reply?.state ?? material.state,
      reason: reply?.reason ?? null,
      misses: reply?.misses ?? material.misses,
      trace: {
        traceId,
        effectiveQuestion: question,
        intent: understanding.wantsHuman ? 'human' : understanding.questions.length > 0 ? null : understanding.smallTalk,
        decision: reply?.decision ?? 'kept',
        confidence: looked?.found.confidence ?? 0,
        hits: looked?.asked.hits ?? [],
        tookMs: performance.now() - startedAt,
      },
    }
    const within = async (tx: Tx, turnId: string) => {
      if (reply?.kind === 'answer' && looked && !(await knowledgeBase.confirmCurrent(tx, looked.cited))) return false
      const gaps = reply?.gap && question !== '' ? [question] : reply?.kind === 'answer' ? (looked?.gaps ?? []) : []
      for (const gap of gaps)
        await knowledgeBase.recordGap(tx, {
          question: gap,
          tier: material.customer.tier,
          channel: material.channel,
          conversationId: material.conversationId,
          turnId,
          reason: understanding.declined !== null && understanding.answered ? 'not-helpful' : 'no-answer',
        })
      return true
    }
    return conversations.completeTurn(claim, material, outcome, within)
  }

  /** @returns `wait` when the customer is still typing; the end of the Turn otherwise. */
  const attempt = async (claim: Claim, traceId: string): Promise<TurnEnd | { waitMs: number }> => {
    const startedAt = performance.now()
    const material = await conversations.readTurn(claim)
    if (!material) return 'not-mine'
    const understanding = understand(material)
    // Who goes back to the bot with a question gets its answer at once.
    const returns = material.state === 'queue' && understanding.wantsBot && !understanding.wantsHuman && understanding.questions.length > 0
    if (material.state === 'queue' && !returns) {
      const lastWord = material.history.filter((message) => message.from !== 'customer').at(-1)
      const newest = material.unanswered.at(-1)
      const sinceMs = lastWord && newest && lastWord.kind === 'queue' ? newest.at.getTime() - lastWord.at.getTime() : null
      return complete(
        claim,
        material,
        understanding,
        material.unanswered.length === 0 ? null : decideInQueue(understanding, sinceMs),
        null,
        startedAt,
        traceId,
      )
    }
    if (material.state !== 'bot' && !returns) return 'not-mine'
    // Back from a human with nothing new said: no words are due.
    if (material.unanswered.length === 0) return complete(claim, material, understanding, null, null, startedAt, traceId)
    // At most the whole wait: a clock that was set back makes `waitingMs` negative.
    const waitMs = Math.min(FRAGMENT_WAIT_MS, FRAGMENT_WAIT_MS - material.waitingMs)
    if (understanding.fragment && waitMs > 0) return { waitMs }

    const looked = understanding.wantsHuman || understanding.questions.length === 0 ? null : await lookUp(material, understanding)
    deps.probe('turn.after-search')
    if (looked?.found.decision === 'none' && understanding.unfinished && waitMs > 0) return { waitMs }
    const reply = decide(understanding, looked?.found ?? null, material.misses)
    const end = await complete(claim, material, understanding, reply, looked, startedAt, traceId)
    if (end === 'done') deps.onTurn?.(reply.decision, performance.now() - startedAt)
    return end
  }

  /** Never silence: after too many failures an apology and a Handoff, without asking anything that might fail again. */
  const giveUp = async (claim: Claim, traceId: string): Promise<void> => {
    const material = await conversations.readTurn(claim)
    if (!material) return
    const understanding = understand(material)
    // Nothing is waiting for an answer: the work row goes without a word.
    if (material.unanswered.length === 0) {
      await complete(claim, material, understanding, null, null, performance.now(), traceId)
      return
    }
    const reply: Reply = {
      kind: 'handoff',
      say: { phrase: 'failed' },
      choices: [],
      state: 'queue',
      reason: 'the bot failed',
      misses: 0,
      decision: 'failed',
      gap: false,
    }
    await complete(claim, material, understanding, reply, null, performance.now(), traceId)
  }

  return async function takeTurn(claim: Claim): Promise<void> {
    const traceId = randomUUID()
    deps.probe('turn.after-claim')
    try {
      if (claim.attempts > MAX_CLAIMS) {
        await giveUp(claim, traceId)
        return
      }
      for (let n = 0; ; n++) {
        const end = await attempt(claim, traceId)
        if (end === 'done' || end === 'not-mine') return
        if (typeof end === 'object') {
          await conversations.release(claim, end.waitMs, false)
          return
        }
        if (n >= MAX_RESTARTS) {
          await conversations.release(claim, 0, false)
          return
        }
      }
    } catch (error) {
      deps.log.error(
        { err: error, conversation: claim.conversationId, traceId, attempts: claim.attempts },
        'a turn failed; it is tried again',
      )
      const delayMs = Math.min(8_000, 250 * 2 ** claim.attempts)
      try {
        // A database that does not answer is no reason to leave the bot: it answers when the database does.
        const away = error instanceof ZhikeError && error.kind === 'unavailable'
        if (claim.attempts >= MAX_TRIES && !away) await giveUp(claim, traceId)
        else await conversations.release(claim, delayMs, true)
      } catch {
        // When even this fails the lease runs out by itself, and the row is claimed again.
        await conversations.release(claim, delayMs, true).catch(() => undefined)
      }
    }
  }
}
