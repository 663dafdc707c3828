import { type Kysely, sql } from 'kysely'

/** customers/: who is writing, and the Tier rows that say how they are served. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create table tiers (
    name text primary key,
    label jsonb not null,
    rank int not null unique,
    first_holder text not null check (first_holder in ('bot', 'queue')),
    priority int not null,
    idle_minutes int not null check (idle_minutes > 0),
    greeting jsonb not null)`.execute(db)
  await sql`insert into tiers (name, label, rank, first_holder, priority, idle_minutes, greeting) values
    ('ordinary', '{"zh-CN": "普通客户", "en": "Ordinary"}', 3, 'bot', 0, 30,
     '{"zh-CN": "您好，我是智能客服机器人知客。请直接说您想问什么；需要真人时，随时点“转人工”。", "en": "Hello, I am Zhike, an AI assistant. Just type your question; tap \\"转人工\\" any time to reach a human."}')`.execute(
    db,
  )
  await sql`create table customers (
    id text primary key,
    name text, phone text, email text,
    attributes jsonb not null default '{}',
    tier text not null default 'ordinary' references tiers (name),
    merged_into text references customers (id),
    made_at timestamptz not null default now())`.execute(db)
  await sql`create table identities (
    channel text not null, id text not null,
    customer_id text not null references customers (id),
    trusted boolean not null,
    made_at timestamptz not null default now(),
    primary key (channel, id))`.execute(db)
  await sql`create index identities_customer on identities (customer_id)`.execute(db)
}
