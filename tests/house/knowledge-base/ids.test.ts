import { afterAll, beforeAll, expect, it } from 'vitest'
import { startHouse, type TestHouse } from '../../support/house.ts'

let house: TestHouse
beforeAll(async () => {
  house = await startHouse()
})
afterAll(() => house.stop())

it.each(['kb/1', 'FAQ 1', 'faq#12', '100%', '问?答', 'a+b&c=d', 'x'.repeat(128), '退'.repeat(128)])(
  'an Article is read, changed and deleted by any id it was imported with: %s',
  async (id) => {
    const path = `/api/articles/${encodeURIComponent(id)}`
    const row = JSON.stringify({ id, question: `怎么找到 ${id.slice(0, 20)}`, answer: '在这里。' })
    const made = await house.call('POST', '/api/articles/import', row, { 'content-type': 'application/x-ndjson' })
    expect(made.body).toMatchObject({ created: 1, rejected: [] })
    expect((await house.call('GET', path)).body).toMatchObject({ id, version: 1 })
    expect(await house.call('PATCH', path, { answer: '没说版本' })).toMatchObject({
      status: 409,
      body: { error: { code: 'article.version-conflict' } },
    })
    expect(await house.call('PATCH', path, { version: 1, answer: '改了' })).toMatchObject({
      status: 200,
      body: { id, version: 2, answer: '改了' },
    })
    expect((await house.call('DELETE', path)).status).toBe(204)
    expect((await house.call('GET', path)).status).toBe(404)
  },
)

it('no Article takes the name of the export beside it', async () => {
  const row = JSON.stringify({ id: 'export', question: '问', answer: '答' })
  const { body } = await house.call('POST', '/api/articles/import', row, { 'content-type': 'application/x-ndjson' })
  expect(body).toMatchObject({ created: 0, rejected: [{ code: 'article.bad-id' }] })
})
