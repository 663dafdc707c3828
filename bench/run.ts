import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { cpus, loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import { compile } from './lib/children.ts'
import { createCorpus } from './lib/corpus.ts'
import { CORES, pin } from './lib/cpu.ts'
import { calibrate } from './lib/figures.ts'
import type { Row } from './lib/measure.ts'
import { type Goal, judge, printGoals, printRows } from './lib/report.ts'
import { openStage } from './lib/stage.ts'
import { askSuite } from './suites/ask.ts'
import { turnSuite } from './suites/turn.ts'

/** `npm run bench -- [--quick] [--only ask,turn] [--sizes 1000,10000] [--rounds 3] [--postgres-only] [--profile folder] [--json out.json]`; README.md says how to read it. */

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string', default: 'ask,turn' },
    sizes: { type: 'string', default: '1000,10000' },
    rounds: { type: 'string' },
    json: { type: 'string' },
    'postgres-only': { type: 'boolean', default: false },
    /** Folder for a .cpuprofile of the house, written when it stops. */
    profile: { type: 'string' },
  },
})
const SEED = 20_261
const MOST_ON_PGLITE_QUICK = 1_000
const quick = values.quick
const rounds = Number(values.rounds ?? (quick ? 2 : 3))
const only = values.only.split(',')
const suites = [askSuite, turnSuite].filter((suite) => only.includes(suite.name))
if (suites.length === 0 || !(rounds >= 1)) throw new Error('nothing to run: --only takes ask and turn, --rounds a number')

const began = performance.now()
const load = loadavg()[0] ?? 0
if (CORES) pin(process.pid, CORES.rest)
const calibration = [calibrate()]
compile()

const rows: Row[] = []
const notes: string[] = []
const failures: string[] = []
const missing = new Set<string>()
for (const size of values.sizes.split(',').map(Number)) {
  const houseArgs = values.profile ? ['--cpu-prof', `--cpu-prof-dir=${values.profile}`, `--cpu-prof-name=house-${size}.cpuprofile`] : []
  // Loading 10 000 Articles into the embedded database takes longer than the whole quick run may.
  const pglite = !values['postgres-only'] && !(quick && size > MOST_ON_PGLITE_QUICK)
  if (!pglite) notes.push(`${size} Articles: the embedded database was left out of this run`)
  try {
    const stage = await openStage(createCorpus(size, SEED), { pglite: pglite && suites.some((suite) => suite.pglite), houseArgs })
    for (const reason of stage.missing) missing.add(reason)
    try {
      for (const suite of suites)
        try {
          const result = await suite.run(stage, { rounds, quick })
          rows.push(...result.rows)
          notes.push(...result.notes)
          failures.push(...result.failures)
        } catch (error) {
          failures.push(`${suite.name} at ${size} Articles: ${error instanceof Error ? error.message : error}`)
        }
    } finally {
      await stage.stop()
    }
  } catch (error) {
    failures.push(`${size} Articles: ${error instanceof Error ? error.message : error}`)
  }
}
calibration.push(calibrate())

for (const suite of suites) {
  const own = rows.filter((row) => row.suite === suite.name)
  if (own.length > 0) printRows(suite.name, own)
}
const goals = judge(
  (JSON.parse(readFileSync(new URL('./goals.json', import.meta.url), 'utf8')) as Goal[]).filter((goal) => only.includes(goal.suite)),
  rows,
  [...missing],
)
if (goals.length > 0) printGoals(goals)

const [before = 0, after = 0] = calibration
const moved = Math.max(before, after) / Math.min(before, after)
const crowded = rows.filter((row) => row.switchesPerSecond > 50)
console.log('')
for (const note of notes) console.log(note)
console.log(
  `calibration loop ${before.toFixed(1)} and ${after.toFixed(1)} ms, load ${load.toFixed(1)}, ${CORES ? 'server pinned to its own core' : 'not pinned'}, ${cpus().length} cores`,
)
if (moved > 1.3 || crowded.length > 0)
  console.log(
    `wall-clock figures disturbed: calibration moved ${moved.toFixed(2)}x, server put off its core more than 50 times a second in ${crowded.length} of ${rows.length} rows`,
  )
for (const failure of failures) console.log(`FAILED ${failure}`)
console.log(`took ${((performance.now() - began) / 1000).toFixed(0)} s`)

if (values.json) {
  const commit = (() => {
    try {
      return execFileSync('git', ['rev-parse', 'HEAD'], { encoding: 'utf8' }).trim()
    } catch {
      return null
    }
  })()
  const result = {
    schema: 1,
    at: new Date().toISOString(),
    commit,
    node: process.version,
    cpu: cpus()[0]?.model,
    cores: cpus().length,
    calibrationMs: calibration,
    load1: load,
    quick,
    rounds,
    rows,
    goals,
    notes,
    failures,
  }
  writeFileSync(values.json, `${JSON.stringify(result, null, 2)}\n`)
}
process.exit(failures.length > 0 || goals.some((goal) => goal.verdict === 'FAIL') ? 1 : 0)
