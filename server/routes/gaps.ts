import type { Gap, KnowledgeBase } from '../../knowledge-base/index.ts'
import * as wire from '../../wire/gaps.ts'
import type { HouseApp } from '../app.ts'

const PAGE = 50

function shown({ firstAt, lastAt, ...gap }: Gap) {
  return { ...gap, firstAt: firstAt.toISOString(), lastAt: lastAt.toISOString() }
}

export function registerGaps(app: HouseApp, deps: { knowledgeBase: KnowledgeBase }): void {
  const { knowledgeBase } = deps
  app.handle(wire.listGaps, async ({ query }) => {
    const { items, next } = await knowledgeBase.listGaps({ ...query, limit: query.limit ?? PAGE })
    return { body: { items: items.map(shown), next } }
  })
  app.handle(wire.patchGap, async ({ params, body, actor }) => ({
    body: shown(await knowledgeBase.changeGap(actor, params.id, body.state)),
  }))
}
