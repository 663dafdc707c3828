import { type Kysely, sql } from 'kysely'

/** platform/ and staff/: audit, secrets, files, settings, API tokens. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create table audit_records (
    id bigint generated always as identity primary key,
    at timestamptz not null default now(),
    actor_kind text not null, actor_id text not null, action text not null,
    object_kind text not null, object_id text not null,
    detail jsonb not null default '{}', trace_id text, hash text)`.execute(db)
  await sql`create index audit_records_object on audit_records (object_kind, object_id, id)`.execute(db)
  await sql`create table audit_chain (one boolean primary key default true check (one), last_id bigint not null, hash text not null)`.execute(
    db,
  )
  await sql`insert into audit_chain (last_id, hash) values (0, '')`.execute(db)
  // Append-only: the chain's hash may be filled in once, nothing else may change.
  await sql`create function audit_append_only() returns trigger language plpgsql as $$
    begin
      if tg_op = 'UPDATE' and old.hash is null and new.hash is not null
        and (to_jsonb(new) - 'hash') = (to_jsonb(old) - 'hash') then return new; end if;
      raise exception 'audit_records is append-only';
    end $$`.execute(db)
  await sql`create trigger audit_append_only before update or delete on audit_records for each row execute function audit_append_only()`.execute(
    db,
  )
  await sql`create trigger audit_no_truncate before truncate on audit_records for each statement execute function audit_append_only()`.execute(
    db,
  )

  await sql`create table secrets (name text primary key, value text not null, made_at timestamptz not null default now())`.execute(db)
  await sql`create table settings (name text primary key, value jsonb not null, version int not null default 1, changed_at timestamptz not null default now())`.execute(
    db,
  )
  await sql`create table files (
    id text primary key, scope text not null, name text not null, content_type text not null,
    size int not null, sha256 text not null, bytes bytea, made_at timestamptz not null default now())`.execute(db)
  await sql`create index files_scope on files (scope)`.execute(db)

  await sql`create table api_tokens (
    id text primary key, name text not null, role text not null, hash text not null unique,
    made_at timestamptz not null default now(), revoked_at timestamptz)`.execute(db)
}
