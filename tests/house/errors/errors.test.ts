import { spawn } from 'node:child_process'
import { createServer } from 'node:net'
import { sql } from 'kysely'
import pino from 'pino'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { Database } from '../../../platform/database.ts'
import { ZhikeError } from '../../../platform/errors.ts'
import { createLimits, DEFAULT_LIMITS } from '../../../server/limits.ts'
import { eventually } from '../../support/chat.ts'
import { openTestDatabase } from '../../support/database.ts'
import { readErrorsPage } from '../../support/error-codes.ts'
import { startHouse } from '../../support/house.ts'
import { REQUESTS } from './requests.ts'
import { ROWS } from './rows.ts'
import { call, directLine, LETTERBOX, type Raised, type Stage, startChat } from './stage.ts'
import { STARTS } from './starts.ts'

/** Every code of docs/errors.md, raised by a real request or a real start. */

const fault = vi.hoisted(() => ({ permission: false }))
vi.mock('../../../wire/gaps.ts', async (original) => {
  const real = await original<typeof import('../../../wire/gaps.ts')>()
  return {
    ...real,
    get listGaps() {
      return fault.permission ? { ...real.listGaps, permission: 'gaps:admire' } : real.listGaps
    },
  }
})
// A house whose pages were never built.
vi.mock('../../../server/pages.ts', async (original) => {
  const real = await original<typeof import('../../../server/pages.ts')>()
  return { registerPages: (app: Parameters<typeof real.registerPages>[0]) => real.registerPages(app, '/nowhere/web/chat') }
})

const { codes, rowCodes } = readErrorsPage()
const lines: string[] = []
let stage: Stage

/** Fails where SQL, stack or path would leave the house. */
function expectDiscreet(body: unknown): void {
  expect(JSON.stringify(body)).not.toMatch(/secret detail|\bselect\b|node_modules|\.ts:\d|\bat \w+ \(/)
}

beforeAll(async () => {
  const database = await openTestDatabase()
  const broken = { on: false }
  const faulty: Database = {
    ...database,
    transaction: (run) => (broken.on ? Promise.reject(new Error('secret detail: select hash from api_tokens')) : database.transaction(run)),
  }
  const log = pino({ level: 'warn' }, { write: (line: string) => void lines.push(line) })
  stage = { house: await startHouse({}, { database: faulty, log, channels: [LETTERBOX] }), fault: broken }
})
afterAll(() => stage.house.stop())

/** Special ways, because the house itself must be in a state for it. */
/** The last one is raised with a server that has crashed, in tests/postgres/errors.test.ts. */
const SPECIAL = ['house.busy', 'house.starting', 'database.unavailable']

test('there is a case for every code of the page', () => {
  const covered = [...Object.keys(REQUESTS), ...Object.keys(STARTS), ...SPECIAL]
  expect(codes.map(({ code }) => code).filter((code) => !covered.includes(code))).toEqual([])
  expect(covered.filter((name) => !codes.some(({ code }) => code === name))).toEqual([])
  expect(rowCodes.toSorted()).toEqual(Object.keys(ROWS).toSorted())
})

describe('a request', () => {
  test.each(Object.entries(REQUESTS))('is answered with %s', async (code, raise) => {
    const raised: Raised = await raise(stage)
    expect([raised.code, raised.status]).toEqual([code, codes.find((entry) => entry.code === code)?.status])
    if (raised.body === null) return
    expect(raised.body).toMatchObject({ error: { code: expect.any(String), message: expect.any(String) } })
    expectDiscreet(raised.body)
  })

  test('that fails through a fault of ours says so without details, and the log has them under the same trace id', async () => {
    lines.length = 0
    const raised = await REQUESTS['house.internal']?.(stage)
    const traceId = raised?.headers.get('x-trace-id') ?? 'none'
    expect(JSON.stringify(raised?.body)).toContain(traceId)
    expect(lines.some((line) => line.includes(traceId) && line.includes('secret detail'))).toBe(true)
  })

  test('that fails through a fault of ours is a ServiceError on Direct Line', async () => {
    const { token } = (await (
      await fetch(`${stage.house.url}/v3/directline/tokens/generate`, { method: 'POST', headers: { origin: stage.house.url } })
    ).json()) as { token: string }
    stage.fault.on = true
    const answer = await fetch(`${stage.house.url}/v3/directline/conversations`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, origin: stage.house.url },
    })
    stage.fault.on = false
    expect([answer.status, answer.headers.get('x-error-code')]).toEqual([500, 'house.internal'])
    const body = await answer.json()
    expect(body).toMatchObject({ error: { code: 'ServiceError' } })
    expectDiscreet(body)
  })
})

test('a file for a conversation that was ended is refused and not kept', async () => {
  const { conversationId, token } = await startChat(stage)
  const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
    directLine(stage, 'POST', `/conversations/${conversationId}${path}`, { bearer: token, origin: stage.house.url, body, headers })
  await post('/activities', { type: 'endOfConversation', from: { id: 'me' } })
  const count = async () => (await sql<{ n: number }>`select count(*) as n from files`.execute(stage.house.database.sql)).rows[0]?.n
  const before = await count()
  const answer = await post('/upload?userId=me', 'the bytes of a picture', { 'content-type': 'image/png' })
  expect([answer.status, answer.code]).toEqual([409, 'conversations.ended'])
  expect(await count()).toBe(before)
})

test('a rate near nothing is told as an hour, not as for ever', async () => {
  const limits = createLimits()
  limits.set({ ...DEFAULT_LIMITS, address: { perSecond: 5e-324, burst: 1 } })
  limits.take('address', 'x')
  expect(() => limits.take('address', 'x')).toThrow(expect.objectContaining({ code: 'limits.too-many', retryAfterMs: 3_600_000 }))
})

describe('a row of an import', () => {
  test.each(Object.entries(ROWS))('is rejected with %s', async (code, { type, body }) => {
    const answer = await call(stage, 'POST', '/api/articles/import?dryRun=true', body, { 'content-type': type })
    expect(answer.status).toBe(200)
    expect(answer.body).toMatchObject({ created: 0, updated: 0, unchanged: 0, rejected: [{ code, message: expect.any(String) }] })
  })
})

describe('a start', () => {
  test.each(Object.entries(STARTS))('is stopped with %s', async (code, raise) => {
    const error: unknown = await raise(stage, fault).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(ZhikeError)
    expect([(error as ZhikeError).code, (error as ZhikeError).kind]).toEqual([code, codes.find((entry) => entry.code === code)?.kind])
  })

  const runMain = (env: Record<string, string>) =>
    new Promise<{ code: number | null; stderr: string; stdout: string }>((resolve) => {
      const { PATH = '', HOME = '' } = process.env
      const child = spawn(process.execPath, ['--import', 'tsx', 'server/main.ts'], { env: { PATH, HOME, ...env } })
      let stderr = ''
      let stdout = ''
      child.stderr.on('data', (data) => {
        stderr += data
      })
      child.stdout.on('data', (data) => {
        stdout += data
      })
      child.once('close', (code) => resolve({ code, stderr, stdout }))
    })

  test('of the real process that is misconfigured says what to mend in one line and ends with 1', async () => {
    const ended = await runMain({ ZHIKE_PORT: '0', ZHIKE_COLOUR: 'red' })
    expect(ended.code).toBe(1)
    expect(ended.stderr).toMatch(/^zhike cannot start\. config\.unknown-variable: ZHIKE_COLOUR is not a variable of zhike.*\n$/)
  })

  test('never repeats a secret that is wrong', async () => {
    const ended = await runMain({ ZHIKE_PORT: '0', ZHIKE_DATABASE_URL: 'mysql://zhike:tell-nobody@db/zhike' })
    expect(ended.code).toBe(1)
    expect(ended.stderr).toContain('config.not-a-database-url: ZHIKE_DATABASE_URL')
    expect(ended.stderr + ended.stdout).not.toContain('tell-nobody')
  })
})

describe('the state of the house', () => {
  test('house.busy: an overloaded process turns work away for a moment, but says how it is', async () => {
    const raised = await eventually(async () => {
      // The thread is held, as a heavy computation would, without using the processor.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 6_000)
      const answer = await call(stage, 'GET', '/api/articles')
      return answer.status === 503 ? answer : null
    }, 100_000)
    expect(raised.code).toBe('house.busy')
    expect(raised.headers.get('retry-after')).toBe('2')
    expect((await fetch(`${stage.house.url}/healthz`)).status).toBe(200)
    await eventually(async () => (await call(stage, 'GET', '/api/articles')).status === 200)
  })

  test('house.starting: until it serves, a house says so', async () => {
    const port = await freePort()
    const database = await openTestDatabase()
    let letGo = () => {}
    const held = new Promise<void>((resolve) => {
      letGo = resolve
    })
    // The embedded database has one connection: as long as it is out, the start waits.
    const holding = database.transaction(() => held)
    const starting = startHouse({ ZHIKE_PORT: String(port) }, { database })
    const early = await eventually(async () => fetch(`http://127.0.0.1:${port}/api/articles`).catch(() => null))
    expect(early.status).toBe(503)
    expect(await early.json()).toMatchObject({ error: { code: 'house.starting' } })
    letGo()
    await holding
    const house = await starting
    expect((await house.call('GET', '/api/articles')).status).toBe(200)
    await house.stop()
  })
})

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  return port
}
