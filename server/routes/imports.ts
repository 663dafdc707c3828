import type { Import, KnowledgeBase } from '../../knowledge-base/index.ts'
import * as wire from '../../wire/imports.ts'
import type { HouseApp } from '../app.ts'

function shown({ actor: _actor, madeAt, finishedAt, ...entry }: Import) {
  return { ...entry, madeAt: madeAt.toISOString(), finishedAt: finishedAt?.toISOString() ?? null }
}

export function registerImports(app: HouseApp, deps: { knowledgeBase: KnowledgeBase }): void {
  const { knowledgeBase } = deps
  app.handle(wire.importArticles, async ({ query, raw, headers, actor }) => {
    const result = await knowledgeBase.importArticles(actor, {
      body: raw,
      contentType: headers['content-type'] ?? '',
      dryRun: query.dryRun ?? false,
      later: query.async ?? false,
    })
    return { status: 'importId' in result ? 202 : 200, body: result }
  })
  app.handle(wire.readImport, async ({ params }) => ({ body: shown(await knowledgeBase.getImport(params.importId)) }))
  app.handle(wire.endImport, async ({ params, actor }) => ({ body: shown(await knowledgeBase.endImport(actor, params.importId)) }))
}
