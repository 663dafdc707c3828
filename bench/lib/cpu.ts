import { execFileSync, spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { cpus } from 'node:os'

/** What processes cost, from /proc (Linux, proc(5)): user and system time, of a process and all below it. */

let ticksPerSecond = 0

function ticks(): number {
  ticksPerSecond ||= Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }))
  return ticksPerSecond
}

interface Stat {
  readonly parent: number
  /** Own time plus that of children that have ended and were waited for. */
  readonly ticks: number
}

function readStat(pid: number): Stat | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The name in brackets may hold spaces and brackets; the fields start after the last one.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    return { parent: Number(fields[1]), ticks: [11, 12, 13, 14].reduce((sum, at) => sum + Number(fields[at]), 0) }
  } catch {
    return null
  }
}

/** Processes of the tree, the root first. */
function treeOf(root: number): { pid: number; stat: Stat }[] {
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      const stat = readStat(Number(name))
      return stat ? [{ pid: Number(name), stat }] : []
    })
  const tree = all.filter(({ pid }) => pid === root)
  for (let at = 0; at < tree.length; at++) tree.push(...all.filter(({ stat }) => stat.parent === tree[at]?.pid))
  return tree
}

/** Microseconds of processor time the tree has used since it began. */
export function cpuMicroseconds(root: number): number {
  return (treeOf(root).reduce((sum, { stat }) => sum + stat.ticks, 0) * 1_000_000) / ticks()
}

/** Milliseconds the first thread has run or waited for a core: what it wanted, however crowded the machine is (schedstat). */
export function wantedMilliseconds(pid: number): number {
  const [ran = 0, waited = 0] = readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ').map(Number)
  return (ran + waited) / 1e6
}

/** Times the process was put off its core although it had work. */
export function involuntarySwitches(pid: number): number {
  const text = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Number(/nonvoluntary_ctxt_switches:\s+(\d+)/.exec(text)?.[1] ?? 0)
}

export function residentMegabytes(pid: number): number {
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024)
}

const canPin = cpus().length > 1 && spawnSync('taskset', ['-V']).status === 0

/** One core for the server under test, the other for its database and for us. Null where processes cannot be pinned. */
export const CORES = canPin ? { server: 1, rest: 0 } : null

/** Pins a running process and all below it. */
export function pin(root: number, core: number): void {
  for (const { pid } of treeOf(root)) spawnSync('taskset', ['-a', '-c', '-p', String(core), String(pid)])
}
