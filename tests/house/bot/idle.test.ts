import { sql } from 'kysely'
import pino from 'pino'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { wordGreeting } from '../../../bot/index.ts'
import { type Conversations, createConversations } from '../../../conversations/index.ts'
import { createCustomers } from '../../../customers/index.ts'
import type { Database } from '../../../platform/database.ts'
import { createEvents } from '../../../platform/events.ts'
import { NO_PROBE } from '../../../platform/probe.ts'
import { openChat } from '../../support/chat.ts'
import { openTestDatabase } from '../../support/database.ts'
import { startHouse, type TestHouse } from '../../support/house.ts'

let database: Database
let house: TestHouse
let conversations: Conversations
beforeAll(async () => {
  database = await openTestDatabase()
  house = await startHouse({}, { database })
  const log = pino({ level: 'silent' })
  // The door that the house's own timer goes through, so that the test need not wait for it.
  conversations = createConversations({
    database,
    customers: createCustomers(),
    events: createEvents(database, log),
    files: { put: () => Promise.reject(new Error('no files here')), read: async () => null },
    log,
    probe: NO_PROBE,
    owner: 'test',
    greet: wordGreeting,
  })
})
afterAll(() => house.stop())

const statesOf = async (address: string): Promise<string[]> =>
  (await house.call('GET', `/api/conversations?address=${address}`)).body.items.map((item: { state: string }) => item.state)
const leaveAlone = (minutes: number) =>
  sql`update conversations set last_message_at = now() - make_interval(mins => ${minutes})`.execute(database.sql)

test('closes what the bot holds after the idle minutes of the Tier row, never what waits for a human, and opens another on return', async () => {
  const idle = await openChat(house.url)
  await idle.ask('谢谢')
  const waiting = await openChat(house.url)
  await waiting.ask('转人工')

  await leaveAlone(29)
  await conversations.closeIdle()
  expect(await statesOf(idle.conversationId)).toEqual(['bot'])

  await leaveAlone(31)
  await conversations.closeIdle()
  expect(await statesOf(idle.conversationId)).toEqual(['closed'])
  expect(await statesOf(waiting.conversationId)).toEqual(['queue'])

  await idle.ask('谢谢')
  expect(await statesOf(idle.conversationId)).toEqual(['bot', 'closed'])
})
