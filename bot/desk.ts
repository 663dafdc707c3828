import type { Script } from '../language/index.ts'
import { type Calendar, isOpen, nextOpening, wallClock } from '../platform/business-calendar.ts'

/** When people are at work, and how that is said; pure. */

export type Language = Exclude<Script, 'other'>

export interface Desk {
  readonly open: boolean
  /** Null while open, and when no opening is known. */
  readonly opensAt: Date | null
  readonly timeZone: string
  readonly now: Date
}

export function readDesk(calendar: Calendar, now: Date): Desk {
  const open = isOpen(calendar, now)
  return { open, opensAt: open ? null : nextOpening(calendar, now), timeZone: calendar.timeZone, now }
}

const DAY = 86_400_000
const CHINESE_DAYS = ['周日', '周一', '周二', '周三', '周四', '周五', '周六']
const ENGLISH_DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday']
/** Customers who write Chinese are taken to read Beijing time; any other clock is named. */
const BEIJING_OFFSET = 8 * 3_600_000

/** "GMT+8", "GMT-3:30". */
function nameOffset(offset: number): string {
  const minutes = Math.abs(Math.round(offset / 60_000))
  const rest = minutes % 60 === 0 ? '' : `:${String(minutes % 60).padStart(2, '0')}`
  return minutes === 0 ? 'GMT' : `GMT${offset < 0 ? '-' : '+'}${Math.floor(minutes / 60)}${rest}`
}

/** "明天 9:00", "3月9日（周一）9:00", "tomorrow at 9:00 (GMT+8)": by the clock of the people who will be there. */
export function wordOpening(desk: Pick<Desk, 'timeZone' | 'now'>, opensAt: Date, language: Language): string {
  const wall = wallClock(desk.timeZone, opensAt.getTime())
  const date = new Date(wall)
  const daysAhead = Math.floor(wall / DAY) - Math.floor(wallClock(desk.timeZone, desk.now.getTime()) / DAY)
  const time = `${date.getUTCHours()}:${String(date.getUTCMinutes()).padStart(2, '0')}`
  const offset = wall - opensAt.getTime()
  if (language === 'en') {
    const month = new Intl.DateTimeFormat('en-GB', { month: 'long', timeZone: 'UTC' }).format(date)
    const day = ['today', 'tomorrow'][daysAhead] ?? `on ${ENGLISH_DAYS[date.getUTCDay()]}, ${date.getUTCDate()} ${month},`
    return `${day} at ${time} (${nameOffset(offset)})`
  }
  const zone = offset === BEIJING_OFFSET ? '' : `（${nameOffset(offset)}）`
  const day =
    ['今天 ', '明天 ', '后天 '][daysAhead] ?? `${date.getUTCMonth() + 1} 月 ${date.getUTCDate()} 日（${CHINESE_DAYS[date.getUTCDay()]}）`
  return `${day}${time}${zone}`
}
