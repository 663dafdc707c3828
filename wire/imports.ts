import { Type } from 'typebox'
import { route } from './route.ts'
import { Nullable } from './schema.ts'

const Flag = Type.Optional(Type.Boolean())

const Rejected = Type.Array(Type.Object({ line: Type.Integer(), code: Type.String(), message: Type.String() }))
const counts = { created: Type.Integer(), updated: Type.Integer(), unchanged: Type.Integer(), rejected: Rejected }

const Import = Type.Object({
  id: Type.String(),
  state: Type.Union(['waiting', 'running', 'done', 'failed', 'stopped', 'undoing', 'undone'].map((state) => Type.Literal(state))),
  dryRun: Type.Boolean(),
  done: Type.Integer(),
  total: Type.Integer(),
  ...counts,
  restored: Type.Integer(),
  error: Nullable(Type.String()),
  madeAt: Type.String(),
  finishedAt: Nullable(Type.String()),
})

const ById = Type.Object({ importId: Type.String({ minLength: 1, maxLength: 64 }) }, { additionalProperties: false })

/** 20 MiB of file and the form around it. */
const IMPORT_BODY_BYTES = 20 * 1024 * 1024 + 64 * 1024

export const importArticles = route({
  method: 'POST',
  path: '/api/articles/import',
  permission: 'articles:write',
  summary: 'Articles from application/x-ndjson, text/csv or multipart/form-data with one xlsx, csv, jsonl or md file',
  query: Type.Object({ dryRun: Flag, async: Flag }, { additionalProperties: false }),
  raw: true,
  bodyLimit: IMPORT_BODY_BYTES,
  ok: { status: 200, schema: Type.Object(counts), also: { 202: Type.Object({ importId: Type.String() }) } },
})

export const readImport = route({
  method: 'GET',
  path: '/api/imports/:importId',
  permission: 'articles:read',
  summary: 'How far an import is, and its bad rows',
  params: ById,
  ok: { status: 200, schema: Import },
})

export const endImport = route({
  method: 'DELETE',
  path: '/api/imports/:importId',
  permission: 'articles:write',
  summary: 'Stops an import that runs; undoes one that has ended',
  params: ById,
  ok: { status: 200, schema: Import },
})
