import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { HTTP_STATUS } from '../../../platform/errors.ts'
import { readErrorsPage } from '../../support/error-codes.ts'

const FOLDERS = ['platform', 'language', 'staff', 'customers', 'conversations', 'knowledge-base', 'bot', 'adapters', 'server', 'demo']
const sources = FOLDERS.flatMap((folder) => readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)))
  .filter((path) => path.endsWith('.ts'))
  .map((path) => ({ path, text: readFileSync(path, 'utf8') }))

const { codes, rowCodes } = readErrorsPage()
const documented = new Map(codes.map((entry) => [entry.code, entry]))

const CODE = "'([a-z-]+\\.[a-z-]+)'"
/** Kind and code of every error that the source makes. */
const made = sources.flatMap(({ path, text }) => {
  const found = [...text.matchAll(new RegExp(`new ZhikeError\\(\\s*'([a-z-]+)',\\s*${CODE}`, 'g'))].map(([, kind, code]) => ({
    kind,
    code,
  }))
  const stops = [...text.matchAll(new RegExp(`misconfigured\\(\\s*${CODE}`, 'g'))].map(([, code]) => ({ kind: 'misconfigured', code }))
  // Bodies that are written without a ZhikeError: what the framework refuses, and what is said before the house is there.
  const bodies = [...text.matchAll(new RegExp(`error: \\{\\s*code: ${CODE}`, 'g'))].map(([, code]) => ({ kind: null, code }))
  return [...found, ...stops, ...bodies].map((entry) => ({ ...entry, code: entry.code ?? '', path }))
})

/** Codes of rows: literals, and templates such as `bad-${name}` as patterns. */
const articleText = sources.find(({ path }) => path === join('knowledge-base', 'article.ts'))?.text ?? ''
const rowNames = [
  ...articleText.matchAll(/refuse\((['`])([^'`]+)\1/g),
  ...(/const code = .*/.exec(articleText)?.[0] ?? '').matchAll(/[?:] (['`])([^'`]+)\1/g),
].map(([, , name = '']) => `article.${name}`)
const rejected = sources.flatMap(({ text }) => [...text.matchAll(/\.reject\([^,]+, '([^']+)'/g)].map(([, code = '']) => code))
const rowPatterns = [...rowNames, ...rejected].map((name) => new RegExp(`^${name.replace('.', '\\.').replace(/\$\{\w+\}/, '[a-z]+')}$`))

describe('docs/errors.md', () => {
  test('was found and read, and so was the source', () => {
    expect(codes.length).toBeGreaterThan(50)
    expect(made.length).toBeGreaterThan(60)
    expect(rowCodes.length).toBeGreaterThan(15)
    expect(new Set(codes.map(({ code }) => code)).size).toBe(codes.length)
    expect(new Set(rowCodes).size).toBe(rowCodes.length)
  })

  test('lists every code of the source', () => {
    expect(made.filter(({ code }) => !documented.has(code)).map(({ code, path }) => `${code} (${path})`)).toEqual([])
    expect(rowPatterns.filter((pattern) => !rowCodes.some((code) => pattern.test(code))).map(String)).toEqual([])
  })

  test('lists no code that nothing raises', () => {
    const raised = new Set(made.map(({ code }) => code))
    expect(codes.map(({ code }) => code).filter((code) => !raised.has(code))).toEqual([])
    expect(rowCodes.filter((code) => !rowPatterns.some((pattern) => pattern.test(code)))).toEqual([])
  })

  test('gives each code the kind the source gives it, and the status of that kind', () => {
    for (const { kind, code } of made) if (kind !== null) expect([code, documented.get(code)?.kind]).toEqual([code, kind])
    for (const { code, kind, status } of codes) {
      if (kind === 'internal') expect([code, status]).toEqual(['house.internal', 500])
      else if (kind === 'misconfigured') expect([code, status]).toEqual([code, null])
      else expect([code, status]).toEqual([code, HTTP_STATUS[kind as keyof typeof HTTP_STATUS]])
    }
  })

  test('no error is made in a form that this test does not read', () => {
    // Errors whose code is handed on: from a row, from the worker, from the helpers whose calls are read above.
    const handedOn =
      /^('misconfigured', code|'invalid', `article\.\$\{code\}`|'invalid', reading\.code|message\.refusal\.kind, message\.refusal\.code)/
    const odd = sources.flatMap(({ path, text }) =>
      [...text.matchAll(/new ZhikeError\(\s*([^)]{0,80})/g)]
        .map(([, start = '']) => start)
        .filter((start) => !new RegExp(`^'[a-z-]+',\\s*${CODE}`).test(start) && !handedOn.test(start))
        .map((start) => `${path}: ${start}`),
    )
    expect(odd).toEqual([])
  })
})
