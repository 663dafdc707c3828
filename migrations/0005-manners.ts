import { type Kysely, sql } from 'kysely'

/** conversations/: places in the queue, and what customers thought of an answer. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table conversations add column queued_at timestamptz`.execute(db)
  await sql`update conversations set queued_at = last_message_at where state = 'queue'`.execute(db)
  await sql`create index conversations_waiting on conversations (priority desc, queued_at) where state = 'queue'`.execute(db)
  await sql`update tiers set greeting = jsonb_set(greeting, '{en}', to_jsonb(
    'Hello, I am Zhike, an AI assistant. Just type your question; tap “Talk to a human” any time to reach a person.'::text))
    where name = 'ordinary' and greeting->>'en' like '%转人工%'`.execute(db)
  // The last word counts; the first "not helpful" is kept, so that a human is offered once.
  await sql`alter table turns add column helpful boolean, add column unhelpful_at timestamptz`.execute(db)
}
