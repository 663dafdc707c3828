import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type Calendar,
  everyDay,
  findCalendarFaults,
  isOpen,
  nextOpening,
  type Span,
  WEEKDAYS,
} from '../../../platform/business-calendar.ts'

const OFFICE: readonly Span[] = [
  ['09:00', '12:00'],
  ['13:30', '18:00'],
]
const WORKWEEK = { mon: OFFICE, tue: OFFICE, wed: OFFICE, thu: OFFICE, fri: OFFICE }
const shanghai: Calendar = { timeZone: 'Asia/Shanghai', weekly: WORKWEEK, holidays: ['2026-10-01', '2026-10-02'], workdays: ['2026-10-10'] }

const at = (text: string) => new Date(text)
const opens = (calendar: Calendar, text: string) => nextOpening(calendar, at(text))?.toISOString() ?? null

describe('service hours', () => {
  it('knows split shifts: open before and after lunch, closed between', () => {
    expect(isOpen(shanghai, at('2026-03-03T09:00:00+08:00'))).toBe(true)
    expect(isOpen(shanghai, at('2026-03-03T11:59:59+08:00'))).toBe(true)
    expect(isOpen(shanghai, at('2026-03-03T12:00:00+08:00'))).toBe(false)
    expect(isOpen(shanghai, at('2026-03-03T13:30:00+08:00'))).toBe(true)
    expect(opens(shanghai, '2026-03-03T12:10:00+08:00')).toBe('2026-03-03T05:30:00.000Z')
  })

  it('opens on Monday after a Friday evening', () => {
    expect(opens(shanghai, '2026-03-06T18:00:00+08:00')).toBe('2026-03-09T01:00:00.000Z')
  })

  it('is closed on a holiday, and serves a Saturday that is worked in exchange like a Monday', () => {
    expect(isOpen(shanghai, at('2026-10-01T10:00:00+08:00'))).toBe(false)
    expect(opens(shanghai, '2026-09-30T18:30:00+08:00')).toBe('2026-10-05T01:00:00.000Z')
    expect(isOpen(shanghai, at('2026-10-10T10:00:00+08:00'))).toBe(true)
    expect(isOpen(shanghai, at('2026-10-10T12:30:00+08:00'))).toBe(false)
    expect(isOpen(shanghai, at('2026-10-17T10:00:00+08:00'))).toBe(false)
  })

  it('is open now when it is open, and never when no day has hours', () => {
    expect(opens(shanghai, '2026-03-03T10:00:00+08:00')).toBe('2026-03-03T02:00:00.000Z')
    expect(opens({ ...shanghai, weekly: {}, workdays: [] }, '2026-03-03T10:00:00+08:00')).toBeNull()
  })

  it('follows the wall clock where it is set forward: hours inside the lost hour begin when it is over', () => {
    const newYork = everyDay('America/New_York', ['02:30', '05:00'])
    expect(opens(newYork, '2026-03-08T01:00:00-05:00')).toBe('2026-03-08T07:00:00.000Z')
    expect(isOpen(newYork, at('2026-03-08T07:00:00Z'))).toBe(true)
    expect(opens(everyDay('America/New_York', ['02:15', '02:45']), '2026-03-08T01:00:00-05:00')).toBe('2026-03-09T06:15:00.000Z')
  })

  it('serves an hour that the clock shows twice both times', () => {
    const newYork = everyDay('America/New_York', ['01:30', '02:00'])
    expect(opens(newYork, '2026-11-01T01:00:00-04:00')).toBe('2026-11-01T05:30:00.000Z')
    expect(opens(newYork, '2026-11-01T06:00:00Z')).toBe('2026-11-01T06:30:00.000Z')
    expect(isOpen(newYork, at('2026-11-01T06:45:00Z'))).toBe(true)
  })

  it('finds what a clock that is read minute by minute finds, in zones that change by an hour, half an hour and a day', () => {
    const ZONES = {
      'Asia/Shanghai': ['2026-02-16T00:00Z'],
      'America/New_York': ['2026-03-08T07:00Z', '2026-11-01T06:00Z'],
      'Europe/Berlin': ['2026-03-29T01:00Z', '2026-10-25T01:00Z'],
      'Australia/Lord_Howe': ['2026-04-04T15:00Z', '2026-10-03T15:30Z'],
      'Asia/Kathmandu': ['2026-12-31T18:15Z'],
      'America/Havana': ['2026-03-08T05:00Z', '2026-11-01T05:00Z'],
      'Pacific/Apia': ['2011-12-30T10:00Z'],
    } as const
    const near = fc.constantFrom(
      ...Object.entries(ZONES).flatMap(([zone, times]) => times.map((time) => [zone, Date.parse(time)] as const)),
    )
    const clock = (minutes: number) => `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`
    const spans = fc
      .uniqueArray(fc.integer({ min: 0, max: 96 }), { maxLength: 6 })
      .map((edges) => edges.toSorted((a, b) => a - b))
      .map((edges) => edges.slice(0, edges.length - (edges.length % 2)))
      .map((edges) =>
        edges.flatMap((edge, index) => (index % 2 === 0 ? [[clock(edge * 15), clock((edges[index + 1] ?? 96) * 15)] as const] : [])),
      )
    const week = fc.record(Object.fromEntries(WEEKDAYS.map((day) => [day, spans])))
    fc.assert(
      fc.property(
        near,
        fc.integer({ min: -2_000, max: 2_000 }),
        week,
        fc.nat(3),
        fc.nat(3),
        ([timeZone, change], minutes, weekly, off, on) => {
          const now = change + minutes * 60_000
          const dateOf = (ms: number) => new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short' }).format(ms)
          const holidays = off === 0 ? [] : [dateOf(change + off * 86_400_000)]
          const workdays = on === 0 ? [] : [dateOf(change + on * 86_400_000)].filter((date) => !holidays.includes(date))
          const calendar: Calendar = { timeZone, weekly, holidays, workdays }
          const read = new Intl.DateTimeFormat('sv-SE', {
            timeZone,
            weekday: 'short',
            dateStyle: undefined,
            year: 'numeric',
            month: '2-digit',
            day: '2-digit',
            hour: '2-digit',
            minute: '2-digit',
            hourCycle: 'h23',
          })
          const NAMES: Record<string, (typeof WEEKDAYS)[number]> = {
            mån: 'mon',
            tis: 'tue',
            ons: 'wed',
            tors: 'thu',
            fre: 'fri',
            lör: 'sat',
            sön: 'sun',
          }
          const served = (ms: number) => {
            const [, name = '', date = '', time = ''] = /^(\S+?)\.?,? (\S+)[ ,]+(\S+)$/.exec(read.format(ms)) ?? []
            const day = workdays.includes(date) ? 'mon' : holidays.includes(date) ? null : NAMES[name]
            if (day === undefined) throw new Error(`unread: ${read.format(ms)}`)
            return day !== null && (weekly[day] ?? []).some(([from, to]) => from <= time && time < to)
          }
          expect(isOpen(calendar, new Date(now))).toBe(served(now))
          const found = nextOpening(calendar, new Date(now))?.getTime() ?? Number.POSITIVE_INFINITY
          const horizon = now + 3 * 86_400_000
          let naive = now
          while (naive < horizon && !served(naive)) naive += 60_000
          if (naive < horizon) expect(new Date(found).toISOString()).toBe(new Date(naive).toISOString())
          else expect(found).toBeGreaterThanOrEqual(horizon)
        },
      ),
      { numRuns: 300 },
    )
  }, 60_000)
})

describe('a calendar somebody has written', () => {
  it('is taken when nothing is wrong with it', () => {
    expect(findCalendarFaults(shanghai)).toEqual([])
    expect(findCalendarFaults(everyDay('UTC', ['00:00', '24:00']))).toEqual([])
  })

  it.each<[string, Partial<Calendar>, string]>([
    ['an unknown zone', { timeZone: 'Mars/Base' }, '/timeZone'],
    ['a span that ends before it begins', { weekly: { tue: [['18:00', '09:00']] } }, '/weekly/tue/0'],
    [
      'overlapping spans',
      {
        weekly: {
          wed: [
            ['09:00', '12:00'],
            ['11:00', '13:00'],
          ],
        },
      },
      '/weekly/wed/1',
    ],
    ['a time that is none', { weekly: { mon: [['9 Uhr', '12:00']] } }, '/weekly/mon/0'],
    ['a date that does not exist', { holidays: ['2026-02-30'] }, '/holidays/0'],
    ['a date that stands twice', { holidays: ['2026-10-01', '2026-10-01'] }, '/holidays/1'],
    ['a day both worked and off', { holidays: ['2026-10-10'], workdays: ['2026-10-10'] }, '/workdays/0'],
  ])('is refused for %s, by its place', (_what, over, path) => {
    expect(findCalendarFaults({ ...shanghai, holidays: [], workdays: [], ...over }).map((fault) => fault.path)).toEqual([path])
  })
})
