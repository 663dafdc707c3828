import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Database } from '../../../platform/database.ts'
import { openTestDatabase } from '../../support/database.ts'
import { callbackOf, createRecordingChannel, isQuiet, proveDedupe, waitUntil } from '../../support/dedupe.ts'
import { FAKE_CHANNEL } from '../../support/fake-channel.ts'
import { echo, openSmallHouse } from '../../support/small-house.ts'

let database: Database
beforeAll(async () => {
  database = await openTestDatabase()
})
afterAll(() => database.close())

test('stores each message once and answers it once, however its deliveries are repeated, reordered and interleaved', async () => {
  const figures = await proveDedupe(database, 500)
  console.log('R-02', JSON.stringify(figures))
  expect(figures.interleavings).toBe(500)
  expect(figures.deliveries).toBeGreaterThan(figures.messages)
}, 600_000)

test('takes 50 identical deliveries at the same moment as one message and says one reply', async () => {
  const channel = createRecordingChannel()
  const house = await openSmallHouse(database, { channels: [channel] })
  house.bot.start()
  try {
    for (let round = 0; round < 5; round++) {
      const address = `fifty-${round}`
      const request = callbackOf([{ address, user: address, msgid: 'once', text: '请问几点下班' }])
      const answers = await Promise.all(Array.from({ length: 50 }, () => house.conversations.accept(FAKE_CHANNEL, request)))
      const stored = answers.map((answer) => (answer.body as { stored: { id: string; repeated: boolean }[] }).stored[0])
      expect(new Set(stored.map((each) => each?.id)).size).toBe(1)
      expect(stored.filter((each) => each?.repeated === false)).toHaveLength(1)
      await waitUntil(() => isQuiet(database, address), 'the one message is answered')
      expect(channel.sent.filter((send) => send.to === address).map((send) => send.text)).toEqual([echo('请问几点下班')])
    }
    const { rows } = await sql<{ customers: number }>`select count(*)::int as customers from identities where id like 'fifty-%'`.execute(
      database.sql,
    )
    expect(rows[0]?.customers).toBe(5)
  } finally {
    await house.stop()
  }
})
