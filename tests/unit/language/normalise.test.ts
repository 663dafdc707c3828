import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { normalise } from '../../../language/index.ts'

const anyText = fc.string({ unit: 'binary', maxLength: 200 })

describe('normalise', () => {
  it('reads full width, upper case and wide blanks like their plain forms', () => {
    expect(normalise('ＶＩＰ　会员\t 怎么\n办理？')).toBe('vip 会员 怎么 办理?')
  })

  it('reads Traditional Chinese and the words of Taiwan like Simplified Chinese', () => {
    expect(normalise('請問軟體要怎麼更新')).toBe('请问软件要怎么更新')
    expect(normalise('帳號被鎖定')).toBe(normalise('账号被锁定'))
  })

  it('keeps the common word for looking something up', () => {
    expect(normalise('查詢物流')).toBe('查询物流')
  })

  it('drops what nobody can see', () => {
    expect(normalise('退\u200b款\ufeff进\u0000度\ud800')).toBe('退款进度')
  })

  it('leaves Simplified text alone', () => {
    expect(normalise('后台的面条和里程')).toBe('后台的面条和里程')
  })

  it('survives any text and changes nothing the second time', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const once = normalise(text)
        expect(once).toBe(once.trim())
        expect(once).not.toMatch(/\p{Cc}|\u200b|\s{2}/u)
      }),
    )
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'怎么退款ＡbC１ ，。？請軟體查詢'), maxLength: 60 }), (text) => {
        expect(normalise(normalise(text))).toBe(normalise(text))
      }),
    )
  })

  it('takes a text of a hundred thousand characters', () => {
    expect(normalise('請'.repeat(100_000))).toHaveLength(100_000)
  })
})
