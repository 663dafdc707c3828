import { type AddressInfo, connect, type Socket } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { eventually, openChat } from '../../support/chat.ts'
import { startHouse, TEST_SECRET, type TestHouse } from '../../support/house.ts'

/** Sockets of people who mean harm (C11, C12, S-07), against a whole house. */

let house: TestHouse
beforeAll(async () => {
  house = await startHouse()
  const limits = (await house.call('GET', '/api/settings/limits')).body
  const wide = { perSecond: 10_000, burst: 10_000 }
  await house.call('PUT', '/api/settings/limits', { ...limits, address: wide, 'web-chat-post': wide, 'web-chat-read': wide })
})
afterAll(() => house?.stop())

const port = () => (house.app.fastify.server.address() as AddressInfo).port
const isServed = async () => (await fetch(`${house.url}/healthz`)).status === 200

async function openStream() {
  const chat = await openChat(house.url)
  const bearer = { authorization: `Bearer ${chat.token}`, origin: house.url }
  const again = await fetch(`${house.url}/v3/directline/conversations/${chat.conversationId}?watermark=0`, { headers: bearer })
  return { chat, streamUrl: ((await again.json()) as { streamUrl: string }).streamUrl }
}

/** A bare connection, to write frames that no library would. */
function talk(text: string | Uint8Array): Promise<{ socket: Socket; heard: () => Buffer; closed: Promise<void> }> {
  return new Promise((resolve) => {
    const socket = connect(port(), '127.0.0.1')
    const pieces: Buffer[] = []
    socket.on('data', (piece) => pieces.push(piece))
    socket.on('error', () => undefined)
    const closed = new Promise<void>((end) => socket.once('close', () => end()))
    socket.write(text, () => resolve({ socket, heard: () => Buffer.concat(pieces), closed }))
  })
}

const upgrade = (path: string, more = '') =>
  `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${Buffer.alloc(16, 7).toString('base64')}\r\n${more}\r\n`

/** A masked frame of a client (RFC 6455, 5.2). */
function frame(opcode: number, payload: Uint8Array, options: { fin?: boolean; masked?: boolean; reserved?: number; claim?: bigint } = {}) {
  const { fin = true, masked = true, reserved = 0 } = options
  const length = options.claim ?? BigInt(payload.length)
  const head = Buffer.alloc(length < 126n ? 2 : 10)
  head[0] = (fin ? 0x80 : 0) | reserved | opcode
  head[1] = (masked ? 0x80 : 0) | (length < 126n ? Number(length) : 127)
  if (length >= 126n) head.writeBigUInt64BE(length, 2)
  return Buffer.concat([head, masked ? Buffer.alloc(4) : Buffer.alloc(0), payload])
}

/** Code of the close frame the server sent, 0 when it cut the line without one. */
function closeCode(heard: Buffer): number {
  const body = heard.subarray(heard.indexOf('\r\n\r\n') + 4)
  // Every frame of the server is walked over: text in one of three lengths, ping, close.
  for (let at = 0; at + 2 <= body.length; ) {
    const opcode = (body[at] ?? 0) & 15
    const short = (body[at + 1] ?? 0) & 127
    const [start, length] =
      short === 127
        ? [at + 10, Number(body.readBigUInt64BE(at + 2))]
        : short === 126
          ? [at + 4, body.readUInt16BE(at + 2)]
          : [at + 2, short]
    if (opcode === 8) return length >= 2 ? body.readUInt16BE(start) : 1005
    at = start + length
  }
  return 0
}

describe('a WebSocket (C11)', () => {
  test.each([
    ['a text that is no UTF-8', [frame(1, Buffer.from([0xc3, 0x28]))], 1007],
    ['a frame that claims 8 EiB', [frame(1, Buffer.alloc(0), { claim: 2n ** 63n - 1n })], 1009],
    ['a frame that claims more than 256 KiB', [frame(2, Buffer.alloc(0), { claim: 262_145n })], 1009],
    [
      'two halves that are more than 256 KiB together',
      [frame(1, Buffer.alloc(200_000, 'x'), { fin: false }), frame(0, Buffer.alloc(200_000, 'x'))],
      1009,
    ],
    [
      'one message in 20 000 pieces',
      [frame(1, Buffer.from('x'), { fin: false }), ...Array.from({ length: 20_000 }, () => frame(0, Buffer.from('x'), { fin: false }))],
      1008,
    ],
    ['a continuation of nothing', [frame(0, Buffer.from('x'))], 1002],
    ['a frame without a mask', [frame(1, Buffer.from('x'), { masked: false })], 1002],
    ['a frame with bits that mean nothing', [frame(1, Buffer.from('x'), { reserved: 0x70 })], 1002],
    ['a compressed frame that nobody agreed to', [frame(1, Buffer.from('x'), { reserved: 0x40 })], 1002],
    ['an unknown kind of frame', [frame(11, Buffer.from('x'))], 1002],
    ['a ping in two pieces', [frame(9, Buffer.from('x'), { fin: false })], 1002],
    ['a ping of 200 bytes', [frame(9, Buffer.alloc(200))], 1002],
    ['a farewell with a code that is none', [frame(8, Buffer.from([0, 1]))], 1002],
    ['a flood of pings', Array.from({ length: 200 }, () => frame(9, Buffer.alloc(0))), 1008],
    ['a flood of empty texts', Array.from({ length: 200 }, () => frame(1, Buffer.alloc(0))), 1008],
    ['a flood of commands', Array.from({ length: 200 }, () => frame(1, Buffer.from('{"type":"message","from":{"id":"bot"}}'))), 1008],
  ])('is closed after %s', async (_title, frames, code) => {
    const { streamUrl, chat } = await openStream()
    const { pathname, search } = new URL(streamUrl)
    const bad = await talk(upgrade(pathname + search, `Origin: ${house.url}\r\n`))
    await eventually(async () => bad.heard().includes('101 Switching'))
    bad.socket.write(Buffer.concat(frames))
    // A fair client would answer the farewell; who does not is cut after 5 s, which need not be waited for.
    await Promise.race([bad.closed, eventually(async () => closeCode(bad.heard()) !== 0)])
    expect(closeCode(bad.heard())).toBe(code)
    bad.socket.destroy()
    // Who sent it harmed nobody but that line: nothing was said, and the conversation goes on.
    expect((await chat.seen()).filter(({ from }) => from.role === 'user')).toEqual([])
    const fair = new WebSocket(streamUrl)
    await new Promise((resolve) => fair.once('message', resolve))
    fair.close()
    expect(await isServed()).toBe(true)
  })

  test('is not opened without its ticket, from a foreign site, elsewhere, or in a way that is no upgrade', async () => {
    const [{ streamUrl, chat }, other] = [await openStream(), await openStream()]
    const { pathname, search } = new URL(streamUrl)
    const foreign = new URL(other.streamUrl).search
    const status = async (request: string) => {
      const { heard, closed, socket } = await talk(request)
      await Promise.race([closed, eventually(async () => heard().includes('\r\n\r\n'))])
      socket.destroy()
      return heard().toString('latin1').split(' ')[1] ?? 'cut'
    }
    expect({
      'no ticket': await status(upgrade(pathname)),
      'no ticket of ours': await status(upgrade(`${pathname}?t=x`)),
      'a token for a ticket': await status(upgrade(`${pathname}?t=${chat.token}`)),
      'the secret for a ticket': await status(upgrade(`${pathname}?t=${TEST_SECRET}`)),
      "somebody else's ticket": await status(upgrade(pathname + foreign)),
      'a foreign site': await status(upgrade(pathname + search, 'Origin: https://evil.example\r\n')),
      'a page without a site': await status(upgrade(pathname + search, 'Origin: null\r\n')),
      'a bad watermark': await status(upgrade(`${pathname}?watermark=-1&${search.slice(1)}`)),
      'another place': await status(upgrade('/v3/directline/conversations')),
      'a place of the API': await status(upgrade('/api/articles')),
      'a body beside it': await status(`${upgrade(pathname, 'Content-Length: 5\r\n')}hello`),
    }).toEqual({
      'no ticket': '401',
      'no ticket of ours': '401',
      'a token for a ticket': '401',
      'the secret for a ticket': '401',
      "somebody else's ticket": '403',
      'a foreign site': '403',
      'a page without a site': '403',
      'a bad watermark': '400',
      'another place': expect.stringMatching(/^40[0-9]$/),
      'a place of the API': expect.stringMatching(/^40[0-9]$/),
      'a body beside it': '401',
    })
    expect(await isServed()).toBe(true)
  })
})

test('a reader that stops reading is closed with 1013, its memory is given back, and it has everything when it returns (C12)', {
  timeout: 120_000,
}, async () => {
  const { streamUrl, chat } = await openStream()
  const { pathname, search } = new URL(streamUrl)
  const slow = await talk(upgrade(pathname + search, `Origin: ${house.url}\r\n`))
  await eventually(async () => slow.heard().includes('101 Switching'))
  slow.socket.pause()
  const quick = new WebSocket(streamUrl)
  const seen: string[] = []
  quick.on('message', (data) => seen.push(...JSON.parse(String(data)).activities.map(({ id }: { id: string }) => id)))
  const before = process.memoryUsage().rss
  const large = 'x'.repeat(240_000)
  for (let n = 0; n < 60; n++) await chat.post('', { type: 'event', name: 'filler', value: `${n} ${large}` })
  const sent = await chat.seen()
  await eventually(async () => seen.length >= sent.length, 30_000)
  const grown = process.memoryUsage().rss - before
  slow.socket.resume()
  await slow.closed
  // What the kernel had taken, then the farewell; or, after 5 s, no more than that.
  expect([1013, 0]).toContain(closeCode(slow.heard()))
  expect(slow.heard().length).toBeLessThan(60 * 240_000)
  console.log(
    'C12',
    JSON.stringify({ toldKiB: Math.round(slow.heard().length / 1024), ofKiB: (60 * 240_000) >> 10, grownMiB: grown >> 20 }),
  )
  expect(seen).toEqual(sent.map(({ id }) => id))
  quick.close()
})

test('500 lines that hardly speak are cut, and meanwhile everybody is served (S-07)', { timeout: 120_000 }, async () => {
  const open = new Set<Socket>()
  for (let n = 0; n < 500; n++) {
    const socket = connect(port(), '127.0.0.1')
    socket.on('error', () => undefined)
    socket.once('close', () => open.delete(socket))
    socket.resume()
    open.add(socket)
    // A header a second at best, or a body that never ends.
    socket.write(
      n % 2 === 0
        ? 'GET /healthz HTTP/1.1\r\nHost: x\r\nX-Slow: '
        : `POST /v3/directline/tokens/generate HTTP/1.1\r\nHost: x\r\nOrigin: ${house.url}\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{`,
    )
  }
  const drip = setInterval(() => {
    for (const socket of open) socket.write(' ')
  }, 1_000)
  try {
    const chat = await openChat(house.url)
    for (let n = 0; n < 10; n++) {
      await chat.post(`还在吗 ${n}`)
      expect(await isServed()).toBe(true)
    }
    // Headers have 10 s, whole requests 30 s, looked at every 5 s (promises I16).
    await eventually(async () => open.size === 0, 45_000)
  } finally {
    clearInterval(drip)
    for (const socket of open) socket.destroy()
  }
})

test('two requests in one, by any disagreement over where the first ends, are never two answers (S-07)', async () => {
  const inner = 'GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n'
  const outer = (more: string, body: string) =>
    `POST /v3/directline/tokens/generate HTTP/1.1\r\nHost: x\r\nOrigin: ${house.url}\r\nContent-Type: application/json\r\n${more}\r\n${body}`
  for (const [title, request] of [
    ['a length and pieces', outer(`Content-Length: ${inner.length + 5}\r\nTransfer-Encoding: chunked\r\n`, `0\r\n\r\n${inner}`)],
    ['two lengths', outer(`Content-Length: 0\r\nContent-Length: ${inner.length}\r\n`, inner)],
    ['a length in two values', outer(`Content-Length: 0, ${inner.length}\r\n`, inner)],
    ['a length with a sign', outer(`Content-Length: +0\r\n`, inner)],
    ['pieces under another name', outer(`Content-Length: 0\r\nTransfer-Encoding: xchunked\r\n`, inner)],
    ['pieces before a blank', outer(`Content-Length: 0\r\nTransfer-Encoding : chunked\r\n`, inner)],
    ['pieces twice', outer(`Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n`, `0\r\n\r\n${inner}`)],
    ['a folded header', outer(`X-A: 1\r\n Transfer-Encoding: chunked\r\n`, inner)],
    ['a bare line feed', outer(`X-A: 1\nTransfer-Encoding: chunked\r\n`, inner)],
    ['a NUL in a header', outer(`X-A: \0\r\nContent-Length: 0\r\n`, inner)],
  ] as const) {
    const { heard, closed, socket } = await talk(request)
    socket.end()
    await closed
    const answers =
      heard()
        .toString('latin1')
        .match(/HTTP\/1\.1 \d{3}/g) ?? []
    expect([title, answers]).toEqual([title, ['HTTP/1.1 400']])
    expect([title, heard().includes('zhike_http')]).toEqual([title, false])
  }
})
