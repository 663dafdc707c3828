import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ARTICLE_LIMITS, readRow, toRow } from '../../../knowledge-base/article.ts'
import { listCell, neutralCell, plainCell, readListCell } from '../../../knowledge-base/article-files/csv-writer.ts'
import { cutAnswer } from '../../../knowledge-base/indexing.ts'
import { readMoment } from '../../../knowledge-base/moment.ts'
import { questionKey, searchKey } from '../../../knowledge-base/question-key.ts'

const ZONE = 'Asia/Shanghai'
const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 })

describe('a row', () => {
  test('comes back unchanged from what is written of it', () => {
    const row = fc.record(
      {
        question: text,
        answer: text,
        similar: fc.array(text, { maxLength: 5 }),
        category: text,
        stage: fc.constantFrom('pre-sales', 'post-sales'),
        validFrom: fc.constant('2026-01-01'),
      },
      { requiredKeys: ['question', 'answer'] },
    )
    fc.assert(
      fc.property(row, (given) => {
        const reading = readRow(given, ZONE)
        if (!reading.ok) return
        const similar = (given.similar ?? []).filter((entry) => /[^\s\p{C}\p{Z}\p{Variation_Selector}]/u.test(entry))
        expect(reading.fields).toMatchObject({ question: given.question, answer: given.answer, similar })
        expect(readRow(toRow(reading.fields), ZONE)).toMatchObject({ ok: true, fields: reading.fields })
      }),
    )
  })

  test('of any kind is read or refused with a code, never thrown on', () => {
    fc.assert(
      fc.property(fc.anything(), fc.anything(), (question, answer) => {
        for (const row of [
          question,
          { question, answer },
          { question: '问', answer: '答', id: question, similar: answer, validTo: question },
        ]) {
          const reading = readRow(row, ZONE)
          if (!reading.ok) expect(reading.code).toMatch(/^article\.[a-z-]+$/)
        }
      }),
    )
  })

  test.each([
    [{ question: '问', answer: '答', id: ' x' }, 'article.bad-id'],
    [{ question: '问', answer: '答', id: 'a\tb' }, 'article.bad-id'],
    [{ question: '问', answer: '答', id: 'export' }, 'article.bad-id'],
    [{ question: '问', answer: '答', id: 'a/../b' }, 'article.bad-id'],
    [{ question: '问', answer: '答', id: 1.5 }, 'article.bad-id'],
    [{ question: '问', answer: '答', id: 'x'.repeat(129) }, 'article.bad-id'],
    [{ question: 1, answer: '答' }, 'article.not-text'],
    [{ question: '问', answer: '​﻿' }, 'article.answer-missing'],
    [{ question: '问', answer: 'x'.repeat(20_001) }, 'article.answer-too-long'],
    [{ question: '问', answer: '答', similar: Array(201).fill('x') }, 'article.list-too-long'],
    [{ question: '问', answer: '答', similar: ['x'.repeat(501)] }, 'article.field-too-long'],
    [{ question: '问', answer: '答', similar: [7] }, 'article.not-text'],
    [{ question: '问\u202e', answer: '答' }, 'article.bad-characters'],
    [{ question: '问', answer: '答\u2066x\u2069' }, 'article.bad-characters'],
    [{ question: '问', answer: '答\u{e0041}' }, 'article.bad-characters'],
    [{ question: '问', answer: '答\0' }, 'article.bad-characters'],
    [{ question: '问', answer: '答', status: 'live' }, 'article.bad-status'],
  ])('that breaks a rule is refused by its code: %#', (row, code) => {
    expect(readRow(row, ZONE)).toMatchObject({ ok: false, code })
  })

  test('takes ids of any script and what export shows of the house', () => {
    expect(
      readRow({ id: '退款:2026-01.a', question: '问', answer: '答', version: 3, madeAt: 'x', category: null, similar: null }, ZONE),
    ).toMatchObject({ ok: true, id: '退款:2026-01.a' })
    for (const id of ['kb/1', 'FAQ 1', 'faq#12', '-x', '100%', '问?'])
      expect(readRow({ id, question: '问', answer: '答' }, ZONE)).toMatchObject({ ok: true, id })
    expect(readRow({ id: 42, question: '问', answer: '答' }, ZONE)).toMatchObject({ ok: true, id: '42' })
  })

  test('leaves out entries of lists in which nothing can be seen', () => {
    expect(
      readRow({ question: '问', answer: '答', similar: ['', '甲', ' \u200b'], tiers: [' '], channels: [null, 'web'] }, ZONE),
    ).toMatchObject({
      ok: true,
      fields: { similar: ['甲'], tiers: [], channels: ['web'] },
    })
  })
})

describe('a moment', () => {
  test.each([
    ['2026-01-31', 'start', '2026-01-30T16:00:00.000Z'],
    ['2026-01-31', 'end', '2026-01-31T16:00:00.000Z'],
    ['2026-01-31T08:00:00+08:00', 'end', '2026-01-31T00:00:00.000Z'],
    ['2026-01-31T08:00:00.250Z', 'start', '2026-01-31T08:00:00.250Z'],
    ['2026-01-31 08:00', 'start', '2026-01-31T00:00:00.000Z'],
  ] as const)('%s (%s) is %s', (given, side, iso) => {
    expect(readMoment(given, ZONE, side)?.toISOString()).toBe(iso)
  })

  test.each([
    '',
    'soon',
    '2026-02-30',
    '2026-13-01',
    '2026-1-1',
    '2026-01-01T25:00:00Z',
    '2026-01-01T00:00:00+99:00',
    '0000-01-01',
    '2026-01-01T00:00:00Z; drop',
  ])('%j is none', (given) => {
    expect(readMoment(given, ZONE, 'start')).toBeNull()
  })

  test('a bare day begins and ends at local midnight, also where clocks change', () => {
    expect(readMoment('2026-03-29', 'Europe/Berlin', 'start')?.toISOString()).toBe('2026-03-28T23:00:00.000Z')
    expect(readMoment('2026-03-29', 'Europe/Berlin', 'end')?.toISOString()).toBe('2026-03-29T22:00:00.000Z')
    expect(readMoment('2026-10-25', 'Europe/Berlin', 'end')?.toISOString()).toBe('2026-10-25T23:00:00.000Z')
    expect(readMoment('2026-11-01', 'America/New_York', 'end')?.toISOString()).toBe('2026-11-02T05:00:00.000Z')
  })
})

describe('a cell of a CSV export', () => {
  test('never begins like a formula and gives its text back', () => {
    const cell = fc.oneof(
      text,
      fc
        .tuple(fc.constantFrom('=', '+', '-', '@', '\t', '\r', '\n', '\n=', '＝', '＋', '－', '＠', "'", "'=", "''@"), text)
        .map(([head, rest]) => head + rest),
    )
    fc.assert(
      fc.property(cell, (given) => {
        expect(neutralCell(given)).not.toMatch(/^[=+\-@\t\r\n＝＋－＠]/)
        expect(plainCell(neutralCell(given))).toBe(given)
      }),
    )
  })

  test('gives a list back entry by entry', () => {
    const entry = fc
      .oneof(text, fc.constantFrom('a|b', '甲；乙', 'a;b', 'a, b', '甲，乙', '甲、乙', '一\n二', ' x ', '[', '["a"]'))
      .filter((given) => given.trim() !== '')
    fc.assert(
      fc.property(fc.constantFrom('similar', 'tiers', 'channels'), fc.array(entry, { maxLength: 6 }), (field, given) => {
        expect(readListCell(field, plainCell(neutralCell(listCell(field, given))))).toEqual(given)
      }),
    )
  })
})

test('a list in a cell is divided as people write lists: names also at commas, wordings not', () => {
  expect(readListCell('tiers', 'core, potential，ordinary、vip;new；old')).toEqual(['core', 'potential', 'ordinary', 'vip', 'new', 'old'])
  expect(readListCell('similar', '退款，怎么弄;我要退钱')).toEqual(['退款，怎么弄', '我要退钱'])
})

test('the normalised question forgets width, case, script and sentence marks, but not what tells two things apart', () => {
  expect(questionKey('怎麼 退款？')).toBe(questionKey('怎么退款'))
  expect(questionKey('ＶＩＰ 是什么!')).toBe(questionKey('vip是什么。'))
  expect(questionKey('C++ 怎么退')).not.toBe(questionKey('C# 怎么退'))
  expect(questionKey('3.5 毫米')).not.toBe(questionKey('35 毫米'))
  expect(questionKey('3~5天')).not.toBe(questionKey('35天'))
  expect(questionKey('？')).not.toBe('')
  expect(searchKey('？！🙂')).toBe('')
  expect(searchKey('怎么退款🙂~')).toBe(searchKey('怎么退款'))
})

test('a long answer is cut into pieces that join to the same text, none through a surrogate pair', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 5_000 }), (given) => {
      const pieces = cutAnswer(given)
      expect(pieces.join('')).toBe(given)
      for (const piece of pieces) {
        expect(piece.length).toBeLessThanOrEqual(1_000)
        expect(piece).not.toMatch(/^[\udc00-\udfff]|[\ud800-\udbff]$/)
      }
    }),
  )
  expect(cutAnswer(`${'一'.repeat(900)}。${'二'.repeat(900)}`)).toHaveLength(2)
  expect(ARTICLE_LIMITS.answer).toBe(20_000)
})
