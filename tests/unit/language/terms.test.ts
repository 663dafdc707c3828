import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readTerms } from '../../../language/index.ts'

const spellings = (text: string): string[] => readTerms(text).map(({ term }) => term)
const countOf = (text: string, term: string): number => readTerms(text).find((one) => one.term === term)?.count ?? 0

describe('readTerms', () => {
  it('finds words, characters and pairs of Chinese', () => {
    expect(spellings('申请退款')).toEqual(expect.arrayContaining(['w申请', 'w退款', 'c退', 'p请退']))
  })

  it('meets the forms of an English word', () => {
    expect(spellings('activating cards')).toEqual(expect.arrayContaining(['wactivat', 'wcard']))
    expect(spellings('activate card')).toEqual(expect.arrayContaining(['wactivat', 'wcard']))
  })

  it('gives words of one meaning a term in common', () => {
    const meanings = (text: string): string[] => spellings(text).filter((term) => term.startsWith('='))
    const shared = meanings('怎么退款').filter((term) => meanings('如何退钱').includes(term))
    expect(shared.length).toBeGreaterThanOrEqual(2)
  })

  it('weighs politeness down but does not drop it', () => {
    expect(countOf('请问怎么退款', 'w请问')).toBeLessThan(countOf('请问怎么退款', 'w退款'))
    expect(countOf('请问', 'w请问')).toBeGreaterThan(0)
    expect(countOf('please refund', 'wpleas') + countOf('please refund', 'wplease')).toBeLessThan(countOf('please refund', 'wrefund'))
  })

  it('calls a rare word more informative than a common one', () => {
    const terms = readTerms('怎么退款')
    const idf = (term: string): number => terms.find((one) => one.term === term)?.generalIdf ?? 0
    expect(idf('w退款')).toBeGreaterThan(idf('w怎么'))
  })

  it('does not tell one order number from another', () => {
    expect(spellings('订单 202311210001 没到')).toEqual(spellings('订单 987654321098 没到'))
  })

  it('reads the same from Traditional and Simplified spelling', () => {
    expect(readTerms('請問怎麼申請退款')).toEqual(readTerms('请问怎么申请退款'))
  })

  it('has no terms for a text without letters or digits', () => {
    expect(readTerms('')).toEqual([])
    expect(readTerms('？！… 🙂')).toEqual([])
  })

  it('survives any text with positive counts and no term twice', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
        const terms = readTerms(text)
        expect(new Set(terms.map(({ term }) => term)).size).toBe(terms.length)
        for (const { count, generalIdf } of terms) {
          expect(count).toBeGreaterThan(0)
          expect(generalIdf).toBeGreaterThan(0)
          expect(generalIdf).toBeLessThanOrEqual(1)
        }
      }),
    )
  })
})
