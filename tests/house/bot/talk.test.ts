import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Chat, eventually, openChat, type Seen } from '../../support/chat.ts'
import { startHouse, TEST_SECRET, type TestHouse } from '../../support/house.ts'

const ARTICLES = [
  {
    id: 'ship',
    question: '什么时候发货',
    similar: ['下单后多久发货', '付款以后几天能寄出', 'when will my order ship'],
    answer: '付款后 48 小时内发货，预售商品以页面标注的日期为准。',
  },
  { id: 'freight', question: '运费怎么算', similar: ['邮费多少钱', '满多少包邮'], answer: '满 99 元包邮，不满收 8 元运费。' },
  {
    id: 'invoice',
    question: '怎么开发票',
    similar: ['可以开电子发票吗', '发票在哪里申请'],
    answer: '在订单详情点“申请发票”，电子发票 24 小时内发到您的邮箱。',
  },
  {
    id: 'return',
    question: '怎么申请退货',
    similar: ['不想要了怎么退', '7 天无理由退货怎么弄'],
    answer: '签收 7 天内在订单里点“申请售后”，选“退货退款”。',
  },
]

describe('a talk with the bot', () => {
  let house: TestHouse
  let chat: Chat
  beforeAll(async () => {
    house = await startHouse()
    const rows = ARTICLES.map((article) => JSON.stringify(article)).join('\n')
    expect((await house.call('POST', '/api/articles/import', rows, { 'content-type': 'application/x-ndjson' })).body.created).toBe(4)
  })
  afterAll(() => house.stop())

  const fresh = async (options: Parameters<typeof openChat>[1] = {}) => {
    chat = await openChat(house.url, options)
    return chat
  }
  const kindOf = (activity: Seen | undefined) => activity?.channelData.zhike?.kind

  it('greets before the customer has said anything, says it is a bot, and opens no Conversation for it', async () => {
    const { conversationId, seen } = await fresh()
    const [greeting] = await seen()
    expect(greeting?.text).toContain('机器人')
    expect(kindOf(greeting)).toBe('courtesy')
    expect((await house.call('GET', `/api/conversations?address=${conversationId}`)).body.items).toEqual([])
  })

  it('answers verbatim, with the Article it stands on and the Message it replies to', async () => {
    await fresh()
    const id = await chat.post('什么时候发货')
    const reply = await chat.replyTo(id)
    expect(reply.text).toBe(ARTICLES[0]?.answer)
    expect(reply.from.role).toBe('bot')
    expect(reply.channelData.zhike).toMatchObject({
      kind: 'answer',
      aiGenerated: false,
      evidence: [{ articleId: 'ship', version: 1, question: '什么时候发货' }],
    })
  })

  it('keeps the script of the customer: Traditional asked, Traditional answered', async () => {
    await fresh()
    const reply = await chat.ask('什麼時候發貨')
    expect(kindOf(reply)).toBe('answer')
    expect(reply.text).toContain('付款後')
  })

  it('speaks English to who writes English', async () => {
    await fresh({ locale: 'en-US' })
    expect((await chat.seen())[0]?.text).toContain('assistant')
    expect((await chat.ask('thank you')).text).toMatch(/welcome/i)
    expect((await chat.ask('can you explain quantum gravity')).text).toMatch(/no reliable answer|which/i)
    expect(kindOf(await chat.ask('when will my order ship'))).toBe('answer')
  })

  it('takes a question typed in two halves as one', async () => {
    await fresh()
    await chat.post('我买的')
    const reply = await chat.ask('什么时候发货')
    expect(reply.text).toBe(ARTICLES[0]?.answer)
    expect((await chat.seen()).filter((activity) => activity.from.role === 'bot')).toHaveLength(2)
  })

  it('waits a moment after a mere opening and then answers the question that follows, once', async () => {
    await fresh()
    await chat.post('在吗')
    const reply = await chat.ask('什么时候发货')
    expect(reply.text).toBe(ARTICLES[0]?.answer)
    expect((await chat.seen()).filter((activity) => activity.from.role === 'bot')).toHaveLength(2)
  })

  it('answers an opening that nothing follows', async () => {
    await fresh()
    expect((await chat.ask('在吗')).text).toContain('您请说')
  })

  it('hands over at once when a human is asked for, lists it, keeps messages left, and comes back on request', async () => {
    await fresh()
    const reply = await chat.ask('转人工')
    expect(kindOf(reply)).toBe('handoff')
    const list = async () => (await house.call('GET', `/api/conversations?address=${chat.conversationId}`)).body.items[0]
    expect(await list()).toMatchObject({ state: 'queue', reason: 'asked for a human', channel: 'web-chat', customer: { tier: 'ordinary' } })
    const kept = await chat.ask('我的订单少发了一件')
    expect(kindOf(kept)).toBe('queue')
    const whole = (await house.call('GET', `/api/conversations/${(await list()).id}`)).body
    expect(whole.messages.map((message: { text: string }) => message.text)).toContain('我的订单少发了一件')
    expect(kindOf(await chat.ask('继续问机器人'))).toBe('courtesy')
    expect(await list()).toMatchObject({ state: 'bot' })
    expect(kindOf(await chat.ask('什么时候发货'))).toBe('answer')
  })

  it('says that it does not know, offers a human after two Turns without an Answer, and keeps the Conversation', async () => {
    await fresh()
    await chat.ask('量子引力的前沿进展有哪些')
    const second = await chat.ask('帮我写一首关于大海的诗歌')
    expect(second.suggestedActions?.actions.map(({ value }) => value)).toContain('转人工')
    expect(second.text).toContain('转人工')
    expect((await house.call('GET', `/api/conversations?address=${chat.conversationId}`)).body.items[0].state).toBe('bot')
    const gaps = (await house.call('GET', '/api/gaps')).body.items as { question: string }[]
    expect(gaps.map(({ question }) => question)).toContain('帮我写一首关于大海的诗歌')
  })

  it.each([
    ['谢谢你', '不客气'],
    ['你是机器人吗', '机器人'],
    ['。。。', '没有看懂'],
    ['傻逼', '抱歉'],
    ['   ', '没有看懂'],
    ['再见', '再见'],
  ])('has a fitting word for %j', async (text, expected) => {
    await fresh()
    expect((await chat.ask(text)).text).toContain(expected)
  })

  it('answers an endless message and a picture without words', async () => {
    await fresh()
    expect((await chat.ask('我想问一下我买的东西'.repeat(5_000))).text.length).toBeGreaterThan(0)
    const id = await chat.post('', {
      attachments: [{ contentType: 'image/png', name: 'a.png', contentUrl: 'https://elsewhere.example/a.png' }],
    })
    expect((await chat.replyTo(id)).text).toContain('图片')
  })

  it('shows the trace of each Turn to the API', async () => {
    await fresh()
    await chat.ask('怎么申请退货')
    const { id } = (await house.call('GET', `/api/conversations?address=${chat.conversationId}`)).body.items[0]
    const { turns, messages } = (await house.call('GET', `/api/conversations/${id}`)).body
    expect(turns).toHaveLength(1)
    expect(turns[0]).toMatchObject({
      effectiveQuestion: '怎么申请退货',
      decision: 'answer',
      messageIds: [messages[0].id],
      reply: messages[1].id,
    })
    expect(turns[0].hits[0].articleId).toBe('return')
  })

  it('knows a trusted customer by the id of the site, over two conversations', async () => {
    await fresh({ user: 'member-77', secret: TEST_SECRET })
    await chat.ask('什么时候发货')
    await fresh({ user: 'member-77', secret: TEST_SECRET })
    await chat.ask('运费怎么算')
    const { items } = (await house.call('GET', '/api/conversations?customerId=member-77')).body
    expect(items).toHaveLength(2)
  })

  it('opens another Conversation when a customer comes back after the first was closed', async () => {
    await fresh()
    await chat.ask('什么时候发货')
    const first = (await house.call('GET', `/api/conversations?address=${chat.conversationId}`)).body.items[0]
    const closed = await house.call('POST', `/api/conversations/${first.id}/close`)
    expect(closed.status).toBe(200)
    expect(kindOf(await chat.ask('运费怎么算'))).toBe('answer')
    const { items } = (await house.call('GET', `/api/conversations?address=${chat.conversationId}`)).body
    expect(items.map(({ state }: { state: string }) => state)).toEqual(['bot', 'closed'])
  })

  it('never answers from an Article that was changed or deleted meanwhile', async () => {
    await house.call(
      'POST',
      '/api/articles/import',
      JSON.stringify({ id: 'gift', question: '有没有赠品', similar: ['送不送小礼物'], answer: '下单送杯子一个。' }),
      { 'content-type': 'application/x-ndjson' },
    )
    await fresh()
    expect((await chat.ask('有没有赠品')).text).toBe('下单送杯子一个。')
    await house.call('PATCH', '/api/articles/gift', { version: 1, answer: '赠品活动已于本月结束。' })
    expect((await chat.ask('有没有赠品')).text).toBe('赠品活动已于本月结束。')
    await house.call('DELETE', '/api/articles/gift')
    expect(kindOf(await chat.ask('有没有赠品'))).not.toBe('answer')
  })

  it('stays silent to nobody: every customer Message of this file was answered', async () => {
    await eventually(async () => {
      const { items } = (await house.call('GET', '/api/conversations?limit=200')).body
      for (const { id } of items) {
        const { messages, turns } = (await house.call('GET', `/api/conversations/${id}`)).body
        const taken = new Set(turns.flatMap((turn: { messageIds: string[] }) => turn.messageIds))
        if (messages.some((message: { from: string; id: string }) => message.from === 'customer' && !taken.has(message.id))) return false
      }
      return true
    })
  })
})
