import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

/** docs/security-tests.md names tests that exist, and what no test could find in a page is looked for in its source. */

const rows = readFileSync('docs/security-tests.md', 'utf8')
  .split('\n')
  .map((line) => /^\| (\S+).*\| `(tests\/[\w/.-]+)` \| (.+) \|$/.exec(line))
  .filter((row) => row !== null)

test('each title of the page stands in the file beside it', () => {
  expect(rows.length).toBeGreaterThan(40)
  const missing = rows.filter(([, , file = '', title = '']) => !readFileSync(file, 'utf8').includes(title))
  expect(missing.map(([, , file, title]) => `${file}: ${title}`)).toEqual([])
})

test('every threat of the web chat has a row', () => {
  const named = new Set(rows.map(([, row]) => row))
  for (let n = 1; n <= 14; n++) expect([...named]).toContain(`C${n}`)
})

test('no page of ours makes markup of text, runs text, or speaks to another window', () => {
  const sources = (folder: string): string[] =>
    readdirSync(folder).flatMap((name) => {
      const path = join(folder, name)
      return statSync(path).isDirectory() ? sources(path) : /\.(?:[mc]?[jt]sx?|html)$/.test(name) ? [path] : []
    })
  const files = sources('web')
  expect(files.length).toBeGreaterThan(10)
  const found = files.flatMap((file) =>
    [
      ...readFileSync(file, 'utf8').matchAll(
        /\b(?:innerHTML|outerHTML|insertAdjacentHTML|dangerouslySetInnerHTML|setHTMLUnsafe|createContextualFragment|parseFromString|document\.write(?:ln)?|eval|new Function|srcdoc|postMessage|onmessage\s*=\s*\(?(?:event|e)\b|window\.open|importScripts)\b|addEventListener\(\s*'message'|\son[a-z]+="|javascript:/g,
      ),
    ].map(([what]) => `${file}: ${what}`),
  )
  expect(found).toEqual([])
})
