import { type Kysely, sql } from 'kysely'

/** conversations/: the record, and the rows that carry work. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create table addresses (
    channel text not null, id text not null,
    customer_id text not null references customers (id),
    identity_id text not null,
    last_seq bigint not null default 0,
    started_at timestamptz not null default now(),
    ended_at timestamptz,
    primary key (channel, id))`.execute(db)
  await sql`create index addresses_customer on addresses (customer_id)`.execute(db)

  await sql`create table conversations (
    id text primary key,
    channel text not null, address text not null,
    customer_id text not null references customers (id),
    state text not null check (state in ('bot', 'queue', 'agent', 'closed')),
    priority int not null default 0,
    reason text,
    agent_id text,
    misses int not null default 0,
    last_customer_seq bigint not null default 0,
    answered_seq bigint not null default 0,
    opened_at timestamptz not null default now(),
    last_message_at timestamptz not null default now(),
    closed_at timestamptz,
    foreign key (channel, address) references addresses (channel, id))`.execute(db)
  // One open Conversation an Address, decided by the row and not by memory.
  await sql`create unique index conversations_one_open on conversations (channel, address) where state <> 'closed'`.execute(db)
  await sql`create index conversations_newest on conversations (opened_at desc, id desc)`.execute(db)
  await sql`create index conversations_customer on conversations (customer_id, opened_at desc)`.execute(db)
  await sql`create index conversations_idle on conversations (last_message_at) where state = 'bot'`.execute(db)

  await sql`create table messages (
    id text primary key,
    channel text not null, address text not null,
    seq bigint not null,
    conversation_id text references conversations (id),
    sender text not null check (sender in ('customer', 'bot', 'agent', 'system')),
    name text,
    text text not null,
    activity jsonb not null,
    bytes int not null,
    dedupe_key text,
    reply_to_id text,
    turn_id text,
    sent_at timestamptz not null,
    at timestamptz not null default now(),
    foreign key (channel, address) references addresses (channel, id))`.execute(db)
  await sql`create unique index messages_in_order on messages (channel, address, seq)`.execute(db)
  await sql`create unique index messages_once on messages (channel, address, dedupe_key) where dedupe_key is not null`.execute(db)
  await sql`create index messages_conversation on messages (conversation_id, seq)`.execute(db)

  await sql`create table work (
    conversation_id text primary key references conversations (id),
    kind text not null check (kind in ('turn', 'route', 'suggest')),
    due_at timestamptz not null,
    attempts int not null default 0,
    owner text, lease_until timestamptz,
    fence bigint not null default 0)`.execute(db)
  await sql`create index work_due on work (kind, due_at)`.execute(db)

  await sql`create table deliveries (
    message_id text primary key references messages (id),
    channel text not null, address text not null, seq bigint not null,
    due_at timestamptz not null default now(),
    attempts int not null default 0,
    owner text, lease_until timestamptz,
    fence bigint not null default 0,
    state text not null default 'waiting' check (state in ('waiting', 'sent', 'failed')),
    error text)`.execute(db)
  await sql`create index deliveries_waiting on deliveries (channel, address, seq) where state = 'waiting'`.execute(db)

  await sql`create table turns (
    id text primary key,
    conversation_id text not null references conversations (id),
    message_ids text[] not null,
    effective_question text not null,
    intent text,
    decision text not null,
    confidence real not null,
    hits jsonb not null,
    reply text,
    took_ms real not null,
    trace_id text not null,
    at timestamptz not null default now())`.execute(db)
  await sql`create index turns_conversation on turns (conversation_id, at)`.execute(db)
}
