import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { SearchArticle } from '../../../knowledge-base/passage.ts'
import { createSearchIndex, type SearchIndex } from '../../../knowledge-base/search.ts'
import { createHashedEmbedder } from '../../../language/index.ts'

const embedder = createHashedEmbedder()
const now = new Date('2026-03-01T08:00:00Z')

type Limits = Partial<Pick<SearchArticle, 'tiers' | 'channels' | 'validFrom' | 'validTo' | 'version'>> & { answer?: string }

function article(articleId: string, wordings: string[], limits: Limits = {}): SearchArticle {
  const { answer = '请在页面里按提示操作。', version = 1, ...rest } = limits
  const texts = [
    ...wordings.map((text, at) => ({ text, kind: at === 0 ? ('question' as const) : ('similar' as const) })),
    { text: answer, kind: 'answer' as const },
  ]
  return {
    articleId,
    version,
    question: wordings[0] ?? '',
    tiers: [],
    channels: [],
    validFrom: null,
    validTo: null,
    ...rest,
    passages: texts.map(({ text, kind }, at) => ({
      passageId: `${articleId}-${at}`,
      articleId,
      articleVersion: version,
      kind,
      text,
      vector: embedder.embedNow(text),
    })),
  }
}

const stock: SearchArticle[] = [
  article('refund', ['怎么申请退款', '如何退款', '我想把钱退回来'], { answer: '在订单页点退款，三个工作日内原路返回。' }),
  article('invoice', ['怎么开发票', '可以开增值税发票吗', '发票在哪里下载']),
  article('address', ['怎么修改收货地址', '地址填错了能改吗', '换一个收货地址']),
  article('warranty', ['保修期多长时间', '坏了可以免费维修吗', '质保几年']),
  article('points', ['积分怎么兑换', '会员积分能换什么', '积分什么时候过期']),
  article('parking', ['门店附近能停车吗', '有没有停车场']),
  article('password', ['How do I reset my password?', 'I forgot my password']),
  article('delivery', ['When will my parcel arrive?', 'delivery time for orders']),
]

function indexOf(articles: readonly SearchArticle[]): SearchIndex {
  const index = createSearchIndex({ embedNow: embedder.embedNow, dimensions: embedder.dimensions })
  index.upsert(articles)
  return index
}

const firstOf = (index: SearchIndex, question: string): string | undefined => index.search(question, { now }).hits[0]?.articleId

describe('search', () => {
  it.each([
    ['请问退款要怎么申请呀', 'refund'],
    ['請問怎麼申請退款', 'refund'],
    ['发 票 下 载', 'invoice'],
    ['地址写错了怎么办', 'address'],
    ['ＰＡＳＳＷＯＲＤ reset', 'password'],
    ['原路返回', 'refund'],
  ])('finds the Article for %j', (question, articleId) => {
    expect(firstOf(indexOf(stock), question)).toBe(articleId)
  })

  it('answers a stored wording, whatever its width, script and punctuation', () => {
    for (const question of ['如何退款', '如何退款？？', ' 如何  退款 ', '如何退款！']) {
      const found = indexOf(stock).search(question, { now })
      expect(found.decision).toBe('answer')
      expect(found.confidence).toBeGreaterThanOrEqual(0.95)
      expect(found.hits[0]).toMatchObject({ articleId: 'refund', passageId: 'refund-1', version: 1 })
    }
  })

  it('asks back when two Articles store the very wording', () => {
    const found = indexOf([...stock, article('other-refund', ['如何退款'])]).search('如何退款', { now })
    expect(found.decision).toBe('ask')
    expect(
      found.hits
        .slice(0, 2)
        .map(({ articleId }) => articleId)
        .sort(),
    ).toEqual(['other-refund', 'refund'])
  })

  it('finds nothing for an empty or symbol-only question', () => {
    for (const question of ['', '   ', '？？？', '🙂🙂', '\u0000', '\ud800']) {
      expect(indexOf(stock).search(question, { now })).toMatchObject({ decision: 'none', confidence: 0, hits: [] })
    }
  })

  it('finds nothing in an empty base', () => {
    expect(indexOf([]).search('怎么退款', { now })).toMatchObject({ decision: 'none', hits: [] })
  })

  it('does not answer what the base does not hold, before and after it has learnt from itself', async () => {
    const index = indexOf(stock)
    for (const round of [1, 2]) {
      for (const question of ['今天天气怎么样', '给我讲一个故事', '世界杯谁赢了', 'what is the tallest building']) {
        expect(index.search(question, { now }).decision, `${round} ${question}`).not.toBe('answer')
      }
      await index.fit()
    }
  })

  it('serves a base of one Article', async () => {
    const index = indexOf([stock[0] as SearchArticle])
    await index.fit()
    expect(index.search('如何退款', { now }).decision).toBe('answer')
    expect(index.search('附近有好吃的吗', { now }).decision).not.toBe('answer')
  })

  it('answers most left-out wordings of a base right after learning from it', async () => {
    const things = ['订单', '发票', '会员卡', '优惠券', '保修单', '合同', '门票', '套餐', '押金', '账单']
    const deeds = [
      ['怎么取消', '如何取消', '想取消掉'],
      ['多久到账', '几天能到账', '到账时间'],
      ['丢了怎么办', '丢失怎么处理', '丢失了要怎么办'],
      ['可以转让吗', '能转给别人吗', '支持转让吗'],
    ]
    const articles = things.flatMap((thing) =>
      deeds.map((wordings, at) =>
        article(
          `${thing}-${at}`,
          wordings.slice(0, 2).map((deed) => thing + deed),
        ),
      ),
    )
    const index = indexOf(articles)
    await index.fit()
    let right = 0
    for (const thing of things)
      for (const [at, wordings] of deeds.entries()) if (firstOf(index, `请问${thing}${wordings[2]}`) === `${thing}-${at}`) right++
    expect(right / articles.length).toBeGreaterThanOrEqual(0.9)
  })

  it('compares the vectors of Passages', () => {
    expect(indexOf(stock).search('退款怎么申请', { now }).explain.features.vector).toBeGreaterThan(0.3)
  })

  it('knows by its marks which of two wordings is meant', () => {
    const index = indexOf([
      article('a', ['套餐1.5G多少钱']),
      article('b', ['套餐15G多少钱']),
      article('c', ['C++课程怎么报名']),
      article('d', ['C#课程怎么报名']),
      article('e', ['3-5天到货吗']),
      article('f', ['35天到货吗']),
    ])
    for (const [question, id] of [
      ['套餐15G多少钱', 'b'],
      ['套餐1.5G多少钱？', 'a'],
      ['C#课程怎么报名', 'd'],
      ['C++课程怎么报名', 'c'],
      ['35天到货吗', 'f'],
      ['3-5天到货吗', 'e'],
    ] as const)
      expect(index.search(question, { now }), question).toMatchObject({ decision: 'answer', hits: [{ articleId: id }, {}] })
  })

  it('forgets words that no Article has any more and goes on finding the others', async () => {
    const index = indexOf(stock)
    await index.fit()
    const before = index.search('积分能换什么', { now })
    index.upsert(Array.from({ length: 60 }, (_, i) => article(`x${i}`, [`第${i}号临时活动${String.fromCharCode(0x4e00 + i * 31)}的规则`])))
    index.remove(Array.from({ length: 60 }, (_, i) => `x${i}`))
    await index.fit()
    expect(index.search('积分能换什么', { now }).hits.map(({ articleId }) => articleId)).toEqual(
      before.hits.map(({ articleId }) => articleId),
    )
    index.upsert([article('new', ['临时活动在哪里看'])])
    expect(firstOf(index, '临时活动在哪里看')).toBe('new')
  })

  it('keeps restricted Articles from others', () => {
    const index = indexOf([
      article('vip', ['怎么申请退款'], { tiers: ['core'] }),
      article('kf', ['怎么开发票'], { channels: ['wecom-kf'] }),
    ])
    const seen = (question: string, scope: object): number => index.search(question, { now, ...scope }).hits.length
    expect(seen('怎么申请退款', { tier: 'core' })).toBe(1)
    expect(seen('怎么申请退款', { tier: 'ordinary' })).toBe(0)
    expect(seen('怎么申请退款', {})).toBe(0)
    expect(seen('怎么开发票', { channel: 'wecom-kf' })).toBe(1)
    expect(seen('怎么开发票', { channel: 'web-chat' })).toBe(0)
  })

  it('finds an Article from its first valid moment to its last', () => {
    const index = indexOf([article('sale', ['春节活动怎么参加'], { validFrom: new Date(1_000), validTo: new Date(2_000) })])
    const seen = (at: number): number => index.search('春节活动怎么参加', { now: new Date(at) }).hits.length
    expect([999, 1_000, 1_999, 2_000].map(seen)).toEqual([0, 1, 1, 0])
  })

  it('gives a replaced Article by its new wordings and version only', () => {
    const index = indexOf(stock)
    index.upsert([article('parking', ['电动车在哪里充电'], { version: 2 })])
    expect(index.size).toBe(stock.length)
    expect(index.search('电动车在哪里充电', { now }).hits[0]).toMatchObject({
      articleId: 'parking',
      version: 2,
      question: '电动车在哪里充电',
    })
    expect(index.search('有没有停车场', { now }).decision).not.toBe('answer')
  })

  it('works on terms alone when vectors are missing or of another length', () => {
    const bare = stock.map((one) => ({ ...one, passages: one.passages.map((passage) => ({ ...passage, vector: null })) }))
    expect(firstOf(indexOf(bare), '退款怎么申请')).toBe('refund')
    const odd = stock.map((one) => ({
      ...one,
      passages: one.passages.map((passage) => ({ ...passage, vector: new Float32Array([1, Number.NaN]) })),
    }))
    expect(firstOf(indexOf(odd), '退款怎么申请')).toBe('refund')
    expect(indexOf(stock).search('退款怎么申请', { now, vector: new Float32Array(3) }).hits[0]?.articleId).toBe('refund')
  })

  it('takes upserts and removals while it learns', async () => {
    const index = indexOf(stock)
    const learning = index.fit()
    index.upsert([article('refund', ['怎么取消订阅'], { version: 2 }), article('new', ['可以开具收据吗'])])
    index.remove(['points'])
    await Promise.all([learning, index.fit()])
    expect(firstOf(index, '怎么取消订阅')).toBe('refund')
    expect(firstOf(index, '可以开具收据吗')).toBe('new')
    expect(index.search('积分怎么兑换', { now }).hits.map(({ articleId }) => articleId)).not.toContain('points')
  })
})

describe('search, for any base and question', () => {
  const words = ['退款', '发票', '地址', '积分', '怎么', '多久', '可以', '取消', '密码', 'refund', 'card', '订单']
  const wording = fc.array(fc.constantFrom(...words), { minLength: 1, maxLength: 5 }).map((list) => list.join(''))
  const base = fc
    .uniqueArray(fc.record({ id: fc.stringMatching(/^[a-z]{1,4}$/), wordings: fc.array(wording, { minLength: 1, maxLength: 3 }) }), {
      selector: ({ id }) => id,
      minLength: 1,
      maxLength: 8,
    })
    .map((list) => list.map(({ id, wordings }) => article(id, wordings)))
  const question = fc.oneof(wording, fc.string({ unit: 'binary', maxLength: 80 }), fc.string({ unit: 'grapheme', maxLength: 80 }))

  it('gives scores from 0 to 1, descending, the first one being the confidence', () => {
    fc.assert(
      fc.property(base, question, fc.integer({ min: -1, max: 60 }), (articles, text, limit) => {
        const { hits, confidence, decision } = indexOf(articles).search(text, { now, limit })
        expect(confidence).toBeGreaterThanOrEqual(0)
        expect(confidence).toBeLessThanOrEqual(1)
        let before = 1
        for (const { score } of hits) {
          expect(score).toBeGreaterThanOrEqual(0)
          expect(score).toBeLessThanOrEqual(before)
          before = score
        }
        if (hits.length > 0) expect(hits[0]?.score).toBeCloseTo(confidence, 6)
        else expect(decision).toBe('none')
      }),
      { numRuns: 60 },
    )
  })

  it('finds the same whatever the order and number of upserts', () => {
    fc.assert(
      fc.property(base, wording, fc.infiniteStream(fc.nat()), (articles, text, keys) => {
        const shuffled = articles.map((one) => ({ one, key: keys.next().value as number })).sort((a, b) => a.key - b.key)
        const straight = indexOf(articles).search(text, { now })
        const other = createSearchIndex({ embedNow: embedder.embedNow })
        for (const { one } of shuffled) other.upsert([one])
        other.upsert(articles)
        const again = other.search(text, { now })
        expect(again.decision).toBe(straight.decision)
        expect(again.confidence).toBeCloseTo(straight.confidence, 2)
        expect(again.hits.map(({ articleId }) => articleId)).toEqual(straight.hits.map(({ articleId }) => articleId))
      }),
      { numRuns: 60 },
    )
  })

  it('never finds a removed Article', () => {
    fc.assert(
      fc.property(base, (articles) => {
        const index = indexOf(articles)
        const [gone] = articles as [SearchArticle]
        index.remove([gone.articleId, 'nobody'])
        expect(index.size).toBe(articles.length - 1)
        for (const { text } of gone.passages) {
          expect(index.search(text, { now, limit: 50 }).hits.map(({ articleId }) => articleId)).not.toContain(gone.articleId)
        }
      }),
      { numRuns: 40 },
    )
  })
})
