import type { KnowledgeBase } from '../../knowledge-base/index.ts'
import * as wire from '../../wire/knowledge.ts'
import type { HouseApp } from '../app.ts'

export function registerKnowledge(app: HouseApp, deps: { knowledgeBase: KnowledgeBase }): void {
  app.handle(wire.ask, async ({ body }) => {
    const { decision, confidence, answer, hits, effectiveQuestion, tookMs } = await deps.knowledgeBase.ask(body)
    return {
      body: {
        decision,
        confidence,
        answer: answer && { articleId: answer.articleId, version: answer.version, text: answer.text },
        hits: hits.map(({ articleId, question, score }) => ({ articleId, question, score })),
        effectiveQuestion,
        tookMs,
      },
    }
  })
}
