import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Channel, Claim, Conversations, TurnMaterial } from '../../../conversations/index.ts'
import { HOUSE } from '../../../platform/audit.ts'
import type { Database } from '../../../platform/database.ts'
import { openTestDatabase } from '../../support/database.ts'
import { callbackOf, createRecordingChannel, waitUntil } from '../../support/dedupe.ts'
import { FAKE_CHANNEL } from '../../support/fake-channel.ts'
import { openSmallHouse, type SmallHouse } from '../../support/small-house.ts'

let database: Database
beforeAll(async () => {
  database = await openTestDatabase()
})
afterAll(() => database.close())

const say = (conversations: Conversations, address: string, msgid = 'm1') =>
  conversations.accept(FAKE_CHANNEL, callbackOf([{ address, user: address, msgid, text: '请问几点开门' }]))

const complete = (conversations: Conversations, claim: Claim, material: TurnMaterial) =>
  conversations.completeTurn(
    claim,
    material,
    {
      utterance: { kind: 'courtesy', text: '好的', evidence: [], choices: [], aiGenerated: false },
      state: 'bot',
      reason: null,
      misses: 0,
      trace: { traceId: 't', effectiveQuestion: '', intent: null, decision: 'courtesy', confidence: 0, hits: [], tookMs: 0 },
    },
    async () => true,
  )

const repliesTo = async (address: string) =>
  (await sql`select 1 from messages where address = ${address} and sender = 'bot'`.execute(database.sql)).rows.length

async function withHouses<T>(
  run: (first: SmallHouse, second: SmallHouse) => Promise<T>,
  channel: Channel = createRecordingChannel(),
): Promise<T> {
  const first = await openSmallHouse(database, { channels: [channel], owner: 'first', deliver: false })
  const second = await openSmallHouse(database, { channels: [channel], owner: 'second', deliver: false })
  try {
    return await run(first, second)
  } finally {
    await first.stop()
    await second.stop()
  }
}

test('lets nobody answer a Turn again who slept through its lease, even when the work row has the old number again', () =>
  withHouses(async (first, second) => {
    await say(first.conversations, 'sleeper')
    const [slept] = await first.conversations.claim(['turn'], 1, [])
    if (!slept) throw new Error('nothing was claimed')
    const material = await first.conversations.readTurn(slept)
    if (!material) throw new Error('nothing was read')
    await sql`update work set lease_until = now() - interval '1 second' where conversation_id = ${slept.conversationId}`.execute(
      database.sql,
    )
    const [taken] = await second.conversations.claim(['turn'], 1, [])
    if (!taken) throw new Error('the lost claim was not taken over')
    const again = await second.conversations.readTurn(taken)
    if (!again) throw new Error('nothing was read')
    expect(await complete(first.conversations, slept, material)).toBe('not-mine')
    expect(await complete(second.conversations, taken, again)).toBe('done')
    await first.conversations.move(HOUSE, slept.conversationId, 'queue', null)
    await first.conversations.move(HOUSE, slept.conversationId, 'bot', null)
    const { rows } = await sql<{ fence: number }>`select fence from work where conversation_id = ${slept.conversationId}`.execute(
      database.sql,
    )
    expect(rows[0]?.fence).toBe(slept.fence)
    expect(await complete(first.conversations, slept, material)).toBe('not-mine')
    expect(await repliesTo('sleeper')).toBe(1)
  }))

test('takes a claim whose answer was lost again at once, but never what it is at work on or what another holds', () =>
  withHouses(async (first, second) => {
    await say(first.conversations, 'lost-claim')
    const mine = async (house: SmallHouse, held: string[]) =>
      (await house.conversations.claim(['turn'], 50, held)).map((claim) => claim.conversationId)
    const claimed = await mine(first, [])
    expect(claimed.length).toBeGreaterThan(0)
    expect(await mine(first, claimed)).toEqual([])
    expect(await mine(second, [])).toEqual([])
    expect((await mine(first, [])).sort()).toEqual([...claimed].sort())
  }))

test('leases nothing to nobody when a renewal arrives after its release', () =>
  withHouses(async (first, second) => {
    await say(first.conversations, 'late-renewal')
    const claims = await first.conversations.claim(['turn'], 50, [])
    for (const claim of claims) {
      await first.conversations.release(claim, 0, true)
      expect(await first.conversations.renew(claim)).toBe(false)
    }
    expect(await second.conversations.claim(['turn'], 50, [])).toHaveLength(claims.length)
  }))

test('goes on at once when the clock of the database is set back by an hour', () =>
  withHouses(async (first, second) => {
    await say(first.conversations, 'early')
    expect(await first.conversations.claim(['turn'], 1, [])).toHaveLength(1)
    // As the rows look after the clock was set back: written an hour ahead of now.
    await sql`update work set due_at = due_at + interval '1 hour', lease_until = lease_until + interval '1 hour'`.execute(database.sql)
    expect(await second.conversations.claim(['turn'], 1, [])).toHaveLength(1)
    await sql`delete from work`.execute(database.sql)
  }))

test('does not put off what a customer says while an earlier try is being put back', () =>
  withHouses(async (first, second) => {
    await say(first.conversations, 'talker')
    const [claim] = await first.conversations.claim(['turn'], 1, [])
    if (!claim) throw new Error('nothing was claimed')
    await say(first.conversations, 'talker', 'm2')
    await first.conversations.release(claim, 60_000, true)
    expect(await second.conversations.claim(['turn'], 1, [])).toMatchObject([{ attempts: 1 }])
    await sql`delete from work`.execute(database.sql)
  }))

test('delivers to other customers while the platform hangs on one of them', async () => {
  const sent: string[] = []
  let release = () => {}
  const hangs = new Promise<void>((resolve) => {
    release = resolve
  })
  const channel: Channel = {
    ...createRecordingChannel(),
    async send(to) {
      if (to === 'hanging') await hangs
      sent.push(to)
      return { platformId: null }
    },
  }
  const house = await openSmallHouse(database, { channels: [channel] })
  house.bot.start()
  try {
    await say(house.conversations, 'hanging')
    await waitUntil(async () => (await repliesTo('hanging')) === 1, 'the first is answered')
    await say(house.conversations, 'hanging', 'm2')
    for (const address of ['free-1', 'free-2', 'free-3']) await say(house.conversations, address)
    await waitUntil(async () => sent.filter((to) => to.startsWith('free')).length === 3, 'the others are served')
    expect(sent).not.toContain('hanging')
    release()
    await waitUntil(async () => sent.filter((to) => to === 'hanging').length === 2, 'the first is served after all')
  } finally {
    release()
    await house.stop()
  }
})

test('answers a callback as unavailable before the platform loses patience, and takes the repeated one as the same message', () =>
  withHouses(async (house) => {
    let release = () => {}
    const held = new Promise<void>((resolve) => {
      release = resolve
    })
    // The database answers nobody else meanwhile.
    const blocking = database.transaction(() => held)
    await expect(say(house.conversations, 'impatient')).rejects.toMatchObject({ kind: 'unavailable', code: 'database.unavailable' })
    release()
    await blocking
    expect((await say(house.conversations, 'impatient')).status).toBe(200)
    const { rows } = await sql`select 1 from messages where address = 'impatient' and sender = 'customer'`.execute(database.sql)
    expect(rows).toHaveLength(1)
  }))
