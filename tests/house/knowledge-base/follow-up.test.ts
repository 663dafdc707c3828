import { afterAll, beforeAll, expect, test } from 'vitest'
import { startHouse, type TestHouse } from '../../support/house.ts'

let house: TestHouse

const ARTICLES = [
  { id: 'kettle-size', question: '电热水壶容量多大', similar: ['水壶能装几升水'], answer: '电热水壶容量 1.7 升，一次够四个人喝。' },
  {
    id: 'kettle-scale',
    question: '电热水壶怎么除垢',
    similar: ['水壶里有水垢怎么洗'],
    answer: '电热水壶倒入柠檬酸和水煮开，放 20 分钟后冲净。',
  },
  { id: 'pan-scale', question: '平底锅粘底怎么洗', similar: ['煎锅怎么清洗'], answer: '平底锅用温水泡软后以海绵擦净，不用钢丝球。' },
  { id: 'invoice', question: '怎么开发票', similar: ['如何开电子发票'], answer: '在订单详情点“申请发票”。' },
  { id: 'shipping', question: '多久发货', similar: ['几天能发出'], answer: '付款后 48 小时内发出。' },
]

beforeAll(async () => {
  house = await startHouse()
  const rows = ARTICLES.map((article) => JSON.stringify(article)).join('\n')
  const { status } = await house.call('POST', '/api/articles/import', rows, { 'content-type': 'application/x-ndjson' })
  expect(status).toBe(200)
})
afterAll(() => house.stop())

const SAID = [
  { from: 'customer', text: '电热水壶容量多大' },
  { from: 'bot', text: '电热水壶容量 1.7 升，一次够四个人喝。' },
]
const ask = async (question: string, history?: unknown) =>
  house.call('POST', '/api/knowledge/ask', { question, ...(history === undefined ? {} : { history }) })

test('completes a question from what was said before and finds the Article about that thing', async () => {
  const { status, body } = await ask('那怎么除垢', SAID)
  expect(status).toBe(200)
  expect(body.effectiveQuestion).toContain('水壶')
  expect(body.effectiveQuestion).toContain('怎么除垢')
  expect(body.hits[0]).toMatchObject({ articleId: 'kettle-scale' })
})

test('does not tell again what it has just told', async () => {
  const { body } = await ask('容量呢', SAID)
  expect(body.decision).not.toBe('answer')
  expect(body.answer).toBeNull()
})

test('reads a whole question by itself, whatever was said before', async () => {
  const { body } = await ask(' 怎么开发票 ', SAID)
  expect(body).toMatchObject({ decision: 'answer', answer: { articleId: 'invoice' }, effectiveQuestion: '怎么开发票' })
  expect((await ask('怎么开发票')).body).toMatchObject({ decision: 'answer', effectiveQuestion: '怎么开发票' })
})

test('gives the same to an empty history as to none', async () => {
  const [none, empty] = [await ask('那怎么除垢'), await ask('那怎么除垢', [])]
  expect(empty.body).toEqual({ ...none.body, tookMs: empty.body.tookMs })
})

test('takes a history of customer and bot only, and of a bounded length', async () => {
  expect((await ask('那呢', [{ from: 'agent', text: '在' }])).status).toBe(400)
  expect((await ask('那呢', [{ from: 'bot', text: '在', at: 1 }])).status).toBe(400)
  expect((await ask('那呢', new Array(101).fill({ from: 'bot', text: '在' }))).status).toBe(400)
})
