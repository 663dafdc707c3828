import type { TSchema } from 'typebox'

/**
 * One route as both ends know it: the server registers it, the browser calls it, /openapi.json describes it. A route without
 * a permission does not compile, and one whose permission the house does not know stops the start.
 */
export type Permission =
  /** Anybody. */
  | 'public'
  /** The channel itself verifies the sender. */
  | 'channel'
  | 'articles:read'
  | 'articles:write'
  | 'knowledge:ask'
  | 'conversations:read'
  | 'conversations:write'
  | 'settings:write'
  | 'tokens:write'
  | 'audit:read'

export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Fastify path, `/api/articles/:id`. */
  readonly path: string
  readonly permission: Permission
  readonly summary: string
  readonly params?: TSchema
  readonly query?: TSchema
  readonly body?: TSchema
  /** Success status and body. */
  readonly ok: { readonly status: number; readonly schema: TSchema | null; readonly also?: Readonly<Record<number, TSchema>> }
  /** True when the handler reads the raw body itself (imports, channels). */
  readonly raw?: true
  /** Largest body in bytes; 1 MiB when absent. */
  readonly bodyLimit?: number
}

/** Keeps the literal types of a route for the compiler. */
export function route<const R extends Route>(definition: R): R {
  return definition
}
