import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type CompiledHouse, compileHouse } from '../support/compiled-house.ts'
import { type FakePlatform, startFakePlatform } from '../support/fake-platform.ts'
import { type Fault, type FaultProxy, startFaultProxy } from '../support/fault-proxy.ts'
import { type HouseProcess, startHouseProcess } from '../support/house-process.ts'
import { importArticles, PROCESS_SECRET, processEnv } from '../support/killed.ts'
import { knownArticlesAsNdjson } from '../support/known-articles.ts'
import { describeWithPostgres } from '../support/postgres-suite.ts'
import { createRandom } from '../support/random.ts'
import { startTraffic } from '../support/traffic.ts'

/** F-01: faults on the way to the database, begun at the moments where they could do the most harm. */

interface Moment {
  readonly name: string
  /** Text the house sends at that moment; null: the fault begins at any time. */
  readonly text: string | null
  readonly side: 'before' | 'after'
  readonly faults: readonly Fault[]
}

const MOMENTS: readonly Moment[] = [
  { name: 'idle', text: null, side: 'before', faults: ['latency', 'black-hole', 'cut', 'reset', 'throttle', 'half-close'] },
  { name: 'insert', text: 'insert into messages', side: 'before', faults: ['black-hole', 'reset'] },
  { name: 'commit sent', text: 'commit', side: 'before', faults: ['black-hole', 'cut'] },
  { name: 'commit answer lost', text: 'commit', side: 'after', faults: ['answers-lost', 'reset'] },
  { name: 'outbox claim', text: 'update deliveries set owner', side: 'after', faults: ['answers-lost', 'reset'] },
  { name: 'listen', text: 'pg_notify', side: 'after', faults: ['answers-lost', 'cut'] },
]

/** How long a fault lasts once it has begun. */
const FAULT_MS = 4_000
const RECOVERY_MS = 10_000
const ANSWER_MS = 5_000

describeWithPostgres('a house whose way to Postgres fails', ({ createDatabase }) => {
  let compiled: CompiledHouse
  let platform: FakePlatform
  let proxy: FaultProxy
  let house: HouseProcess
  let databaseUrl: string
  const folder = mkdtempSync(join(tmpdir(), 'zhike-faults-'))

  beforeAll(async () => {
    compiled = await compileHouse()
    platform = await startFakePlatform()
    databaseUrl = await createDatabase()
    proxy = await startFaultProxy(databaseUrl)
    house = await startHouseProcess({ entry: compiled.entry, env: processEnv(folder, proxy.url), platformUrl: platform.url })
    expect((await importArticles(house.url, knownArticlesAsNdjson())).status).toBe(200)
  })
  afterAll(async () => {
    await house?.kill()
    await proxy?.stop()
    await platform?.stop()
    compiled?.remove()
    rmSync(folder, { recursive: true, force: true })
  })

  test('answers every callback in time, leaves no half Turn, and serves again by itself within 10 s of each fault', async () => {
    const random = createRandom()
    const recoveries: Record<string, number> = {}
    const complaints: string[] = []
    let messages = 0
    let longestAnswerMs = 0
    for (const moment of MOMENTS)
      for (const fault of moment.faults) {
        const name = `${moment.name}: ${fault}`
        const traffic = startTraffic({
          random,
          platform,
          reach: () => house,
          webChatSecret: PROCESS_SECRET,
          label: name.replace(/\W/g, '-'),
          patient: 3,
          hasty: 1,
          webChat: 1,
          pauseMs: 80,
          patienceMs: 60_000,
        })
        // Under way before the fault comes.
        while (traffic.turns.length < 3 && traffic.complaints.length === 0) await new Promise((resolve) => setTimeout(resolve, 20))
        if (moment.text === null) proxy.set(fault)
        else await proxy.when(moment.text, fault, moment.side)
        await new Promise((resolve) => setTimeout(resolve, FAULT_MS))
        proxy.set('none')
        const endedMs = performance.now()
        // Recovered: a question that was asked after the fault began is answered, for every customer.
        await traffic.finish()
        const late = Math.max(0, ...traffic.turns.map((turn) => turn.answeredAtMs - Math.max(turn.askedAtMs, endedMs)))
        recoveries[name] = Math.round(late)
        longestAnswerMs = Math.max(longestAnswerMs, traffic.longestAnswerMs())
        messages += traffic.messages()
        complaints.push(...traffic.complaints.map((complaint) => `${name}: ${complaint}`))
      }
    console.log(
      'F-01',
      JSON.stringify({
        seed: random.seed,
        messages,
        longestAnswerMs: Math.round(longestAnswerMs),
        repeatedKeys: platform.repeats.length,
        recoveries,
      }),
    )
    expect(complaints).toEqual([])
    expect(house.isAlive()).toBe(true)
    for (const [name, tookMs] of Object.entries(recoveries)) expect(tookMs, name).toBeLessThanOrEqual(RECOVERY_MS)
    expect(longestAnswerMs).toBeLessThan(ANSWER_MS)

    // No half Turn: every customer Message is in one Turn, every Turn has its reply, every reply its delivery.
    const client = new pg.Client({ connectionString: databaseUrl })
    await client.connect()
    try {
      const { rows } = await client.query(`select
        (select count(*) from messages m where m.sender = 'customer' and (select count(*) from turns t where m.id = any(t.message_ids)) <> 1)::int as unanswered,
        (select count(*) from turns t where not exists (select 1 from messages m where m.id = t.reply and m.turn_id = t.id))::int as replyless,
        (select count(*) from messages m where m.channel = 'fake' and m.sender = 'bot' and not exists (select 1 from deliveries d where d.message_id = m.id and d.state = 'sent'))::int as undelivered`)
      expect(rows[0]).toEqual({ unanswered: 0, replyless: 0, undelivered: 0 })
    } finally {
      await client.end()
    }
  }, 900_000)
})
