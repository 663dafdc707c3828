import { Type } from 'typebox'
import { route } from './route.ts'

const RoleName = Type.Union([Type.Literal('agent'), Type.Literal('supervisor'), Type.Literal('admin')])
const token = {
  id: Type.String(),
  name: Type.String(),
  role: RoleName,
  madeAt: Type.String(),
  revokedAt: Type.Union([Type.String(), Type.Null()]),
}

export const createToken = route({
  method: 'POST',
  path: '/api/tokens',
  permission: 'tokens:write',
  summary: 'Make an API token; it is shown in this answer and never again',
  body: Type.Object({ name: Type.String({ minLength: 1, maxLength: 100 }), role: RoleName }, { additionalProperties: false }),
  ok: { status: 201, schema: Type.Object({ ...token, token: Type.String() }) },
})

export const listTokens = route({
  method: 'GET',
  path: '/api/tokens',
  permission: 'tokens:write',
  summary: 'API tokens, without their secrets',
  ok: { status: 200, schema: Type.Object({ items: Type.Array(Type.Object(token)), next: Type.Null() }) },
})

export const revokeToken = route({
  method: 'DELETE',
  path: '/api/tokens/:id',
  permission: 'tokens:write',
  summary: 'Revoke an API token; refused everywhere within 5 s',
  params: Type.Object({ id: Type.String({ minLength: 1, maxLength: 64 }) }, { additionalProperties: false }),
  ok: { status: 204, schema: null },
})
