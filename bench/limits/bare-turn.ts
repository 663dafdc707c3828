import { randomBytes, randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import pg from 'pg'
import { type WebSocket, WebSocketServer } from 'ws'
import { createSearchIndex } from '../../knowledge-base/search.ts'
import { lockKnowledge, raiseVersion, writeArticles } from '../../knowledge-base/store.ts'
import { createHashedEmbedder } from '../../language/index.ts'
import { MIGRATIONS } from '../../migrations/index.ts'
import { HOUSE } from '../../platform/audit.ts'
import { createDatabase } from '../../platform/database.ts'
import { createLog } from '../../platform/log.ts'
import { migrate } from '../../platform/migrate.ts'
import { createPostgresEngine } from '../../platform/pg.ts'
import * as text from './bare-turn-sql.ts'

/**
 * The limit: one durable, answered Turn as a program would do it that does nothing else. node:http, ws and pg; the house's
 * schema, search and statements in the same transactions; no authentication, no validation, no layers, no logging.
 */

const url = process.env.BARE_DATABASE_URL ?? ''
const CHANNEL = 'web-chat'
const MAX_TURNS = 8
const owner = `bare-${process.pid}`

// ---- the schema by the house's migrations, the Articles and the index by the house's own code
const log = createLog('silent', [])
const database = createDatabase(createPostgresEngine(url, log))
await migrate(database, MIGRATIONS)
const embedder = createHashedEmbedder()
interface CorpusRow {
  id: string
  question: string
  similar: string[]
  answer: string
}
const corpus = JSON.parse(readFileSync(process.env.BARE_CORPUS ?? '', 'utf8')) as CorpusRow[]
const index = createSearchIndex({ embedNow: embedder.embedNow, dimensions: embedder.dimensions })
const articles = new Map<string, { answer: string; question: string; changedAt: Date }>()
for (let at = 0; at < corpus.length; at += 200) {
  const writes = corpus.slice(at, at + 200).map(({ id, ...row }) => {
    const open = { tiers: [], channels: [], validFrom: null, validTo: null }
    const passages = [
      { kind: 'question' as const, text: row.question },
      ...row.similar.map((wording) => ({ kind: 'similar' as const, text: wording })),
      { kind: 'answer' as const, text: row.answer },
    ].map((passage, n) => ({ ...passage, id: `${id}.${n}`, vector: embedder.embedNow(passage.text) }))
    const held = passages.map((passage) => ({ ...passage, passageId: passage.id, articleId: id, articleVersion: 1 }))
    index.upsert([{ articleId: id, version: 1, question: row.question, ...open, passages: held }])
    articles.set(id, { answer: row.answer, question: row.question, changedAt: new Date() })
    const fields = { ...row, ...open, category: null, stage: null, status: 'published' as const }
    return { id, version: 1, fields, questionKey: row.question, deleted: false, passages }
  })
  await database.transaction(async (tx) => {
    await lockKnowledge(tx)
    await writeArticles(tx, HOUSE, await raiseVersion(tx), writes, embedder.id, null)
  })
}
await index.fit()
await database.close()

// ---- statements
const pool = new pg.Pool({ connectionString: url, max: 10 })
const names = new Map<string, string>()
type Row = Record<string, unknown>
interface Runner {
  query(config: { name: string; text: string; values: unknown[] }): Promise<{ rows: unknown[] }>
}
async function run<T = Row>(on: Runner, statement: string, ...values: unknown[]): Promise<T[]> {
  const name = names.get(statement) ?? `bare_${names.size}`
  names.set(statement, name)
  return (await on.query({ name, text: statement, values })).rows as T[]
}
async function inTransaction(work: (tx: pg.PoolClient) => Promise<void>): Promise<void> {
  const tx = await pool.connect()
  try {
    await tx.query('begin')
    await work(tx)
    await tx.query('commit')
  } catch (error) {
    await tx.query('rollback')
    throw error
  } finally {
    tx.release()
  }
}
const messageId = (address: string, seq: number) => `${address}|${String(seq).padStart(7, '0')}`

// ---- hints to other processes: one NOTIFY for all of 5 ms
let hints: [string, string][] = []
function publish(topic: string, id: string): void {
  if (hints.length === 0)
    setTimeout(() => {
      const payload = JSON.stringify([owner, hints])
      hints = []
      void run(pool, text.NOTIFY, 'zhike_events', payload)
    }, 5)
  hints.push([topic, id])
}
const listener = new pg.Client({ connectionString: url })
await listener.connect()
listener.on('notification', ({ payload }) => JSON.parse(payload ?? '[]'))
await listener.query('listen zhike_events')

// ---- accept
interface AddressRow {
  customerId: string
  lastSeq: number
}
async function accept(address: string, body: Row): Promise<string> {
  const [known] = await run<{ identityId: string }>(pool, text.READ_ADDRESS, CHANNEL, address)
  if (!known) throw new Error('unknown conversation')
  const now = new Date().toISOString()
  const from = { id: known.identityId, role: 'user' }
  const key = `${known.identityId}/${(body.channelData as Row | undefined)?.clientActivityID ?? randomUUID()}`
  const activity = {
    ...body,
    from,
    timestamp: now,
    channelId: 'directline',
    conversation: { id: address },
    recipient: { id: 'bot' },
    serviceUrl: base,
  }
  let id = ''
  let seq = 0
  let conversationId = ''
  await inTransaction(async (tx) => {
    const [row] = await run<AddressRow>(tx, text.TAKE_SEQ, CHANNEL, address)
    seq = Number(row?.lastSeq)
    id = messageId(address, seq)
    const [open] = await run<{ id: string | null; state: string; earlierId: string | null }>(
      tx,
      text.LOCK_OPEN_CONVERSATION,
      CHANNEL,
      address,
      CHANNEL,
      address,
      key,
    )
    if (open?.earlierId) throw new Error('repeated')
    conversationId = open?.id ?? randomUUID()
    if (!open?.id) {
      const [tier] = await run(tx, text.READ_TIER, row?.customerId)
      await run(tx, text.INSERT_CONVERSATION, conversationId, CHANNEL, address, row?.customerId, tier?.first_holder, tier?.priority)
    }
    await run(
      tx,
      text.INSERT_MESSAGE,
      id,
      CHANNEL,
      address,
      seq,
      conversationId,
      'customer',
      null,
      body.text,
      JSON.stringify(activity),
      Buffer.byteLength(JSON.stringify(activity)),
      key,
      null,
      null,
      now,
    )
    await run(tx, text.NOTE_CUSTOMER_MESSAGE, seq, conversationId)
    await run(tx, text.LEAVE_WORK, conversationId, 'turn')
  })
  publish(`address/${CHANNEL}/${address}`, String(seq))
  publish('work', conversationId)
  look(address)
  claim()
  return id
}

// ---- claim and take the Turn
interface Claimed {
  conversation_id: string
  fence: string
}
interface Said {
  id: string
  seq: number
  sender: string
  text: string
}
const running = new Set<string>()
let claiming = false
let again = false
async function claimAll(): Promise<void> {
  claiming = true
  do {
    again = false
    const free = MAX_TURNS - running.size
    if (free <= 0) break
    const claims = await run<Claimed>(pool, text.CLAIM_WORK, owner, 10, ['turn', 'route'], owner, [...running], free)
    for (const claimed of claims) {
      running.add(claimed.conversation_id)
      void takeTurn(claimed).finally(() => {
        running.delete(claimed.conversation_id)
        if (waiting) claim()
      })
    }
    waiting = claims.length === free
  } while (again)
  claiming = false
}
let waiting = false
function claim(): void {
  if (running.size >= MAX_TURNS) {
    waiting = true
    return
  }
  again = true
  if (!claiming) void claimAll()
}

// One look at the number of the last change serves all who ask meanwhile.
let checking: Promise<void> = Promise.resolve()
let nextCheck: Promise<void> | null = null
function checkVersion(): Promise<void> {
  nextCheck ??= checking.then(async () => {
    nextCheck = null
    await run(pool, text.READ_VERSION)
  })
  checking = nextCheck
  return checking
}

async function takeTurn({ conversation_id: conversationId, fence }: Claimed): Promise<void> {
  const began = performance.now()
  const [row] = await run<{ address: string; state: string; tier: string; answered_seq: string; messages: Said[] }>(
    pool,
    text.READ_TURN,
    60,
    fence,
    conversationId,
  )
  if (!row) return
  const { address } = row
  const unanswered = row.messages.filter((message) => message.sender === 'customer' && message.seq > Number(row.answered_seq))
  const last = unanswered.at(-1)
  const question = unanswered.map((message) => message.text).join('\n')
  await checkVersion()
  const found = index.search(question, { now: new Date(), tier: row.tier, channel: CHANNEL, limit: 5 })
  const hit = found.decision === 'answer' ? found.hits[0] : undefined
  const article = hit && articles.get(hit.articleId)
  const evidence =
    hit && article ? [{ articleId: hit.articleId, version: hit.version, question: article.question, changedAt: article.changedAt }] : []
  const said = article ? article.answer : '抱歉，没有找到。'
  const kind = article ? 'answer' : 'courtesy'
  const turnId = randomUUID()
  let seq = 0
  await inTransaction(async (tx) => {
    const [taken] = await run<AddressRow>(tx, text.TAKE_SEQ, CHANNEL, address)
    seq = Number(taken?.lastSeq)
    const id = messageId(address, seq)
    const [now] = await run<{ state: string; lastCustomerSeq: string; fence: string }>(tx, text.LOCK_TURN, conversationId)
    if (now?.state !== row.state || now.fence !== fence || Number(now.lastCustomerSeq) > (last?.seq ?? 0)) throw new Error('overtaken')
    if (evidence.length > 0) {
      const current = await run(tx, text.COUNT_CURRENT, JSON.stringify(evidence.map(({ articleId, version }) => ({ articleId, version }))))
      if (current.length !== evidence.length) throw new Error('stale')
    }
    const activity = {
      type: 'message',
      from: { id: 'bot', name: '知客', role: 'bot' },
      text: said,
      textFormat: 'plain',
      inputHint: 'acceptingInput',
      replyToId: last?.id,
      channelData: { zhike: { kind, aiGenerated: false, evidence } },
    }
    // biome-ignore format: in the order of the statement's parameters
    await run(tx, text.COMPLETE, id, CHANNEL, address, seq, conversationId, said, JSON.stringify(activity), Buffer.byteLength(JSON.stringify(activity)), last?.id, turnId, true, id, CHANNEL, address, seq, false,
      turnId, conversationId, unanswered.map((message) => message.id), found.effectiveQuery, null, found.decision, found.confidence, JSON.stringify(found.hits), id, performance.now() - began, randomUUID(),
      conversationId, fence, 'bot', 'bot', null, 'bot', 'bot', 0, last?.seq ?? 0, 'bot', conversationId)
  })
  publish(`address/${CHANNEL}/${address}`, String(seq))
  look(address)
}

// ---- delivery to the customer's socket
interface Stream {
  socket: WebSocket
  owner: string
  at: number
  running: boolean
  again: boolean
}
const streams = new Map<string, Stream>()
async function send(address: string, stream: Stream): Promise<void> {
  for (;;) {
    const letters = await run<{ id: string; seq: string; at: Date; activity: Row }>(
      pool,
      text.READ_LETTERS,
      CHANNEL,
      address,
      stream.at,
      100,
      1024 * 1024,
    )
    if (letters.length === 0) return
    const [known] = await run<{ identityId: string }>(pool, text.READ_ADDRESS, CHANNEL, address)
    if (known?.identityId !== stream.owner) return stream.socket.close()
    const activities = letters.map(({ id, seq, at, activity }) => ({
      ...activity,
      id,
      timestamp: at.toISOString(),
      channelId: 'directline',
      conversation: { id: address },
      channelData: { ...(activity.channelData as Row), 'webchat:sequence-id': Number(seq) },
    }))
    stream.at = Number(letters.at(-1)?.seq)
    stream.socket.send(JSON.stringify({ activities, watermark: String(stream.at) }))
    if (letters.length < 100) return
  }
}
function look(address: string): void {
  const stream = streams.get(address)
  if (!stream) return
  stream.again = true
  if (stream.running) return
  stream.running = true
  void (async () => {
    while (stream.again) {
      stream.again = false
      await send(address, stream)
    }
    stream.running = false
  })()
}

// ---- http
async function serve(method: string, path: string, body: Row): Promise<unknown> {
  const [, address, rest] = /^\/v3\/directline\/conversations(?:\/([\w-]+)\/(\w+))?$/.exec(path) ?? []
  if (method === 'POST' && rest === 'activities' && address) return { id: await accept(address, body) }
  // A token is the customer's name and nothing more.
  if (method === 'POST' && path === '/v3/directline/tokens/generate') return { token: (body.user as Row).id }
  // Only the search, for the suite `ask`: milliseconds of each.
  if (method === 'POST' && path === '/search') {
    const times: number[] = []
    for (const question of body.questions as string[]) {
      const began = performance.now()
      index.search(question, { now: new Date(), limit: 5 })
      times.push(performance.now() - began)
    }
    return { times }
  }
  throw new Error(`${method} ${path} is nothing of mine`)
}
async function open(customer: string): Promise<unknown> {
  const address = randomBytes(18).toString('base64url')
  const greeting = { type: 'message', from: { id: 'bot', role: 'bot' }, text: '您好。' }
  await run(pool, text.OPEN, address, customer)
  await run(
    pool,
    text.GREET,
    messageId(address, 1),
    address,
    greeting.text,
    JSON.stringify(greeting),
    Buffer.byteLength(JSON.stringify(greeting)),
  )
  return {
    conversationId: address,
    token: customer,
    streamUrl: `${base.replace('http', 'ws')}/v3/directline/conversations/${address}/stream?t=${customer}`,
  }
}
const server = http.createServer((request, response) => {
  const parts: Buffer[] = []
  request.on('data', (part: Buffer) => parts.push(part))
  request.on('end', () => {
    const body = JSON.parse(Buffer.concat(parts).toString() || '{}')
    const path = request.url ?? ''
    const done =
      path === '/v3/directline/conversations'
        ? open((request.headers.authorization ?? '').slice('Bearer '.length))
        : serve(request.method ?? '', path, body)
    done.then(
      (answer) => {
        const said = JSON.stringify(answer)
        response.writeHead(200, { 'content-type': 'application/json; charset=utf-8', 'content-length': Buffer.byteLength(said) }).end(said)
      },
      (error: Error) => {
        console.error(error)
        response.writeHead(500).end(error.message)
      },
    )
  })
})
const sockets = new WebSocketServer({ server, maxPayload: 256 * 1024 })
sockets.on('connection', (socket, request) => {
  const at = new URL(request.url ?? '', base)
  const address = at.pathname.split('/')[4] ?? ''
  streams.set(address, { socket, owner: at.searchParams.get('t') ?? '', at: 0, running: false, again: false })
  socket.on('close', () => streams.delete(address))
  look(address)
})
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
process.on('SIGTERM', () => process.exit(0))
console.log(`bare turn running at ${base}`)
