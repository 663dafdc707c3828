import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { eventually } from '../support/chat.ts'
import { startHouse, type TestHouse } from '../support/house.ts'
import { postgresAvailable, startPostgres, type TestPostgres } from '../support/postgres.ts'

/** A server of its own, because it is halted. */
const available = postgresAvailable()

function suite(): void {
  let postgres: TestPostgres
  let house: TestHouse
  beforeAll(async () => {
    postgres = await startPostgres({ fsync: false })
    house = await startHouse({ ZHIKE_DATABASE_URL: await postgres.createDatabase() })
  })
  afterAll(async () => {
    await house?.stop()
    await postgres?.stop()
  })

  test('is a 503 database.unavailable with Retry-After on every route that needs it, and over when the server is back', async () => {
    await house.call('POST', '/api/articles/import', '{"id":"a","question":"怎么退货","answer":"请点退货。"}', {
      'content-type': 'application/x-ndjson',
    })
    await postgres.halt('immediate')
    const calls: [string, string, unknown?][] = [
      ['GET', '/api/articles'],
      ['PATCH', '/api/articles/a', { version: 1, answer: '另一个。' }],
      ['POST', '/api/tokens', { name: 'x', role: 'agent' }],
      ['GET', '/api/conversations'],
      ['GET', '/api/gaps'],
      ['GET', '/api/audit/verify'],
    ]
    for (const [method, path, body] of calls) {
      const answer = await house.call(method, path, body)
      expect([path, answer.status, answer.body.error.code]).toEqual([path, 503, 'database.unavailable'])
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0)
      expect(answer.body.error.message).not.toMatch(/ECONN|127\.0\.0\.1|select|postgres/)
    }
    const ready = await house.call('GET', '/readyz')
    expect([ready.status, ready.body]).toEqual([503, { waitingFor: ['database'] }])
    expect((await house.call('GET', '/healthz')).status).toBe(200)

    const token = await fetch(`${house.url}/v3/directline/tokens/generate`, { method: 'POST', headers: { origin: house.url } })
    const { token: bearer } = (await token.json()) as { token: string }
    const started = await fetch(`${house.url}/v3/directline/conversations`, {
      method: 'POST',
      headers: { authorization: `Bearer ${bearer}`, origin: house.url },
    })
    expect([started.status, started.headers.get('x-error-code')]).toEqual([503, 'database.unavailable'])
    expect(await started.json()).toMatchObject({ error: { code: 'ServiceError' } })

    await postgres.resume()
    const back = await eventually(async () => {
      const answer = await house.call('GET', '/api/articles/a')
      return answer.status === 200 ? answer : null
    }, 30_000)
    expect(back.body).toMatchObject({ version: 1, answer: '请点退货。' })
  })
}

if (available === true) describe('a database that went away', suite)
else describe.skip(`a database that went away (skipped: ${available.missing})`, suite)
