import { afterAll, beforeAll, expect, test } from 'vitest'
import { type CompiledHouse, compileHouse } from '../support/compiled-house.ts'
import { proveManyProcesses } from '../support/many-processes.ts'
import { describeWithPostgres } from '../support/postgres-suite.ts'

describeWithPostgres('four processes over one Postgres', ({ createDatabase }) => {
  let compiled: CompiledHouse
  beforeAll(async () => {
    compiled = await compileHouse()
  })
  afterAll(() => compiled.remove())

  test('answer 2 000 messages that all of them receive once each and in order, though one of them is killed half-way', async () => {
    const figures = await proveManyProcesses({ entry: compiled.entry, databaseUrl: await createDatabase(), messages: 2_000, addresses: 40 })
    console.log('R-03', JSON.stringify(figures))
    expect(figures.complaints).toEqual([])
    expect(figures.messages).toBe(2_000)
    expect(figures.replies).toBe(2_000)
    expect(figures.longestWaitMs).toBeLessThanOrEqual(30_000)
  }, 900_000)
})
