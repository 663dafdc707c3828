const BARE_DATE = /^(\d{4})-(\d{2})-(\d{2})$/
const LOCAL_TIME = /^(\d{4})-(\d{2})-(\d{2})[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,3})\d*)?)?(Z|[+-]\d{2}:?\d{2})?$/i

const formats = new Map<string, Intl.DateTimeFormat>()

function formatOf(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone)
  if (known) return known
  const made = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  })
  formats.set(timeZone, made)
  return made
}

/** What a wall clock in the zone shows at that instant, written as if it were UTC (ms). */
function wallClock(instantMs: number, timeZone: string): number {
  const part = new Map(
    formatOf(timeZone)
      .formatToParts(instantMs)
      .map(({ type, value }) => [type, Number(value)]),
  )
  const at = (name: Intl.DateTimeFormatPartTypes) => part.get(name) ?? 0
  return Date.UTC(at('year'), at('month') - 1, at('day'), at('hour'), at('minute'), at('second'))
}

/** The instant at which clocks of the zone show `wall`; in the hour that daylight saving skips, the moment after the jump. */
function instantOf(wall: number, timeZone: string): number {
  const seconds = Math.floor(wall / 1000) * 1000
  let instant = seconds
  // Two corrections reach the offset on both sides of a change; a third is never needed.
  for (let step = 0; step < 2; step++) instant += seconds - wallClock(instant, timeZone)
  return instant + (wall - seconds)
}

/**
 * Reads an ISO 8601 time, or a bare date in the zone: its first moment (`start`), or the first moment of the day after
 * (`end`: "valid to 31 January" includes that day). A time without an offset is taken in the zone, as spreadsheets write it.
 * @returns null for anything else, 30 February and years outside 1970 to 9998 included.
 */
export function readMoment(text: string, timeZone: string, bareDate: 'start' | 'end'): Date | null {
  const bare = BARE_DATE.exec(text)
  const full = bare ?? LOCAL_TIME.exec(text)
  if (!full) return null
  const number = (n: number) => Number(full[n] ?? 0)
  const [year, month, day] = [number(1), number(2), number(3)]
  const wall = Date.UTC(year, month - 1, day)
  const date = new Date(wall)
  if (year < 1970 || year > 9998 || date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return null
  if (bare) return new Date(instantOf(bareDate === 'start' ? wall : Date.UTC(year, month - 1, day + 1), timeZone))
  const [hour, minute, second] = [number(4), number(5), number(6)]
  if (hour > 23 || minute > 59 || second > 59) return null
  const ms = Number((full[7] ?? '0').padEnd(3, '0'))
  const clock = wall + ((hour * 60 + minute) * 60 + second) * 1000 + ms
  const offset = full[8]
  if (offset === undefined) return new Date(instantOf(clock, timeZone))
  if (offset.toUpperCase() === 'Z') return new Date(clock)
  const [hours, minutes] = [Number(offset.slice(1, 3)), Number(offset.slice(-2))]
  if (hours > 14 || minutes > 59) return null
  return new Date(clock - (offset[0] === '-' ? -1 : 1) * (hours * 60 + minutes) * 60_000)
}
