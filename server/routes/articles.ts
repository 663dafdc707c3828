import { Readable } from 'node:stream'
import type { Article, KnowledgeBase } from '../../knowledge-base/index.ts'
import * as wire from '../../wire/articles.ts'
import type { HouseApp } from '../app.ts'

const PAGE = 50

function shown({ id, version, status, validFrom, validTo, madeAt, changedAt, ...fields }: Article) {
  return {
    id,
    version,
    status,
    ...fields,
    validFrom: validFrom?.toISOString() ?? null,
    validTo: validTo?.toISOString() ?? null,
    madeAt: madeAt.toISOString(),
    changedAt: changedAt.toISOString(),
  }
}

export function registerArticles(app: HouseApp, deps: { knowledgeBase: KnowledgeBase }): void {
  const { knowledgeBase } = deps
  app.handle(wire.listArticles, async ({ query }) => {
    const { items, next } = await knowledgeBase.listArticles({ ...query, limit: query.limit ?? PAGE })
    return { body: { items: items.map(shown), next } }
  })
  app.handle(wire.exportArticles, async ({ query, actor }) => {
    const format = query.format ?? 'jsonl'
    return {
      body: Readable.from(knowledgeBase.exportArticles(actor, format)),
      headers: {
        'content-type': format === 'csv' ? 'text/csv; charset=utf-8' : 'application/x-ndjson; charset=utf-8',
        'content-disposition': `attachment; filename="articles.${format}"`,
      },
    }
  })
  app.handle(wire.readArticle, async ({ params }) => ({ body: shown(await knowledgeBase.getArticle(params.id)) }))
  app.handle(wire.patchArticle, async ({ params, body, actor }) => ({
    body: shown(await knowledgeBase.patchArticle(actor, params.id, body)),
  }))
  app.handle(wire.deleteArticle, async ({ params, actor }) => {
    await knowledgeBase.deleteArticle(actor, params.id)
    return { body: undefined }
  })
}
