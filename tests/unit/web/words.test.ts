import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { fill, wordsFor } from '../../../web/widget/words.ts'

/** The words of the pages: whole in both languages, and nowhere else. */

const web = fileURLToPath(new URL('../../../web/', import.meta.url))
const read = (name: string) => JSON.parse(readFileSync(join(web, 'locales', `${name}.json`), 'utf8')) as Record<string, string>
const [zh, en] = [read('zh-CN'), read('en')]

test('both languages have the same words, none of them empty, with the same blanks', () => {
  expect(Object.keys(en).sort()).toEqual(Object.keys(zh).sort())
  for (const [key, text] of Object.entries(zh)) {
    expect(text.trim()).not.toBe('')
    expect(en[key]?.trim()).not.toBe('')
    expect(en[key]?.match(/\{\}/g)).toEqual(text.match(/\{\}/g))
  }
})

test('each word is used by a page', () => {
  const sources = readdirSync(web, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.tsx?$/.test(name))
    .map((name) => readFileSync(join(web, name), 'utf8'))
    .join('\n')
  // These three are chosen by the status of a Message.
  const unused = Object.keys(zh).filter(
    (key) => !new RegExp(`words\\.${key}\\b`).test(sources) && !['sending', 'sent', 'failed'].includes(key),
  )
  expect(unused).toEqual([])
})

test('Chinese words use full-width punctuation after Chinese, and no empty politeness', () => {
  for (const text of Object.values(zh)) {
    expect(text).not.toMatch(/\p{Script=Han}[,?!:;]/u)
    expect(text).not.toMatch(/系统繁忙|操作失败|请稍等|亲|哦/)
  }
})

test('pages in any Chinese read Chinese, all others English', () => {
  for (const tag of ['zh', 'zh-CN', 'zh-Hant-HK', 'ZH-tw']) expect(wordsFor(tag).lang).toBe('zh-CN')
  for (const tag of ['en', 'de-AT', '']) expect(wordsFor(tag).lang).toBe('en')
})

test('a blank takes a value as it is', () => {
  expect(fill('依据《{}》', '$& {}')).toBe('依据《$& {}》')
  expect(fill('{} new', 3)).toBe('3 new')
})
