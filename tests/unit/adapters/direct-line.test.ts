import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { SECRET, SITE, signIdentity, startDirectLine } from '../../support/direct-line.ts'

let service: Awaited<ReturnType<typeof startDirectLine>>
beforeAll(async () => {
  service = await startDirectLine()
})
afterAll(() => service.stop())

const say = (id: string, bearer: string, body: Record<string, unknown> = {}) =>
  service.call('POST', `/conversations/${id}/activities`, { bearer, body: { type: 'message', from: { id: 'dl_u1' }, text: 'hi', ...body } })
const read = (id: string, bearer: string, watermark?: string) =>
  service.call('GET', `/conversations/${id}/activities${watermark === undefined ? '' : `?watermark=${watermark}`}`, { bearer })

describe('a session', () => {
  test('goes as Direct Line 3.0 tells it', async () => {
    const made = await service.call('POST', '/tokens/generate', { bearer: SECRET, body: { user: { id: 'dl_u1', name: '小王' } } })
    expect(made).toMatchObject({ status: 200, body: { expires_in: 1800 } })
    expect(made.body).not.toHaveProperty('streamUrl')
    expect(JSON.parse(Buffer.from(made.body.token.split('.')[1], 'base64url').toString())).toMatchObject({
      user: 'dl_u1',
      conv: made.body.conversationId,
    })

    const id = made.body.conversationId
    expect((await read(id, made.body.token)).status).toBe(404)
    const started = await service.call('POST', '/conversations', { bearer: made.body.token, body: { user: { id: 'dl_other' } } })
    expect(started).toMatchObject({ status: 201, body: { conversationId: id, expires_in: 1800 } })
    expect(started.body.streamUrl).toMatch(new RegExp(`^ws://127.0.0.1:\\d+/v3/directline/conversations/${id}/stream\\?t=`))
    const again = await service.call('POST', '/conversations', { bearer: made.body.token })
    expect(again).toMatchObject({ status: 200, body: { conversationId: id } })

    const token = started.body.token
    const posted = await say(id, token, {
      channelData: { clientActivityID: 'a1', custom: { deep: [1, null] } },
      entities: [{ type: 'ClientCapabilities' }],
    })
    expect(posted).toMatchObject({ status: 200 })
    expect(Object.keys(posted.body)).toEqual(['id'])
    service.mailbox.append(id, { type: 'message', from: { id: 'bot', role: 'bot' }, replyToId: posted.body.id, text: 'hello' })

    const all = await read(id, token, '')
    expect(all.body.activities.map((activity: { text: string }) => activity.text)).toEqual(['您好', 'hi', 'hello'])
    expect(all.body.activities[1]).toMatchObject({
      id: posted.body.id,
      from: { id: 'dl_u1', name: '小王', role: 'user' },
      channelData: { clientActivityID: 'a1', custom: { deep: [1, null] } },
      entities: [{ type: 'ClientCapabilities' }],
      conversation: { id },
      channelId: 'directline',
    })
    expect(all.body.activities[2]).toMatchObject({ replyToId: posted.body.id, from: { role: 'bot' } })
    expect((await read(id, token, all.body.watermark)).body).toEqual({ activities: [], watermark: all.body.watermark })

    expect(await service.call('GET', `/conversations/${id}?watermark=2`, { bearer: token })).toMatchObject({
      status: 200,
      body: { conversationId: id, streamUrl: expect.stringContaining('watermark=2') },
    })
    const { id: other } = await service.open('dl_u2')
    expect(await read(other, token)).toMatchObject({ status: 403, body: { error: { code: 'Forbidden' } } })
    const refreshed = await service.call('POST', '/tokens/refresh', { bearer: token })
    expect(refreshed).toMatchObject({ status: 200, body: { conversationId: id, expires_in: 1800 } })

    const before = service.clock.now
    service.clock.now = new Date(before.getTime() + 1_801_000)
    for (const answer of [await service.call('POST', '/tokens/refresh', { bearer: token }), await read(id, token), await say(id, token)])
      expect(answer).toMatchObject({ status: 403, body: { error: { code: 'TokenExpired' } } })
    service.clock.now = before
  })

  test('ends for who ends it: reading goes on, sending does not', async () => {
    const { id, token } = await service.open('dl_u1')
    expect((await say(id, token, { type: 'endOfConversation' })).status).toBe(200)
    expect(await say(id, token)).toMatchObject({ status: 409, body: { error: { code: 'BotRejectedActivity' } } })
    expect((await read(id, token)).status).toBe(200)
  })

  test('is found by the secret, which speaks for its owner', async () => {
    const { id } = await service.open('c-7')
    expect((await say(id, SECRET)).status).toBe(200)
    expect(service.mailbox.taken.at(-1)).toMatchObject({ identity: { id: 'c-7', trusted: true }, activity: { from: { id: 'c-7' } } })
    expect(await read('there-is-no-such-conversation', SECRET)).toMatchObject({ status: 404, body: { error: { code: 'NotFound' } } })
    expect((await read('%2e%2e%2fx', SECRET)).status).toBe(404)
  })

  test('lets a visitor who names herself be nobody we know', async () => {
    const made = await service.call('POST', '/conversations', { bearer: SECRET })
    expect(made.status).toBe(201)
    const id = made.body.conversationId
    await say(id, made.body.token, { from: { id: 'c-1001', name: '自称' } })
    expect(service.mailbox.taken.at(-1)).toMatchObject({
      identity: { id: `visitor:${id}`, trusted: false },
      activity: { from: { id: 'c-1001', name: '自称', role: 'user' } },
    })
  })
})

describe('who may have a token', () => {
  test('is the secret, or a page of an allowed site, and nobody else', async () => {
    for (const [init, status] of [
      [{}, 403],
      [{ bearer: 'not-the-secret' }, 403],
      [{ origin: 'https://evil.example' }, 403],
      [{ origin: 'null' }, 403],
      [{ origin: `${SITE}.evil.example` }, 403],
      [{ origin: `${SITE}:8443` }, 403],
      [{ origin: SITE.replace('https', 'http') }, 403],
      [{ origin: SITE, bearer: 'garbage' }, 401],
      [{ origin: SITE }, 200],
      [{ origin: service.publicUrl }, 200],
      [{ origin: service.publicUrl.replace('127.0.0.1', 'localhost') }, 200],
      [{ origin: service.publicUrl.replace('127.0.0.1', '[::1]') }, 200],
      [{ origin: 'http://localhost:1' }, 403],
      [{ bearer: SECRET }, 200],
    ] as const)
      expect([init, (await service.call('POST', '/tokens/generate', init)).status]).toEqual([init, status])
  })

  test('is an anonymous visitor without the secret, whatever the body claims', async () => {
    const answer = await service.call('POST', '/tokens/generate', { origin: SITE, body: { user: { id: 'c-1001', name: '冒名' } } })
    await service.call('POST', '/conversations', { bearer: answer.body.token, body: { user: { id: 'c-1001' } } })
    expect(await service.mailbox.ownerOf(answer.body.conversationId)).toMatch(/^dl_visitor-[0-9a-f]{32}$/)
    await say(answer.body.conversationId, answer.body.token, { from: { id: 'c-1001', name: '冒名' } })
    const taken = service.mailbox.taken.at(-1)
    expect(taken?.identity).toEqual({ id: taken?.activity.from?.id, trusted: false })
    expect(taken?.activity.from?.id).toMatch(/^dl_visitor-/)
  })

  test('must name the user properly', async () => {
    for (const [user, code] of [
      [{}, 'MissingProperty'],
      [{ name: 'x' }, 'MissingProperty'],
      ['c-1', 'BadArgument'],
      [{ id: 7 }, 'BadArgument'],
      [{ id: 'x\u200b' }, 'BadArgument'],
      [{ id: `dl_visitor-${'0'.repeat(32)}` }, 'BadArgument'],
    ])
      expect(await service.call('POST', '/tokens/generate', { bearer: SECRET, body: { user } })).toMatchObject({
        status: 400,
        body: { error: { code } },
      })
    expect((await service.call('POST', '/tokens/generate', { bearer: SECRET, body: { trustedOrigins: ['shop'] } })).status).toBe(400)
    expect((await service.call('POST', '/tokens/generate', { bearer: SECRET, body: '[]' })).status).toBe(400)
  })

  test('is refused elsewhere without credentials', async () => {
    const { id } = await service.open('c-1')
    for (const [method, path] of [
      ['POST', '/tokens/refresh'],
      ['POST', '/conversations'],
      ['GET', `/conversations/${id}`],
      ['GET', `/conversations/${id}/activities`],
      ['POST', `/conversations/${id}/activities`],
      ['POST', `/conversations/${id}/upload?userId=x`],
      ['GET', `/conversations/${id}/stream`],
      ['GET', `/conversations/${id}/attachments/f1`],
    ] as const)
      for (const init of [{}, { headers: { authorization: 'Basic x' } }, { headers: { authorization: 'Bearer' } }]) {
        const answer = await service.call(method, path, { origin: SITE, ...init })
        expect([path, answer.status, answer.body.error?.message?.length > 10]).toEqual([path, 401, true])
      }
    expect((await service.call('POST', '/tokens/refresh', { bearer: SECRET })).status).toBe(403)
  })

  test('holds it for the sites it was made for', async () => {
    const made = await service.call('POST', '/tokens/generate', { bearer: SECRET, body: { user: { id: 'c-1' }, trustedOrigins: [SITE] } })
    const start = (origin?: string) => service.call('POST', '/conversations', { bearer: made.body.token, ...(origin ? { origin } : {}) })
    expect((await start(service.publicUrl)).status).toBe(403)
    expect((await start(SITE)).status).toBe(201)
    expect((await start()).status).toBe(200)
  })
})

describe('signing in', () => {
  test('takes the conversation along, and leaves the visitor nothing', async () => {
    const visitor = await service.open()
    await say(visitor.id, visitor.token, { text: '登录前' })
    const identity = signIdentity(service.clock, { sub: 'c-42', name: '李先生' })
    const signed = await service.call('POST', '/tokens/generate', { origin: SITE, bearer: visitor.token, body: { identity } })
    expect(signed).toMatchObject({ status: 200, body: { conversationId: visitor.id } })
    expect(await service.mailbox.ownerOf(visitor.id)).toBe('c-42')
    expect((await read(visitor.id, signed.body.token)).body.activities).toHaveLength(2)
    for (const answer of [
      await read(visitor.id, visitor.token),
      await say(visitor.id, visitor.token),
      await service.call('GET', `/conversations/${visitor.id}`, { bearer: visitor.token }),
      await service.call('POST', '/conversations', { bearer: visitor.first }),
      await service.call('POST', '/tokens/refresh', { bearer: visitor.token }),
    ])
      expect(answer.status).toBe(403)
    await say(visitor.id, signed.body.token, { text: '登录后' })
    expect(service.mailbox.taken.at(-1)).toMatchObject({
      identity: { id: 'c-42', trusted: true, name: '李先生' },
      activity: { from: { id: 'c-42' } },
    })
  })

  test('twice with the same answer is one sign-in', async () => {
    const visitor = await service.open()
    const sign = (sub: string, bearer = visitor.token) =>
      service.call('POST', '/tokens/generate', { origin: SITE, bearer, body: { identity: signIdentity(service.clock, { sub }) } })
    const first = await sign('c-43')
    expect((await sign('c-43')).status).toBe(200)
    expect((await sign('c-43', first.body.token)).status).toBe(200)
    for (const answer of [await sign('c-44'), await sign('c-44', first.body.token)]) expect(answer.status).toBe(403)
    expect(await service.mailbox.ownerOf(visitor.id)).toBe('c-43')
  })

  test('works before anything was said', async () => {
    const made = await service.call('POST', '/tokens/generate', { origin: SITE })
    const signed = await service.call('POST', '/tokens/generate', {
      origin: SITE,
      bearer: made.body.token,
      body: { identity: signIdentity(service.clock) },
    })
    expect((await service.call('POST', '/conversations', { bearer: signed.body.token })).status).toBe(201)
    expect((await service.call('POST', '/conversations', { bearer: made.body.token })).status).toBe(403)
  })

  test('needs an allowed site or the secret like every token', async () => {
    const identity = signIdentity(service.clock)
    expect((await service.call('POST', '/tokens/generate', { body: { identity } })).status).toBe(403)
    expect((await service.call('POST', '/tokens/generate', { bearer: SECRET, body: { identity } })).status).toBe(200)
  })
})

describe('what is posted', () => {
  test('counts once, however often the client tries', async () => {
    const { id, token } = await service.open('c-1')
    const body = { text: '重试', channelData: { clientActivityID: 'same' } }
    const answers = await Promise.all([say(id, token, body), say(id, token, body), say(id, token, { ...body, from: { id: 'forged' } })])
    expect(new Set(answers.map((answer) => answer.body.id)).size).toBe(1)
    expect((await read(id, token)).body.activities.filter((activity: { text: string }) => activity.text === '重试')).toHaveLength(1)
    expect((await say(id, token)).body.id).not.toBe((await say(id, token)).body.id)
  })

  test('cannot be written in the name of the house', async () => {
    const { id, token } = await service.open('c-1')
    await say(id, token, {
      from: { id: 'bot', role: 'bot' },
      channelData: { zhike: { kind: 'agent' }, own: 1 },
      id: 'mine',
      timestamp: '1999-01-01T00:00:00Z',
    })
    const echo = (await read(id, token)).body.activities.at(-1)
    expect(echo).toMatchObject({ from: { id: 'c-1', role: 'user' } })
    expect(echo.channelData).toEqual({ own: 1 })
    expect(echo.id).not.toBe('mine')
    expect(echo.timestamp > '2026').toBe(true)
  })

  test('is refused with the reason when it is not an activity', async () => {
    const { id, token } = await service.open('c-1')
    const before = service.mailbox.taken.length
    const deep = `${'['.repeat(40)}${']'.repeat(40)}`
    for (const [body, status, code] of [
      ['', 400, 'BadArgument'],
      ['{', 400, 'BadArgument'],
      ['[]', 400, 'BadArgument'],
      ['"x"', 400, 'BadArgument'],
      [new Uint8Array([0x7b, 0xff, 0x7d]), 400, 'BadArgument'],
      [{ from: { id: 'x' } }, 400, 'MissingProperty'],
      [{ type: 'message' }, 400, 'MissingProperty'],
      [{ type: 'message', from: {} }, 400, 'MissingProperty'],
      [{ type: 'message', from: { id: 7 } }, 400, 'BadArgument'],
      [{ type: 'message', from: { id: 'x' }, text: 7 }, 400, 'BadArgument'],
      [{ type: 'message', from: { id: 'x' }, text: 'a\u0000b' }, 400, 'BadArgument'],
      ['{"type":"message","from":{"id":"x"},"text":"\\ud800"}', 400, 'BadArgument'],
      ['{"type":"message","from":{"id":"x"},"__proto__":{"polluted":true}}', 400, 'BadArgument'],
      ['{"type":"message","from":{"id":"x"},"constructor":{"prototype":{"polluted":true}}}', 400, 'BadArgument'],
      [`{"type":"message","from":{"id":"x"},"value":${deep}}`, 400, 'BadArgument'],
      [`{"type":"message","from":{"id":"x"},"value":${'['.repeat(100_000)}${']'.repeat(100_000)}}`, 400, 'BadArgument'],
      ['{"type":"message","from":{"id":"x"},"value":1e999}', 400, 'BadArgument'],
      [{ type: 'message', from: { id: 'x' }, channelData: 'x' }, 400, 'BadArgument'],
      [{ type: 'message', from: { id: 'x' }, attachments: [{}] }, 400, 'BadArgument'],
      [{ type: 'message', from: { id: 'x' }, text: '字'.repeat(256 * 1024) }, 413, 'MessageSizeTooBig'],
      [{ type: 'message', from: { id: 'x' }, text: 'x'.repeat(2_000_000) }, 413, 'MessageSizeTooBig'],
    ] as const) {
      const answer = await service.call('POST', `/conversations/${id}/activities`, { bearer: token, body })
      expect([JSON.stringify(body).slice(0, 80), answer.status, answer.body.error?.code]).toEqual([
        JSON.stringify(body).slice(0, 80),
        status,
        code,
      ])
    }
    expect(service.mailbox.taken).toHaveLength(before)
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
  })

  test('may be long, strange and in any script', async () => {
    const { id, token } = await service.open('c-1')
    for (const text of ['', '字'.repeat(200_000), '😀 \u202e עברית', '<img src=x onerror=alert(1)>']) {
      expect((await say(id, token, { text })).status).toBe(200)
      expect((await read(id, token, String((await service.mailbox.lastSeq(id)) - 1))).body.activities.at(-1).text).toBe(text)
    }
  })

  test('is answered with an id though typing and unknown kinds are not kept', async () => {
    const { id, token } = await service.open('c-1')
    for (const type of ['typing', 'conversationUpdate', 'somethingNew'])
      expect(await say(id, token, { type })).toMatchObject({ status: 200, body: { id: expect.any(String) } })
    expect(await say(id, token, { type: 'event', name: 'webchat/join', value: { language: 'zh' } })).toMatchObject({ status: 200 })
    expect((await read(id, token)).body.activities.map((activity: { type: string }) => activity.type)).toEqual(['message', 'event'])
  })

  test('waits when there is too much of it', async () => {
    const small = await startDirectLine({ postsBeforeThrottle: 1 })
    const { id, token } = await small.open('c-1')
    const post = () =>
      small.call('POST', `/conversations/${id}/activities`, { bearer: token, body: { type: 'message', from: { id: 'x' }, text: 'x' } })
    expect((await post()).status).toBe(200)
    const refused = await post()
    expect(refused).toMatchObject({ status: 429, body: { error: { code: 'Throttled' } } })
    expect(refused.headers.get('retry-after')).toBe('2')
    await small.stop()
  })
})

describe('reading', () => {
  test('takes the empty watermark of a first poll, and refuses a bad one', async () => {
    const { id, token } = await service.open('c-1')
    expect((await read(id, token, '')).body.activities).toHaveLength(1)
    for (const bad of ['x', '-1', '1.5', '1e3', '99999999999999999999', '%00', "1';--"])
      expect((await read(id, token, bad)).status, bad).toBe(400)
    expect((await service.call('GET', `/conversations/${id}/activities?watermark=0&watermark=1`, { bearer: token })).status).toBe(200)
  })

  test('pages until there is nothing left', async () => {
    const { id, token } = await service.open('c-1')
    for (let n = 0; n < 450; n++) service.mailbox.append(id, { type: 'message', from: { id: 'bot' }, text: String(n) })
    const texts: string[] = []
    let watermark = ''
    for (;;) {
      const { body } = await read(id, token, watermark)
      if (body.activities.length === 0) break
      texts.push(...body.activities.map((activity: { text: string }) => activity.text))
      watermark = body.watermark
    }
    expect(texts).toEqual(['您好', ...Array.from({ length: 450 }, (_, n) => String(n))])
  })
})

describe('browsers', () => {
  test('of allowed sites may send what the clients send', async () => {
    const asked = {
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'authorization,content-type,x-ms-bot-agent,x-requested-with',
    }
    const answer = await service.call('OPTIONS', '/conversations/x/activities', { origin: SITE, headers: asked })
    expect(answer.status).toBe(204)
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'access-control-allow-origin': SITE,
      'access-control-allow-methods': 'GET, POST, OPTIONS',
      'access-control-allow-headers': 'authorization, content-type, x-ms-bot-agent, x-requested-with',
      'access-control-max-age': '600',
      vary: 'Origin',
    })
    expect(answer.headers.get('access-control-allow-credentials')).toBeNull()
  })

  test('of other sites are told nothing, errors included', async () => {
    const { id, token } = await service.open('c-1')
    for (const origin of ['https://evil.example', 'null', `${SITE}.evil.example`]) {
      for (const answer of [
        await service.call('OPTIONS', '/tokens/generate', { origin, headers: { 'access-control-request-method': 'POST' } }),
        await service.call('GET', `/conversations/${id}/activities`, { origin, bearer: token }),
        await service.call('GET', '/nowhere', { origin }),
      ])
        expect([origin, answer.headers.get('access-control-allow-origin'), answer.headers.get('access-control-allow-methods')]).toEqual([
          origin,
          null,
          null,
        ])
    }
    const failed = await service.call('GET', `/conversations/${id}/activities`, { origin: SITE })
    expect([failed.status, failed.headers.get('access-control-allow-origin')]).toEqual([401, SITE])
    expect(await service.call('GET', '/session/getsessionid', { origin: SITE })).toMatchObject({
      status: 404,
      body: { error: { code: 'NotFound' } },
    })
  })
})
