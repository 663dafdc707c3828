import { afterAll, beforeAll, expect, test } from 'vitest'
import { ARTICLES, QUICK_QUESTIONS } from '../house/bot/scripts/shop.ts'
import { eventually, openChat } from '../support/chat.ts'
import { startHouse, type TestHouse } from '../support/house.ts'
import { describeWithPostgres } from '../support/postgres-suite.ts'

describeWithPostgres('two processes over one server', (postgres) => {
  let houses: TestHouse[]
  beforeAll(async () => {
    const url = await postgres.createDatabase()
    const options = { now: () => new Date('2026-03-03T22:15:00+08:00') }
    houses = [await startHouse({ ZHIKE_DATABASE_URL: url }, options), await startHouse({ ZHIKE_DATABASE_URL: url }, options)]
    const rows = ARTICLES.map((article) => JSON.stringify(article))
    await houses[0]?.call('POST', '/api/articles/import', rows.join('\n'), { 'content-type': 'application/x-ndjson' })
    // Either may take a Turn; the one that did not import learns the base a moment later.
    for (const house of houses)
      await eventually(async () => (await house.call('POST', '/api/knowledge/ask', { question: '怎么改' })).body.decision === 'ask', 60_000)
  })
  afterAll(async () => {
    for (const house of houses ?? []) await house.stop()
  })
  const [first, second] = [() => houses[0] as TestHouse, () => houses[1] as TestHouse]

  test('take one feedback that comes to both of them at once as one', async () => {
    const chat = await openChat(first().url)
    const answer = await chat.ask('怎么修改密码')
    const send = (house: TestHouse) =>
      fetch(`${house.url}/v3/directline/conversations/${chat.conversationId}/activities`, {
        method: 'POST',
        headers: { authorization: `Bearer ${chat.token}`, 'content-type': 'application/json' },
        body: JSON.stringify({
          type: 'event',
          name: 'zhike/feedback',
          value: { messageId: answer.id, helpful: false },
          from: { id: 'me' },
          channelData: { clientActivityID: 'one-tap' },
        }),
      }).then(async (response) => ((await response.json()) as { id: string }).id)
    const ids = await Promise.all(Array.from({ length: 12 }, (_, n) => send(n % 2 ? first() : second())))
    expect(new Set(ids).size).toBe(1)
    expect((await chat.seen()).filter((line) => line.text?.includes('没帮到您'))).toHaveLength(1)
    expect((await first().call('GET', '/api/gaps')).body.items).toEqual([
      expect.objectContaining({ question: '怎么修改密码', reason: 'not-helpful', asked: 1 }),
    ])
  })

  test('read a picture, a choice, the hours and the place in the queue as one process does', async () => {
    const chat = await openChat(second().url)
    const picture = await chat.post('', { attachments: [{ contentType: 'image/png', contentUrl: 'https://elsewhere.example/a.png' }] })
    expect((await chat.replyTo(picture)).text).toContain('图片已收到')
    expect((await chat.ask('怎么改')).channelData.zhike?.kind).toBe('ask')
    expect((await chat.ask('第一个')).channelData.zhike?.kind).toBe('answer')
    const handoff = await chat.ask('转人工')
    expect(handoff.text).toContain('明天 9:00')
    expect(handoff.channelData.zhike).toMatchObject({ queue: { place: 1, open: false, opensAt: '2026-03-04T01:00:00.000Z' } })
    const state = async (house: TestHouse) =>
      (
        await fetch(`${house.url}/v3/directline/conversations/${chat.conversationId}/state`, {
          headers: { authorization: `Bearer ${chat.token}` },
        })
      ).json()
    expect(await state(first())).toEqual(await state(second()))
    expect(await state(first())).toMatchObject({ state: 'queue', place: 1, open: false })
  })

  test('follow a setting that was changed in the other', async () => {
    await first().call('PUT', '/api/settings/quick-questions', QUICK_QUESTIONS)
    await eventually(async () => (await second().call('GET', '/api/settings/quick-questions')).body['zh-CN'].length === 2)
    const [greeting] = await (await openChat(second().url)).seen()
    expect(greeting?.suggestedActions?.actions.map(({ value }) => value)).toEqual(QUICK_QUESTIONS['zh-CN'])
  })
})
