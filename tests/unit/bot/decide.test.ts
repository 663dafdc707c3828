import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decide, decideInQueue, type Found, OFFER_AFTER, QUIET_MS } from '../../../bot/decide.ts'
import type { Understanding } from '../../../bot/understand.ts'
import { BACK_TO_BOT, HUMAN } from '../../../bot/wording.ts'

const question: Understanding = {
  language: 'zh-Hans',
  questions: ['什么时候发货'],
  wantsHuman: false,
  wantsBot: false,
  smallTalk: null,
  fragment: false,
  short: false,
  onlyFiles: false,
}
const answer: Found = {
  decision: 'answer',
  confidence: 0.97,
  answers: [{ text: '付款后 48 小时内发货。', evidence: { articleId: 'a1', version: 3 } }],
  candidates: [],
}
const none: Found = { decision: 'none', confidence: 0.1, answers: [], candidates: [] }
const ask: Found = { decision: 'ask', confidence: 0.5, answers: [], candidates: ['运费谁出', '怎么退货'] }

describe('what the bot decides', () => {
  it('answers verbatim with its evidence and forgets earlier misses', () => {
    const reply = decide(question, answer, 1)
    expect(reply).toMatchObject({ kind: 'answer', state: 'bot', misses: 0, gap: false })
    expect(reply.say).toEqual({ answers: answer.answers })
  })

  it('hands off at once when a human is asked for, whatever was found', () => {
    const reply = decide({ ...question, wantsHuman: true }, answer, 0)
    expect(reply).toMatchObject({ kind: 'handoff', state: 'queue', reason: 'asked for a human' })
  })

  it('says that it does not know and offers a human after two Turns without an Answer', () => {
    const first = decide(question, none, 0)
    expect(first).toMatchObject({ say: { phrase: 'notFound' }, misses: 1, gap: true, state: 'bot' })
    const second = decide(question, none, first.misses)
    expect(second).toMatchObject({ say: { phrase: 'offerHuman' }, misses: OFFER_AFTER, state: 'bot' })
    expect(second.choices).toContain(HUMAN)
  })

  it('asks which one is meant, with the candidates and a human to tap', () => {
    expect(decide(question, ask, 0)).toMatchObject({ kind: 'ask', choices: ['运费谁出', '怎么退货', HUMAN], gap: false })
  })

  it('has something to say to anything, and a human within one tap whenever it has no answer', () => {
    fc.assert(
      fc.property(
        fc.record({
          language: fc.constantFrom('zh-Hans' as const, 'zh-Hant' as const, 'en' as const),
          questions: fc.constant(['x']),
          wantsHuman: fc.boolean(),
          wantsBot: fc.boolean(),
          smallTalk: fc.constantFrom(null, 'greeting' as const, 'thanks' as const, 'abuse' as const, 'no-words' as const),
          fragment: fc.boolean(),
          short: fc.boolean(),
          onlyFiles: fc.boolean(),
        }),
        fc.option(fc.constantFrom(answer, none, ask), { nil: null }),
        fc.nat(5),
        (understanding, found, misses) => {
          const reply = decide(understanding, found, misses)
          expect('phrase' in reply.say || reply.say.answers.length > 0).toBe(true)
          if (reply.decision === 'none' || reply.decision === 'ask') expect(reply.choices).toContain(HUMAN)
          if (reply.kind !== 'answer') expect(reply.gap && reply.decision !== 'none').toBe(false)
        },
      ),
    )
  })
})

describe('somebody waiting in the queue', () => {
  it('is told that the message is kept, but not after every line', () => {
    expect(decideInQueue(question, null)).toMatchObject({ kind: 'queue', state: 'queue' })
    expect(decideInQueue(question, QUIET_MS - 1)).toBeNull()
    expect(decideInQueue(question, QUIET_MS + 1)).toMatchObject({ kind: 'queue', choices: [BACK_TO_BOT] })
  })

  it('may go back to the bot', () => {
    expect(decideInQueue({ ...question, wantsBot: true }, 0)).toMatchObject({ state: 'bot' })
  })
})
