import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type CompiledHouse, compileHouse } from '../support/compiled-house.ts'
import { openTestDatabase } from '../support/database.ts'
import { proveDedupe } from '../support/dedupe.ts'
import { countLostCommits, countRefusals } from '../support/folder-guard.ts'
import { processEnv, proveKilled } from '../support/killed.ts'
import { proveManyProcesses } from '../support/many-processes.ts'
import { describeWithPostgres } from '../support/postgres-suite.ts'

/** The same proofs as in `npm test`, with the large numbers. */

let compiled: CompiledHouse
const folders: string[] = []
const folder = () => {
  const made = mkdtempSync(join(tmpdir(), 'zhike-long-'))
  folders.push(made)
  return made
}
beforeAll(async () => {
  compiled = await compileHouse()
})
afterAll(() => {
  compiled.remove()
  for (const made of folders) rmSync(made, { recursive: true, force: true })
})

const expectNothingLost = (figures: Awaited<ReturnType<typeof proveKilled>>) => {
  expect(figures.complaints).toEqual([])
  expect(figures.resumeP99Ms).toBeLessThanOrEqual(30_000)
}

test('loses nothing and doubles nothing in 200 random kills and 10 at every named place, on the embedded database', async () => {
  const figures = await proveKilled({ entry: compiled.entry, env: processEnv(folder()), randomKills: 200, namedRounds: 10 })
  console.log('R-01 embedded', JSON.stringify(figures))
  expectNothingLost(figures)
})

test('stores and answers each message once in 10 000 interleavings', async () => {
  const database = await openTestDatabase()
  try {
    const figures = await proveDedupe(database, 10_000)
    console.log('R-02', JSON.stringify(figures))
    expect(figures.interleavings).toBe(10_000)
  } finally {
    await database.close()
  }
})

test('refuses a second process on the same data folder 50 times out of 50', async () => {
  expect(await countRefusals(compiled.writer, join(folder(), 'database'), 50)).toBe(50)
})

test('keeps every acknowledged commit through 200 kills of a writing process', async () => {
  const figures = await countLostCommits(compiled.writer, join(folder(), 'database'), 200)
  console.log('R-15', JSON.stringify(figures))
  expect(figures.lost).toBe(0)
})

describeWithPostgres('on Postgres', ({ createDatabase }) => {
  test('loses nothing and doubles nothing in 200 random kills and 10 at every named place', async () => {
    const figures = await proveKilled({
      entry: compiled.entry,
      env: processEnv(folder(), await createDatabase()),
      randomKills: 200,
      namedRounds: 10,
    })
    console.log('R-01 postgres', JSON.stringify(figures))
    expectNothingLost(figures)
  })

  test('answers 20 000 messages that four processes receive once each and in order, though one of them is killed', async () => {
    const figures = await proveManyProcesses({
      entry: compiled.entry,
      databaseUrl: await createDatabase(),
      messages: 20_000,
      addresses: 40,
    })
    console.log('R-03', JSON.stringify(figures))
    expect(figures.complaints).toEqual([])
    expect(figures.replies).toBe(20_000)
  })
})
