/**
 * Service hours as people write them: a week of spans, days off, and days worked in exchange (调休). Pure; the wall clock of the
 * calendar's time zone decides, also where it is set forward or back.
 */

export const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const
export type Weekday = (typeof WEEKDAYS)[number]

/** `HH:MM` each, from inclusive, to exclusive and later; `24:00` is the end of the day. */
export type Span = readonly [from: string, to: string]

export interface Calendar {
  /** IANA name. */
  readonly timeZone: string
  /** A day that is not named is a day off. */
  readonly weekly: Readonly<Partial<Record<Weekday, readonly Span[]>>>
  /** Dates (`2026-10-01`) without service, whatever day of the week they are. */
  readonly holidays: readonly string[]
  /** Dates that are served like a Monday: the Saturdays and Sundays worked in exchange for a longer holiday (调休). */
  readonly workdays: readonly string[]
}

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
/** A calendar without an opening in more than a year has none. */
const MAX_DAYS = 400
/** Offsets of time zones lie between -12 and +14 hours. */
const BEFORE = 14 * HOUR
const AFTER = 12 * HOUR

/** The same words every day. */
export function everyDay(timeZone: string, ...spans: readonly Span[]): Calendar {
  return { timeZone, weekly: Object.fromEntries(WEEKDAYS.map((day) => [day, spans])), holidays: [], workdays: [] }
}

const formats = new Map<string, Intl.DateTimeFormat>()

function formatOf(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone)
  if (known) return known
  const parts = { year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric' } as const
  const made = new Intl.DateTimeFormat('en-US', { timeZone, calendar: 'gregory', numberingSystem: 'latn', hourCycle: 'h23', ...parts })
  formats.set(timeZone, made)
  return made
}

/** What the clock on the wall shows at an instant, as milliseconds of a clock that knows no zones. */
export function wallClock(timeZone: string, at: number): number {
  const read: Record<string, number> = {}
  for (const { type, value } of formatOf(timeZone).formatToParts(at)) read[type] = Number(value)
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = read
  return Date.UTC(year, month - 1, day, hour, minute, second) + (((at % 1_000) + 1_000) % 1_000)
}

function minutesOf(time: string): number {
  const [hours = '0', minutes = '0'] = time.split(':')
  return Number(hours) * 60 + Number(minutes)
}

/** @param day days since 1970-01-01 on the wall. */
function spansOn(calendar: Calendar, day: number): readonly Span[] {
  const date = new Date(day * DAY)
  const name = date.toISOString().slice(0, 10)
  if (calendar.workdays.includes(name)) return calendar.weekly.mon ?? []
  if (calendar.holidays.includes(name)) return []
  // 1970-01-01 was a Thursday; getUTCDay counts from Sunday.
  const weekday = WEEKDAYS[(date.getUTCDay() + 6) % 7]
  return (weekday && calendar.weekly[weekday]) ?? []
}

export function isOpen(calendar: Calendar, now: Date): boolean {
  const wall = wallClock(calendar.timeZone, now.getTime())
  const day = Math.floor(wall / DAY)
  const minute = (wall - day * DAY) / MINUTE
  return spansOn(calendar, day).some(([from, to]) => minutesOf(from) <= minute && minute < minutesOf(to))
}

/** The instant between `low` and `high` from which the offset is that of `high`. Both ends differ; there is one change between them. */
function findChange(timeZone: string, low: number, high: number): number {
  const after = wallClock(timeZone, high) - high
  let [before, from] = [low, high]
  while (from - before > 1) {
    const middle = Math.floor((before + from) / 2)
    if (wallClock(timeZone, middle) - middle === after) from = middle
    else before = middle
  }
  return from
}

/** When the wall clock shows something in [from, to): once, twice where it is set back, never where it is set forward over it. */
function instantsOf(timeZone: string, from: number, to: number): readonly (readonly [number, number])[] {
  const [low, high] = [from - BEFORE, to + AFTER]
  const [first, last] = [wallClock(timeZone, low) - low, wallClock(timeZone, high) - high]
  if (first === last) return [[from - first, to - first]]
  const change = findChange(timeZone, low, high)
  const pieces: readonly (readonly [number, number])[] = [
    [from - first, Math.min(to - first, change)],
    [Math.max(from - last, change), to - last],
  ]
  return pieces.filter(([start, end]) => start < end)
}

/** First instant of that day at or after `now` that is served; null when there is none. */
function firstOn(calendar: Calendar, day: number, now: number): number | null {
  let first: number | null = null
  for (const [from, to] of spansOn(calendar, day))
    for (const [start, end] of instantsOf(calendar.timeZone, day * DAY + minutesOf(from) * MINUTE, day * DAY + minutesOf(to) * MINUTE))
      if (end > now && (first === null || Math.max(start, now) < first)) first = Math.max(start, now)
  return first
}

/** First instant at or after `now` at which it is open: `now` itself while it is; null when it does not open within 400 days. */
export function nextOpening(calendar: Calendar, now: Date): Date | null {
  const at = now.getTime()
  const today = Math.floor(wallClock(calendar.timeZone, at) / DAY)
  // From yesterday: a clock that is set back over midnight shows that day twice.
  for (let day = today - 1; day <= today + MAX_DAYS; day++) {
    const first = firstOn(calendar, day, at)
    if (first === null) continue
    const next = firstOn(calendar, day + 1, at)
    return new Date(next !== null && next < first ? next : first)
  }
  return null
}

export interface CalendarFault {
  readonly path: string
  readonly message: string
}

const TIME = /^(?:(?:[01]\d|2[0-3]):[0-5]\d|24:00)$/
const DATE = /^\d{4}-\d{2}-\d{2}$/

function isDate(text: string): boolean {
  const at = DATE.test(text) ? new Date(`${text}T00:00:00Z`) : null
  return at !== null && !Number.isNaN(at.getTime()) && at.toISOString().startsWith(text)
}

/** What is wrong with a calendar that has the right shape, each with its place; empty when nothing is. */
export function findCalendarFaults(calendar: Calendar): CalendarFault[] {
  const faults: CalendarFault[] = []
  try {
    new Intl.DateTimeFormat('en', { timeZone: calendar.timeZone })
  } catch {
    faults.push({ path: '/timeZone', message: `"${calendar.timeZone}" is no time zone; use an IANA name such as Asia/Shanghai` })
  }
  for (const day of WEEKDAYS) {
    let end = -1
    for (const [index, [from, to]] of (calendar.weekly[day] ?? []).entries()) {
      const path = `/weekly/${day}/${index}`
      if (!TIME.test(from) || !TIME.test(to)) {
        faults.push({ path, message: `"${from}" to "${to}" are not times such as 09:00 and 18:00` })
        continue
      }
      if (minutesOf(to) <= minutesOf(from))
        faults.push({ path, message: `${from}–${to} ends before it begins; write service past midnight as two spans on two days` })
      else if (minutesOf(from) < end)
        faults.push({ path, message: `${from}–${to} overlaps the span before it, or comes earlier in the day` })
      end = minutesOf(to)
    }
  }
  for (const list of ['holidays', 'workdays'] as const)
    for (const [index, date] of calendar[list].entries()) {
      const path = `/${list}/${index}`
      if (!isDate(date)) faults.push({ path, message: `"${date}" is no date such as 2026-10-01` })
      else if (calendar[list].indexOf(date) < index) faults.push({ path, message: `${date} stands twice in ${list}` })
      else if (list === 'workdays' && calendar.holidays.includes(date))
        faults.push({ path, message: `${date} is a holiday as well; it can be only one of the two` })
    }
  return faults
}
