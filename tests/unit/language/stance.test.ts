import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { areOpposed, readContent, readStance } from '../../../language/index.ts'

const opposed = (one: string, other: string): boolean => areOpposed(readStance(one), readStance(other))

describe('the side of an act', () => {
  it.each([
    ['关闭自动续费', '怎么开通自动续费'],
    ['取消预约', '怎么预约'],
    ['怎么申请退款', '撤销退款'],
    ['import my data', 'How do I export my data?'],
    ['how do I renew', 'how do I cancel'],
    ['I do not want to cancel', 'How do I cancel my plan?'],
    ['不想续费了', '怎么续费'],
    ['账号怎么解冻', '怎么冻结账号'],
  ])('%j is opposite to %j', (one, other) => {
    expect(opposed(one, other)).toBe(true)
    expect(opposed(other, one)).toBe(true)
  })

  it.each([
    ['不想续费了', '怎么取消自动续费'],
    ['I cannot cancel my order', 'How do I cancel an order?'],
    ['怎么注销账号', '如何申请注销账号'],
    ['订单多久发货', '怎么取消订单'],
    ['unlock my card', 'How do I unblock a card?'],
  ])('%j is not opposite to %j', (one, other) => {
    expect(opposed(one, other)).toBe(false)
  })

  it('is read from any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
        expect(areOpposed(readStance(text), readStance(text))).toBe(false)
      }),
    )
  })
})

describe('the content of a question', () => {
  it.each(['怎么回事', '多少钱', '我要', '不能', '可以吗', 'how much', '请问一下', '价格', ''])('%j has none', (text) => {
    expect(readContent(text).empty).toBe(true)
  })

  it.each(['登录', '婚假有几天', '你们有停车场吗', 'cancel', '15G'])('%j has some', (text) => {
    expect(readContent(text).empty).toBe(false)
  })
})
