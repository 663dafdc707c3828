import { Type } from 'typebox'
import { route } from './route.ts'
import { Nullable } from './schema.ts'

const Stage = Type.Union([Type.Literal('pre-sales'), Type.Literal('post-sales')])
const Status = Type.Union([Type.Literal('draft'), Type.Literal('published'), Type.Literal('archived')])
const List = Type.Array(Type.String())

/** An Article; optional fields that are not set are null, lists are empty. */
export const Article = Type.Object({
  id: Type.String(),
  version: Type.Integer(),
  status: Status,
  question: Type.String(),
  similar: List,
  answer: Type.String(),
  category: Nullable(Type.String()),
  stage: Nullable(Stage),
  tiers: List,
  channels: List,
  validFrom: Nullable(Type.String()),
  validTo: Nullable(Type.String()),
  madeAt: Type.String(),
  changedAt: Type.String(),
})

const ById = Type.Object({ id: Type.String({ minLength: 1, maxLength: 128 }) }, { additionalProperties: false })
const Paging = {
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200 })),
  cursor: Type.Optional(Type.String({ minLength: 1, maxLength: 1_000 })),
}

export const listArticles = route({
  method: 'GET',
  path: '/api/articles',
  permission: 'articles:read',
  summary: 'Articles in order of id; q looks into question, wordings and answer',
  query: Type.Object(
    {
      ...Paging,
      status: Type.Optional(Status),
      category: Type.Optional(Type.String({ minLength: 1, maxLength: 200 })),
      q: Type.Optional(Type.String({ minLength: 1, maxLength: 200 })),
    },
    { additionalProperties: false },
  ),
  ok: { status: 200, schema: Type.Object({ items: Type.Array(Article), next: Nullable(Type.String()) }) },
})

export const readArticle = route({
  method: 'GET',
  path: '/api/articles/:id',
  permission: 'articles:read',
  summary: 'One Article',
  params: ById,
  ok: { status: 200, schema: Article },
})

/** Sizes are checked by the Article's own rules, whose codes say more. */
export const patchArticle = route({
  method: 'PATCH',
  path: '/api/articles/:id',
  permission: 'articles:write',
  summary: 'Changes the given fields of the version the caller saw; null clears an optional one',
  params: ById,
  body: Type.Object(
    {
      /** Asked for by the Article's own rules: without it the answer is 409, as with a stale one. */
      version: Type.Optional(
        Type.Integer({ minimum: 1, maximum: 2_147_483_647, description: 'The version the caller saw; without it the answer is 409.' }),
      ),
      question: Type.Optional(Type.String()),
      similar: Type.Optional(Nullable(List)),
      answer: Type.Optional(Type.String()),
      category: Type.Optional(Nullable(Type.String())),
      stage: Type.Optional(Nullable(Stage)),
      tiers: Type.Optional(Nullable(List)),
      channels: Type.Optional(Nullable(List)),
      validFrom: Type.Optional(Nullable(Type.String())),
      validTo: Type.Optional(Nullable(Type.String())),
      status: Type.Optional(Status),
    },
    { additionalProperties: false },
  ),
  ok: { status: 200, schema: Article },
})

export const deleteArticle = route({
  method: 'DELETE',
  path: '/api/articles/:id',
  permission: 'articles:write',
  summary: 'Takes an Article away; its history stays',
  params: ById,
  ok: { status: 204, schema: null },
})

export const exportArticles = route({
  method: 'GET',
  path: '/api/articles/export',
  permission: 'articles:read',
  summary: 'All Articles as lines that import takes back without loss',
  query: Type.Object({ format: Type.Optional(Type.Union([Type.Literal('jsonl'), Type.Literal('csv')])) }, { additionalProperties: false }),
  ok: { status: 200, schema: null },
})
