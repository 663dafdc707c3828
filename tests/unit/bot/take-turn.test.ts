import { describe, expect, it } from 'vitest'
import { readDesk } from '../../../bot/desk.ts'
import { createTurnTaker } from '../../../bot/take-turn.ts'
import type { Claim, Conversations, TurnEnd, TurnMaterial, TurnMessage, TurnOutcome } from '../../../conversations/index.ts'
import type { Asked, KnowledgeBase, Question } from '../../../knowledge-base/index.ts'
import { everyDay } from '../../../platform/business-calendar.ts'
import type { Tx } from '../../../platform/database.ts'
import { createLog } from '../../../platform/log.ts'
import { NO_PROBE } from '../../../platform/probe.ts'

const CLAIM: Claim = { conversationId: 'c', kind: 'turn', fence: 1, attempts: 1 }
const ANSWERS: Record<string, string> = { 运费怎么算: '满 99 元包邮。', 怎么开发票: '在订单详情申请。' }

function turn(texts: readonly string[], over: Partial<TurnMaterial> = {}): TurnMaterial {
  return {
    conversationId: 'c',
    channel: 'web-chat',
    address: 'a',
    state: 'bot',
    customer: { id: 'x', tier: 'ordinary' },
    misses: 0,
    unanswered: texts.map((text, index) => ({
      id: `a|${index}`,
      seq: index + 1,
      from: 'customer',
      text,
      locale: null,
      kind: null,
      at: new Date(0),
      files: [],
      choices: [],
    })),
    history: [],
    waitingMs: 0,
    ...over,
  }
}

/** The Turn taker over a record that gives `materials` one after the other and ends Turns as told. */
function bench(materials: readonly TurnMaterial[], ends: readonly TurnEnd[], ask?: (asked: Question) => Promise<Asked>) {
  const questions: Question[] = []
  const gaps: string[] = []
  const outcomes: TurnOutcome[] = []
  const released: { delayMs: number; failed: boolean }[] = []
  let reads = 0
  let completions = 0
  const conversations = {
    readTurn: async () => materials[Math.min(reads++, materials.length - 1)] ?? null,
    completeTurn: async (
      _claim: Claim,
      _material: TurnMaterial,
      outcome: TurnOutcome,
      within: (tx: Tx, turnId: string) => Promise<boolean>,
    ) => {
      outcomes.push(outcome)
      await within({} as Tx, 't')
      return ends[Math.min(completions++, ends.length - 1)] ?? 'done'
    },
    placeOf: async () => 1,
    release: async (_claim: Claim, delayMs: number, failed: boolean) => void released.push({ delayMs, failed }),
  } as unknown as Conversations
  const knowledgeBase = {
    ask:
      ask ??
      (async (asked: Question) => {
        const { question } = asked
        questions.push(asked)
        const text = ANSWERS[question]
        return {
          decision: text ? 'answer' : 'none',
          confidence: text ? 0.9 : 0.1,
          answer: text ? { articleId: question, version: 1, text, question, changedAt: new Date(0) } : null,
          hits: [],
          candidates: [],
          effectiveQuestion: question,
          tookMs: 1,
        }
      }),
    confirmCurrent: async () => true,
    getArticle: async (id: string) => ({ id, version: 7, question: id, answer: `${id}的答案。`, changedAt: new Date(0) }),
    recordGap: async (_tx: unknown, { question }: { question: string }) => void gaps.push(question),
  } as unknown as KnowledgeBase
  const desk = () => readDesk(everyDay('Asia/Shanghai', ['09:00', '21:00']), new Date('2026-03-03T12:00:00+08:00'))
  const take = createTurnTaker({ conversations, knowledgeBase, log: createLog('silent', []), probe: NO_PROBE, desk })
  return { take, outcomes, released, questions, gaps }
}

describe('taking a Turn', () => {
  it('answers two questions of one burst in one Message with both Articles as evidence', async () => {
    const { take, outcomes } = bench([turn(['你好', '运费怎么算', '怎么开发票'])], ['done'])
    await take(CLAIM)
    expect(outcomes).toHaveLength(1)
    expect(outcomes[0]?.utterance?.text).toBe('满 99 元包邮。\n\n在订单详情申请。')
    expect(outcomes[0]?.trace.intent).toBeNull()
    expect(outcomes[0]?.utterance?.evidence.map(({ articleId }) => articleId)).toEqual(['运费怎么算', '怎么开发票'])
  })

  it('names the question of a burst that has no answer beside one that has, offers a human for it and leaves it as a Gap', async () => {
    const { take, outcomes, gaps } = bench([turn(['运费怎么算', '你们在月球上有没有门店'])], ['done'])
    await take(CLAIM)
    const utterance = outcomes[0]?.utterance
    expect(utterance?.text).toMatch(/^满 99 元包邮。\n\n另外，“你们在月球上有没有门店”我没有查到/)
    expect(utterance?.choices).toEqual([{ title: '转人工', value: '转人工' }])
    expect(gaps).toEqual(['你们在月球上有没有门店'])
  })

  const said = (from: 'customer' | 'bot' | 'agent', text: string, over: Partial<TurnMessage> = {}): TurnMessage => ({
    id: `h|${text}`,
    seq: 0,
    from,
    text,
    locale: null,
    kind: null,
    at: new Date(0),
    files: [],
    choices: [],
    ...over,
  })

  it('asks with what customer and bot said before, the last eight, oldest first, and the parts of a burst after one another', async () => {
    const history = [
      ...Array.from({ length: 9 }, (_, n) => said(n % 2 ? 'bot' : 'customer', `第 ${n} 句`, { kind: n % 2 ? 'answer' : null })),
      said('bot', '图片已收到并保存', { kind: 'courtesy' }),
      said('customer', '谢谢'),
      said('agent', '人工说的'),
      said('customer', ' '),
      said('customer', '长'.repeat(2_000)),
    ]
    const { take, questions } = bench([turn(['运费怎么算', '怎么开发票'], { history })], ['done'])
    await take(CLAIM)
    const [whole, first, second] = questions
    expect(whole?.history).toHaveLength(8)
    expect(whole?.history?.[0]).toEqual({ from: 'customer', text: '第 2 句' })
    expect(whole?.history?.at(-1)?.text).toHaveLength(500)
    expect(first?.history).toEqual(whole?.history)
    expect(second?.history?.slice(-2)).toEqual([expect.objectContaining({ from: 'customer' }), { from: 'customer', text: '运费怎么算' }])
  })

  it('lets what was said before help, never harm: a question with an answer of its own gets it', async () => {
    const astray = async (asked: Question): Promise<Asked> => {
      const helped = asked.history && asked.history.length > 0
      const none = { decision: 'none', confidence: 0, answer: null, hits: [], candidates: [], effectiveQuestion: `杯子${asked.question}` }
      const answer = { articleId: 'a', version: 1, text: '满 99 元包邮。', question: '运费怎么算', changedAt: new Date(0) }
      return (helped ? none : { ...none, decision: 'answer', answer, effectiveQuestion: asked.question }) as unknown as Asked
    }
    const history = [said('customer', '我买了一个杯子')]
    const whole = bench([turn(['运费怎么算'], { history })], ['done'], astray)
    await whole.take(CLAIM)
    expect(whole.outcomes[0]?.utterance?.kind).toBe('answer')
    // Unless its own words say that it goes on with the talk.
    const leaning = bench([turn(['那它的运费要怎么算呢'], { history })], ['done'], astray)
    await leaning.take(CLAIM)
    expect(leaning.outcomes[0]?.utterance?.kind).not.toBe('answer')
  })

  it('answers a choice with exactly that Article, even where the search would ask again', async () => {
    const candidates = ['怎么修改手机号', '怎么修改密码'].map((question) => ({
      articleId: question,
      version: 7,
      question,
      score: 0.5,
      passageId: 'p',
    }))
    const again = async () =>
      ({ decision: 'ask', confidence: 0.5, answer: null, hits: candidates, candidates, effectiveQuestion: 'x' }) as unknown as Asked
    const offer = said('bot', '哪一个？', { kind: 'ask', choices: ['怎么修改手机号', '怎么修改密码', '转人工'] })
    const { take, outcomes } = bench([turn(['第二个'], { history: [said('customer', '怎么改'), offer] })], ['done'], again)
    await take(CLAIM)
    expect(outcomes[0]?.utterance).toMatchObject({ kind: 'answer', text: '怎么修改密码的答案。', evidence: [{ version: 7 }] })
  })

  it('knows its own choice again after a Traditional button changed regional words', async () => {
    const question = '支持哪些付款方式？'
    const candidates = [{ articleId: 'pay', version: 7, question, score: 0.5, passageId: 'p' }]
    const again = async () =>
      ({ decision: 'ask', confidence: 0.5, answer: null, hits: candidates, candidates, effectiveQuestion: 'x' }) as unknown as Asked
    const offer = said('bot', '哪一個？', { kind: 'ask', choices: ['支援哪些付款方式？', '转人工'] })
    const { take, outcomes } = bench([turn(['支援哪些付款方式？'], { history: [said('customer', '付款'), offer] })], ['done'], again)
    await take(CLAIM)
    expect(outcomes[0]?.utterance?.kind).toBe('answer')
  })

  it('looks up the question beside an insult, and is not calmed by one that it cannot answer', async () => {
    const { take, outcomes, gaps } = bench(
      [turn(['你们这群骗子，退款怎么还没到账']), turn(['你们这群骗子去死吧'], { waitingMs: 2_000 })],
      ['done'],
    )
    await take(CLAIM)
    await take(CLAIM)
    expect(outcomes[0]?.utterance?.text).toContain('没有查到确切的答案')
    expect(outcomes[1]?.utterance?.text).toContain('很抱歉让您不满意')
    expect(gaps).toEqual(['退款怎么还没到账'])
  })

  it('tells who waits and asks how long again, and keeps quiet after other lines', async () => {
    const word = said('bot', '留言已收到。', { kind: 'queue' })
    const waiting = { state: 'queue' as const, history: [said('customer', '转人工'), word] }
    const { take, outcomes } = bench([turn(['还要等多久'], waiting), turn(['是上周买的'], waiting)], ['done'])
    await take(CLAIM)
    await take(CLAIM)
    expect(outcomes[0]?.utterance?.text).toContain('您排在第 1 位')
    expect(outcomes[1]?.utterance).toBeNull()
  })

  it('notes the question that was asked, not "none of these", as the Gap', async () => {
    const offer = said('bot', '哪一个？', { kind: 'ask', choices: ['怎么修改手机号', '转人工'] })
    const { take, gaps, outcomes } = bench([turn(['都不是'], { history: [said('customer', '怎么改'), offer] })], ['done'])
    await take(CLAIM)
    expect(gaps).toEqual(['怎么改'])
    expect(outcomes[0]?.utterance?.choices).toEqual([{ title: '转人工', value: '转人工' }])
  })

  it('waits for the rest of a sentence that asks nothing yet, and answers a question without an answer at once', async () => {
    const story = bench([turn(['我前天在你们店里买的那个蓝色的杯子'], { waitingMs: 200 })], ['done'])
    await story.take(CLAIM)
    expect(story.released).toEqual([{ delayMs: 1_300, failed: false }])
    const question = bench([turn(['你们老板叫什么名字'])], ['done'])
    await question.take(CLAIM)
    expect(question.outcomes).toHaveLength(1)
  })

  it('starts over when the customer said more meanwhile, and answers all of it', async () => {
    const { take, outcomes } = bench([turn(['运费怎么算']), turn(['运费怎么算', '怎么开发票'])], ['overtaken', 'done'])
    await take(CLAIM)
    expect(outcomes.at(-1)?.utterance?.evidence).toHaveLength(2)
  })

  it('says nothing when somebody else has taken the Conversation', async () => {
    const { take, outcomes, released } = bench([turn(['运费怎么算'], { state: 'agent' })], ['done'])
    await take(CLAIM)
    expect(outcomes).toEqual([])
    expect(released).toEqual([])
  })

  it('puts a mere opening back for what is left of 1.5 s, and that is no failed try', async () => {
    const { take, outcomes, released } = bench([turn(['在吗'], { waitingMs: 400 })], ['done'])
    await take(CLAIM)
    expect(outcomes).toEqual([])
    expect(released).toEqual([{ delayMs: 1_100, failed: false }])
  })

  it('tries again after a failure, and apologises and hands over after too many, without asking what failed', async () => {
    const broken = async (): Promise<Asked> => {
      throw new Error('the search broke')
    }
    const first = bench([turn(['运费怎么算'])], ['done'], broken)
    await first.take(CLAIM)
    expect(first.outcomes).toEqual([])
    expect(first.released).toMatchObject([{ failed: true }])

    const last = bench([turn(['运费怎么算'])], ['done'], broken)
    await last.take({ ...CLAIM, attempts: 5 })
    expect(last.outcomes[0]).toMatchObject({ state: 'queue', utterance: { kind: 'handoff' } })
    expect(last.outcomes[0]?.utterance?.text).toContain('抱歉')
  })
})
