import { EventEmitter } from 'node:events'
import pino from 'pino'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { WebSocket } from 'ws'
import { createStreams } from '../../../server/live.ts'
import { SECRET, SITE, signIdentity, startDirectLine } from '../../support/direct-line.ts'
import { createMemoryMailbox } from '../../support/memory-mailbox.ts'

let service: Awaited<ReturnType<typeof startDirectLine>>
beforeAll(async () => {
  service = await startDirectLine()
})
afterAll(() => service.stop())

/** A client that keeps what it saw. */
async function listen(url: string, origin?: string) {
  const socket = new WebSocket(url, origin ? { origin } : {})
  const seen: { texts: string[]; watermarks: string[]; closed: { code: number; reason: string } | null } = {
    texts: [],
    watermarks: [],
    closed: null,
  }
  socket.on('message', (data) => {
    const set = JSON.parse(String(data))
    seen.texts.push(...set.activities.map((activity: { text: string }) => activity.text))
    seen.watermarks.push(set.watermark)
  })
  socket.on('close', (code, reason) => {
    seen.closed = { code, reason: String(reason) }
  })
  socket.on('error', () => {})
  await new Promise<void>((resolve, reject) => {
    socket.once('open', () => resolve())
    socket.once('unexpected-response', (_request, response) => reject(new Error(String(response.statusCode))))
  })
  return { socket, seen }
}
const refused = (url: string, origin?: string) =>
  listen(url, origin).then(
    () => 'opened',
    (error: Error) => error.message,
  )
const say = (id: string, text: string) => service.mailbox.append(id, { type: 'message', from: { id: 'bot', role: 'bot' }, text })

describe('a stream', () => {
  test('replays from the beginning, then goes live, each activity once and in order', async () => {
    const { id, streamUrl } = await service.open('c-1')
    for (let n = 0; n < 250; n++) say(id, String(n))
    const { socket, seen } = await listen(streamUrl)
    for (let n = 250; n < 500; n++) {
      say(id, String(n))
      if (n % 10 === 0) await new Promise((resolve) => setImmediate(resolve))
    }
    await expect.poll(() => seen.texts.length).toBe(501)
    expect(seen.texts).toEqual(['您好', ...Array.from({ length: 500 }, (_, n) => String(n))])
    expect(seen.watermarks.at(-1)).toBe('501')
    socket.close()
  })

  test('resumes after the watermark once the socket was cut', async () => {
    const { id, token, streamUrl } = await service.open('c-1')
    const first = await listen(streamUrl)
    say(id, 'one')
    await expect.poll(() => first.seen.texts).toEqual(['您好', 'one'])
    first.socket.terminate()
    say(id, 'two')
    const again = await service.call('GET', `/conversations/${id}?watermark=${first.seen.watermarks.at(-1)}`, { bearer: token })
    const second = await listen(again.body.streamUrl)
    say(id, 'three')
    await expect.poll(() => second.seen.texts).toEqual(['two', 'three'])
    const newer = await service.call('GET', `/conversations/${id}`, { bearer: token })
    const third = await listen(newer.body.streamUrl)
    say(id, 'four')
    await expect.poll(() => third.seen.texts).toEqual(['four'])
    for (const { socket } of [second, third]) socket.close()
  })

  test('opens with its own ticket only, within a minute, from an allowed site', async () => {
    const { id, token, streamUrl } = await service.open('c-1')
    const other = await service.open('c-2')
    const ticket = new URL(streamUrl).searchParams.get('t') ?? ''
    const at = (conversation: string, query: string) => `${service.url.replace('http', 'ws')}/conversations/${conversation}/stream${query}`
    expect(await refused(at(id, ''))).toBe('401')
    expect(await refused(at(id, '?t=x'))).toBe('401')
    expect(await refused(at(id, `?t=${token}`))).toBe('401')
    expect(await refused(at(id, `?t=${SECRET}`))).toBe('401')
    expect(await refused(at(other.id, `?t=${ticket}`))).toBe('403')
    expect(await refused(at(id, `?t=${ticket}&watermark=x`))).toBe('400')
    expect(await refused(streamUrl, 'https://evil.example')).toBe('403')
    expect(await refused(streamUrl, 'null')).toBe('403')
    expect((await service.call('GET', streamUrl.replace(/^ws/, 'http'))).status).toBe(400)
    const fair = await listen(streamUrl, SITE)
    fair.socket.close()
    const before = service.clock.now
    service.clock.now = new Date(before.getTime() + 61_000)
    expect(await refused(streamUrl)).toBe('403')
    service.clock.now = before
  })

  test('ends for the visitor who signed in, and says nothing more to her', async () => {
    const visitor = await service.open()
    const { seen } = await listen(visitor.streamUrl)
    await expect.poll(() => seen.texts.length).toBe(1)
    const identity = signIdentity(service.clock)
    const signed = await service.call('POST', '/tokens/generate', { origin: SITE, bearer: visitor.token, body: { identity } })
    say(visitor.id, 'for the customer')
    await expect.poll(() => seen.closed?.code).toBe(4003)
    expect(seen.texts).toEqual(['您好'])
    expect(await refused(visitor.streamUrl)).toBe('403')
    const start = await service.call('POST', '/conversations', { bearer: signed.body.token })
    const own = await listen(start.body.streamUrl)
    await expect.poll(() => own.seen.texts).toEqual(['您好', 'for the customer'])
    own.socket.close()
  })

  test('ignores empty frames and strange ones, and ends a client that floods or sends what is too large', async () => {
    const { streamUrl, id } = await service.open('c-1')
    const quiet = await listen(streamUrl)
    for (const frame of ['', '', '{"type":"message"}', 'not json']) quiet.socket.send(frame)
    say(id, 'still here')
    await expect.poll(() => quiet.seen.texts).toEqual(['您好', 'still here'])
    const flood = await listen(streamUrl)
    for (let n = 0; n < 21; n++) flood.socket.send('')
    await expect.poll(() => flood.seen.closed?.code).toBe(1008)
    const pings = await listen(streamUrl)
    for (let n = 0; n < 21; n++) pings.socket.ping()
    await expect.poll(() => pings.seen.closed?.code).toBe(1008)
    const large = await listen(streamUrl)
    large.socket.send('x'.repeat(256 * 1024 + 1))
    await expect.poll(() => large.seen.closed?.code).toBe(1009)
    const broken = await listen(streamUrl)
    broken.socket.send(Buffer.from([0xff, 0xfe]), { binary: false })
    await expect.poll(() => broken.seen.closed?.code).toBe(1007)
    expect(quiet.seen.closed).toBeNull()
    quiet.socket.close()
  })

  test('makes room: the ninth socket of a conversation ends the oldest', async () => {
    const { streamUrl } = await service.open('c-1')
    const sockets: Awaited<ReturnType<typeof listen>>[] = []
    for (let n = 0; n < 9; n++) sockets.push(await listen(streamUrl))
    await expect.poll(() => sockets[0]?.seen.closed).toEqual({ code: 4000, reason: 'collision' })
    expect(sockets.slice(1).every(({ seen }) => seen.closed === null)).toBe(true)
    for (const { socket } of sockets) socket.close()
    await expect.poll(() => service.streams.size()).toBe(0)
  })

  test('ends with 1001 when the house closes', async () => {
    const house = await startDirectLine()
    const { streamUrl } = await house.open('c-1')
    const { seen } = await listen(streamUrl)
    await house.stop()
    await expect.poll(() => seen.closed?.code).toBe(1001)
  })
})

/** A socket that does as it is told. */
function fakeSocket() {
  const socket = Object.assign(new EventEmitter(), {
    bufferedAmount: 0,
    sent: [] as string[],
    closed: null as number | null,
    terminated: false,
    pings: 0,
    send: (text: string) => socket.sent.push(text),
    ping: () => socket.pings++,
    close: (code: number) => {
      socket.closed = code
    },
    terminate: () => {
      socket.terminated = true
    },
  })
  return socket
}

describe('over time', () => {
  const translate: Parameters<typeof createStreams>[0]['translate'] = async (_id, _owner, letters, otherwise) => ({
    activities: letters.map((letter) => letter.activity),
    watermark: String(letters.at(-1)?.seq ?? otherwise),
  })
  const make = async (overrides: Partial<ReturnType<typeof createMemoryMailbox>> = {}) => {
    vi.useFakeTimers()
    const mailbox = createMemoryMailbox()
    await mailbox.start('a', { id: 'c-1', trusted: true })
    const streams = createStreams({ mailbox: { ...mailbox, ...overrides }, translate, log: pino({ level: 'silent' }) })
    const socket = fakeSocket()
    streams.open(socket as unknown as WebSocket, { conversationId: 'a', owner: 'c-1', after: 0 })
    await vi.advanceTimersByTimeAsync(0)
    return { mailbox, streams, socket }
  }
  afterEach(() => {
    vi.useRealTimers()
  })

  test('a silent socket is pinged, and dropped after a minute; one that answers stays', async () => {
    const { socket, streams } = await make()
    const alive = fakeSocket()
    alive.ping = () => {
      alive.emit('pong')
      return alive.pings++
    }
    streams.open(alive as unknown as WebSocket, { conversationId: 'a', owner: 'c-1', after: 0 })
    await vi.advanceTimersByTimeAsync(80_000)
    expect([socket.pings > 0, socket.terminated]).toEqual([true, true])
    expect(alive.terminated).toBe(false)
    expect(streams.size()).toBe(1)
  })

  test('a reader that does not read is ended with 1013, and cut when it does not answer', async () => {
    const { mailbox, socket } = await make()
    socket.bufferedAmount = 1024 * 1024 + 1
    mailbox.append('a', { type: 'message', text: 'x' })
    await vi.advanceTimersByTimeAsync(0)
    expect([socket.closed, socket.sent.length]).toEqual([1013, 1])
    await vi.advanceTimersByTimeAsync(5_000)
    expect(socket.terminated).toBe(true)
  })

  test('a lost hint delays a message, it does not lose it', async () => {
    const { mailbox, socket } = await make({ watch: () => () => {} })
    mailbox.append('a', { type: 'message', text: 'unheard' })
    await vi.advanceTimersByTimeAsync(0)
    expect(socket.sent).toHaveLength(1)
    await vi.advanceTimersByTimeAsync(15_000)
    expect(socket.sent[1]).toContain('unheard')
  })

  test('an owner who changed elsewhere ends the stream before anything more is sent', async () => {
    let owner = 'c-1'
    const { mailbox, socket } = await make({ ownerOf: async () => owner })
    owner = 'c-2'
    mailbox.append('a', { type: 'message', text: 'not for her' })
    await vi.advanceTimersByTimeAsync(0)
    expect([socket.closed, socket.sent.length]).toEqual([4003, 1])
  })

  test('a store that fails ends the stream with 1011, so that the client comes back', async () => {
    const { socket, streams } = await make({
      after: async () => {
        throw new Error('gone')
      },
    })
    expect(socket.closed).toBe(1011)
    expect(streams.size()).toBe(0)
  })
})
