import { readFileSync } from 'node:fs'
import { resolveFollowUp, type Said } from '../language/index.ts'

/**
 * Measures follow-ups: `npx tsx bench/follow-up.ts [--list] [--why] FILE…`, JSON lines with history, text, standalone, entities and
 * follow_up. A follow-up is right when its question holds every entity, is at most 1.5 times as long as `standalone` and repeats
 * no whole line of the history; a text that stands alone must come back as it is. `--list` prints the rows that fail, `--why` counts the faults.
 */

interface Row {
  id: string
  history: Said[]
  text: string
  standalone: string
  entities: string[]
  follow_up: boolean
}

const WHOLE_LINE = 6
const list = process.argv.includes('--list')
const why = process.argv.includes('--why')

function fault(row: Row, question: string): string | null {
  if (!row.follow_up) return question === row.text.trim() ? null : 'changed'
  if (question === row.text.trim()) return 'left alone'
  const missing = row.entities.filter((entity) => !question.includes(entity))
  if (missing.length > 0) return `missing ${missing.join(', ')}`
  if (question.length > 1.5 * row.standalone.length) return 'too long'
  // A line that is nothing but a name (A7) is no line pasted: the standalone question holds it too.
  const pasted = row.history.some(({ text }) => text.length >= WHOLE_LINE && question.includes(text) && !row.standalone.includes(text))
  return pasted ? 'pasted' : null
}

for (const file of process.argv.slice(2).filter((argument) => !argument.startsWith('--'))) {
  const rows = readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Row)
  for (const row of rows) resolveFollowUp(row.text, row.history)
  const times: number[] = []
  const right = { true: 0, false: 0 }
  const faults = new Map<string, number>()
  for (const row of rows) {
    const began = performance.now()
    const { question } = resolveFollowUp(row.text, row.history)
    times.push(performance.now() - began)
    const wrong = fault(row, question)
    if (wrong === null) right[`${row.follow_up}`]++
    else faults.set(wrong.split(' ')[0] as string, (faults.get(wrong.split(' ')[0] as string) ?? 0) + 1)
    if (wrong !== null && list) console.log(`${row.id} ${wrong}: ${question} (${row.standalone})`)
  }
  if (why) console.log(JSON.stringify(Object.fromEntries(faults)))
  times.sort((one, other) => one - other)
  const at = (share: number): string => (times[Math.floor(share * (times.length - 1))] as number).toFixed(2)
  const share = (kind: boolean): string => {
    const of = rows.filter((row) => row.follow_up === kind).length
    return `${right[`${kind}`]} of ${of} (${((100 * right[`${kind}`]) / Math.max(1, of)).toFixed(1)} %)`
  }
  console.log(`${file}: follow-ups ${share(true)}, alone ${share(false)}; p50 ${at(0.5)} ms, p95 ${at(0.95)} ms`)
}
