import { randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { postgresAvailable, startPostgres, type TestPostgres } from '../../tests/support/postgres.ts'
import { type Server, startServer, untilQuiet } from './children.ts'
import type { Asked, Corpus } from './corpus.ts'
import { CORES, cpuMicroseconds, pin } from './cpu.ts'
import { type Answer, type Client, createClient, expectStatus, inParallel } from './http.ts'

/** What stands ready for one size of the knowledge base: the contenders, each with a database server of its own. */

export interface Contender {
  readonly name: 'house' | 'house on PGlite' | 'bare'
  readonly pid: number
  /** Of the database server's first process; null when the database lives in the same process. */
  readonly databasePid: number | null
  readonly client: Client
  readonly webChatSecret: string
  readonly apiToken: string
  /** How often the server ran each statement since the last call, by its text on one line without constants; null where nobody counts. */
  takeStatements(): Promise<ReadonlyMap<string, number> | null>
  stop(): Promise<void>
}

export interface Stage {
  readonly size: number
  readonly contenders: readonly Contender[]
  /** Questions that the house answers rightly, found out before anything is timed. */
  readonly asked: readonly Asked[]
  /** Share of all tried questions that were answered rightly. */
  readonly rightShare: number
  /** Why a contender is not there. */
  readonly missing: readonly string[]
  stop(): Promise<void>
}

const IMPORT_MS = 120_000
const TRAINING_MS = 120_000
/** Questions tried to find those that are answered rightly. */
const TRIED = 300
/** Among 10 000 made-up Articles of one vocabulary many are neighbours, and a careful house asks back instead of answering. */
const LEAST_RIGHT_SHARE = 0.3

/** The server writes constants as parameters only when it saw the text parsed since the last reset, so they are left out. */
const shape = (text: string) =>
  text
    .replace(/\$\d+|'[^']*'|\b\d+\b/g, '?')
    .replace(/\s+/g, ' ')
    .trim()

interface Postgres {
  readonly server: TestPostgres
  readonly url: string
  readonly pid: number
  readonly admin: pg.Client
}

async function openPostgres(): Promise<Postgres> {
  const server = await startPostgres({ settings: { shared_preload_libraries: 'pg_stat_statements', 'pg_stat_statements.track': 'top' } })
  const pid = Number(readFileSync(join(server.dir, 'postmaster.pid'), 'utf8').split('\n')[0])
  if (CORES) pin(pid, CORES.rest)
  const url = await server.createDatabase()
  const admin = new pg.Client({ connectionString: url })
  await admin.connect()
  await admin.query('create extension pg_stat_statements')
  return { server, url, pid, admin }
}

async function takeStatements({ admin }: Postgres): Promise<ReadonlyMap<string, number>> {
  const { rows } = await admin.query<{ query: string; calls: string }>(
    `select query, sum(calls)::text as calls from pg_stat_statements where dbid = (select oid from pg_database where datname = current_database())
       and query not ilike '%pg_stat_statements%' group by query`,
  )
  await admin.query('select pg_stat_statements_reset()')
  const counts = new Map<string, number>()
  for (const { query, calls } of rows) counts.set(shape(query), (counts.get(shape(query)) ?? 0) + Number(calls))
  return counts
}

async function closePostgres({ admin, server }: Postgres): Promise<void> {
  await admin.end()
  await server.stop()
}

/** While it trains on a crowded machine the house may turn requests away for a moment; outside of timed rounds they are repeated. */
async function patiently(request: () => Promise<Answer>): Promise<Answer> {
  for (let tries = 1; ; tries++) {
    const answer = await request()
    if (answer.status !== 503 || tries === 30) return answer
    await new Promise((resolve) => setTimeout(resolve, 500))
  }
}

const RAISED = { perSecond: 1_000_000, burst: 1_000_000 }

/** A started house with the Articles in it, trained, and its limits out of the way. */
async function startHouse(corpus: Corpus, postgres: Postgres | null, nodeArgs: readonly string[]): Promise<Contender> {
  const folder = mkdtempSync(join(tmpdir(), 'zhike-bench-'))
  const apiToken = randomBytes(24).toString('hex')
  const webChatSecret = randomBytes(24).toString('hex')
  let server: Server | undefined
  try {
    server = await startServer(
      new URL('../../server/main.ts', import.meta.url),
      {
        ZHIKE_PORT: '0',
        ZHIKE_DATA_DIR: folder,
        ZHIKE_DEMO: 'off',
        ZHIKE_LOG_LEVEL: 'warn',
        ZHIKE_DRAIN_SECONDS: '1',
        ZHIKE_API_TOKEN: apiToken,
        ZHIKE_WEB_CHAT_SECRET: webChatSecret,
        ...(postgres ? { ZHIKE_DATABASE_URL: postgres.url } : {}),
      },
      { nodeArgs },
    )
    const client = createClient(server.url)
    const limits = { token: RAISED, address: RAISED, 'web-chat-post': RAISED, 'web-chat-read': RAISED }
    expectStatus(await client.call('PUT', '/api/settings/limits', { bearer: apiToken, body: limits }), 200)
    const body = corpus.rows.map((row) => JSON.stringify(row)).join('\n')
    const taken = expectStatus(
      await client.call('POST', '/api/articles/import?async=true', { bearer: apiToken, body, contentType: 'application/x-ndjson' }),
      202,
    )
    for (const began = performance.now(); ; ) {
      const shown = expectStatus(await patiently(() => client.call('GET', `/api/imports/${taken.importId}`, { bearer: apiToken })), 200)
      if (shown.state === 'done' && shown.created === corpus.rows.length) break
      if (shown.state === 'done' || shown.state === 'failed' || performance.now() - began > IMPORT_MS)
        throw new Error(`the import is "${shown.state}" with ${shown.created} of ${corpus.rows.length}: ${shown.error}`)
      await new Promise((resolve) => setTimeout(resolve, 200))
    }
    if (!(await untilQuiet(server.pid, TRAINING_MS))) throw new Error('the house did not come to rest after the import')
    const started = server
    return {
      name: postgres ? 'house' : 'house on PGlite',
      pid: started.pid,
      databasePid: postgres?.pid ?? null,
      client,
      webChatSecret,
      apiToken,
      takeStatements: async () => (postgres ? takeStatements(postgres) : null),
      async stop() {
        client.close()
        await started.stop()
        if (postgres) await closePostgres(postgres)
        rmSync(folder, { recursive: true, force: true })
      },
    }
  } catch (error) {
    await server?.stop()
    if (postgres) await closePostgres(postgres)
    rmSync(folder, { recursive: true, force: true })
    throw error
  }
}

async function startBare(corpus: Corpus, postgres: Postgres): Promise<Contender> {
  const folder = mkdtempSync(join(tmpdir(), 'zhike-bench-'))
  try {
    const file = join(folder, 'corpus.json')
    writeFileSync(file, JSON.stringify(corpus.rows))
    const server = await startServer(new URL('../limits/bare-turn.ts', import.meta.url), {
      BARE_DATABASE_URL: postgres.url,
      BARE_CORPUS: file,
    })
    const client = createClient(server.url)
    return {
      name: 'bare',
      pid: server.pid,
      databasePid: postgres.pid,
      client,
      webChatSecret: 'none',
      apiToken: 'none',
      takeStatements: () => takeStatements(postgres),
      async stop() {
        client.close()
        await server.stop()
        await closePostgres(postgres)
      },
    }
  } catch (error) {
    await closePostgres(postgres)
    throw error
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** The questions that get their Article's approved answer. @throws when fewer than `LEAST_RIGHT_SHARE` do: then something is broken. */
async function findRight(house: Contender, corpus: Corpus): Promise<{ asked: Asked[]; rightShare: number }> {
  const asked: Asked[] = []
  const tried = corpus.asked.slice(0, TRIED)
  await inParallel(tried.length, 4, async (at) => {
    const one = tried[at] as Asked
    const body = expectStatus(
      await patiently(() =>
        house.client.call('POST', '/api/knowledge/ask', {
          bearer: house.apiToken,
          body: { question: one.question, tier: 'ordinary', channel: 'web-chat' },
        }),
      ),
      200,
    )
    if (body.decision === 'answer' && body.answer?.articleId === one.articleId && body.answer.text === one.answer) asked.push(one)
  })
  const rightShare = asked.length / tried.length
  if (rightShare < LEAST_RIGHT_SHARE)
    throw new Error(`only ${(100 * rightShare).toFixed(0)} % of ${tried.length} questions were answered rightly`)
  // The order of arrival differs from run to run; the seed's does not.
  return { asked: tried.filter((one) => asked.includes(one)), rightShare }
}

/** Starts what the suites need for a base of that many Articles, all at once. */
export async function openStage(corpus: Corpus, wanted: { pglite: boolean; houseArgs?: readonly string[] }): Promise<Stage> {
  const missing: string[] = []
  const starts: Promise<Contender>[] = []
  const available = postgresAvailable()
  if (available === true) {
    starts.push(openPostgres().then((postgres) => startHouse(corpus, postgres, wanted.houseArgs ?? [])))
    starts.push(openPostgres().then((postgres) => startBare(corpus, postgres)))
  } else missing.push(available.missing)
  if (wanted.pglite || available !== true) starts.push(startHouse(corpus, null, []))
  const began = performance.now()
  const readyAfter = (contender: Contender) => {
    console.log(
      `  ${contender.name} with ${corpus.rows.length} Articles ready after ${((performance.now() - began) / 1000).toFixed(1)} s, ${(cpuMicroseconds(contender.pid) / 1e6).toFixed(1)} s of CPU`,
    )
    return contender
  }
  const settled = await Promise.allSettled(starts.map((start) => start.then(readyAfter)))
  const contenders = settled.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
  const stop = async () => {
    await Promise.allSettled(contenders.map((contender) => contender.stop()))
  }
  try {
    for (const result of settled) if (result.status === 'rejected') throw result.reason
    const house = contenders.find((contender) => contender.name !== 'bare')
    if (!house) throw new Error('no house was started')
    // Only now: loading and training may use every core.
    if (CORES) for (const contender of contenders) pin(contender.pid, CORES.server)
    return { size: corpus.rows.length, contenders, ...(await findRight(house, corpus)), missing, stop }
  } catch (error) {
    await stop()
    throw error
  }
}
