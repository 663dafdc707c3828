import { cpuMicroseconds, involuntarySwitches, residentMegabytes } from './cpu.ts'
import { median, percentile } from './figures.ts'
import type { Contender } from './stage.ts'

/** One timed round, and the row that several rounds of one contender make. */

export interface Round {
  readonly units: number
  readonly seconds: number
  /** Milliseconds of each unit. */
  readonly times: readonly number[]
  readonly appMicroseconds: number
  readonly databaseMicroseconds: number
  /** Involuntary context switches of the server a second. */
  readonly switchesPerSecond: number
  readonly errors: number
}

export interface Row {
  readonly suite: string
  readonly size: number
  readonly contender: string
  readonly concurrency: number
  readonly perSecond: number
  readonly best: number
  readonly p50Ms: number
  readonly p95Ms: number
  /** Microseconds a unit, median of the rounds; the database's is 0 where it shares the process. */
  readonly appMicroseconds: number
  readonly databaseMicroseconds: number
  /** Largest ÷ smallest total of the rounds. */
  readonly spread: number
  readonly residentMb: number
  readonly errors: number
  readonly switchesPerSecond: number
  readonly rounds: readonly { readonly perSecond: number; readonly appMicroseconds: number; readonly databaseMicroseconds: number }[]
}

/** Runs `work`, which returns the milliseconds of each unit and how many went wrong, between two looks at the clocks. */
export async function timeRound(contender: Contender, work: () => Promise<{ times: number[]; errors: number }>): Promise<Round> {
  const look = () => ({
    app: cpuMicroseconds(contender.pid),
    database: contender.databasePid === null ? 0 : cpuMicroseconds(contender.databasePid),
    switches: involuntarySwitches(contender.pid),
    at: performance.now(),
  })
  const before = look()
  const { times, errors } = await work()
  const after = look()
  const seconds = (after.at - before.at) / 1_000
  return {
    units: times.length,
    seconds,
    times,
    errors,
    appMicroseconds: after.app - before.app,
    databaseMicroseconds: after.database - before.database,
    switchesPerSecond: (after.switches - before.switches) / seconds,
  }
}

export function toRow(suite: string, size: number, contender: Contender, concurrency: number, rounds: readonly Round[]): Row {
  const each = rounds.map((round) => ({
    perSecond: round.units / round.seconds,
    appMicroseconds: round.appMicroseconds / round.units,
    databaseMicroseconds: round.databaseMicroseconds / round.units,
  }))
  const totals = each.map((round) => round.appMicroseconds + round.databaseMicroseconds)
  return {
    suite,
    size,
    contender: contender.name,
    concurrency,
    perSecond: median(each.map((round) => round.perSecond)),
    best: Math.max(...each.map((round) => round.perSecond)),
    p50Ms: median(rounds.map((round) => percentile(round.times, 0.5))),
    p95Ms: median(rounds.map((round) => percentile(round.times, 0.95))),
    appMicroseconds: median(each.map((round) => round.appMicroseconds)),
    databaseMicroseconds: median(each.map((round) => round.databaseMicroseconds)),
    spread: Math.max(...totals) / Math.min(...totals),
    residentMb: residentMegabytes(contender.pid),
    errors: rounds.reduce((sum, round) => sum + round.errors, 0),
    switchesPerSecond: median(rounds.map((round) => round.switchesPerSecond)),
    rounds: each,
  }
}
