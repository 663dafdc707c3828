import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

/** What the compiler does not see in the views: whom they know, what they say, and how they draw. */

const web = fileURLToPath(new URL('../../../web/', import.meta.url))
const views = readdirSync(web, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.tsx'))
  .map((name) => ({ name, code: readFileSync(join(web, name), 'utf8') }))

test('there are views', () => {
  expect(views.length).toBeGreaterThan(3)
})

test('views hold no Chinese but the mark of the house', () => {
  for (const { name, code } of views) {
    const found = code.replace(/^\s*知\s*$/m, '').match(/[\p{Script=Han}，。：“”]+/gu)
    expect(`${name}: ${found ?? ''}`).toBe(`${name}: `)
  }
})

test('views import from their own folders and from preact, and from no other module of the house', () => {
  for (const { name, code } of views)
    for (const [, from = ''] of code.matchAll(/from '([^']+)'/g)) expect(`${name}: ${from}`).toMatch(/: (preact|\.{1,2}\/[\w-]+\.tsx?)$/)
})

test('nothing in the pages writes markup from a string, or a style attribute', () => {
  const sources = readdirSync(web, { recursive: true, encoding: 'utf8' }).filter((name) => /widget\/.*\.tsx?$/.test(name))
  for (const name of sources) {
    const code = readFileSync(join(web, name), 'utf8')
    expect(`${name}: ${code.match(/innerHTML|insertAdjacentHTML|document\.write|\bstyle=|\.style\b|\beval\(/g) ?? ''}`).toBe(`${name}: `)
  }
})
