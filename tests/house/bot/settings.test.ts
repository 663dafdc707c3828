import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Chat, openChat } from '../../support/chat.ts'
import { startHouse, type TestHouse } from '../../support/house.ts'

/** Service hours and quick questions: rows an admin edits; and where a conversation stands, for who may know. */

let house: TestHouse
beforeAll(async () => {
  house = await startHouse({}, { now: () => new Date('2026-03-03T22:00:00+08:00') })
})
afterAll(() => house.stop())

const state = async (chat: Pick<Chat, 'conversationId' | 'token'>) => {
  const response = await fetch(`${house.url}/v3/directline/conversations/${chat.conversationId}/state`, {
    headers: { authorization: `Bearer ${chat.token}`, origin: house.url },
  })
  return { status: response.status, code: response.headers.get('x-error-code'), body: (await response.json()) as Record<string, unknown> }
}
const audited = async (name: string) =>
  (
    await sql<{ n: number }>`select count(*)::int as n from audit_records where action = 'setting.changed' and object_id = ${name}`.execute(
      house.database.sql,
    )
  ).rows[0]?.n

describe('service hours', () => {
  it('are nine to nine every day in the zone of the house until somebody changes them', async () => {
    const { body } = await house.call('GET', '/api/settings/hours')
    expect(body).toMatchObject({ timeZone: 'Asia/Shanghai', holidays: [], workdays: [] })
    expect(Object.values(body.weekly)).toEqual(Array(7).fill([['09:00', '21:00']]))
    expect((await state(await openChat(house.url))).body).toEqual({
      state: 'none',
      place: null,
      waitMinutes: null,
      open: false,
      opensAt: '2026-03-04T01:00:00.000Z',
    })
  })

  it('are in force at once when they are changed, and the change is on record', async () => {
    const hours = { timeZone: 'America/New_York', weekly: { tue: [['08:00', '12:00']] }, holidays: [], workdays: ['2026-03-07'] }
    expect(await house.call('PUT', '/api/settings/hours', hours)).toMatchObject({ status: 200, body: hours })
    expect((await house.call('GET', '/api/settings/hours')).body).toEqual(hours)
    expect((await state(await openChat(house.url))).body).toMatchObject({ open: true, opensAt: null })
    expect(await audited('desk.hours')).toBe(1)
  })

  it('without any hours never open, and the bot says so without a time', async () => {
    await house.call('PUT', '/api/settings/hours', { timeZone: 'Asia/Shanghai', weekly: {}, holidays: [], workdays: [] })
    const chat = await openChat(house.url)
    const reply = await chat.ask('转人工')
    expect(reply.text).toContain('人工客服现在不在线')
    expect((await state(chat)).body).toEqual({ state: 'queue', place: 1, waitMinutes: null, open: false, opensAt: null })
  })

  const good = { timeZone: 'Asia/Shanghai', weekly: {}, holidays: [], workdays: [] }
  it.each<[string, unknown, string]>([
    ['a day that is none', { ...good, weekly: { monday: [] } }, 'request.invalid'],
    ['a field nobody knows', { ...good, lunch: true }, 'request.invalid'],
    ['a span with one end', { ...good, weekly: { mon: [['09:00']] } }, 'request.invalid'],
    ['missing holidays', { timeZone: 'UTC', weekly: {}, workdays: [] }, 'request.invalid'],
    ['a zone that is none', { ...good, timeZone: 'Mars/Base' }, 'settings.bad-hours'],
    ['a span that runs backwards', { ...good, weekly: { mon: [['18:00', '09:00']] } }, 'settings.bad-hours'],
    ['a date that does not exist', { ...good, holidays: ['2026-02-30'] }, 'settings.bad-hours'],
  ])('with %s are refused, with the place, and nothing changes', async (_what, body, code) => {
    const before = (await house.call('GET', '/api/settings/hours')).body
    const answer = await house.call('PUT', '/api/settings/hours', body)
    expect([answer.status, answer.body.error.code, answer.body.error.details.length]).toEqual([400, code, expect.any(Number)])
    expect(answer.body.error.details[0].path).toMatch(/^\/|^$/)
    expect((await house.call('GET', '/api/settings/hours')).body).toEqual(before)
  })
})

describe('quick questions', () => {
  it('are none at first, and stand under each greeting after, in the language and script of the reader', async () => {
    expect((await house.call('GET', '/api/settings/quick-questions')).body).toEqual({ 'zh-CN': [], en: [] })
    expect((await (await openChat(house.url)).seen())[0]?.suggestedActions).toBeUndefined()
    const questions = { 'zh-CN': ['什么时候发货', '怎么退货'], en: ['When will it ship?'] }
    expect((await house.call('PUT', '/api/settings/quick-questions', questions)).status).toBe(200)
    expect(await audited('chat.quick-questions')).toBe(1)
    const under = async (locale?: string) =>
      (await (await openChat(house.url, locale ? { locale } : {})).seen())[0]?.suggestedActions?.actions.map(({ value }) => value)
    expect(await under()).toEqual(['什么时候发货', '怎么退货'])
    expect(await under('zh-TW')).toEqual(['什麼時候發貨', '怎麼退貨'])
    expect(await under('en-US')).toEqual(['When will it ship?'])
  })

  it('come with the demo company, and each of them has an answer', async () => {
    const demo = await startHouse({ ZHIKE_DEMO: 'on' })
    try {
      for (const locale of ['zh-CN', 'en-US']) {
        const chat = await openChat(demo.url, { locale })
        const [greeting] = await chat.seen()
        const offered = greeting?.suggestedActions?.actions ?? []
        expect(offered.length).toBeGreaterThan(0)
        for (const { value } of offered) expect([value, (await chat.ask(value)).channelData.zhike?.kind]).toEqual([value, 'answer'])
      }
    } finally {
      await demo.stop()
    }
  })

  it.each<[string, unknown]>([
    ['seven of a language', { 'zh-CN': ['1', '2', '3', '4', '5', '6', '7'], en: [] }],
    ['a blank one', { 'zh-CN': ['  '], en: [] }],
    ['one twice', { 'zh-CN': ['怎么退货', '怎么退货'], en: [] }],
    ['one that is too long for a button', { 'zh-CN': ['长'.repeat(61)], en: [] }],
    ['a language nobody knows', { 'zh-CN': [], en: [], fr: [] }],
    ['no English list', { 'zh-CN': [] }],
  ])('with %s are refused', async (_what, body) => {
    expect((await house.call('PUT', '/api/settings/quick-questions', body)).status).toBe(400)
  })
})

describe('where a conversation stands', () => {
  it('is told to its owner alone', async () => {
    const [mine, theirs] = [await openChat(house.url), await openChat(house.url)]
    expect((await state(mine)).status).toBe(200)
    expect(await state({ conversationId: theirs.conversationId, token: mine.token })).toMatchObject({
      status: 403,
      code: 'web-chat.other-conversation',
    })
    expect(await state({ conversationId: mine.conversationId, token: 'none' })).toMatchObject({ status: 401 })
    expect(await state({ conversationId: 'A'.repeat(24), token: house.webChatSecret })).toMatchObject({
      status: 404,
      code: 'web-chat.conversation-unknown',
    })
  })

  it('counts as reading, within the limit of reads', async () => {
    const { body: table } = await house.call('GET', '/api/settings/limits')
    const chat = await openChat(house.url)
    await house.call('PUT', '/api/settings/limits', { ...table, 'web-chat-read': { perSecond: 0.01, burst: 1 } })
    expect((await state(chat)).status).toBe(200)
    expect((await state(chat)).status).toBe(429)
    await house.call('PUT', '/api/settings/limits', table)
  })

  it('counts who waits before: a higher priority first, then who came earlier', async () => {
    const [first, second, third] = [await openChat(house.url), await openChat(house.url), await openChat(house.url)]
    const place = async (chat: Chat) => (await state(chat)).body.place
    const ahead = Number((await house.call('GET', '/api/conversations?state=queue')).body.items.length)
    for (const chat of [first, second, third]) await chat.ask('转人工')
    expect([await place(first), await place(second), await place(third)]).toEqual([ahead + 1, ahead + 2, ahead + 3])
    await sql`update conversations set priority = 100 where address = ${third.conversationId}`.execute(house.database.sql)
    expect([await place(third), await place(first), await place(second)]).toEqual([1, ahead + 2, ahead + 3])
    // Who leaves and comes back stands at the end again.
    await first.ask('继续问机器人')
    expect([await place(first), await place(second)]).toEqual([null, ahead + 2])
    await first.ask('转人工')
    expect(await place(first)).toBe(ahead + 3)
  })
})
