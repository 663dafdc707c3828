import { Type } from 'typebox'
import { route } from './route.ts'

export const ask = route({
  method: 'POST',
  path: '/api/knowledge/ask',
  permission: 'knowledge:ask',
  summary: 'What a customer with this question would be told',
  body: Type.Object(
    {
      question: Type.String({ maxLength: 20_000 }),
      history: Type.Optional(
        Type.Array(
          Type.Object(
            { from: Type.Union([Type.Literal('customer'), Type.Literal('bot')]), text: Type.String({ maxLength: 20_000 }) },
            { additionalProperties: false },
          ),
          { maxItems: 100, description: 'What was said before, oldest first: a question that leans on it is completed from it.' },
        ),
      ),
      tier: Type.Optional(Type.String({ minLength: 1, maxLength: 64 })),
      channel: Type.Optional(Type.String({ minLength: 1, maxLength: 64 })),
      limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 50 })),
    },
    { additionalProperties: false },
  ),
  ok: {
    status: 200,
    schema: Type.Object({
      decision: Type.Union([Type.Literal('answer'), Type.Literal('ask'), Type.Literal('none')]),
      confidence: Type.Number({ minimum: 0, maximum: 1 }),
      answer: Type.Union([Type.Object({ articleId: Type.String(), version: Type.Integer(), text: Type.String() }), Type.Null()]),
      hits: Type.Array(Type.Object({ articleId: Type.String(), question: Type.String(), score: Type.Number({ minimum: 0, maximum: 1 }) })),
      effectiveQuestion: Type.String(),
      tookMs: Type.Number({ minimum: 0 }),
    }),
  },
})
