import type { Embedder } from '../language/index.ts'
import { type Actor, recordAudit } from '../platform/audit.ts'
import type { Database } from '../platform/database.ts'
import { ZhikeError } from '../platform/errors.ts'
import { isStorable } from '../platform/storable-text.ts'
import { type Article, readRow, toRow } from './article.ts'
import { type Changed, changeArticles, type Wanted, want } from './article-changes.ts'
import { writeCsvHeader, writeCsvRow } from './article-files/csv-writer.ts'
import { cursorOf, type Page, readCursor } from './cursor.ts'
import { type ArticleFilter, readArticle, readPage, type StoredArticle } from './store.ts'

export interface ArticleDeps {
  readonly database: Database
  readonly embedder: Embedder
  readonly timeZone: string
  /** Told after each commit that changed something. */
  readonly changed: (version: number) => Promise<void>
}

export interface Articles {
  /** @throws ZhikeError `missing` `article.not-found` */
  getArticle(id: string): Promise<Article>
  /** In order of id. @throws ZhikeError `invalid` `knowledge.bad-cursor` */
  listArticles(filter: ArticleFilter & { limit: number; cursor?: string }): Promise<Page<Article>>
  /** Creates or replaces one Article from a row as imports take it. @throws ZhikeError `invalid` `article.…` */
  putArticle(by: Actor, row: Record<string, unknown>): Promise<Article>
  /**
   * Changes the given fields; null clears an optional one. `version` is the one the caller saw; without one nothing is changed.
   * @throws ZhikeError `missing` `article.not-found`, `conflict` `article.version-conflict`, `invalid` `article.…`
   */
  patchArticle(by: Actor, id: string, patch: { version?: number } & Record<string, unknown>): Promise<Article>
  /** It is answered no longer; its history stays. @throws ZhikeError `missing` `article.not-found` */
  deleteArticle(by: Actor, id: string): Promise<void>
  /** Everything that is not deleted, as lines that import takes back without loss. */
  exportArticles(by: Actor, format: 'jsonl' | 'csv'): AsyncGenerator<string>
}

const EXPORT_PAGE = 200

function toArticle(stored: StoredArticle): Article {
  const { deleted: _deleted, questionKey: _key, changed: _changed, ...article } = stored
  return article
}

function missing(): ZhikeError {
  return new ZhikeError('missing', 'article.not-found', 'There is no such Article.')
}

export function createArticles(deps: ArticleDeps): Articles {
  const { database, timeZone } = deps
  const read = async (id: string) => {
    const stored = isStorable(id) ? await readArticle(database.sql, id) : null
    if (!stored) throw missing()
    return toArticle(stored)
  }
  const change = async (by: Actor, wanted: Wanted, action: string): Promise<Changed['plan'][number]> => {
    const done = await changeArticles(deps, by, [wanted], {
      audit: ([one]) => ({ action, object: { kind: 'article', id: one?.id ?? '' } }),
    })
    const outcome = done?.plan[0]
    if (!done || !outcome) throw new Error('a change without an outcome')
    if (done.changed !== null) await deps.changed(done.changed)
    return outcome
  }
  const fieldsOf = (row: Record<string, unknown>) => {
    const reading = readRow(row, timeZone)
    if (!reading.ok) throw new ZhikeError('invalid', reading.code, reading.message)
    return reading
  }
  return {
    getArticle: read,
    async listArticles({ limit, cursor, ...filter }) {
      const items = await readPage(database.sql, filter, cursor === undefined ? null : readCursor(cursor), limit + 1)
      return cursorOf(items.map(toArticle), limit, (article) => article.id)
    },
    async putArticle(by, row) {
      const { id, fields } = fieldsOf(row)
      return read((await change(by, want(id, fields), 'article.written')).id)
    },
    async patchArticle(by, id, { version, ...patch }) {
      const before = await read(id)
      if (version === undefined)
        throw new ZhikeError(
          'conflict',
          'article.version-conflict',
          `Say which version the change is meant for; the Article is at version ${before.version}.`,
        )
      const { fields } = fieldsOf({ ...toRow(before), ...patch, id: before.id })
      // Compared twice: here, because the patch is laid over what was just read; and under the lock, when it is written.
      const outcome =
        before.version === version
          ? (await change(by, { ...want(before.id, fields), onlyVersion: version }, 'article.written')).outcome
          : 'conflict'
      if (outcome === 'absent') throw missing()
      if (outcome === 'conflict')
        throw new ZhikeError(
          'conflict',
          'article.version-conflict',
          `The Article is no longer at version ${version}; read it again and repeat the change.`,
        )
      return read(id)
    },
    async deleteArticle(by, id) {
      const before = await read(id)
      const { outcome } = await change(by, { ...want(before.id, before), fields: null }, 'article.deleted')
      if (outcome === 'absent') throw missing()
    },
    async *exportArticles(by, format) {
      await database.transaction((tx) => recordAudit(tx, by, 'articles.exported', { kind: 'articles', id: 'all' }, { format }))
      if (format === 'csv') yield writeCsvHeader()
      for (let after: string | null = null; ; ) {
        const page: StoredArticle[] = await readPage(database.sql, {}, after, EXPORT_PAGE)
        if (page.length > 0)
          yield page
            .map((article) => (format === 'csv' ? writeCsvRow(article) : `${JSON.stringify({ id: article.id, ...toRow(article) })}\n`))
            .join('')
        const last = page.at(-1)
        if (!last || page.length < EXPORT_PAGE) return
        after = last.id
      }
    },
  }
}
