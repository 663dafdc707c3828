import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { sql } from 'kysely'
import { createDatabase } from '../../platform/database.ts'
import { createPgliteEngine } from '../../platform/pglite.ts'
import { createRandom } from './random.ts'

/** two processes never share a data folder, and a killed writer keeps every commit it acknowledged. */

function write(writer: string, folder: string, first: number) {
  const child: ChildProcess = spawn(process.execPath, [writer, folder, String(first)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stderr = ''
  child.stderr?.on('data', (data) => {
    stderr += data
  })
  const exited = new Promise<number | null>((resolve) => child.once('close', resolve))
  return { child, exited, stderr: () => stderr }
}

/** @returns how many of the tries were refused with `database.folder-in-use`. */
export async function countRefusals(program: string, folder: string, tries: number): Promise<number> {
  const owner = write(program, folder, 0)
  await new Promise<void>((resolve) => owner.child.stdout?.once('data', () => resolve()))
  let refused = 0
  try {
    for (let n = 0; n < tries; n += 2) {
      // Two at a time, beside the living owner.
      const rivals = Array.from({ length: Math.min(2, tries - n) }, () => write(program, folder, 1_000_000))
      for (const rival of rivals) {
        const code = await rival.exited
        if (code === 1 && rival.stderr().startsWith('database.folder-in-use: ') && rival.stderr().includes(String(owner.child.pid)))
          refused++
      }
    }
  } finally {
    owner.child.kill('SIGKILL')
    await owner.exited
  }
  return refused
}

/** @returns what a killed writer had acknowledged, and what of it is gone. */
export async function countLostCommits(
  program: string,
  folder: string,
  kills: number,
): Promise<{ seed: number; acknowledged: number; lost: number; unopened: number }> {
  const random = createRandom()
  let next = 0
  const acknowledged: number[] = []
  let unopened = 0
  for (let n = 0; n < kills; n++) {
    const writer = write(program, folder, next)
    let opened = false
    if (writer.child.stdout)
      createInterface({ input: writer.child.stdout }).on('line', (line) => {
        if (line !== 'open') acknowledged.push(Number(line))
        else {
          opened = true
          setTimeout(() => writer.child.kill('SIGKILL'), random.below(1_000))
        }
      })
    // Every fifth is killed while it opens.
    if (n % 5 === 4) setTimeout(() => writer.child.kill('SIGKILL'), 300 + random.below(2_000))
    await writer.exited
    if (!opened) unopened++
    // A commit may have been made without its line having left: numbers go on well above.
    next = (acknowledged.at(-1) ?? next) + 1_000
  }
  const database = createDatabase(await createPgliteEngine({ folder }))
  try {
    const { rows } = await sql<{ n: number }>`select n from written`.execute(database.sql)
    const kept = new Set(rows.map((row) => row.n))
    return { seed: random.seed, acknowledged: acknowledged.length, lost: acknowledged.filter((each) => !kept.has(each)).length, unopened }
  } finally {
    await database.close()
  }
}
