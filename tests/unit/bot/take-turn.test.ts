import { describe, expect, it } from 'vitest'
import { createTurnTaker } from '../../../bot/take-turn.ts'
import type { Claim, Conversations, TurnEnd, TurnMaterial, TurnOutcome } from '../../../conversations/index.ts'
import type { Asked, KnowledgeBase } from '../../../knowledge-base/index.ts'
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
      attachments: 0,
      kind: null,
      at: new Date(0),
    })),
    history: [],
    waitingMs: 0,
    ...over,
  }
}

/** The Turn taker over a record that gives `materials` one after the other and ends Turns as told. */
function bench(materials: readonly TurnMaterial[], ends: readonly TurnEnd[], ask?: () => Promise<Asked>) {
  const outcomes: TurnOutcome[] = []
  const released: { delayMs: number; failed: boolean }[] = []
  let reads = 0
  let completions = 0
  const conversations = {
    readTurn: async () => materials[Math.min(reads++, materials.length - 1)] ?? null,
    completeTurn: async (_claim: Claim, _material: TurnMaterial, outcome: TurnOutcome) => {
      outcomes.push(outcome)
      return ends[Math.min(completions++, ends.length - 1)] ?? 'done'
    },
    release: async (_claim: Claim, delayMs: number, failed: boolean) => void released.push({ delayMs, failed }),
  } as unknown as Conversations
  const knowledgeBase = {
    ask:
      ask ??
      (async ({ question }: { question: string }) => {
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
    recordGap: async () => undefined,
  } as unknown as KnowledgeBase
  const take = createTurnTaker({ conversations, knowledgeBase, log: createLog('silent', []), probe: NO_PROBE })
  return { take, outcomes, released }
}

describe('taking a Turn', () => {
  it('answers two questions of one burst in one Message with both Articles as evidence', async () => {
    const { take, outcomes } = bench([turn(['你好', '运费怎么算', '怎么开发票'])], ['done'])
    await take(CLAIM)
    expect(outcomes).toHaveLength(1)
    expect(outcomes[0]?.utterance?.text).toBe('满 99 元包邮。\n\n在订单详情申请。')
    expect(outcomes[0]?.utterance?.evidence.map(({ articleId }) => articleId)).toEqual(['运费怎么算', '怎么开发票'])
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
