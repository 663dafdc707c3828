import fc from 'fast-check'
import { sql } from 'kysely'
import type { Channel } from '../../conversations/index.ts'
import type { Database } from '../../platform/database.ts'
import { createFakeChannel, FAKE_CHANNEL, type FakeMessage } from './fake-channel.ts'
import { openSmallHouse } from './small-house.ts'

/** R-02: any interleaving of deliveries, repeats and reorderings makes each Message once and answers it once. */

export interface DedupeFigures {
  readonly seed: number
  readonly interleavings: number
  readonly deliveries: number
  readonly messages: number
  readonly turns: number
}

/** Sends nothing anywhere; keeps what would be sent. */
export function createRecordingChannel(): Channel & { readonly sent: { to: string; key: string; text: string }[] } {
  const sent: { to: string; key: string; text: string }[] = []
  return {
    ...createFakeChannel('http://127.0.0.1:9'),
    sent,
    async send(to, activity, key) {
      sent.push({ to, key, text: activity.text ?? '' })
      return { platformId: null }
    },
  }
}

export function callbackOf(messages: readonly FakeMessage[]) {
  return { method: 'POST', path: '/callback', query: {}, headers: {}, body: Buffer.from(JSON.stringify({ messages })) }
}

export async function waitUntil(met: () => Promise<boolean>, what: string, withinMs = 30_000): Promise<void> {
  const until = performance.now() + withinMs
  while (!(await met())) {
    if (performance.now() > until) throw new Error(`not within ${withinMs} ms: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

/** Nothing of these Addresses waits for a Turn or a delivery. */
export async function isQuiet(database: Database, addressLike: string): Promise<boolean> {
  const { rows } = await sql<{ waiting: number }>`select
    (select count(*) from work w join conversations c on c.id = w.conversation_id where c.address like ${addressLike})
    + (select count(*) from deliveries where address like ${addressLike} and state = 'waiting') as waiting`.execute(database.sql)
  return rows[0]?.waiting === 0
}

/**
 * What one run does: distinct messages on up to three Addresses, many of them alike in everything but their key (events of one
 * second), and waves of deliveries; the deliveries of a wave arrive at the same moment.
 */
const scenario = fc
  .uniqueArray(fc.record({ address: fc.nat(2), key: fc.nat(7) }), {
    minLength: 1,
    maxLength: 8,
    selector: ({ address, key }) => `${address}/${key}`,
  })
  .chain((messages) =>
    fc.record({
      messages: fc.constant(messages),
      alike: fc.boolean(),
      // Every message at least once, then repeats, in any order, cut into waves.
      order: fc.array(fc.nat(messages.length - 1), { maxLength: 10 }).chain((repeats) =>
        fc.shuffledSubarray(
          [...messages.keys(), ...repeats].map((message, place) => ({ message, place })),
          { minLength: messages.length + repeats.length },
        ),
      ),
      waves: fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 20, maxLength: 20 }),
    }),
  )

export async function proveDedupe(database: Database, interleavings: number): Promise<DedupeFigures> {
  const channel = createRecordingChannel()
  const house = await openSmallHouse(database, { channels: [channel] })
  house.bot.start()
  const seed = Math.floor(Math.random() * 2 ** 31)
  let run = 0
  let deliveries = 0
  let messagesSeen = 0
  let turnsSeen = 0
  try {
    await fc.assert(
      fc.asyncProperty(scenario, async ({ messages, alike, order, waves }) => {
        const name = `run-${seed}-${run++}`
        const addressOf = (message: number) => `${name}-${messages[message]?.address}`
        const callbacks = messages.map(({ key }, index) => ({
          address: addressOf(index),
          user: addressOf(index),
          msgid: `event-${key}`,
          text: alike ? '请问在发货吗' : `请问第${key}件发货吗`,
        }))
        const ids = new Map<number, Set<string>>()
        let place = 0
        for (const wave of waves) {
          const now = order.slice(place, place + wave)
          place += wave
          deliveries += now.length
          await Promise.all(
            now.map(async ({ message }) => {
              const answer = await house.conversations.accept(FAKE_CHANNEL, callbackOf([callbacks[message] as FakeMessage]))
              const [stored] = (answer.body as { stored: { id: string }[] }).stored
              ids.set(message, (ids.get(message) ?? new Set()).add(stored?.id ?? ''))
            }),
          )
        }
        await waitUntil(() => isQuiet(database, `${name}-%`), `${name} is answered`)

        const stored = (
          await sql<{
            id: string
            address: string
            dedupe_key: string | null
            sender: string
            reply_to_id: string | null
            turn_id: string | null
          }>`
            select id, address, dedupe_key, sender, reply_to_id, turn_id from messages where address like ${`${name}-%`} order by address, seq`.execute(
            database.sql,
          )
        ).rows
        const turns = (
          await sql<{
            id: string
            message_ids: string[]
          }>`select t.id, t.message_ids from turns t join conversations c on c.id = t.conversation_id
            where c.address like ${`${name}-%`}`.execute(database.sql)
        ).rows
        const said = stored.filter((message) => message.sender === 'customer')
        messagesSeen += said.length
        turnsSeen += turns.length
        const wanted = callbacks.map(({ address, msgid }) => `${address} ${msgid}`).sort()
        const same = (a: readonly string[], b: readonly string[]) => JSON.stringify(a) === JSON.stringify(b)
        if (!same(said.map((message) => `${message.address} ${message.dedupe_key}`).sort(), wanted))
          throw new Error(`stored ${JSON.stringify(said)} of ${wanted}`)
        if ([...ids.values()].some((set) => set.size !== 1)) throw new Error('repeats of one message were told different ids')
        if (new Set([...ids.values()].map((set) => [...set][0])).size !== callbacks.length)
          throw new Error('two messages were told the same id')
        // Each Message in exactly one Turn, each Turn with exactly one reply, each reply sent exactly once.
        if (!same(turns.flatMap((turn) => turn.message_ids).sort(), said.map((message) => message.id).sort()))
          throw new Error('a message is in no turn or in two')
        const replies = stored.filter((message) => message.sender === 'bot')
        if (!same(replies.map((reply) => reply.turn_id ?? '').sort(), turns.map((turn) => turn.id).sort()))
          throw new Error('a turn has no reply or two')
        const sent = channel.sent.filter((send) => send.to.startsWith(`${name}-`)).map((send) => send.key)
        if (!same([...sent].sort(), replies.map((reply) => reply.id).sort()))
          throw new Error(`replies ${replies.map((r) => r.id)}, sent ${sent}`)
      }),
      { numRuns: interleavings, seed, endOnFailure: true },
    )
  } finally {
    await house.stop()
  }
  return { seed, interleavings: run, deliveries, messages: messagesSeen, turns: turnsSeen }
}
