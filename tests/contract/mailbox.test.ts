import { randomUUID } from 'node:crypto'
import pino from 'pino'
import type { Channel, Inbound } from '../../conversations/channel.ts'
import { createConversations } from '../../conversations/index.ts'
import { createCustomers } from '../../customers/index.ts'
import { MIGRATIONS } from '../../migrations/index.ts'
import { createDatabase, type Database } from '../../platform/database.ts'
import { createEvents } from '../../platform/events.ts'
import { migrate } from '../../platform/migrate.ts'
import { createPostgresEngine } from '../../platform/pg.ts'
import { NO_PROBE } from '../../platform/probe.ts'
import { openTestDatabase } from '../support/database.ts'
import { createMemoryMailbox } from '../support/memory-mailbox.ts'
import { describeWithPostgres } from '../support/postgres-suite.ts'
import { describeMailbox, type MailboxUnderTest } from './mailbox.ts'

describeMailbox('in memory', async () => {
  const mailbox = createMemoryMailbox()
  return {
    mailbox,
    say: async (address, owner, text) => void mailbox.append(address, { type: 'message', from: { id: owner.id, role: 'user' }, text }),
    close: async () => {},
  }
})

/** The mailbox of the house, over a channel that hands in what the test says. */
async function openHouseMailbox(database: Database): Promise<MailboxUnderTest> {
  const log = pino({ level: 'silent' })
  const events = createEvents(database, log)
  await events.start()
  const next: Inbound[] = []
  const channel: Channel = {
    name: 'web-chat',
    limits: { textBytes: 100_000, replyWindowMs: null, repliesInWindow: null, buttons: 5, agentsSpeak: 'desk', readerComes: true },
    receive: async () => ({ inbound: next.splice(0), acknowledge: () => ({ status: 200, body: '' }) }),
    send: async () => ({ platformId: null }),
  }
  const conversations = createConversations({
    database,
    customers: createCustomers(),
    events,
    files: { put: async () => Promise.reject(new Error('no files here')), read: async () => null },
    log,
    probe: NO_PROBE,
    owner: 'contract',
    greet: (greeting) => ({ kind: 'courtesy', text: greeting['zh-CN'] ?? '', evidence: [], choices: [], aiGenerated: false }),
  })
  conversations.addChannel(channel)
  return {
    mailbox: conversations.mailboxOf('web-chat'),
    async say(address, owner, text) {
      const activity = { type: 'message', from: { id: owner.id, role: 'user' }, text }
      next.push({ identity: owner, address, activity, files: [], dedupeKey: randomUUID(), sentAt: new Date() })
      await conversations.accept('web-chat', { method: 'POST', path: '/', query: {}, headers: {}, body: new Uint8Array() })
    },
    async close() {
      await events.stop()
      await database.close()
    },
  }
}

describeMailbox('of the house, on the embedded database', async () => openHouseMailbox(await openTestDatabase()))

describeWithPostgres('on PostgreSQL', ({ createDatabase: createEmpty }) => {
  describeMailbox('of the house', async () => {
    const database = createDatabase(createPostgresEngine(await createEmpty(), pino({ level: 'silent' })))
    await migrate(database, MIGRATIONS)
    return openHouseMailbox(database)
  })
})
