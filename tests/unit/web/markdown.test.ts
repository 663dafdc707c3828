import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Block, type Inline, parseInline, parseMarkdown } from '../../../web/widget/markdown.ts'

/** The markdown of answers: what becomes an element, and that nothing else does. */

const flat = (blocks: readonly Block[]): Inline[] => blocks.flatMap(({ items }) => items.flat())
const hostile = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '**',
        '[',
        '](',
        ')',
        'https://',
        'http://',
        'javascript:',
        'data:',
        '<img src=x onerror=1>',
        '\n',
        '- ',
        '1. ',
        '@',
        '\\',
        '//',
        ' ',
      ),
      fc.constantFrom('example.com', '/a?b=c#d', '"', "'", '`', '。', '，', '*', '\t', '\u202e', '\u0000'),
      fc.string({ unit: 'binary', maxLength: 6 }),
    ),
    { maxLength: 24 },
  )
  .map((parts) => parts.join(''))

test('links lead to https addresses without name or password, and to nothing else', () => {
  fc.assert(
    fc.property(hostile, (text) => {
      for (const { href } of flat(parseMarkdown(text))) {
        if (href === undefined) continue
        expect(href).toMatch(/^https:\/\/[\w.-]+(:\d+)?([/?#]|$)/)
        expect(href).not.toMatch(/[\s<>"]/)
        if (!URL.canParse(href)) continue
        const { protocol, username, password } = new URL(href)
        expect([protocol, username, password]).toEqual(['https:', '', ''])
      }
    }),
    { numRuns: 2_000 },
  )
})

test('every part is text, bold or a link, and no character of a line is invented', () => {
  fc.assert(
    fc.property(hostile, (text) => {
      for (const block of parseMarkdown(text)) {
        expect([null, 'ul', 'ol']).toContain(block.list)
        for (const part of block.items.flat()) {
          expect(typeof part.text).toBe('string')
          expect(Object.keys(part).every((name) => ['text', 'bold', 'href'].includes(name))).toBe(true)
          expect(text).toContain(part.text)
        }
      }
    }),
    { numRuns: 2_000 },
  )
})

test('text without signs stays as it is', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[\p{L}\p{N}，。？ ]{1,40}$/u), (text) => {
      expect(flat(parseMarkdown(text)).map((part) => part.text)).toEqual([text])
    }),
  )
})

test('bold, links and addresses are seen inside a sentence', () => {
  expect(parseInline('请在**七天内**办理，见[帮助](https://a.example/h?x=1)或 https://a.example/p。谢谢')).toEqual([
    { text: '请在' },
    { text: '七天内', bold: true },
    { text: '办理，见' },
    { text: '帮助', href: 'https://a.example/h?x=1' },
    { text: '或 ' },
    { text: 'https://a.example/p', href: 'https://a.example/p' },
    { text: '。谢谢' },
  ])
})

test('an address gives back the full stop of its sentence, and others than https stay text', () => {
  expect(parseInline('See https://a.example/x.').at(-1)).toEqual({ text: '.' })
  for (const text of [
    'http://a.example',
    '[x](javascript:alert(1))',
    '[x](//a.example)',
    'https://user:pw@a.example',
    'https://a.example\\@b.example',
  ])
    for (const { href } of parseInline(text)) expect(href === undefined || /^https:\/\/a\.example$|^https:\/\/user$/.test(href)).toBe(true)
})

test('lists keep their kind and their first number, and a decimal is no list', () => {
  expect(parseMarkdown('步骤：\n2. 打开订单\n3. 申请退货\n\n- 甲\n- 乙\n1.5 倍')).toEqual([
    { list: null, start: 1, items: [[{ text: '步骤：' }]] },
    { list: 'ol', start: 2, items: [[{ text: '打开订单' }], [{ text: '申请退货' }]] },
    { list: 'ul', start: 1, items: [[{ text: '甲' }], [{ text: '乙' }]] },
    { list: null, start: 1, items: [[{ text: '1.5 倍' }]] },
  ])
})
