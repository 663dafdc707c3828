import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openChat } from '../../support/chat.ts'
import { startHouse, type TestHouse } from '../../support/house.ts'

/** Questions asked through the API and by customers while the one Article they are about is changed again and again. */
const ASKED = 1_600
const CHATTED = 400
const ASKERS = 4
const CHATTERS = 4

describe('an Article that is changed while it is asked about', () => {
  let house: TestHouse
  beforeAll(async () => {
    house = await startHouse()
    const wide = { perSecond: 1_000_000, burst: 1_000_000 }
    await house.call('PUT', '/api/settings/limits', { token: wide, address: wide, 'web-chat-post': wide, 'web-chat-read': wide })
    await house.call(
      'POST',
      '/api/articles/import',
      JSON.stringify({ id: 'price', question: '会员年费多少钱', similar: ['办会员一年要多少'], answer: '第 1 版' }),
      {
        'content-type': 'application/x-ndjson',
      },
    )
  })
  afterAll(() => house.stop())

  it(`is never answered in a version older than the one published before the question, in ${ASKED + CHATTED} questions`, async () => {
    let published = 1
    let asking = true
    let stale = 0
    let answered = 0
    const judge = (floor: number, text: string) => {
      answered++
      if (Number(/第 (\d+) 版/.exec(text)?.[1]) < floor) stale++
    }
    const publish = (async () => {
      while (asking) {
        const { status, body } = await house.call('PATCH', '/api/articles/price', { version: published, answer: `第 ${published + 1} 版` })
        expect([status, body.version]).toEqual([200, published + 1])
        published++
      }
    })()
    let left = ASKED
    const ask = async () => {
      while (left-- > 0) {
        const floor = published
        const { body } = await house.call('POST', '/api/knowledge/ask', { question: '会员年费多少钱' })
        expect(body.decision).toBe('answer')
        judge(floor, body.answer.text)
      }
    }
    let chats = CHATTED
    const talk = async () => {
      const chat = await openChat(house.url)
      while (chats-- > 0) {
        const floor = published
        const reply = await chat.ask('会员年费多少钱')
        judge(floor, reply.text)
        // What is cited is what was said.
        expect(reply.text).toBe(`第 ${reply.channelData.zhike?.evidence[0]?.version} 版`)
      }
    }
    await Promise.all([...Array.from({ length: ASKERS }, ask), ...Array.from({ length: CHATTERS }, talk)])
    asking = false
    await publish
    console.log(`publish while asked: ${answered} answers over ${published} versions, ${stale} stale`)
    expect({ answered, stale }).toEqual({ answered: ASKED + CHATTED, stale: 0 })
    expect(published).toBeGreaterThan(20)
  })

  it('is not answered any more once its deletion has returned', async () => {
    await house.call('DELETE', '/api/articles/price')
    expect((await house.call('POST', '/api/knowledge/ask', { question: '会员年费多少钱' })).body).toMatchObject({
      decision: 'none',
      answer: null,
    })
  })
})
