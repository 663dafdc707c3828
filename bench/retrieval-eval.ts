import { existsSync, readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import type { SearchArticle } from '../knowledge-base/passage.ts'
import { createSearchIndex } from '../knowledge-base/search.ts'
import { createHashedEmbedder } from '../language/index.ts'

/*
 * How well the search finds and refuses, in process:
 *   npx tsx bench/retrieval-eval.ts --kb FILE --queries FILE [--oos FILE] [--hant FILE]
 * R@1 and R@5 whatever the decision; precision and coverage of what is answered; AUC of the confidence against the
 * out-of-scope questions; share of out-of-scope questions answered.
 */

interface Row {
  id: string
  question: string
  similar?: string[]
  answer: string | null
}
interface Asked {
  id: string
  text: string
  entry?: string
  kind?: string
}

const { values } = parseArgs({
  options: {
    kb: { type: 'string' },
    queries: { type: 'string' },
    oos: { type: 'string' },
    hant: { type: 'string' },
  },
})

function readLines<T>(path: string): T[] {
  return readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => JSON.parse(line) as T)
}

function percentile(sorted: number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
}

function percent(value: number): string {
  return (100 * value).toFixed(1)
}

const embedder = createHashedEmbedder()

function toArticle(row: Row): SearchArticle {
  const texts: { kind: 'question' | 'similar' | 'answer'; text: string }[] = [
    { kind: 'question', text: row.question },
    ...(row.similar ?? []).map((text) => ({ kind: 'similar' as const, text })),
    { kind: 'answer', text: row.answer ?? `答案 ${row.id}` },
  ]
  return {
    articleId: row.id,
    version: 1,
    question: row.question,
    tiers: [],
    channels: [],
    validFrom: null,
    validTo: null,
    passages: texts.map(({ kind, text }, at) => ({
      passageId: `${row.id}-${at}`,
      articleId: row.id,
      articleVersion: 1,
      kind,
      text,
      vector: embedder.embedNow(text),
    })),
  }
}

if (values.kb === undefined || values.queries === undefined) throw new Error('--kb and --queries are needed')

const index = createSearchIndex({ embedNow: embedder.embedNow, dimensions: embedder.dimensions })
const articles = readLines<Row>(values.kb).map(toArticle)
const began = performance.now()
index.upsert(articles)
const loaded = performance.now()
await index.fit()
const fitted = performance.now()

const now = new Date()
const times: number[] = []
const ask = (text: string): ReturnType<typeof index.search> => {
  const start = performance.now()
  const found = index.search(text, { now, limit: 5 })
  times.push(performance.now() - start)
  return found
}

function measure(asked: Asked[]): {
  first: number
  five: number
  answered: number
  right: number
  askedBack: number
  confidences: number[]
} {
  let first = 0
  let five = 0
  let answered = 0
  let right = 0
  let askedBack = 0
  const confidences: number[] = []
  for (const { text, entry } of asked) {
    const found = ask(text)
    const ids = found.hits.map((hit) => hit.articleId)
    confidences.push(found.confidence)
    if (ids[0] === entry) first++
    if (ids.includes(entry ?? '')) five++
    if (found.decision === 'ask') askedBack++
    if (found.decision !== 'answer') continue
    answered++
    if (ids[0] === entry) right++
  }
  return {
    first: first / asked.length,
    five: five / asked.length,
    answered: answered / asked.length,
    right: right / Math.max(1, answered),
    askedBack: askedBack / asked.length,
    confidences,
  }
}

const inScope = readLines<Asked>(values.queries)
const plain = measure(inScope)
console.log(`articles ${articles.length}, load ${(loaded - began).toFixed(0)} ms, fit ${(fitted - loaded).toFixed(0)} ms`)
console.log(
  `in scope (${inScope.length}): R@1 ${percent(plain.first)}, R@5 ${percent(plain.five)}, answered ${percent(plain.answered)}, precision ${percent(plain.right)}, asked back ${percent(plain.askedBack)}`,
)

if (values.hant !== undefined && existsSync(values.hant)) {
  const traditional = readLines<Asked>(values.hant)
  const ids = new Set(traditional.map((one) => one.id))
  const same = measure(inScope.filter((one) => ids.has(one.id)))
  const measured = measure(traditional)
  console.log(`Traditional (${traditional.length}): R@1 ${percent(measured.first)}, the same questions Simplified ${percent(same.first)}`)
}

if (values.oos !== undefined && existsSync(values.oos)) {
  const outside = readLines<Asked>(values.oos)
  for (const kind of ['near', 'far', undefined]) {
    const rows = outside.filter((one) => kind === undefined || one.kind === kind)
    if (rows.length === 0) continue
    const { answered, askedBack, confidences } = measure(rows)
    let ahead = 0
    for (const inside of plain.confidences) for (const other of confidences) ahead += inside > other ? 1 : inside === other ? 0.5 : 0
    const auc = ahead / (plain.confidences.length * confidences.length)
    console.log(
      `out of scope ${kind ?? 'all'} (${rows.length}): answered ${percent(answered)}, asked back ${percent(askedBack)}, AUC ${percent(auc)}`,
    )
  }
}

times.sort((one, other) => one - other)
console.log(`ask p50 ${percentile(times, 0.5).toFixed(2)} ms, p95 ${percentile(times, 0.95).toFixed(2)} ms`)
