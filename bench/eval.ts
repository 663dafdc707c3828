import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/**
 * Measures a question set through the outer surface: starts a house of its own on an empty folder, imports the set by HTTP
 * and asks every question by HTTP. `npx tsx bench/eval.ts FOLDER…`, each with kb.jsonl, queries.jsonl and perhaps
 * queries.hant.jsonl and oos.jsonl. Prints percentages.
 */

interface Entry {
  id: string
  question: string
  similar: string[]
  answer: string | null
  category?: string
}
interface Query {
  id: string
  text: string
  entry: string
}
interface Asked {
  decision: string
  confidence: number
  answer: { articleId: string } | null
  hits: { articleId: string }[]
  tookMs: number
}

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const TOKEN = randomBytes(24).toString('hex')
const PARALLEL = 8

function readLines<T>(path: string): T[] {
  return existsSync(path)
    ? readFileSync(path, 'utf8')
        .split('\n')
        .filter((line) => line.trim() !== '')
        .map((line) => JSON.parse(line) as T)
    : []
}

async function startHouse(): Promise<{ url: string; stop: () => Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), 'zhike-eval-'))
  const entry =
    existsSync(join(root, 'dist', 'built')) && !process.argv.includes('--source')
      ? ['dist/server/main.js']
      : ['--import', 'tsx', 'server/main.ts']
  const child = spawn(process.execPath, entry, {
    cwd: root,
    env: {
      PATH: process.env.PATH,
      ZHIKE_PORT: '0',
      ZHIKE_DATA_DIR: folder,
      ZHIKE_DEMO: 'off',
      ZHIKE_API_TOKEN: TOKEN,
      ZHIKE_LOG_LEVEL: 'warn',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const url = await new Promise<string>((resolve, reject) => {
    let said = ''
    child.stdout.on('data', (data) => {
      said += data
      const found = said.match(/running at (\S+)/)
      if (found?.[1]) resolve(found[1])
    })
    child.on('exit', (code) => reject(new Error(`the house ended with ${code}`)))
  })
  return {
    url,
    async stop() {
      const ended = new Promise((resolve) => child.once('exit', resolve))
      child.kill('SIGTERM')
      await ended
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function measure(folder: string): Promise<void> {
  const house = await startHouse()
  const post = async (path: string, type: string, body: string): Promise<unknown> => {
    for (;;) {
      const response = await fetch(house.url + path, {
        method: 'POST',
        headers: { authorization: `Bearer ${TOKEN}`, 'content-type': type },
        body,
      })
      if (response.status === 429) {
        await new Promise((resolve) => setTimeout(resolve, 200))
        continue
      }
      if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`)
      return response.json()
    }
  }
  const askAll = async <T extends { text: string }>(queries: T[]): Promise<Asked[]> => {
    const answers: Asked[] = new Array(queries.length)
    let next = 0
    const worker = async () => {
      for (let at = next++; at < queries.length; at = next++) {
        const query = queries[at]
        if (query) answers[at] = (await post('/api/knowledge/ask', 'application/json', JSON.stringify({ question: query.text }))) as Asked
      }
    }
    await Promise.all(Array.from({ length: PARALLEL }, worker))
    return answers
  }
  const percent = (part: number, whole: number) => (whole === 0 ? '–' : ((part / whole) * 100).toFixed(1))
  const firsts = (queries: Query[], asked: Asked[], depth: number) =>
    queries.filter((query, at) => asked[at]?.hits.slice(0, depth).some((hit) => hit.articleId === query.entry)).length
  try {
    const rows = readLines<Entry>(join(folder, 'kb.jsonl')).map(({ id, question, similar, answer, category }) =>
      JSON.stringify({ id, question, similar, answer: answer ?? `答案 ${id}`, ...(category ? { category } : {}) }),
    )
    const started = performance.now()
    const report = (await post('/api/articles/import', 'application/x-ndjson', rows.join('\n'))) as { created: number; rejected: unknown[] }
    const importSeconds = (performance.now() - started) / 1000
    const queries = readLines<Query>(join(folder, 'queries.jsonl'))
    const hant = readLines<Query>(join(folder, 'queries.hant.jsonl'))
    const outside = readLines<{ text: string }>(join(folder, 'oos.jsonl'))
    const asked = await askAll(queries)
    const answered = queries.map((query, at) => ({ query, asked: asked[at] })).filter(({ asked }) => asked?.decision === 'answer')
    const right = answered.filter(({ query, asked }) => asked?.answer?.articleId === query.entry).length
    const times = asked.map(({ tookMs }) => tookMs).sort((a, b) => a - b)
    console.log(
      `${folder.split('/').at(-1)}: ${report.created} Articles in ${importSeconds.toFixed(1)} s, ${report.rejected.length} rejected`,
    )
    console.log(
      `  R@1 ${percent(firsts(queries, asked, 1), queries.length)}  R@5 ${percent(firsts(queries, asked, 5), queries.length)}  (${queries.length} questions)`,
    )
    console.log(`  answered ${percent(answered.length, queries.length)}  precision ${percent(right, answered.length)}`)
    if (hant.length > 0) {
      const ids = new Set(hant.map(({ id }) => id))
      const same = queries.map((query, at) => ({ query, asked: asked[at] })).filter(({ query }) => ids.has(query.id))
      const simplified = firsts(
        same.map(({ query }) => query),
        same.map(({ asked }) => asked as Asked),
        1,
      )
      console.log(
        `  Traditional R@1 ${percent(firsts(hant, await askAll(hant), 1), hant.length)}  the same questions Simplified ${percent(simplified, same.length)}`,
      )
    }
    if (outside.length > 0) {
      const wrong = (await askAll(outside)).filter(({ decision }) => decision === 'answer').length
      console.log(`  out of scope answered ${percent(wrong, outside.length)}  (${outside.length} questions)`)
    }
    console.log(`  took p50 ${times[Math.floor(times.length / 2)]} ms, p95 ${times[Math.floor(times.length * 0.95)]} ms`)
  } finally {
    await house.stop()
  }
}

for (const folder of process.argv.slice(2).filter((argument) => !argument.startsWith('--'))) await measure(folder)
