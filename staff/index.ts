import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { type Actor, HOUSE, recordAudit } from '../platform/audit.ts'
import type { Database, Tx } from '../platform/database.ts'
import { ZhikeError } from '../platform/errors.ts'
import { isRole, mayDo, PERMISSIONS, ROLES, type Role, type StaffPermission } from './permission.ts'
import { endToken, findToken, hasTokens, insertToken, readTokens } from './token-store.ts'

/** staff/: people who work here and the programs that act for them. This version knows API tokens. */

export { isRole, mayDo, PERMISSIONS, ROLES, type Role, type StaffPermission }

export interface ApiToken {
  readonly id: string
  readonly name: string
  readonly role: Role
  readonly madeAt: string
  readonly revokedAt: string | null
}

export interface Principal {
  readonly actor: Actor
  readonly role: Role
  /** Key of its rate limit. */
  readonly tokenId: string
}

export interface Staff {
  /** Who a bearer token speaks for; null when it is unknown or revoked. Takes the same time either way. */
  authenticate(bearer: string): Promise<Principal | null>
  /** The token is shown in this answer and never again: only its hash is kept. */
  createToken(by: Actor, name: string, role: Role): Promise<ApiToken & { token: string }>
  listTokens(): Promise<ApiToken[]>
  /** @throws ZhikeError `tokens.unknown` */
  revokeToken(by: Actor, id: string): Promise<void>
  /** On a house without any token: makes one with the admin role, to be printed once; null when there is one already. */
  createFirstToken(): Promise<string | null>
}

/** Tokens are 256 random bits, so a fast hash is enough: there is nothing to guess. */
function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('hex')
}

const PREFIX = 'zk_'
/** How long a found token is believed without looking again: a revoked one is refused within 5 s. */
const BELIEF_MS = 3_000
const MAX_BELIEVED = 1_000
const MAX_LISTED = 200

export function createStaff(deps: { database: Database; environmentToken: string | null; now?: () => number }): Staff {
  const { database } = deps
  // Monotonic: a clock that jumps back must not lengthen the belief.
  const now = deps.now ?? (() => performance.now())
  const environment = deps.environmentToken === null ? null : Buffer.from(hashOf(deps.environmentToken))
  const believed = new Map<string, { principal: Principal; until: number }>()

  const insert = async (tx: Tx, by: Actor, name: string, role: Role) => {
    const token = PREFIX + randomBytes(32).toString('base64url')
    const id = randomBytes(9).toString('base64url')
    const madeAt = await insertToken(tx, { id, name, role, hash: hashOf(token) })
    await recordAudit(tx, by, 'token.made', { kind: 'token', id }, { name, role })
    return { id, name, role, token, madeAt: madeAt.toISOString(), revokedAt: null }
  }

  return {
    async authenticate(bearer) {
      const hash = hashOf(bearer)
      if (environment && timingSafeEqual(Buffer.from(hash), environment))
        return { actor: { kind: 'token', id: 'environment' }, role: 'admin', tokenId: 'environment' }
      const known = believed.get(hash)
      if (known && known.until > now()) return known.principal
      const row = await findToken(database.sql, hash)
      if (!row) {
        believed.delete(hash)
        return null
      }
      const principal: Principal = { actor: { kind: 'token', id: row.id }, role: row.role, tokenId: row.id }
      if (believed.size >= MAX_BELIEVED) believed.clear()
      believed.set(hash, { principal, until: now() + BELIEF_MS })
      return principal
    },
    createToken: (by, name, role) => database.transaction((tx) => insert(tx, by, name, role)),
    async listTokens() {
      const rows = await readTokens(database.sql, MAX_LISTED)
      return rows.map(({ madeAt, revokedAt, ...row }) => ({
        ...row,
        madeAt: madeAt.toISOString(),
        revokedAt: revokedAt?.toISOString() ?? null,
      }))
    },
    async revokeToken(by, id) {
      await database.transaction(async (tx) => {
        if (!(await endToken(tx, id))) throw new ZhikeError('missing', 'tokens.unknown', 'There is no token with this id.')
        await recordAudit(tx, by, 'token.revoked', { kind: 'token', id })
      })
      believed.clear()
    },
    createFirstToken: () =>
      database.transaction(async (tx) =>
        (await hasTokens(tx)) ? null : (await insert(tx, HOUSE, 'first token, printed at start', 'admin')).token,
      ),
  }
}
