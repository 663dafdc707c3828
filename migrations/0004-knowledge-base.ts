import { type Kysely, sql } from 'kysely'

/** knowledge-base/: Articles, their history and Passages, imports, Gaps. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create extension if not exists vector`.execute(db)

  // Every change of Articles raises this number first in its transaction: the row lock makes changes commit in the order of
  // their numbers, so "changed > mine" never misses one.
  await sql`create table knowledge_state (one boolean primary key default true check (one), version bigint not null)`.execute(db)
  await sql`insert into knowledge_state (version) values (0)`.execute(db)

  await sql`create table articles (
    id text collate "C" primary key,
    version int not null,
    status text not null check (status in ('draft', 'published', 'archived')),
    question text not null,
    normalised_question text not null,
    similar_wordings text[] not null default '{}',
    answer text not null,
    category text,
    stage text check (stage in ('pre-sales', 'post-sales')),
    tiers text[] not null default '{}',
    channels text[] not null default '{}',
    valid_from timestamptz, valid_to timestamptz,
    made_at timestamptz not null default now(),
    changed_at timestamptz not null default now(),
    changed bigint not null,
    deleted boolean not null default false)`.execute(db)
  await sql`create index articles_changed on articles (changed, id)`.execute(db)
  // Not unique: two Articles with ids of their own may share a question. Who comes without an id finds the one that is there;
  // the lock on knowledge_state keeps two such writers from missing each other.
  await sql`create index articles_question on articles (md5(normalised_question)) where not deleted`.execute(db)

  await sql`create table article_versions (
    article_id text collate "C" not null references articles (id),
    version int not null,
    snapshot jsonb not null,
    by_kind text not null, by_id text not null,
    import_id text,
    at timestamptz not null default now(),
    primary key (article_id, version))`.execute(db)
  await sql`create index article_versions_import on article_versions (import_id, article_id) where import_id is not null`.execute(db)

  // No typmod: a new embedder may have another number of dimensions while the old vectors still answer.
  await sql`create table passages (
    id text collate "C" primary key,
    article_id text collate "C" not null references articles (id),
    article_version int not null,
    kind text not null check (kind in ('question', 'similar', 'answer')),
    text text not null,
    embedding vector,
    embedder_id text not null,
    changed bigint not null)`.execute(db)
  await sql`create index passages_article on passages (article_id)`.execute(db)
  await sql`create index passages_embedder on passages (embedder_id)`.execute(db)

  await sql`create table gaps (
    id text primary key,
    question text not null,
    normalised text not null unique,
    asked int not null default 1,
    tier text, channel text,
    conversation_id text, turn_id text,
    reason text not null,
    state text not null default 'open' check (state in ('open', 'ignored', 'done')),
    first_at timestamptz not null default now(),
    last_at timestamptz not null default now())`.execute(db)
  await sql`create index gaps_newest on gaps (state, last_at desc, id desc)`.execute(db)

  await sql`create table imports (
    id text primary key,
    state text not null check (state in ('waiting', 'running', 'done', 'failed', 'stopped', 'undoing', 'undone')),
    content_type text not null,
    file bytea,
    dry_run boolean not null,
    done int not null default 0,
    total int not null,
    created int not null default 0,
    updated int not null default 0,
    unchanged int not null default 0,
    restored int not null default 0,
    rejected jsonb not null default '[]',
    error text,
    actor jsonb not null,
    made_at timestamptz not null default now(),
    touched_at timestamptz not null default now(),
    finished_at timestamptz)`.execute(db)
  await sql`create index imports_unfinished on imports (touched_at) where state in ('waiting', 'running', 'undoing')`.execute(db)
}
