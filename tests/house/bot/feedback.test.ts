import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { ProbePoint } from '../../../platform/probe.ts'
import { type Chat, openChat } from '../../support/chat.ts'
import { startHouse, type TestHouse } from '../../support/house.ts'

/** "Helpful" and "not helpful" under an answer, also where deliveries are doubled and the process falls. */

let house: TestHouse
let chat: Chat
let answerId: string
/** The next time the house passes here, it falls. */
let fall: ProbePoint | null = null

beforeAll(async () => {
  house = await startHouse(
    {},
    {
      probe(point) {
        if (point !== fall) return
        fall = null
        throw new Error('the process fell')
      },
    },
  )
  const row = JSON.stringify({ id: 'ship', question: '什么时候发货', answer: '付款后 48 小时内发货。' })
  await house.call('POST', '/api/articles/import', row, { 'content-type': 'application/x-ndjson' })
})
afterAll(() => house.stop())

beforeEach(async () => {
  for (const { id } of await gaps()) await house.call('PATCH', `/api/gaps/${id}`, { state: 'ignored' })
  chat = await openChat(house.url)
  answerId = (await chat.ask('什么时候发货')).id
})

async function gaps(): Promise<{ id: string; question: string; reason: string; asked: number; state: string }[]> {
  return (await house.call('GET', '/api/gaps?state=open')).body.items
}

async function send(
  value: unknown,
  key: string = randomUUID(),
  from: Chat = chat,
): Promise<{ status: number; code: string | null; id?: string }> {
  const response = await fetch(`${house.url}/v3/directline/conversations/${from.conversationId}/activities`, {
    method: 'POST',
    headers: { authorization: `Bearer ${from.token}`, origin: house.url, 'content-type': 'application/json' },
    body: JSON.stringify({ type: 'event', name: 'zhike/feedback', value, from: { id: 'me' }, channelData: { clientActivityID: key } }),
  })
  const body = (await response.json()) as { id?: string }
  return { status: response.status, code: response.headers.get('x-error-code'), ...body }
}

const offers = async () => (await chat.seen()).filter((line) => line.text?.includes('没帮到您'))
const turn = async () => {
  const { id } = (await house.call('GET', `/api/conversations?address=${chat.conversationId}`)).body.items[0]
  return (await house.call('GET', `/api/conversations/${id}`)).body.turns[0]
}

describe('feedback', () => {
  it('is stored and echoed like any Activity, so that a page that is loaded again knows what was tapped', async () => {
    const { id } = await send({ messageId: answerId, helpful: true }, 'tap-1')
    const echo = (await chat.seen()).find((line) => line.id === id) as unknown as Record<string, unknown>
    expect(echo).toMatchObject({
      type: 'event',
      name: 'zhike/feedback',
      value: { messageId: answerId, helpful: true },
      channelData: { clientActivityID: 'tap-1' },
    })
    expect(await turn()).toMatchObject({ helpful: true })
  })

  it('does not show on a Turn that nobody rated', async () => {
    expect(await turn()).not.toHaveProperty('helpful')
  })

  it('that is delivered three times, twice of them at once, counts once', async () => {
    const said = { messageId: answerId, helpful: false }
    const [one, two] = await Promise.all([send(said, 'same'), send(said, 'same')])
    const three = await send(said, 'same')
    expect(new Set([one.id, two.id, three.id]).size).toBe(1)
    expect(await offers()).toHaveLength(1)
    expect(await gaps()).toEqual([expect.objectContaining({ question: '什么时候发货', reason: 'not-helpful' })])
  })

  it('tapped again and again leaves one asking in the Gap and one offer of a human', async () => {
    const before = (await house.call('GET', '/api/gaps?limit=200')).body.items[0]?.asked ?? 0
    for (const helpful of [false, false, true, false]) expect((await send({ messageId: answerId, helpful })).status).toBe(200)
    expect(await offers()).toHaveLength(1)
    expect(await turn()).toMatchObject({ helpful: false })
    const [gap] = (await house.call('GET', '/api/gaps?limit=200')).body.items
    expect(gap.asked).toBe(before + 1)
  })

  it.each<ProbePoint>(['inbox.before-commit', 'inbox.after-commit'])(
    'is whole after a fall %s: all of it once, when it is sent again',
    async (point) => {
      fall = point
      const said = { messageId: answerId, helpful: false }
      expect((await send(said, 'again')).status).toBe(500)
      if (point === 'inbox.before-commit') {
        expect(await turn()).not.toHaveProperty('helpful')
        expect(await offers()).toEqual([])
      }
      expect((await send(said, 'again')).status).toBe(200)
      expect(await turn()).toMatchObject({ helpful: false })
      expect(await offers()).toHaveLength(1)
    },
  )

  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['a text', 'yes'],
    ['a list', []],
    ['no message', { helpful: true }],
    ['a text for helpful', { messageId: 'x', helpful: 'true' }],
    ['a number for the message', { messageId: 7, helpful: true }],
    ['an endless id', { messageId: 'x'.repeat(601), helpful: true }],
    ['more than it takes', { messageId: 'x', helpful: true, score: 5 }],
    ['a message that does not exist', { messageId: 'x', helpful: true }],
  ])('with %s is refused and not stored', async (_what, value) => {
    const before = (await chat.seen()).length
    expect(await send(value)).toMatchObject({ status: 400, code: 'conversations.bad-feedback' })
    expect(await chat.seen()).toHaveLength(before)
  })

  it('for what is no answer, or the answer to somebody else, is refused', async () => {
    const [greeting] = await chat.seen()
    expect(await send({ messageId: greeting?.id, helpful: false })).toMatchObject({ status: 400 })
    const own = (await chat.seen()).find((line) => line.text === '什么时候发货')
    expect(await send({ messageId: own?.id, helpful: false })).toMatchObject({ status: 400 })
    const courtesy = await chat.ask('谢谢')
    expect(await send({ messageId: courtesy.id, helpful: false })).toMatchObject({ status: 400 })
    const stranger = await openChat(house.url)
    expect(await send({ messageId: answerId, helpful: false }, randomUUID(), stranger)).toMatchObject({
      status: 400,
      code: 'conversations.bad-feedback',
    })
    expect(await turn()).not.toHaveProperty('helpful')
  })

  it('on an answer of a Conversation that is over is taken, and the offer opens no Conversation', async () => {
    const { id } = (await house.call('GET', `/api/conversations?address=${chat.conversationId}`)).body.items[0]
    await house.call('POST', `/api/conversations/${id}/close`)
    expect((await send({ messageId: answerId, helpful: false })).status).toBe(200)
    expect(await offers()).toHaveLength(1)
    const { items } = (await house.call('GET', `/api/conversations?address=${chat.conversationId}`)).body
    expect(items.map(({ state }: { state: string }) => state)).toEqual(['closed'])
  })
})
