import { describe, expect, it } from 'vitest'
import { readDesk, wordOpening } from '../../../bot/desk.ts'
import { PHRASES, type PhraseName, phrase } from '../../../bot/wording.ts'
import { toTraditional } from '../../../language/index.ts'
import { everyDay } from '../../../platform/business-calendar.ts'

const shanghai = everyDay('Asia/Shanghai', ['09:00', '21:00'])
const at = (text: string) => new Date(text)

describe('the time at which people are back', () => {
  const now = at('2026-03-03T22:00:00+08:00')
  const say = (opens: string, language: 'zh-Hans' | 'en', timeZone = 'Asia/Shanghai') => wordOpening({ timeZone, now }, at(opens), language)

  it('is told by the day, as people say it', () => {
    expect(say('2026-03-03T23:30:00+08:00', 'zh-Hans')).toBe('今天 23:30')
    expect(say('2026-03-04T09:00:00+08:00', 'zh-Hans')).toBe('明天 9:00')
    expect(say('2026-03-05T09:00:00+08:00', 'zh-Hans')).toBe('后天 9:00')
    expect(say('2026-03-09T09:05:00+08:00', 'zh-Hans')).toBe('3 月 9 日（周一）9:05')
    expect(say('2026-03-04T09:00:00+08:00', 'en')).toBe('tomorrow at 9:00 (GMT+8)')
    expect(say('2026-03-05T09:00:00+08:00', 'en')).toBe('on Thursday, 5 March, at 9:00 (GMT+8)')
  })

  it('names the clock where it is not that of Beijing, by the offset of that day', () => {
    expect(say('2026-03-04T09:00:00-05:00', 'zh-Hans', 'America/New_York')).toBe('明天 9:00（GMT-5）')
    expect(say('2026-03-09T09:00:00-04:00', 'zh-Hans', 'America/New_York')).toBe('3 月 9 日（周一）9:00（GMT-4）')
    expect(say('2026-03-04T09:00:00+05:45', 'en', 'Asia/Kathmandu')).toBe('tomorrow at 9:00 (GMT+5:45)')
  })

  it('is none while people serve, or when no hours are known', () => {
    expect(readDesk(shanghai, at('2026-03-03T12:00:00+08:00'))).toMatchObject({ open: true, opensAt: null })
    expect(readDesk({ ...shanghai, weekly: {} }, now)).toMatchObject({ open: false, opensAt: null })
  })
})

describe('every phrase', () => {
  const names = Object.keys(PHRASES) as PhraseName[]
  const desks = {
    open: readDesk(shanghai, at('2026-03-03T12:00:00+08:00')),
    closed: readDesk(shanghai, at('2026-03-03T22:00:00+08:00')),
    never: readDesk({ ...shanghai, weekly: {} }, at('2026-03-03T22:00:00+08:00')),
  }

  it('leaves no blank, keeps the tone of the house and the script of the reader, at any hour', () => {
    for (const name of names)
      for (const desk of Object.values(desks))
        for (const language of ['zh-Hans', 'zh-Hant', 'en'] as const) {
          const text = phrase(name, language, { desk, place: 3 }, toTraditional)
          expect(text).not.toMatch(/[{}]|undefined|null|亲[，！]|哦[~～]|请稍等|系统繁忙|操作失败|你(?!们)|[\u4e00-\u9fff][,?!;:]/)
          if (language === 'en') expect([name, /\p{Script=Han}/u.test(text)]).toEqual([name, false])
          if (language === 'zh-Hant') expect(toTraditional(text)).toBe(text)
          if (language !== 'en') expect([name, /[。？]$/.test(text)]).toEqual([name, true])
        }
  })

  it('promises a person now only while people serve', () => {
    for (const name of names)
      expect([name, phrase(name, 'zh-Hans', { desk: desks.closed, place: 3 }, toTraditional)]).not.toEqual([
        name,
        expect.stringContaining('正在排队'),
      ])
    expect(phrase('handedOff', 'zh-Hans', { desk: desks.never, place: 1 }, toTraditional)).toContain('人工客服现在不在线')
  })
})
