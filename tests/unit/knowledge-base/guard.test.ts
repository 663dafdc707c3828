import { describe, expect, it } from 'vitest'
import type { SearchArticle } from '../../../knowledge-base/passage.ts'
import { createSearchIndex, type SearchIndex } from '../../../knowledge-base/search.ts'
import { createHashedEmbedder } from '../../../language/index.ts'

const embedder = createHashedEmbedder()
const now = new Date('2026-03-01T08:00:00Z')

/** A base whose Articles are their questions; `fitted` as it is once the house has trained on it. */
async function baseOf(questions: readonly string[], fitted: boolean): Promise<SearchIndex> {
  const index = createSearchIndex({ embedNow: embedder.embedNow, dimensions: embedder.dimensions })
  index.upsert(
    questions.map(
      (question): SearchArticle => ({
        articleId: question,
        version: 1,
        question,
        tiers: [],
        channels: [],
        validFrom: null,
        validTo: null,
        passages: [question, '请在页面里按提示操作。'].map((text, i) => ({
          passageId: `${question}-${i}`,
          articleId: question,
          articleVersion: 1,
          kind: i === 0 ? 'question' : 'answer',
          text,
          vector: embedder.embedNow(text),
        })),
      }),
    ),
  )
  if (fitted) await index.fit()
  return index
}

interface Base {
  readonly name: string
  readonly questions: readonly string[]
  /** Asked → the question of the Article that answers. */
  readonly answered: Readonly<Record<string, string>>
  /** Never answered: a sibling, the opposite, or nothing in particular. */
  readonly offered: readonly string[]
}

const BASES: readonly Base[] = [
  {
    name: 'one Article',
    questions: ['怎么申请发票'],
    answered: { 如何申请发票: '怎么申请发票', 请问发票要怎么申请呀: '怎么申请发票' },
    offered: ['怎么申请贷款', '怎么申请退款', '怎么取消发票', '怎么回事'],
  },
  {
    name: 'an office',
    questions: ['年假有几天', '怎么开在职证明', '加班费怎么算', '怎么申请调休', '工资几号发', '试用期多久'],
    answered: { 我有几天年假: '年假有几天', 在职证明怎么开: '怎么开在职证明', 几号发工资: '工资几号发' },
    offered: ['婚假有几天', '怎么开收入证明', '怎么开离职证明', '怎么取消调休', '年终奖几号发', '多少钱'],
  },
  {
    name: 'a subscription',
    questions: [
      'How do I export my data?',
      'How do I cancel my subscription?',
      'How do I reset my password?',
      'How do I invite a team member?',
    ],
    answered: {
      'how can I export my data': 'How do I export my data?',
      'I want to cancel my subscription': 'How do I cancel my subscription?',
      'reset my password please': 'How do I reset my password?',
    },
    offered: [
      'How do I import my data?',
      'How do I renew my subscription?',
      'I do not want to cancel my subscription',
      'how much',
      'how do I remove a team member',
    ],
  },
  {
    name: 'an insurer',
    questions: ['怎么开通自动续费', '怎么撤销退保', '怎么申请理赔', '犹豫期多少天', '保单怎么变更受益人'],
    answered: {
      如何开通自动续费: '怎么开通自动续费',
      理赔怎么申请: '怎么申请理赔',
      犹豫期一共多少天: '犹豫期多少天',
      怎么修改受益人: '保单怎么变更受益人',
    },
    offered: ['怎么关闭自动续费', '不想自动续费了', '怎么申请退保', '怎么撤销理赔', '宽限期多少天'],
  },
  {
    name: 'a hotel',
    questions: ['几点可以入住', '最晚几点退房', '早餐几点开始', '可以带宠物吗', '怎么取消预订', '可以加床吗'],
    answered: { 最晚什么时候退房: '最晚几点退房', 能带宠物吗: '可以带宠物吗', 如何取消预订: '怎么取消预订', 能加床吗: '可以加床吗' },
    offered: ['晚餐几点开始', '可以吗', '我要', '不能', '可以加枕头吗', '怎么预订'],
  },
  {
    name: 'a club with two Articles about signing in',
    questions: ['登录时收不到验证码怎么办', '登录密码忘记了怎么找回', '会员卡怎么续费'],
    answered: { 会员卡如何续费: '会员卡怎么续费' },
    offered: ['登录', '我要登录', '怎么'],
  },
]

describe.each(BASES)('in a small base: $name', ({ questions, answered, offered }) => {
  it.each([false, true])('another wording of a question is answered (trained: %s)', async (fitted) => {
    const index = await baseOf(questions, fitted)
    for (const [asked, articleId] of Object.entries(answered))
      expect(index.search(asked, { now }), asked).toMatchObject({
        decision: 'answer',
        hits: expect.arrayContaining([expect.objectContaining({ articleId })]),
      })
  })

  it.each([false, true])('a sibling, the opposite or nothing in particular is not (trained: %s)', async (fitted) => {
    const index = await baseOf(questions, fitted)
    for (const asked of offered) expect(index.search(asked, { now }).decision, asked).not.toBe('answer')
  })
})
