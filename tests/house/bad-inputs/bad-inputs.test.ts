import { request } from 'node:http'
import net from 'node:net'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Route } from '../../../wire/route.ts'
import { startHouse, TEST_TOKEN, type TestHouse } from '../../support/house.ts'
import { BAD_TEXTS, createRandom, type Random } from './bad-values.ts'
import { type Body, type Input, type Known, makeInput } from './make-inputs.ts'
import { activityBody, heavyImportBody, importBody, tokenBody, uploadBody } from './raw-bodies.ts'
import { DIRECT_LINE_ROUTES, furnish, readStored, settle, WIDE_LIMITS } from './stage.ts'

/**
 * Ten thousand requests with something wrong in each, spread over every route. Whatever is refused leaves everything as it was, says
 * why in our form and nothing of our insides; whatever is taken is kept to the letter. SEED=… repeats a run.
 */

const TOTAL = 10_400
const SEED = Number(process.env.SEED ?? Date.now() % 1_000_000_000)
/** One request in so many goes over a real socket. */
const OVER_HTTP = 8
/** Sent at the same time. */
const ABREAST = 8

const REFUSALS = new Set([400, 401, 403, 404, 409, 413, 422])
const INSIDES =
  /node_modules|\.ts:\d+|\bat (async |Object\.|new )|PGlite|[Kk]ysely|violates|syntax error at or near|relation "|invalid input syntax|ECONN|Cannot read prop|is not a function/

interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, unknown>>
  readonly body: string
}

let house: TestHouse
let known: Known
let sentOverHttp = 0

beforeAll(async () => {
  house = await startHouse()
  known = await furnish(house)
})
afterAll(() => house.stop())

function sendOverHttp(input: Input): Promise<Answer> {
  const { hostname, port } = new URL(house.url)
  return new Promise((resolve, reject) => {
    const asked = request({
      hostname,
      port,
      method: input.method,
      path: input.url,
      headers: { ...input.headers, 'content-length': input.body?.length ?? 0 },
    })
    asked.once('error', reject)
    asked.once('response', (response) => {
      const parts: Buffer[] = []
      response.on('data', (part) => parts.push(part))
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(parts).toString() }),
      )
    })
    asked.end(input.body ?? undefined)
  })
}

async function send(input: Input, overHttp: boolean): Promise<Answer> {
  const printable = Object.values(input.headers).every((value) => /^[\x20-\x7e]*$/.test(value))
  if (overHttp && printable && input.method !== 'TRACE') {
    sentOverHttp++
    return sendOverHttp(input)
  }
  const answer = await house.app.fastify.inject({
    method: input.method as 'GET',
    url: input.url,
    headers: input.headers,
    ...(input.body === null ? {} : { payload: input.body }),
  })
  return { status: answer.statusCode, headers: answer.headers, body: answer.body }
}

/** What is wrong with the answer; null when nothing is. */
function judge(input: Input, { status, headers, body }: Answer): string | null {
  if (status < 400) return status < 200 || status >= 300 ? `status ${status}` : null
  if (!REFUSALS.has(status)) return `status ${status}`
  if (headers['x-content-type-options'] !== 'nosniff') return 'no nosniff'
  if (INSIDES.test(body)) return 'shows its insides'
  if (input.method === 'HEAD') return null
  try {
    const { error } = JSON.parse(body)
    return typeof error.code === 'string' && typeof error.message === 'string' && error.message !== '' ? null : 'another form of error'
  } catch {
    return 'no JSON'
  }
}

/** With the fields in one order: jsonb keeps its own. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).map(([name, entry]): [string, unknown] => [name, sorted(entry)])
  return entries.toSorted(([a], [b]) => (a < b ? -1 : 1))
}

/** Fields that were sent and are shown again must be the same to the letter. */
async function findChanged(input: Input, answer: Answer): Promise<string | null> {
  const sent = input.sent
  if (typeof sent !== 'object' || sent === null || Array.isArray(sent) || input.method === 'GET' || input.method === 'HEAD') return null
  const fields = sent as Record<string, unknown>
  if (/^(PATCH \/api\/articles|POST \/api\/tokens|PUT \/api\/settings)/.test(input.route)) {
    const shown = JSON.parse(answer.body)
    const kept = Object.entries(fields).filter(
      ([name, value]) => value !== null && !['version', 'validFrom', 'validTo'].includes(name) && !(name in shown && value === ''),
    )
    // Blank entries of a list say nothing and are left out.
    const said = (value: unknown) =>
      Array.isArray(value) ? value.filter((entry) => typeof entry !== 'string' || entry.trim() !== '') : value
    const changed = kept.find(([name, value]) => JSON.stringify(shown[name]) !== JSON.stringify(said(value)))
    return changed ? `${changed[0]} was changed` : null
  }
  if (input.route.endsWith('/activities') && ['message', 'event'].includes(String(fields.type))) {
    const { id } = JSON.parse(answer.body)
    const { rows } = await sql<{
      text: string
      activity: Record<string, unknown>
    }>`select text, activity from messages where id = ${id}`.execute(house.database.sql)
    const row = rows[0]
    if (!row) return 'the message was not stored'
    // The same key again is answered with the first message.
    const key = (fields.channelData as { clientActivityID?: unknown } | null | undefined)?.clientActivityID
    if (typeof key === 'string' && !key.startsWith('c-')) return null
    if (typeof fields.text === 'string' && row.text !== fields.text) return 'the text was changed'
    if (fields.value !== undefined && JSON.stringify(sorted(row.activity.value)) !== JSON.stringify(sorted(fields.value)))
      return 'the value was changed'
    return null
  }
  return null
}

const describeInput = (input: Input, answer: Answer, why: string) =>
  `${why}: ${input.method} ${input.url.slice(0, 300)} ${JSON.stringify(input.headers).slice(0, 300)} ${input.body?.toString().slice(0, 300)} → ${answer.status} ${answer.body.slice(0, 300)}`

interface Outcome {
  /** Refused, or a dry run: neither may change anything. */
  readonly harmless: Input[]
  readonly refused: number
  readonly taken: number
  readonly wrong: string[]
}

/** Sends all; a route whose success changes how fast we may ask goes one by one and is set right at once. */
async function sendAll(inputs: readonly Input[], random: Random): Promise<Outcome> {
  const harmless: Input[] = []
  const wrong: string[] = []
  let refused = 0
  let taken = 0
  const alone = inputs[0]?.route === 'PUT /api/settings/limits'
  for (let at = 0; at < inputs.length; at += alone ? 1 : ABREAST) {
    await Promise.all(
      inputs.slice(at, at + (alone ? 1 : ABREAST)).map(async (input) => {
        const answer = await send(input, random.below(OVER_HTTP) === 0)
        const why = judge(input, answer) ?? (answer.status < 300 ? await findChanged(input, answer) : null)
        if (why !== null) wrong.push(describeInput(input, answer, why))
        if (answer.status >= 400) refused++
        if (answer.status >= 400 || input.url.endsWith(DRY_RUN)) {
          harmless.push(input)
          return
        }
        taken++
        if (alone && input.method === 'PUT') await house.call('PUT', '/api/settings/limits', WIDE_LIMITS)
      }),
    )
  }
  return { harmless, refused, taken, wrong }
}

/** What of the stored things differs before and after. */
async function findMoved(act: () => Promise<void>): Promise<string[]> {
  const before = await readStored(house)
  await act()
  const after = await readStored(house)
  return Object.keys(after).filter((name) => after[name] !== before[name])
}

const BODIES: Readonly<Record<string, (random: Random) => Body>> = {
  'POST /api/articles/import': importBody,
  'POST /v3/directline/tokens/generate': tokenBody,
  'POST /v3/directline/conversations': tokenBody,
  'POST /v3/directline/conversations/:conversationId/activities': activityBody,
  'POST /v3/directline/conversations/:conversationId/upload': uploadBody,
}
/** Forms and workbooks, each of which starts a thread. */
const HEAVY = 8
const DRY_RUN = '?dryRun=true'

test(`seed ${SEED}: ${TOTAL} bad inputs over every route are refused or taken, never more than that`, { timeout: 400_000 }, async () => {
  const random = createRandom(SEED)
  const routes: Route[] = [...house.app.routes, ...DIRECT_LINE_ROUTES]
  // A route that takes nothing has less that can be wrong.
  const weigh = (route: Route) => (route.path.includes(':') || route.query || route.body || route.raw ? 4 : 1)
  const perWeight = TOTAL / routes.reduce((sum, route) => sum + weigh(route), 0)
  const began = performance.now()
  let [sent, refused, taken] = [0, 0, 0]
  const wrong: string[] = []
  for (const route of routes) {
    const name = `${route.method} ${route.path}`
    const inputs = Array.from({ length: Math.ceil(perWeight * weigh(route)) }, () => makeInput(route, known, random, BODIES[name]))
    if (name === 'POST /api/articles/import')
      for (const [i, input] of inputs.entries()) {
        const made = i < HEAVY ? makeInput(route, known, random, heavyImportBody) : input
        // Each that is taken makes the house learn its Articles anew; most are therefore rehearsed only.
        inputs[i] = made.url.includes('?') || random.chance(0.15) ? made : { ...made, url: made.url + DRY_RUN }
      }
    let outcome: Outcome | undefined
    let moved = await findMoved(async () => {
      outcome = await sendAll(inputs, random)
    })
    if (!outcome) throw new Error('nothing was sent')
    sent += inputs.length
    refused += outcome.refused
    taken += outcome.taken
    wrong.push(...outcome.wrong)
    // Where some were taken, the others are sent once more by themselves: now nothing may move.
    if (outcome.taken > 0 && outcome.harmless.length > 0) {
      await settle(house)
      const again = outcome.harmless
      let late = 0
      moved = await findMoved(async () => {
        const second = await sendAll(again, random)
        late = second.taken
        wrong.push(...second.wrong)
      })
      sent += again.length
      if (late > 0) wrong.push(`${name}: ${late} of ${again.length} were taken the second time`)
    }
    if (outcome.harmless.length > 0 && moved.length > 0) wrong.push(`${name}: refused or rehearsed, and yet changed ${moved.join(', ')}`)
    if (Object.keys(Object.prototype).length > 0 || 'polluted' in {}) wrong.push(`${name}: Object.prototype was polluted`)
  }
  console.log(
    `bad inputs: seed ${SEED}, ${sent} sent over ${routes.length} routes (${sentOverHttp} over HTTP), ${refused} refused, ${taken} taken, ${((performance.now() - began) / 1000).toFixed(1)} s`,
  )
  expect(wrong.slice(0, 20)).toEqual([])
  expect(sent).toBeGreaterThanOrEqual(10_000)
  expect(refused).toBeGreaterThan(5_000)
  expect(house.app.fastify.server.listening).toBe(true)
  expect((await house.call('GET', '/api/audit/verify')).body).toEqual({ whole: true, firstBrokenId: null })
})

test('text of every kind that an import takes comes back to the letter', async () => {
  const good = BAD_TEXTS.filter(
    // Bidirectional overrides and tag characters are refused: they show a reader something else than what is stored.
    (text) =>
      !/[\u202a-\u202e\u2066-\u2069\u{e0000}-\u{e007f}]/u.test(text) &&
      text.isWellFormed() &&
      !text.includes('\0') &&
      text.length <= 500 &&
      /[^\s\p{C}\p{Z}]/u.test(text),
  )
  expect(good.length).toBeGreaterThan(25)
  const rows = good.map((text, i) => ({
    id: `text-${i}`,
    question: `${text} 第 ${i} 问`,
    similar: [text],
    answer: text,
    category: text.slice(0, 200),
  }))
  const { body } = await house.call('POST', '/api/articles/import', rows.map((row) => JSON.stringify(row)).join('\n'), {
    'content-type': 'application/x-ndjson',
  })
  expect(body).toMatchObject({ created: rows.length, rejected: [] })
  for (const row of rows) expect((await house.call('GET', `/api/articles/${row.id}`)).body).toMatchObject(row)
})

describe('bytes that are no request', () => {
  const host = 'Host: x\r\n'
  const auth = `Authorization: Bearer ${TEST_TOKEN}\r\n`
  const BROKEN: readonly [string, string][] = [
    ['no HTTP', 'hello\r\n\r\n'],
    ['a TLS hello', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc'],
    ['no path', 'GET  HTTP/1.1\r\n\r\n'],
    ['an unknown version', 'GET / HTTP/9.9\r\n\r\n'],
    ['two lengths', `POST /api/tokens HTTP/1.1\r\n${host}${auth}Content-Length: 3\r\nContent-Length: 5\r\n\r\nabc`],
    ['a length and chunks', `POST /api/tokens HTTP/1.1\r\n${host}${auth}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
    ['a negative length', `POST /api/tokens HTTP/1.1\r\n${host}${auth}Content-Length: -3\r\n\r\n`],
    [
      'a broken chunk',
      `POST /api/tokens HTTP/1.1\r\n${host}${auth}Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n`,
    ],
    ['a header without a name', `GET / HTTP/1.1\r\n${host}: x\r\n\r\n`],
    ['a NUL in a header', `GET / HTTP/1.1\r\n${host}X-A: a\0b\r\n\r\n`],
    ['headers past all measure', `GET / HTTP/1.1\r\n${host}X-A: ${'a'.repeat(70_000)}\r\n\r\n`],
    ['a folded header', `GET / HTTP/1.1\r\n${host}X-A: a\r\n b\r\n\r\n`],
    ['no host', `GET /api/articles HTTP/1.1\r\n${auth}\r\n`],
    ['a broken percent sign', `GET /api/articles/%zz HTTP/1.1\r\n${host}${auth}Connection: close\r\n\r\n`],
    ['raw bytes in the path', `GET /api/articles/\xff\xfe HTTP/1.1\r\n${host}${auth}Connection: close\r\n\r\n`],
    ['an absolute address', `GET http://evil.example/api/articles?limit=0 HTTP/1.1\r\n${host}${auth}Connection: close\r\n\r\n`],
    [
      'an upgrade of a plain route',
      `GET /api/articles?limit=0 HTTP/1.1\r\n${host}${auth}Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n`,
    ],
    [
      'a stream without a ticket',
      `GET /v3/directline/conversations/x/stream HTTP/1.1\r\n${host}Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n`,
    ],
    [
      'a stream with a broken key',
      `GET /v3/directline/conversations/x/stream?t=a HTTP/1.1\r\n${host}Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 99\r\nSec-WebSocket-Key: x\r\n\r\n`,
    ],
    ['an upgrade to something else', `GET / HTTP/1.1\r\n${host}Connection: Upgrade\r\nUpgrade: h2c\r\n\r\n`],
    ['CONNECT', `CONNECT evil.example:443 HTTP/1.1\r\n${host}\r\n`],
  ]

  test.each(BROKEN)('%s: are refused on the socket, and the house lives on', async (_title, text) => {
    const { hostname, port } = new URL(house.url)
    let said = ''
    const moved = await findMoved(
      () =>
        new Promise<void>((resolve) => {
          const socket = net.connect(Number(port), hostname, () => socket.write(Buffer.from(text, 'latin1')))
          socket.on('data', (data) => {
            said += data
            // Where the connection is kept, the answer is enough.
            if (said.includes('\r\n\r\n')) socket.end()
          })
          socket.on('error', () => undefined)
          socket.on('close', () => resolve())
          // What is half a request waits for its rest, which never comes.
          socket.setTimeout(1_500, () => socket.destroy())
        }),
    )
    expect(moved).toEqual([])
    expect(said).not.toMatch(/^HTTP\/1\.1 [25]\d\d/)
    expect(said).not.toMatch(INSIDES)
    if (said.includes('application/json')) expect(said).toMatch(/\{"error":\{"code":"[a-z.A-Z-]+","message":"/)
    expect((await house.call('GET', '/healthz')).status).toBe(200)
  })
})
