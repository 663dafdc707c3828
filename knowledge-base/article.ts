import { ZhikeError } from '../platform/errors.ts'
import { isStorable } from '../platform/storable-text.ts'
import { COLUMN_NAMES } from './article-files/columns.ts'
import { readMoment } from './moment.ts'

/** draft: being written, never answered. published: answered. archived: kept for evidence, never answered. */
export type ArticleStatus = 'draft' | 'published' | 'archived'
export type ArticleStage = 'pre-sales' | 'post-sales'

export interface ArticleFields {
  readonly question: string
  /** Other wordings of the same question. */
  readonly similar: readonly string[]
  /** The one approved answer, told verbatim. */
  readonly answer: string
  readonly category: string | null
  readonly stage: ArticleStage | null
  /** Names of the Tiers it is for; empty means all. */
  readonly tiers: readonly string[]
  /** Channels it is for; empty means all. */
  readonly channels: readonly string[]
  /** First moment it is answered; null: at once. */
  readonly validFrom: Date | null
  /** First moment it is answered no longer; null: never. */
  readonly validTo: Date | null
  readonly status: ArticleStatus
}

/** A question with its wordings and one approved answer. */
export interface Article extends ArticleFields {
  readonly id: string
  /** 1 at birth, one more with each change; a deleted Article keeps counting when it is made anew. */
  readonly version: number
  readonly madeAt: Date
  readonly changedAt: Date
}

/** Largest sizes, in UTF-16 units and list entries. */
export const ARTICLE_LIMITS = {
  id: 128,
  question: 500,
  answer: 20_000,
  similar: 200,
  similarEntry: 500,
  category: 200,
  list: 50,
  listEntry: 64,
} as const

const UNSEEN_IN_ID = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u

/**
 * Any text that can be seen, without blanks around it. Not `export`, which is a path of its own beside the ids, and no path segment
 * `.` or `..`, which clients and proxies take away before we see them.
 */
export function isArticleId(id: string): boolean {
  if (id === '' || id.length > ARTICLE_LIMITS.id || id.trim() !== id || UNSEEN_IN_ID.test(id)) return false
  return id !== 'export' && !id.split(/[/\\]/).some((segment) => segment === '.' || segment === '..')
}

export interface RowProblem {
  /** `article.what-happened`, see docs/errors.md. */
  readonly code: string
  readonly message: string
}

export type RowReading =
  | { readonly ok: true; readonly id: string | null; readonly fields: ArticleFields }
  | ({ readonly ok: false } & RowProblem)

function refuse(code: string, message: string): never {
  throw new ZhikeError('invalid', `article.${code}`, message)
}

/** Fields that our own API shows and a caller may send back: they are the house's to set, so they are passed over. */
const READ_ONLY = new Set(['version', 'madeAt', 'changedAt'])
const WRITABLE: ReadonlySet<string> = new Set(COLUMN_NAMES)

/**
 * Bidi overrides and isolates, and tag characters: they show people another text than the one that is stored, or hide one in it.
 * No language needs them in a question or an answer.
 */
const DECEIVING = /[\u202a-\u202e\u2066-\u2069\u{e0000}-\u{e007f}]/u

/** Nothing a reader would see: white space, controls, zero-width and bidi marks only. */
const INVISIBLE = /^(?:[\s\p{Cc}\p{Cf}\p{Z}]|\p{Variation_Selector})*$/u

function text(name: string, value: unknown, limit: number): string {
  if (typeof value !== 'string') refuse('not-text', `"${name}" must be a text`)
  if (!isStorable(value)) refuse('bad-characters', `"${name}" holds a NUL or half of a surrogate pair; remove it`)
  if (DECEIVING.test(value)) refuse('bad-characters', `"${name}" holds bidi overrides or tag characters, which hide text; remove them`)
  if (value.length > limit) {
    const code = name === 'question' || name === 'answer' ? `${name}-too-long` : 'field-too-long'
    refuse(code, `"${name}" has ${value.length} characters; at most ${limit} are taken`)
  }
  return value
}

function isAbsent(value: unknown): value is null | undefined | '' {
  return value === undefined || value === null || value === ''
}

function wanted(name: 'question' | 'answer', value: unknown, limit: number): string {
  if (isAbsent(value)) refuse(`${name}-missing`, `"${name}" is missing or empty`)
  const read = text(name, value, limit)
  if (INVISIBLE.test(read)) refuse(`${name}-missing`, `"${name}" holds nothing that can be seen`)
  return read
}

/** Entries in which nothing can be seen are left out: spreadsheets and forms leave them behind, and they say nothing. */
function list(name: string, value: unknown, entries: number, length: number): string[] {
  if (isAbsent(value)) return []
  if (!Array.isArray(value)) refuse('not-a-list', `"${name}" must be a list of texts`)
  const read = value
    .filter((entry) => !isAbsent(entry))
    .map((entry) => text(name, entry, length))
    .filter((entry) => !INVISIBLE.test(entry))
  if (read.length > entries) refuse('list-too-long', `"${name}" has ${read.length} entries; at most ${entries} are taken`)
  return read
}

/** A number is taken as the text it is written as. */
function idOf(value: unknown): string | null {
  if (isAbsent(value)) return null
  const id = typeof value === 'number' && Number.isSafeInteger(value) ? String(value) : value
  if (typeof id !== 'string' || !isArticleId(id))
    refuse('bad-id', `"id" must be 1 to ${ARTICLE_LIMITS.id} characters that can be seen, without blanks around them, and not "export"`)
  return id
}

function oneOf<T extends string>(name: string, value: unknown, allowed: readonly T[]): T {
  const found = allowed.find((entry) => entry === value)
  if (found === undefined) refuse(`bad-${name}`, `"${name}" must be one of: ${allowed.join(', ')}`)
  return found
}

function moment(name: string, value: unknown, timeZone: string, bareDate: 'start' | 'end'): Date | null {
  if (isAbsent(value)) return null
  const read = typeof value === 'string' ? readMoment(value, timeZone, bareDate) : null
  if (!read) refuse('bad-date', `"${name}" must be a date (2026-01-31) or an ISO 8601 time (2026-01-31T08:00:00+08:00)`)
  return read
}

/**
 * Reads one row as callers write it (contract, `POST /api/articles/import`). Text is kept exactly as given; null and an empty
 * text mean "absent" for the optional fields. Pure; the first thing that is wrong is named.
 * @param timeZone where a bare date lies; a bare `validTo` holds to the end of its day.
 */
export function readRow(row: unknown, timeZone: string): RowReading {
  try {
    if (typeof row !== 'object' || row === null || Array.isArray(row)) refuse('not-an-object', 'the row is not a JSON object')
    const values = new Map(Object.entries(row))
    for (const name of values.keys())
      if (!WRITABLE.has(name) && !READ_ONLY.has(name))
        refuse('unknown-field', `"${name.slice(0, 100).replace(/[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/gu, '?')}" is not a field of an Article`)
    const id = idOf(values.get('id'))
    const question = wanted('question', values.get('question'), ARTICLE_LIMITS.question)
    const answer = wanted('answer', values.get('answer'), ARTICLE_LIMITS.answer)
    const category = values.get('category')
    const stage = values.get('stage')
    const status = values.get('status')
    const validFrom = moment('validFrom', values.get('validFrom'), timeZone, 'start')
    const validTo = moment('validTo', values.get('validTo'), timeZone, 'end')
    if (validFrom && validTo && validFrom >= validTo) refuse('validity-backwards', '"validTo" must lie after "validFrom"')
    return {
      ok: true,
      id,
      fields: {
        question,
        similar: list('similar', values.get('similar'), ARTICLE_LIMITS.similar, ARTICLE_LIMITS.similarEntry),
        answer,
        category: isAbsent(category) ? null : text('category', category, ARTICLE_LIMITS.category),
        stage: isAbsent(stage) ? null : oneOf<ArticleStage>('stage', stage, ['pre-sales', 'post-sales']),
        tiers: list('tiers', values.get('tiers'), ARTICLE_LIMITS.list, ARTICLE_LIMITS.listEntry),
        channels: list('channels', values.get('channels'), ARTICLE_LIMITS.list, ARTICLE_LIMITS.listEntry),
        validFrom,
        validTo,
        status: isAbsent(status) ? 'published' : oneOf<ArticleStatus>('status', status, ['draft', 'published', 'archived']),
      },
    }
  } catch (error) {
    if (!(error instanceof ZhikeError)) throw error
    return { ok: false, code: error.code, message: error.message }
  }
}

/** The fields as a row that `readRow` gives back unchanged; absent ones are left out. What export writes and history keeps. */
export function toRow(fields: ArticleFields): Record<string, unknown> {
  return {
    question: fields.question,
    ...(fields.similar.length > 0 ? { similar: fields.similar } : {}),
    answer: fields.answer,
    ...(fields.category === null ? {} : { category: fields.category }),
    ...(fields.stage === null ? {} : { stage: fields.stage }),
    ...(fields.tiers.length > 0 ? { tiers: fields.tiers } : {}),
    ...(fields.channels.length > 0 ? { channels: fields.channels } : {}),
    ...(fields.validFrom === null ? {} : { validFrom: fields.validFrom.toISOString() }),
    ...(fields.validTo === null ? {} : { validTo: fields.validTo.toISOString() }),
    status: fields.status,
  }
}

/** True when a write of `a` over `b` would change nothing. */
export function isSame(a: ArticleFields, b: ArticleFields): boolean {
  return JSON.stringify(toRow(a)) === JSON.stringify(toRow(b))
}
