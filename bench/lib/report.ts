import type { Row } from './measure.ts'

/** What a person reads at the end, and what the machine keeps. */

export interface Goal {
  readonly id: string
  readonly what: string
  readonly suite: string
  readonly size: number
  readonly concurrency: number
  readonly numerator: string
  readonly denominator: string
  /** The ratio of total processor time a unit is wished to be at most this. */
  readonly goal: number
  /** Above this the run fails. */
  readonly floor: number
}

export interface GoalResult {
  readonly id: string
  readonly what: string
  readonly value: number | null
  readonly goal: number
  readonly floor: number
  readonly verdict: 'goal met' | 'floor met' | 'FAIL' | 'SKIP'
  readonly reason: string
}

const total = (row: Row) => row.appMicroseconds + row.databaseMicroseconds

export function judge(goals: readonly Goal[], rows: readonly Row[], missing: readonly string[]): GoalResult[] {
  return goals.map(({ id, what, suite, size, concurrency, numerator, denominator, goal, floor }) => {
    const find = (contender: string) =>
      rows.find((row) => row.suite === suite && row.size === size && row.concurrency === concurrency && row.contender === contender)
    const [above, below] = [find(numerator), find(denominator)]
    const base = { id, what, goal, floor }
    if (!above || !below) return { ...base, value: null, verdict: 'SKIP', reason: missing.join('; ') || 'not part of this run' }
    const value = total(above) / total(below)
    const reason = `${total(above).toFixed(0)} ÷ ${total(below).toFixed(0)} µs`
    return { ...base, value, verdict: value <= goal ? 'goal met' : value <= floor ? 'floor met' : 'FAIL', reason }
  })
}

function printTable(head: readonly string[], lines: readonly (readonly string[])[]): void {
  const widths = head.map((name, at) => Math.max(name.length, ...lines.map((line) => line[at]?.length ?? 0)))
  const format = (line: readonly string[]) =>
    line.map((cell, at) => (at < 2 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0))).join('  ')
  console.log(format(head))
  for (const line of lines) console.log(format(line))
}

export function printRows(suite: string, rows: readonly Row[]): void {
  console.log(`\n${suite}`)
  printTable(
    ['contender', 'Articles', 'at once', '/s', 'best /s', 'p50 ms', 'p95 ms', 'app µs', 'db µs', 'CPU µs', 'spread', 'RSS MB', 'to bare'],
    rows.map((row) => {
      const bare = rows.find((other) => other.size === row.size && other.concurrency === row.concurrency && other.contender === 'bare')
      return [
        row.contender,
        String(row.size),
        String(row.concurrency),
        row.perSecond.toFixed(0),
        row.best.toFixed(0),
        row.p50Ms.toFixed(2),
        row.p95Ms.toFixed(2),
        row.appMicroseconds.toFixed(0),
        row.databaseMicroseconds.toFixed(0),
        total(row).toFixed(0),
        `${row.spread.toFixed(2)}x`,
        String(row.residentMb),
        bare ? `${(total(row) / total(bare)).toFixed(2)}x` : '',
      ]
    }),
  )
}

export function printGoals(results: readonly GoalResult[]): void {
  console.log('\ngoals (ratios of processor time; wall-clock figures are shown and never judged)')
  printTable(
    ['id', 'what', 'value', 'goal', 'floor', 'verdict', 'from'],
    results.map((one) => [
      one.id,
      one.what,
      one.value === null ? '–' : `${one.value.toFixed(2)}x`,
      `≤ ${one.goal}x`,
      `≤ ${one.floor}x`,
      one.verdict,
      one.reason,
    ]),
  )
}
