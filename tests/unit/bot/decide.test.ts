import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decide, decideInQueue, type Found, OFFER_AFTER, QUIET_MS } from '../../../bot/decide.ts'
import type { Understanding } from '../../../bot/understand.ts'
import { BACK_TO_BOT, HUMAN } from '../../../bot/wording.ts'

const question: Understanding = {
  language: 'zh-Hans',
  questions: ['什么时候发货'],
  chosen: [],
  wantsHuman: false,
  wantsBot: false,
  smallTalk: null,
  rude: false,
  abusedBefore: false,
  fragment: false,
  unfinished: false,
  files: [],
  onlyFiles: false,
  offered: [],
  declined: null,
  answered: false,
  contact: null,
  asksHowLong: false,
}
const answer: Found = {
  decision: 'answer',
  confidence: 0.97,
  answers: [{ text: '付款后 48 小时内发货。', evidence: { articleId: 'a1', version: 3 } }],
  candidates: [],
  missed: [],
}
const none: Found = { decision: 'none', confidence: 0.1, answers: [], candidates: [], missed: [] }
const ask: Found = { decision: 'ask', confidence: 0.5, answers: [], candidates: ['运费谁出', '怎么退货'], missed: [] }

describe('what the bot decides', () => {
  it('answers verbatim with its evidence and forgets earlier misses', () => {
    const reply = decide(question, answer, 1)
    expect(reply).toMatchObject({ kind: 'answer', state: 'bot', misses: 0, gap: false })
    expect(reply.say).toEqual({ answers: answer.answers, missed: [] })
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

  it('asks one clarifying question at most: after it, what is not found is called so and a human is offered', () => {
    const asked = { ...question, offered: ask.candidates }
    for (const found of [ask, none])
      expect(decide(asked, found, 1)).toMatchObject({ kind: 'courtesy', say: { phrase: 'noneOfThese' }, choices: [HUMAN], gap: true })
    expect(decide(asked, answer, 1)).toMatchObject({ kind: 'answer', misses: 0 })
    expect(decide({ ...asked, declined: '运费' }, null, 1)).toMatchObject({ say: { phrase: 'noneOfThese' }, gap: true })
  })

  it('leaves one Gap for one question, however often the customer says that this was not it', () => {
    const declined = { ...question, questions: [], declined: '运费' }
    expect(decide({ ...declined, answered: true }, null, 0)).toMatchObject({ say: { phrase: 'noneOfThese' }, gap: true })
    expect(decide(declined, null, 1)).toMatchObject({ say: { phrase: 'noneOfThese' }, gap: false })
  })

  it('knows a question again by its Traditional button, regional words included', () => {
    const offered = ['支援哪些付款方式？']
    const again = { ...ask, candidates: ['支持哪些付款方式？'] }
    expect(decide({ ...question, offered }, again, 1)).toMatchObject({ say: { phrase: 'noneOfThese' } })
  })

  it('may ask about another matter, which none of the choices offered before was about', () => {
    expect(decide({ ...question, offered: ['怎么改密码', '怎么改地址'] }, ask, 1)).toMatchObject({ kind: 'ask' })
  })

  it('offers a human in words after two questions back in a row, rather than a third', () => {
    expect(decide(question, ask, OFFER_AFTER)).toMatchObject({
      kind: 'courtesy',
      say: { phrase: 'offerHuman' },
      choices: [HUMAN],
      gap: true,
    })
  })

  it('apologises once to an abusive customer and then stays short, without a Gap', () => {
    const rude = { ...question, questions: [], smallTalk: 'abuse' as const, rude: true }
    expect(decide(rude, null, 0)).toMatchObject({ say: { phrase: 'calm' }, choices: [HUMAN], gap: false })
    expect(decide({ ...rude, abusedBefore: true }, null, 0)).toMatchObject({ say: { phrase: 'stayCalm' }, choices: [HUMAN] })
    expect(decide({ ...rude, questions: ['你们这群骗子'] }, none, 0)).toMatchObject({ say: { phrase: 'calm' }, gap: false, misses: 0 })
  })

  it('has a word of its own for each kind of file', () => {
    const phraseOf = (files: Understanding['files']) => decide({ ...question, questions: [], files, onlyFiles: true }, null, 0).say
    expect(phraseOf(['picture'])).toEqual({ phrase: 'gotPicture' })
    expect(phraseOf(['voice'])).toEqual({ phrase: 'gotVoice' })
    expect(phraseOf(['video'])).toEqual({ phrase: 'gotVideo' })
    expect(phraseOf(['file'])).toEqual({ phrase: 'gotFile' })
    expect(phraseOf(['location'])).toEqual({ phrase: 'gotLocation' })
    expect(phraseOf(['picture', 'video'])).toEqual({ phrase: 'gotFiles' })
    expect(phraseOf(['sticker'])).toEqual({ phrase: 'emoji' })
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
          chosen: fc.constant([]),
          wantsHuman: fc.boolean(),
          wantsBot: fc.boolean(),
          smallTalk: fc.constantFrom(
            null,
            'greeting' as const,
            'thanks' as const,
            'abuse' as const,
            'no-words' as const,
            'puzzled' as const,
          ),
          rude: fc.boolean(),
          abusedBefore: fc.boolean(),
          fragment: fc.boolean(),
          unfinished: fc.boolean(),
          files: fc.subarray(['picture', 'voice', 'sticker'] as const),
          onlyFiles: fc.boolean(),
          offered: fc.subarray([...ask.candidates]),
          declined: fc.option(fc.constant('x'), { nil: null }),
          answered: fc.boolean(),
          contact: fc.constantFrom(null, 'new' as const, 'known' as const),
          asksHowLong: fc.boolean(),
        }),
        fc.option(fc.constantFrom(answer, none, ask), { nil: null }),
        fc.nat(5),
        (understanding, found, misses) => {
          const reply = decide(understanding, found, misses)
          expect('phrase' in reply.say || reply.say.answers.length > 0).toBe(true)
          if (reply.decision === 'none' || reply.decision === 'ask') expect(reply.choices).toContain(HUMAN)
          if (understanding.offered.length > 0) expect(reply.kind).not.toBe('ask')
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

  it('is told the place again as often as they ask how long it takes', () => {
    expect(decideInQueue({ ...question, asksHowLong: true }, QUIET_MS - 1)).toMatchObject({ kind: 'queue', say: { phrase: 'stillQueued' } })
  })

  it('is always told that a way to reach them was kept, however short ago something was said', () => {
    expect(decideInQueue({ ...question, contact: 'new' }, 0)).toMatchObject({ say: { phrase: 'stillQueuedReachable' } })
    expect(decideInQueue({ ...question, contact: 'known' }, QUIET_MS - 1)).toBeNull()
    expect(decideInQueue(question, null)).toMatchObject({ say: { phrase: 'stillQueued' } })
  })

  it('may go back to the bot', () => {
    expect(decideInQueue({ ...question, wantsBot: true }, 0)).toMatchObject({ state: 'bot' })
  })
})
