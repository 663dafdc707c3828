import { sql } from 'kysely'
import type { Actor } from '../platform/audit.ts'
import type { Sql, Tx } from '../platform/database.ts'
import { type Article, type ArticleFields, type ArticleStage, type ArticleStatus, toRow } from './article.ts'
import type { PassageKind } from './passage.ts'

/** An Article as the table keeps it, deleted ones included. */
export interface StoredArticle extends Article {
  readonly deleted: boolean
  readonly questionKey: string
  readonly changed: number
}

export interface StoredPassage {
  readonly id: string
  readonly articleId: string
  readonly articleVersion: number
  readonly kind: PassageKind
  readonly text: string
  /** Null when another embedder made it. */
  readonly vector: Float32Array | null
}

interface ArticleRow {
  id: string
  version: number
  status: ArticleStatus
  question: string
  normalised_question: string
  similar_wordings: string[]
  answer: string
  category: string | null
  stage: ArticleStage | null
  tiers: string[]
  channels: string[]
  valid_from: Date | null
  valid_to: Date | null
  made_at: Date
  changed_at: Date
  changed: number
  deleted: boolean
}

const COLUMNS = sql`id, version, status, question, normalised_question, similar_wordings, answer, category, stage, tiers, channels,
  valid_from, valid_to, made_at, changed_at, changed, deleted`

function toArticle(row: ArticleRow): StoredArticle {
  return {
    id: row.id,
    version: row.version,
    status: row.status,
    question: row.question,
    questionKey: row.normalised_question,
    similar: row.similar_wordings,
    answer: row.answer,
    category: row.category,
    stage: row.stage,
    tiers: row.tiers,
    channels: row.channels,
    validFrom: row.valid_from,
    validTo: row.valid_to,
    madeAt: row.made_at,
    changedAt: row.changed_at,
    changed: row.changed,
    deleted: row.deleted,
  }
}

/** The number of the last committed change: everything up to it can be read. */
export async function readVersion(db: Sql): Promise<number> {
  const row = (await sql<{ version: number }>`select version from knowledge_state`.execute(db)).rows[0]
  if (!row) throw new Error('knowledge_state has lost its row')
  return row.version
}

/** First statement of every transaction that changes Articles: one writer at a time, so that changes commit in order. */
export async function lockKnowledge(tx: Tx): Promise<void> {
  await sql`select version from knowledge_state for update`.execute(tx)
}

/** Takes the number of the change at hand; `lockKnowledge` came before. */
export async function raiseVersion(tx: Tx): Promise<number> {
  const row = (await sql<{ version: number }>`update knowledge_state set version = version + 1 returning version`.execute(tx)).rows[0]
  if (!row) throw new Error('knowledge_state has lost its row')
  return row.version
}

export async function readArticle(db: Sql, id: string): Promise<StoredArticle | null> {
  const row = (await sql<ArticleRow>`select ${COLUMNS} from articles where id = ${id} and not deleted`.execute(db)).rows[0]
  return row ? toArticle(row) : null
}

/** The Articles of these ids (deleted ones too: their version goes on counting). */
export async function readByIds(db: Sql, ids: readonly string[]): Promise<StoredArticle[]> {
  if (ids.length === 0) return []
  const { rows } = await sql<ArticleRow>`select ${COLUMNS} from articles where id = any(${ids}::text[])`.execute(db)
  return rows.map(toArticle)
}

/** The Articles of these normalised questions, the oldest of each first. */
export async function readByKeys(db: Sql, keys: readonly string[]): Promise<StoredArticle[]> {
  if (keys.length === 0) return []
  const { rows } = await sql<ArticleRow>`select ${COLUMNS} from articles
    where md5(normalised_question) = any(select md5(key) from unnest(${keys}::text[]) as key)
      and normalised_question = any(${keys}::text[]) and not deleted
    order by normalised_question, made_at, id`.execute(db)
  return rows.map(toArticle)
}

export interface ArticleFilter {
  readonly status?: ArticleStatus
  readonly category?: string
  /** Part of the question, of a wording or of the answer; or the whole id. */
  readonly q?: string
}

/** Articles in order of id, after `after`. */
export async function readPage(db: Sql, filter: ArticleFilter, after: string | null, limit: number): Promise<StoredArticle[]> {
  const like = filter.q === undefined ? null : `%${filter.q.replace(/[\\%_]/g, '\\$&')}%`
  const { rows } = await sql<ArticleRow>`select ${COLUMNS} from articles where not deleted
    and (${after}::text is null or id > ${after}::text collate "C")
    and (${filter.status ?? null}::text is null or status = ${filter.status ?? null}::text)
    and (${filter.category ?? null}::text is null or category = ${filter.category ?? null}::text)
    and (${like}::text is null or id = ${filter.q ?? null}::text or question ilike ${like}::text or answer ilike ${like}::text
      or array_to_string(similar_wordings, chr(10)) ilike ${like}::text)
    order by id limit ${limit}`.execute(db)
  return rows.map(toArticle)
}

/** Changes after the given point, in order; `after` = the last one seen. */
export async function readChanges(db: Sql, after: { changed: number; id: string }, limit: number): Promise<StoredArticle[]> {
  const { rows } = await sql<ArticleRow>`select ${COLUMNS} from articles
    where (changed, id) > (${after.changed}::bigint, ${after.id}::text collate "C")
    order by changed, id limit ${limit}`.execute(db)
  return rows.map(toArticle)
}

/**
 * pgvector's binary form (vector_send): dimensions as int16, two unused bytes, then float4, all big-endian. As base64, because
 * PGlite takes ten times as long to read a bytea as to read a text.
 */
function readVector(base64: string): Float32Array {
  const bytes = Buffer.from(base64, 'base64')
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const vector = new Float32Array(view.getUint16(0))
  for (let i = 0; i < vector.length; i++) vector[i] = view.getFloat32(4 + 4 * i)
  return vector
}

export async function readPassages(db: Sql, articleIds: readonly string[], embedderId: string): Promise<StoredPassage[]> {
  if (articleIds.length === 0) return []
  const { rows } = await sql<{
    id: string
    article_id: string
    article_version: number
    kind: PassageKind
    text: string
    vector: string | null
  }>`
    select id, article_id, article_version, kind, text, case when embedder_id = ${embedderId} then encode(vector_send(embedding), 'base64') end as vector
    from passages where article_id = any(${articleIds}::text[]) order by article_id, id`.execute(db)
  return rows.map((row) => ({
    id: row.id,
    articleId: row.article_id,
    articleVersion: row.article_version,
    kind: row.kind,
    text: row.text,
    vector: row.vector ? readVector(row.vector) : null,
  }))
}

export interface PassageWrite {
  readonly id: string
  readonly kind: PassageKind
  readonly text: string
  readonly vector: Float32Array
}

export interface ArticleWrite {
  readonly id: string
  readonly version: number
  readonly fields: ArticleFields
  readonly questionKey: string
  readonly deleted: boolean
  readonly passages: readonly PassageWrite[]
}

/** pgvector's text form; six digits are more than a search can tell apart. */
function vectorText(vector: Float32Array): string {
  let text = '['
  for (let i = 0; i < vector.length; i++)
    text += `${i === 0 ? '' : ','}${vector[i] === 0 ? '0' : Number((vector[i] as number).toPrecision(6))}`
  return `${text}]`
}

/** Writes these Articles with history and Passages: four statements however many they are. */
export async function writeArticles(
  tx: Tx,
  by: Actor,
  changed: number,
  writes: readonly ArticleWrite[],
  embedderId: string,
  importId: string | null,
): Promise<void> {
  const articles = writes.map(({ id, version, fields, questionKey, deleted }) => ({
    id,
    version,
    status: fields.status,
    question: fields.question,
    normalised_question: questionKey,
    similar_wordings: fields.similar,
    answer: fields.answer,
    category: fields.category,
    stage: fields.stage,
    tiers: fields.tiers,
    channels: fields.channels,
    valid_from: fields.validFrom,
    valid_to: fields.validTo,
    deleted,
    snapshot: { ...toRow(fields), ...(deleted ? { deleted: true } : {}) },
  }))
  const rows = JSON.stringify(articles)
  await sql`insert into articles (id, version, status, question, normalised_question, similar_wordings, answer, category, stage, tiers, channels,
      valid_from, valid_to, deleted, changed)
    select id, version, status, question, normalised_question, similar_wordings, answer, category, stage, tiers, channels, valid_from, valid_to,
      deleted, ${changed}::bigint
    from jsonb_to_recordset(${rows}::jsonb) as r(id text, version int, status text, question text, normalised_question text, similar_wordings text[],
      answer text, category text, stage text, tiers text[], channels text[], valid_from timestamptz, valid_to timestamptz, deleted boolean)
    on conflict (id) do update set version = excluded.version, status = excluded.status, question = excluded.question,
      normalised_question = excluded.normalised_question, similar_wordings = excluded.similar_wordings, answer = excluded.answer,
      category = excluded.category, stage = excluded.stage, tiers = excluded.tiers, channels = excluded.channels,
      valid_from = excluded.valid_from, valid_to = excluded.valid_to, deleted = excluded.deleted, changed = excluded.changed,
      changed_at = now()`.execute(tx)
  await sql`insert into article_versions (article_id, version, snapshot, by_kind, by_id, import_id)
    select id, version, snapshot, ${by.kind}, ${by.id}, ${importId}::text
    from jsonb_to_recordset(${rows}::jsonb) as r(id text, version int, snapshot jsonb)`.execute(tx)
  await sql`delete from passages where article_id = any(${writes.map((write) => write.id)}::text[])`.execute(tx)
  const passages = writes.flatMap((write) =>
    write.passages.map((passage) => ({
      id: passage.id,
      article_id: write.id,
      article_version: write.version,
      kind: passage.kind,
      text: passage.text,
      embedding: vectorText(passage.vector),
    })),
  )
  if (passages.length === 0) return
  await sql`insert into passages (id, article_id, article_version, kind, text, embedding, embedder_id, changed)
    select id, article_id, article_version, kind, text, embedding::vector, ${embedderId}, ${changed}::bigint
    from jsonb_to_recordset(${JSON.stringify(passages)}::jsonb)
      as r(id text, article_id text, article_version int, kind text, text text, embedding text)`.execute(tx)
}

/** Of these citations, how many may still be told; their rows stay as they are until the caller's transaction ends. */
export async function countCurrent(tx: Tx, cited: readonly { articleId: string; version: number }[]): Promise<number> {
  const { rows } = await sql`select a.id from articles a
    join jsonb_to_recordset(${JSON.stringify(cited)}::jsonb) as c("articleId" text, version int) on c."articleId" = a.id and c.version = a.version
    where a.status = 'published' and not a.deleted
      and (a.valid_from is null or a.valid_from <= clock_timestamp()) and (a.valid_to is null or a.valid_to > clock_timestamp())
    order by a.id for share of a`.execute(tx)
  return rows.length
}

/** Passages that another embedder made. */
export async function readForeignPassages(
  db: Sql,
  embedderId: string,
  limit: number,
): Promise<{ id: string; articleId: string; text: string }[]> {
  const { rows } = await sql<{ id: string; articleId: string; text: string }>`select id, article_id as "articleId", text from passages
    where embedder_id <> ${embedderId} order by id limit ${limit}`.execute(db)
  return rows
}

/** Puts the new vectors in, where the text is still the one that was embedded, and marks their Articles as changed. */
export async function replaceVectors(
  tx: Tx,
  changed: number,
  vectors: readonly { id: string; articleId: string; text: string; vector: Float32Array }[],
  embedderId: string,
): Promise<void> {
  const rows = JSON.stringify(vectors.map(({ id, text, vector }) => ({ id, text, embedding: vectorText(vector) })))
  await sql`update passages p set embedding = r.embedding::vector, embedder_id = ${embedderId}, changed = ${changed}::bigint
    from jsonb_to_recordset(${rows}::jsonb) as r(id text, text text, embedding text) where p.id = r.id and p.text = r.text`.execute(tx)
  await sql`update articles set changed = ${changed}::bigint where id = any(${vectors.map((entry) => entry.articleId)}::text[])`.execute(tx)
}
