import pino from 'pino'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { directLineRoutes } from '../../../wire/direct-line.ts'
import { eventually, openChat } from '../../support/chat.ts'
import { startHouse, TEST_SECRET, type TestHouse } from '../../support/house.ts'
import { createRandom } from '../../support/random.ts'

/** Threats of the web chat (C4 to C10) against a whole house over HTTP. */

const SHOP = 'https://shop.example.com'
const ENV = { ZHIKE_TRUSTED_PROXIES: '127.0.0.1', ZHIKE_WEB_CHAT_ORIGINS: SHOP }

let house: TestHouse
const lines: string[] = []
let at = 0

beforeAll(async () => {
  house = await startHouse(ENV, { log: pino({ level: 'trace' }, { write: (line: string) => void lines.push(line) }) })
})
afterAll(() => house?.stop())

/** A person with an address of her own, so that what one does counts against her alone. */
function person() {
  const ip = `203.0.113.${++at}`
  const call = async (method: string, path: string, init: { bearer?: string; body?: unknown; headers?: Record<string, string> } = {}) => {
    const raw = typeof init.body === 'string' ? init.body : JSON.stringify(init.body)
    const response = await fetch(path.startsWith('http') ? path : `${house.url}/v3/directline${path}`, {
      method,
      headers: {
        origin: house.url,
        'x-forwarded-for': ip,
        ...(init.bearer ? { authorization: `Bearer ${init.bearer}` } : {}),
        ...(init.body === undefined ? {} : { 'content-type': 'application/json' }),
        ...init.headers,
      },
      ...(init.body === undefined ? {} : { body: raw }),
    })
    const text = await response.text()
    return { status: response.status, headers: response.headers, text, body: text.startsWith('{') ? JSON.parse(text) : null }
  }
  const open = async () => {
    const made = (await call('POST', '/tokens/generate', {})).body
    const started = (await call('POST', '/conversations', { bearer: made.token })).body
    const id = started.conversationId as string
    const bearer = started.token as string
    return {
      id,
      bearer,
      streamUrl: started.streamUrl as string,
      answers: [made, started],
      say: (text: string, clientActivityID: string = crypto.randomUUID()) =>
        call('POST', `/conversations/${id}/activities`, {
          bearer,
          body: { type: 'message', from: { id: 'me' }, text, channelData: { clientActivityID } },
        }),
      upload: (clientActivityID: string) => {
        const form = new FormData()
        const activity = { type: 'message', from: { id: 'me' }, channelData: { clientActivityID } }
        form.append('file', new Blob(['内容'], { type: 'text/plain' }), 'a.txt')
        form.append('activity', new Blob([JSON.stringify(activity)], { type: 'application/vnd.microsoft.activity' }))
        return fetch(`${house.url}/v3/directline/conversations/${id}/upload?userId=me`, {
          method: 'POST',
          headers: { origin: house.url, 'x-forwarded-for': ip, authorization: `Bearer ${bearer}` },
          body: form,
        }).then(async (response) => ({ status: response.status, body: (await response.json()) as { id: string } }))
      },
      async all() {
        const found: any[] = []
        for (let watermark = ''; ; ) {
          const { body } = await call('GET', `/conversations/${id}/activities?watermark=${watermark}`, { bearer })
          if (body.activities.length === 0) return found
          found.push(...body.activities)
          watermark = body.watermark
        }
      },
    }
  }
  return { ip, call, open }
}

describe('a conversation of somebody else (C4)', () => {
  test('is closed to a stranger, to nobody and to who signed in elsewhere, on every route there is', async () => {
    const [owner, stranger] = [person(), person()]
    const mine = await owner.open()
    await mine.upload('one')
    const fileId = /attachments\/([0-9a-f]+)/.exec(JSON.stringify(await mine.all()))?.[1] ?? 'none'
    const theirs = await stranger.open()
    const signedIn = await openChat(house.url, { user: 'c-elsewhere', secret: TEST_SECRET })
    const routes = Object.values(directLineRoutes).filter(({ path }) => path.includes(':conversationId'))
    expect(routes.length).toBeGreaterThanOrEqual(6)
    const before = (await mine.all()).length
    for (const { method, path } of routes) {
      const place = path.replace('/v3/directline', '').replace(':conversationId', mine.id).replace(':fileId', fileId)
      const ask = (bearer?: string, more = '') =>
        stranger.call(method, `${place}${more}`, {
          ...(bearer ? { bearer } : {}),
          ...(method === 'POST' ? { body: { type: 'message', from: { id: 'me' }, text: '冒名' } } : {}),
        })
      // A stream is opened by its ticket alone.
      const closed = path.endsWith('/stream') ? 401 : 403
      expect([path, (await ask()).status]).toEqual([path, 401])
      expect([path, (await ask(theirs.bearer)).status]).toEqual([path, closed])
      expect([path, (await ask(signedIn.token)).status]).toEqual([path, closed])
      const ticket = new URL(theirs.streamUrl).searchParams.get('t')
      if (path.endsWith('/stream')) expect((await ask(undefined, `?t=${ticket}`)).status).toBe(403)
    }
    expect((await mine.all()).length).toBe(before)
  })

  test('cannot be guessed: ids carry 128 random bits and more, and no two are alike', async () => {
    const someone = person()
    const made = await Promise.all(Array.from({ length: 50 }, () => someone.call('POST', '/tokens/generate', {})))
    const ids = made.map(({ body }) => body.conversationId as string)
    expect(new Set(ids).size).toBe(50)
    for (const id of ids) expect(Buffer.from(id, 'base64url').length).toBeGreaterThanOrEqual(16)
    // No place is the same in all of them: nothing is counted up.
    const same = Array.from(ids[0] ?? '').filter((sign, place) => ids.every((id) => id[place] === sign))
    expect(same).toEqual([])
  })
})

describe('a token (C5)', () => {
  test('stands in no address that the house gives out, and opens nothing from one', async () => {
    const someone = person()
    const chat = await someone.open()
    await chat.upload('one')
    const again = await someone.call('GET', `/conversations/${chat.id}?watermark=1`, { bearer: chat.bearer })
    const refreshed = await someone.call('POST', '/tokens/refresh', { bearer: chat.bearer })
    const said = [...chat.answers, again.body, refreshed.body, ...(await chat.all())]
    const urls = JSON.stringify(said).match(/(?:https?|wss?):[^"]+/g) ?? []
    expect(urls.length).toBeGreaterThanOrEqual(3)
    const tokens = [...chat.answers, again.body, refreshed.body].map(({ token }) => token as string)
    expect(new Set(tokens).size).toBe(4)
    for (const token of tokens) {
      expect(urls.filter((url) => url.includes(token))).toEqual([])
      for (const name of ['t', 'token', 'access_token', 'authorization'])
        for (const place of ['', '/activities', '/stream', '/attachments/none'])
          expect([name, place, (await someone.call('GET', `/conversations/${chat.id}${place}?${name}=${token}`)).status]).toEqual([
            name,
            place,
            401,
          ])
    }
    // Neither the ticket of a stream nor that of a file is a token.
    for (const url of urls.filter((url) => url.includes('?t='))) {
      const ticket = new URL(url).searchParams.get('t') ?? ''
      expect((await someone.call('GET', `/conversations/${chat.id}/activities`, { bearer: ticket })).status).toBe(401)
    }
  })

  test('stands in no line of the log, however much is logged', async () => {
    const chat = await person().open()
    await chat.say('您好')
    await person().call('GET', `/conversations/${chat.id}/activities?t=${chat.bearer}`)
    await person().call('GET', '/nowhere', { bearer: chat.bearer })
    expect(lines.length).toBeGreaterThan(0)
    expect(lines.filter((line) => /eyJ[\w-]+\.eyJ/.test(line) || line.includes(TEST_SECRET))).toEqual([])
  })

  test('of a visitor ends when she signs in: at once for what she asks, and within seconds for what she hears', async () => {
    const someone = person()
    const visitor = await someone.open()
    const socket = new WebSocket(visitor.streamUrl)
    const closed = new Promise<number>((resolve) => socket.once('close', resolve))
    await new Promise((resolve) => socket.once('message', resolve))
    const { makeJwt, HS256 } = await import('../../support/direct-line.ts')
    const claims = { sub: 'c-signed-in', aud: 'zhike-web-chat', exp: Math.floor(Date.now() / 1_000) + 600 }
    const identity = makeJwt(HS256, claims, TEST_SECRET)
    const signed = await someone.call('POST', '/tokens/generate', { bearer: visitor.bearer, body: { identity } })
    expect([signed.status, signed.body.conversationId]).toEqual([200, visitor.id])
    expect(await closed).toBe(4003)
    for (const [method, place] of [
      ['GET', `/conversations/${visitor.id}`],
      ['GET', `/conversations/${visitor.id}/activities`],
      ['POST', '/conversations'],
      ['POST', '/tokens/refresh'],
    ] as const)
      expect([place, (await someone.call(method, place, { bearer: visitor.bearer })).status]).toEqual([place, 403])
    expect((await someone.call('GET', `/conversations/${visitor.id}/activities`, { bearer: signed.body.token })).status).toBe(200)
  })
})

describe('a foreign site (C7)', () => {
  test('may not frame any page; the configured one and we ourselves may', async () => {
    for (const path of ['/chat', '/widget/frame', '/', '/api/articles', '/v3/directline/nothing']) {
      const policy = (await fetch(house.url + path, { redirect: 'manual' })).headers.get('content-security-policy') ?? ''
      expect([path, /frame-ancestors ([^;]+)/.exec(policy)?.[1]?.trim()]).toEqual([path, `'self' ${SHOP}`])
    }
  })

  test('may not read, preflight, start or listen; the configured one may', async () => {
    const someone = person()
    const chat = await someone.open()
    const allowed = async (origin: string) => {
      const headers = { origin }
      const read = await someone.call('GET', '/nowhere', { headers })
      const asked = await someone.call('OPTIONS', '/tokens/generate', { headers: { ...headers, 'access-control-request-method': 'POST' } })
      const made = await someone.call('POST', '/tokens/generate', { headers })
      const heard = await new Promise<number | string>((resolve) => {
        const socket = new WebSocket(chat.streamUrl, { origin })
        socket.once('open', () => resolve('open'))
        socket.once('unexpected-response', (_request, response) => resolve(response.statusCode ?? 0))
        socket.once('error', () => undefined)
        setTimeout(() => socket.terminate(), 2_000).unref()
      })
      return [
        read.headers.get('access-control-allow-origin'),
        asked.headers.get('access-control-allow-methods'),
        asked.headers.get('access-control-allow-credentials'),
        made.status,
        heard,
      ]
    }
    for (const origin of [
      'https://evil.example',
      'null',
      `${SHOP}.evil.example`,
      'https://evil-shop.example.com',
      'https://example.com',
      'http://shop.example.com',
      `${SHOP}:8443`,
      `${SHOP}/`,
      'https://SHOP.example.com.',
    ])
      expect([origin, ...(await allowed(origin))]).toEqual([origin, null, null, null, 403, 403])
    // The conversation was begun on our own page, and its token says so.
    expect(await allowed(SHOP)).toEqual([SHOP, 'GET, POST, OPTIONS', null, 200, 403])
    expect(await allowed(house.url)).toEqual([house.url, 'GET, POST, OPTIONS', null, 200, 'open'])
  })
})

describe('a double click (C8)', () => {
  test('and a repeat of a file say the same once, and keep one message', async () => {
    const chat = await person().open()
    const said = await Promise.all(Array.from({ length: 8 }, () => chat.say('点了两次', 'click')))
    const sent = await Promise.all(Array.from({ length: 4 }, () => chat.upload('file')))
    const later = await chat.upload('file')
    expect(new Set(said.map(({ status, body }) => `${status} ${body.id}`)).size).toBe(1)
    expect(new Set([...sent, later].map(({ status, body }) => `${status} ${body.id}`)).size).toBe(1)
    const own = (await chat.all()).filter(({ from }) => from.role === 'user')
    expect(own.map(({ text, attachments }) => text ?? attachments?.length)).toEqual(['点了两次', 1])
  })
})

describe('a reader whose line is cut again and again (C9)', () => {
  test('has everything once and in order, over every cut', { timeout: 120_000 }, async () => {
    const random = createRandom()
    const readers = await Promise.all(
      Array.from({ length: 6 }, async (_, n) => {
        const someone = person()
        const chat = await someone.open()
        const seen: string[] = []
        let watermark = ''
        let cuts = 0
        let over = false
        const follow = async () => {
          while (!over) {
            const { body } = await someone.call('GET', `/conversations/${chat.id}?watermark=${watermark || '0'}`, { bearer: chat.bearer })
            const socket = new WebSocket(body.streamUrl)
            const lasts = 1 + random.below(2)
            let sets = 0
            await new Promise<void>((resolve) => {
              socket.on('message', (data) => {
                const set = JSON.parse(String(data))
                seen.push(...set.activities.map(({ id }: { id: string }) => id))
                watermark = set.watermark
                if (++sets >= lasts) socket.terminate()
              })
              socket.once('close', () => resolve())
              socket.once('error', () => resolve())
              setTimeout(() => socket.terminate(), 500).unref()
            })
            cuts++
          }
        }
        const following = follow()
        for (let message = 0; message < 12; message++) expect((await chat.say(`第 ${n}-${message} 条`)).status).toBe(200)
        const server = await eventually(async () => {
          const ids = (await chat.all()).map(({ id }) => id as string)
          return seen.length >= ids.length && ids.length > 13 && seen.at(-1) === ids.at(-1) ? ids : null
        }, 60_000)
        over = true
        await following
        return { server, seen, cuts }
      }),
    )
    console.log(
      'C9',
      JSON.stringify({ seed: random.seed, cuts: readers.map(({ cuts }) => cuts), seen: readers.map(({ seen }) => seen.length) }),
    )
    for (const { seen, server } of readers) expect(seen.slice(0, server.length)).toEqual(server)
    expect(Math.min(...readers.map(({ cuts }) => cuts))).toBeGreaterThanOrEqual(3)
  })
})

describe('a flood (C10)', () => {
  test('of one visitor is told to wait, and everybody else is served', async () => {
    const [flooder, other] = [await person().open(), await person().open()]
    const flood = Promise.all(Array.from({ length: 150 }, (_, n) => flooder.say(`刷屏 ${n}`)))
    const served = []
    for (let n = 0; n < 10; n++) served.push(await other.say(`正常 ${n}`))
    expect(served.map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 200))
    const answers = await flood
    const refused = answers.filter(({ status }) => status === 429)
    expect(answers.filter(({ status }) => status !== 429 && status !== 200)).toEqual([])
    expect(refused.length).toBeGreaterThanOrEqual(60)
    for (const { headers, body } of refused) {
      expect(Number(headers.get('retry-after'))).toBeGreaterThanOrEqual(1)
      expect([headers.get('x-error-code'), body.error.code]).toEqual(['limits.too-many', 'Throttled'])
    }
    // Nothing of what was refused was kept, and all of what was taken.
    const kept = (await flooder.all()).filter(({ from }) => from.role === 'user').length
    expect(kept).toBe(answers.length - refused.length)
  })

  test('from one address is told to wait whatever conversation it is in, and no header makes it another address', async () => {
    const [flooder, other] = [person(), person()]
    const ask = () =>
      flooder.call('GET', '/nowhere', { headers: { 'x-forwarded-for': `${crypto.randomUUID().slice(0, 3)}, ${flooder.ip}` } })
    const limits = (await house.call('GET', '/api/settings/limits')).body
    // A bucket that does not fill up while a slow machine asks.
    await house.call('PUT', '/api/settings/limits', { ...limits, address: { perSecond: 1, burst: 100 } })
    const answers = await Promise.all(Array.from({ length: 300 }, ask))
    const refused = answers.filter(({ status }) => status === 429)
    expect(refused.length).toBeGreaterThan(100)
    expect(refused.every(({ headers }) => Number(headers.get('retry-after')) >= 1)).toBe(true)
    expect((await other.call('GET', '/nowhere')).status).toBe(404)
    await house.call('PUT', '/api/settings/limits', limits)
  })
})
