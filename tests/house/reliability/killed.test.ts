import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type CompiledHouse, compileHouse } from '../../support/compiled-house.ts'
import { processEnv, proveKilled } from '../../support/killed.ts'

let compiled: CompiledHouse
const folder = mkdtempSync(join(tmpdir(), 'zhike-killed-'))
beforeAll(async () => {
  compiled = await compileHouse()
})
afterAll(() => {
  compiled.remove()
  rmSync(folder, { recursive: true, force: true })
})

test('loses nothing and doubles nothing when it is killed 60 times at random and once at every named place, on the embedded database', async () => {
  const figures = await proveKilled({ entry: compiled.entry, env: processEnv(folder), randomKills: 60, namedRounds: 1 })
  console.log('R-01 embedded', JSON.stringify(figures))
  expect(figures.complaints).toEqual([])
  expect(figures.resumeP99Ms).toBeLessThanOrEqual(30_000)
}, 900_000)
