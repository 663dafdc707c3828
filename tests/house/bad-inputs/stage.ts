import { sql } from 'kysely'
import { directLineRoutes } from '../../../wire/direct-line.ts'
import type { Route } from '../../../wire/route.ts'
import { eventually, openChat } from '../../support/chat.ts'
import { TEST_TOKEN, type TestHouse } from '../../support/house.ts'
import type { Random } from './bad-values.ts'
import type { Known } from './make-inputs.ts'

export const WIDE_LIMITS = Object.fromEntries(
  ['token', 'address', 'web-chat-post', 'web-chat-read'].map((name) => [name, { perSecond: 1_000_000, burst: 1_000_000 }]),
)

export const DIRECT_LINE_ROUTES: readonly Route[] = Object.values(directLineRoutes)

/** A house in which there is one of everything a request can name. */
export async function furnish(house: TestHouse): Promise<Known> {
  await house.call('PUT', '/api/settings/limits', WIDE_LIMITS)
  // Enough that a change still finds some as they were made.
  const articles = Array.from({ length: 40 }, (_, i) => `article-${i}`)
  const rows = articles.map((id) => JSON.stringify({ id, question: `${id} 怎么办理`, answer: `${id} 的答案。` })).join('\n')
  const ndjson = { 'content-type': 'application/x-ndjson' }
  await house.call('POST', '/api/articles/import', rows, ndjson)
  const { body: later } = await house.call('POST', '/api/articles/import?async=true&dryRun=true', rows, ndjson)
  const { body: token } = await house.call('POST', '/api/tokens', { name: 'to be named', role: 'agent' })
  const live = await openChat(house.url, { user: 'customer-7', secret: house.webChatSecret })
  await live.ask('完全不相干的一句话：火星上的天气')
  const ended = await openChat(house.url)
  await ended.post('', { type: 'endOfConversation' })
  const { body: conversations } = await house.call('GET', '/api/conversations')
  const { rows: gaps } = await sql<{ id: string }>`select id::text as id from gaps`.execute(house.database.sql)
  await settle(house)
  return {
    ids: {
      'articles.id': [...articles, 'none'],
      'gaps.id': [...gaps.map(({ id }) => id), 'none'],
      'conversations.id': [conversations.items[0].id, 'none'],
      'tokens.id': [token.id, 'none'],
      importId: [later.importId, 'none'],
      conversationId: [live.conversationId, ended.conversationId, 'none'],
      fileId: ['none', '0'.repeat(32)],
    },
    bearer(route: Route, random: Random) {
      if (route.permission !== 'channel') return TEST_TOKEN
      return random.chance(0.9)
        ? random.pick([live.token, house.webChatSecret, house.webChatSecret])
        : random.pick(['e30.e30.e30', ended.token])
    },
    origin: house.url,
  }
}

/** Waits until accepted messages are answered and imports are through. */
export async function settle(house: TestHouse): Promise<void> {
  await eventually(async () => {
    const { rows } = await sql<{
      n: number
    }>`select (select count(*) from work w join conversations c on c.id = w.conversation_id where c.state = 'bot')
      + (select count(*) from imports where state in ('waiting', 'running', 'undoing')) as n`.execute(house.database.sql)
    return rows[0]?.n === 0
  }, 60_000)
}

/** The audit trail is chained by the clock, so of it only the rows count; all else is compared to the letter. */
const BY_COUNT = new Set(['audit_records'])
const BY_CLOCK = new Set(['audit_chain'])

/** Everything that is stored, table by table. */
export async function readStored(house: TestHouse): Promise<Record<string, string>> {
  const { rows: tables } = await sql<{ name: string }>`select table_name as name from information_schema.tables
    where table_schema = 'public' and table_type = 'BASE TABLE' order by 1`.execute(house.database.sql)
  const stored: Record<string, string> = {}
  for (const { name } of tables.filter((table) => !BY_CLOCK.has(table.name))) {
    const content = BY_COUNT.has(name) ? sql`''` : sql`md5(coalesce(string_agg(t::text, '|' order by t::text), ''))`
    const { rows } = await sql<{
      n: number
      content: string
    }>`select count(*) as n, ${content} as content from ${sql.table(name)} t`.execute(house.database.sql)
    stored[name] = `${rows[0]?.n} ${rows[0]?.content}`
  }
  return stored
}
