import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type CompiledHouse, compileHouse } from '../../support/compiled-house.ts'
import { countLostCommits, countRefusals } from '../../support/folder-guard.ts'

let compiled: CompiledHouse
beforeAll(async () => {
  compiled = await compileHouse()
})
const folders: string[] = []
const folder = () => {
  const made = mkdtempSync(join(tmpdir(), 'zhike-guard-'))
  folders.push(made)
  return join(made, 'database')
}
afterAll(() => {
  compiled.remove()
  for (const made of folders) rmSync(made, { recursive: true, force: true })
})

test('refuses a second process on the same data folder 20 times out of 20, and names the first', async () => {
  expect(await countRefusals(compiled.writer, folder(), 20)).toBe(20)
}, 300_000)

test('keeps every acknowledged commit through 20 kills of a writing process', async () => {
  const figures = await countLostCommits(compiled.writer, folder(), 20)
  console.log('R-15', JSON.stringify(figures))
  expect(figures.acknowledged).toBeGreaterThan(20)
  expect(figures.lost).toBe(0)
}, 300_000)
