import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isSharedSpelling, scriptOf, toTraditional } from '../../../language/index.ts'

describe('scriptOf', () => {
  it.each([
    ['怎么退款', 'zh-Hans'],
    ['怎麼退款', 'zh-Hant'],
    ['你好', 'zh-Hans'],
    ['我的 iPhone 壞了', 'zh-Hant'],
    ['iPhone 15 Pro Max 保修', 'zh-Hans'],
    ['Where is my parcel?', 'en'],
    ['返品したいです', 'other'],
    ['환불해 주세요', 'other'],
    ['Где мой заказ', 'other'],
    ['12345 ?!', 'other'],
    ['', 'other'],
  ])('calls %j %s', (text, script) => {
    expect(scriptOf(text)).toBe(script)
  })

  it('answers for any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
        expect(['zh-Hans', 'zh-Hant', 'en', 'other']).toContain(scriptOf(text))
      }),
    )
  })
})

describe('isSharedSpelling', () => {
  it.each<[string, boolean]>([
    ['可以', true],
    ['你好 R1', true],
    ['谢谢', false],
    ['謝謝', false],
    ['hello', false],
    ['', false],
  ])('says of %j whether both scripts write it so: %s', (text, shared) => {
    expect(isSharedSpelling(text)).toBe(shared)
  })
})

describe('toTraditional', () => {
  it('writes an answer for a reader of Traditional Chinese', () => {
    expect(toTraditional('请在订单页面申请退款')).toBe('請在訂單頁面申請退款')
  })
})
