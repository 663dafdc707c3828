import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startHouse, type TestHouse } from '../../support/house.ts'
import { ENGLISH } from './scripts/english.ts'
import { HUMANS } from './scripts/humans.ts'
import { ARTICLES, HOURS, QUICK_QUESTIONS } from './scripts/shop.ts'
import { SIMPLIFIED } from './scripts/simplified.ts'
import { perform } from './scripts/stage.ts'
import { TALK } from './scripts/talk.ts'
import { TRADITIONAL } from './scripts/traditional.ts'

/** What customers see, from the greeting to the human, in three scripts. */

const SCRIPTS = [...SIMPLIFIED, ...HUMANS, ...TALK, ...TRADITIONAL, ...ENGLISH]
/** A Tuesday, 10:00 in Shanghai: humans serve. */
const USUALLY = '2026-03-03T10:00:00+08:00'

let house: TestHouse
let clock = USUALLY

beforeAll(async () => {
  house = await startHouse({}, { now: () => new Date(clock) })
  const rows = ARTICLES.map((article) => JSON.stringify(article)).join('\n')
  const imported = await house.call('POST', '/api/articles/import', rows, { 'content-type': 'application/x-ndjson' })
  expect(imported.body.created).toBe(ARTICLES.length)
  expect((await house.call('PUT', '/api/settings/hours', HOURS)).status).toBe(200)
  expect((await house.call('PUT', '/api/settings/quick-questions', QUICK_QUESTIONS)).status).toBe(200)
})
afterAll(() => house.stop())

describe('a conversation', () => {
  it.each(SCRIPTS)('$script: $title', async (script) => {
    clock = script.at ?? USUALLY
    await perform(house, script)
  })
})

it('there are at least forty of them, in three scripts, each of its own', () => {
  expect(SCRIPTS.length).toBeGreaterThanOrEqual(40)
  expect(new Set(SCRIPTS.map(({ title, script }) => `${script} ${title}`)).size).toBe(SCRIPTS.length)
  for (const script of ['简', '繁', 'en']) expect(SCRIPTS.filter((entry) => entry.script === script).length).toBeGreaterThanOrEqual(7)
})
