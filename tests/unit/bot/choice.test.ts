import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isDenial, readChoice } from '../../../bot/choice.ts'

const THREE = ['怎么修改收货地址', '怎么修改手机号', '怎么修改密码']

describe('a choice among what was offered', () => {
  it.each<[string, number]>([
    ['怎么修改手机号', 1],
    ['怎麼修改手機號？', 1],
    ['第一个', 0],
    ['第2个', 1],
    ['2', 1],
    ['三', 2],
    ['第二個', 1],
    ['我问的是第二个', 1],
    ['选 3 吧', 2],
    ['上面那个', 0],
    ['下面的', 2],
    ['最后一个', 2],
    ['中间那个', 1],
    ['the second one', 1],
    ['first', 0],
    ['option 3', 2],
    ['number two please', 1],
    ['the last one', 2],
    ['2nd', 1],
  ])('reads %j as number %i', (text, index) => {
    expect(readChoice(text, THREE)).toEqual({ index })
  })

  it.each(['都不是', '以上都不是', '不是这些', 'none of these', 'neither'])('hears in %j that it is none of them', (text) => {
    expect(readChoice(text, THREE)).toBe('none')
  })

  it.each([
    '第四个',
    '5',
    '什么时候发货',
    '13800138000',
    '第二个订单还没到',
    'the second parcel is missing',
    '是的',
    '',
    '。',
    '2 件少了 1 件',
  ])('takes %j for no choice', (text) => {
    expect(readChoice(text, THREE)).toBeNull()
  })

  it.each(['不是这个意思', '不对', '答非所问！', '都不是我要问的', "that's not it"])('hears in %j that it was beside the point', (text) => {
    expect(isDenial(text)).toBe(true)
  })

  it.each(['没有', '不是正品怎么办', '地址不对怎么改', '不对劲', '好的', 'wrong address'])('hears no denial in %j', (text) => {
    expect(isDenial(text)).toBe(false)
  })

  it('takes a yes for the only one offered', () => {
    expect(readChoice('是的', ['运费怎么算'])).toEqual({ index: 0 })
    expect(readChoice('yes', ['How long is the warranty?'])).toEqual({ index: 0 })
  })

  it('never points beside the list, whatever is written', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), fc.array(fc.string(), { maxLength: 3 }), (text, offered) => {
        const choice = readChoice(text, offered)
        if (typeof choice === 'object' && choice !== null) expect(offered[choice.index]).toBeDefined()
      }),
    )
  })
})
