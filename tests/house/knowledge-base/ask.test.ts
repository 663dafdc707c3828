import { setImmediate as nextTurn } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { ZhikeError } from '../../../platform/errors.ts'
import { CURATOR, importLines, type Opened, openKnowledgeBase } from './support.ts'

let house: Opened
let clock = new Date('2026-03-01T12:00:00+08:00')

beforeAll(async () => {
  house = await openKnowledgeBase({ now: () => clock })
})
afterAll(() => house.close())
beforeEach(async () => {
  clock = new Date('2026-03-01T12:00:00+08:00')
  for (const { id } of (await house.kb.listArticles({ limit: 200 })).items) await house.kb.deleteArticle(CURATOR, id)
})

const REFUND = {
  id: 'refund',
  question: '怎么申请退款',
  similar: ['我要退钱', '退款在哪里操作'],
  answer: '在订单页点“申请退款”，1 到 3 天到账。',
}
const INVOICE = { id: 'invoice', question: '如何开发票', answer: '在订单详情里点“开发票”，填写抬头即可。' }

test('tells the approved answer word for word, with its source', async () => {
  await importLines(house.kb, [REFUND, INVOICE])
  const asked = await house.kb.ask({ question: ' 怎么申请退款？ ' })
  expect(asked).toMatchObject({
    decision: 'answer',
    answer: { articleId: 'refund', text: REFUND.answer },
    effectiveQuestion: '怎么申请退款？',
  })
  expect(asked.hits[0]).toMatchObject({ articleId: 'refund', question: REFUND.question })
})

test('says nothing to a question nobody wrote an Article for', async () => {
  await importLines(house.kb, [REFUND, INVOICE])
  expect(await house.kb.ask({ question: '月球上有没有水' })).toMatchObject({ decision: 'none', answer: null, candidates: [] })
  expect(await house.kb.ask({ question: '？？？' })).toMatchObject({ decision: 'none', hits: [] })
})

test('finds at once what another process has published, and never what it has changed or deleted', async () => {
  const other = await house.second()
  await importLines(other, [REFUND])
  expect((await house.kb.ask({ question: REFUND.question })).answer?.text).toBe(REFUND.answer)
  const { version } = await other.getArticle('refund')
  await other.patchArticle(CURATOR, 'refund', { version, answer: '请联系客服退款。' })
  expect((await house.kb.ask({ question: REFUND.question })).answer).toMatchObject({ version: version + 1, text: '请联系客服退款。' })
  await other.deleteArticle(CURATOR, 'refund')
  expect((await house.kb.ask({ question: REFUND.question })).answer).toBeNull()
})

test('never answers with an older version than the one that was in force when the question came', async () => {
  const other = await house.second()
  await importLines(other, [REFUND])
  const { version: first } = await other.getArticle('refund')
  let committed = first
  let writing = true
  let stale = 0
  let answered = 0
  const ask = async () => {
    while (writing) {
      const floor = committed
      const { answer } = await house.kb.ask({ question: REFUND.question })
      answered++
      // The embedded database answers without ever leaving the microtasks: let the writer's timers have their turn.
      await nextTurn()
      if (!answer || answer.version < floor || answer.text !== (answer.version === first ? REFUND.answer : `第 ${answer.version} 版`))
        stale++
    }
  }
  const askers = [ask(), ask(), ask()]
  try {
    for (let version = first; version < first + 40; version++) {
      await other.patchArticle(CURATOR, 'refund', { version, answer: `第 ${version + 1} 版` })
      committed = version + 1
    }
  } finally {
    writing = false
    await Promise.all(askers)
  }
  expect(stale).toBe(0)
  expect(answered).toBeGreaterThan(40)
})

test('keeps drafts and archived Articles to itself', async () => {
  await importLines(house.kb, [{ ...REFUND, status: 'draft' }])
  expect((await house.kb.ask({ question: REFUND.question })).hits).toEqual([])
  await house.kb.patchArticle(CURATOR, 'refund', { version: (await house.kb.getArticle('refund')).version, status: 'published' })
  expect((await house.kb.ask({ question: REFUND.question })).decision).toBe('answer')
  await house.kb.patchArticle(CURATOR, 'refund', { version: (await house.kb.getArticle('refund')).version, status: 'archived' })
  expect((await house.kb.ask({ question: REFUND.question })).hits).toEqual([])
})

test('answers only between validFrom and the end of the day named by validTo, in the house time zone', async () => {
  await importLines(house.kb, [{ ...REFUND, validFrom: '2026-03-01', validTo: '2026-03-02' }])
  const at = async (moment: string) => {
    clock = new Date(moment)
    return (await house.kb.ask({ question: REFUND.question })).decision
  }
  expect(await at('2026-02-28T23:59:59+08:00')).toBe('none')
  expect(await at('2026-03-01T00:00:00+08:00')).toBe('answer')
  expect(await at('2026-03-02T23:59:59+08:00')).toBe('answer')
  expect(await at('2026-03-03T00:00:00+08:00')).toBe('none')
})

test('shows an Article for one Tier or Channel to nobody else', async () => {
  await importLines(house.kb, [
    { ...REFUND, tiers: ['core'] },
    { ...INVOICE, channels: ['web-chat'] },
  ])
  expect((await house.kb.ask({ question: REFUND.question })).hits).toEqual([])
  expect((await house.kb.ask({ question: REFUND.question, tier: 'ordinary' })).hits).toEqual([])
  expect((await house.kb.ask({ question: REFUND.question, tier: 'core' })).answer?.articleId).toBe('refund')
  expect((await house.kb.ask({ question: INVOICE.question, channel: 'wecom-kf' })).hits).toEqual([])
  expect((await house.kb.ask({ question: INVOICE.question, channel: 'web-chat' })).answer?.articleId).toBe('invoice')
})

test('confirms a citation only while that version is published, valid and not deleted', async () => {
  await importLines(house.kb, [REFUND, { ...INVOICE, validTo: '2020-01-01' }])
  const [{ version }, { version: expired }] = [await house.kb.getArticle('refund'), await house.kb.getArticle('invoice')]
  const confirm = (articleId: string, of: number) =>
    house.database.transaction((tx) =>
      house.kb.confirmCurrent(tx, [
        { articleId, version: of },
        { articleId, version: of },
      ]),
    )
  expect(await confirm('refund', version)).toBe(true)
  expect(await confirm('refund', version + 1)).toBe(false)
  expect(await confirm('invoice', expired)).toBe(false)
  expect(await confirm('nobody', 1)).toBe(false)
  await house.kb.patchArticle(CURATOR, 'refund', { version, status: 'archived' })
  expect(await confirm('refund', version)).toBe(false)
  expect(await confirm('refund', version + 1)).toBe(false)
  expect(await house.database.transaction((tx) => house.kb.confirmCurrent(tx, []))).toBe(true)
})

test('refuses a change of a version that is no longer the latest, and leaves the Article as it is', async () => {
  await importLines(house.kb, [REFUND])
  const { version } = await house.kb.getArticle('refund')
  const both = await Promise.allSettled([
    house.kb.patchArticle(CURATOR, 'refund', { version, answer: '甲' }),
    house.kb.patchArticle(CURATOR, 'refund', { version, answer: '乙' }),
  ])
  const lost = both.filter((one) => one.status === 'rejected')
  expect(lost).toHaveLength(1)
  expect(lost[0]?.reason).toBeInstanceOf(ZhikeError)
  expect(lost[0]?.reason).toMatchObject({ kind: 'conflict', code: 'article.version-conflict' })
  expect((await house.kb.getArticle('refund')).version).toBe(version + 1)
})

test('a patch that changes nothing makes no new version, and null clears an optional field', async () => {
  await importLines(house.kb, [{ ...REFUND, category: '售后' }])
  const { version } = await house.kb.getArticle('refund')
  expect((await house.kb.patchArticle(CURATOR, 'refund', { version, category: '售后' })).version).toBe(version)
  expect(await house.kb.patchArticle(CURATOR, 'refund', { version, category: null, similar: null })).toMatchObject({
    version: version + 1,
    category: null,
    similar: [],
  })
  await expect(house.kb.patchArticle(CURATOR, 'refund', { version: version + 1, answer: ' ​' })).rejects.toMatchObject({
    code: 'article.answer-missing',
  })
  await expect(house.kb.patchArticle(CURATOR, 'gone', { version: 1, answer: '甲' })).rejects.toMatchObject({ code: 'article.not-found' })
})

test('an Article made anew under a deleted id is another version than any that was cited', async () => {
  await importLines(house.kb, [REFUND])
  const { version } = await house.kb.getArticle('refund')
  await house.kb.deleteArticle(CURATOR, 'refund')
  await expect(house.kb.getArticle('refund')).rejects.toMatchObject({ code: 'article.not-found' })
  await expect(house.kb.deleteArticle(CURATOR, 'refund')).rejects.toMatchObject({ code: 'article.not-found' })
  await importLines(house.kb, [REFUND])
  expect((await house.kb.getArticle('refund')).version).toBe(version + 2)
})

test('lists by status, category and words, page by page, and refuses a cursor of its own making', async () => {
  await importLines(
    house.kb,
    Array.from({ length: 7 }, (_, i) => ({
      id: `a${i}`,
      question: `第${i}个问题 100%_\\`,
      answer: `答案 ${i}`,
      category: i % 2 === 0 ? '偶' : '奇',
      status: i === 6 ? 'draft' : 'published',
    })),
  )
  const seen: string[] = []
  for (let cursor: string | undefined; ; ) {
    const { items, next } = await house.kb.listArticles({ limit: 3, ...(cursor === undefined ? {} : { cursor }) })
    seen.push(...items.map(({ id }) => id))
    if (next === null) break
    cursor = next
  }
  expect(seen).toEqual(['a0', 'a1', 'a2', 'a3', 'a4', 'a5', 'a6'])
  const ids = async (filter: object) => (await house.kb.listArticles({ limit: 50, ...filter })).items.map(({ id }) => id)
  expect(await ids({ status: 'draft' })).toEqual(['a6'])
  expect(await ids({ category: '奇' })).toEqual(['a1', 'a3', 'a5'])
  expect(await ids({ q: '答案 3' })).toEqual(['a3'])
  expect(await ids({ q: '100%_\\' })).toHaveLength(7)
  expect(await ids({ q: '1_0' })).toEqual([])
  await expect(house.kb.listArticles({ limit: 3, cursor: '%%%' })).rejects.toMatchObject({ code: 'knowledge.bad-cursor' })
})

test('counts a question without an Answer, whatever its punctuation, and opens it again when it was done', async () => {
  const record = (question: string) =>
    house.database.transaction((tx) => house.kb.recordGap(tx, { question, tier: 'ordinary', channel: 'web-chat', reason: 'no-answer' }))
  await record('有没有蓝色的？')
  await record('有没有藍色的')
  await record('！！！')
  const [gap, ...others] = (await house.kb.listGaps({ limit: 50 })).items
  expect(others).toEqual([])
  expect(gap).toMatchObject({ question: '有没有蓝色的？', asked: 2, state: 'open', tier: 'ordinary' })
  const id = gap?.id ?? ''
  expect(await house.kb.changeGap(CURATOR, id, 'done')).toMatchObject({ state: 'done' })
  expect((await house.kb.listGaps({ limit: 50, state: 'open' })).items).toEqual([])
  await record('有没有蓝色的')
  expect((await house.kb.listGaps({ limit: 50, state: 'open' })).items).toHaveLength(1)
  await house.kb.changeGap(CURATOR, id, 'ignored')
  await record('有没有蓝色的')
  expect((await house.kb.listGaps({ limit: 50, state: 'open' })).items).toEqual([])
  await expect(house.kb.changeGap(CURATOR, 'g_none', 'done')).rejects.toMatchObject({ code: 'gap.not-found' })
})
