import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { sql } from 'kysely'
import { type Actor, HOUSE, recordAudit } from '../platform/audit.ts'
import type { Database, Tx } from '../platform/database.ts'
import { ZhikeError } from '../platform/errors.ts'
import { isRole, mayDo, PERMISSIONS, ROLES, type Role, type StaffPermission } from './permission.ts'

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

interface TokenRow {
  id: string
  name: string
  role: Role
  made_at: Date
  revoked_at: Date | null
}

const PREFIX = 'zk_'
/** How long a found token is believed without looking again: a revoked one is refused within 5 s. */
const BELIEF_MS = 3_000
const MAX_BELIEVED = 1_000

export function createStaff(deps: { database: Database; environmentToken: string | null; now?: () => number }): Staff {
  const { database } = deps
  // Monotonic: a clock that jumps back must not lengthen the belief.
  const now = deps.now ?? (() => performance.now())
  const environment = deps.environmentToken === null ? null : Buffer.from(hashOf(deps.environmentToken))
  const believed = new Map<string, { principal: Principal; until: number }>()

  const insert = async (tx: Tx, by: Actor, name: string, role: Role) => {
    const token = PREFIX + randomBytes(32).toString('base64url')
    const id = randomBytes(9).toString('base64url')
    const { rows } = await sql<{
      made_at: Date
    }>`insert into api_tokens (id, name, role, hash) values (${id}, ${name}, ${role}, ${hashOf(token)}) returning made_at`.execute(tx)
    await recordAudit(tx, by, 'token.made', { kind: 'token', id }, { name, role })
    return { id, name, role, token, madeAt: (rows[0]?.made_at ?? new Date()).toISOString(), revokedAt: null }
  }

  return {
    async authenticate(bearer) {
      const hash = hashOf(bearer)
      if (environment && timingSafeEqual(Buffer.from(hash), environment))
        return { actor: { kind: 'token', id: 'environment' }, role: 'admin', tokenId: 'environment' }
      const known = believed.get(hash)
      if (known && known.until > now()) return known.principal
      const { rows } = await sql<{
        id: string
        role: Role
      }>`select id, role from api_tokens where hash = ${hash} and revoked_at is null`.execute(database.sql)
      const row = rows[0]
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
      const { rows } =
        await sql<TokenRow>`select id, name, role, made_at, revoked_at from api_tokens order by made_at, id limit 200`.execute(database.sql)
      return rows.map((row) => ({
        id: row.id,
        name: row.name,
        role: row.role,
        madeAt: row.made_at.toISOString(),
        revokedAt: row.revoked_at?.toISOString() ?? null,
      }))
    },
    async revokeToken(by, id) {
      await database.transaction(async (tx) => {
        const { rows } = await sql`update api_tokens set revoked_at = coalesce(revoked_at, now()) where id = ${id} returning 1`.execute(tx)
        if (rows.length === 0) throw new ZhikeError('missing', 'tokens.unknown', 'There is no token with this id.')
        await recordAudit(tx, by, 'token.revoked', { kind: 'token', id })
      })
      believed.clear()
    },
    createFirstToken: () =>
      database.transaction(async (tx) => {
        // One process decides: the row of the audit chain stands for the house.
        await sql`select 1 from audit_chain for update`.execute(tx)
        const { rows } = await sql`select 1 from api_tokens limit 1`.execute(tx)
        return rows.length > 0 ? null : (await insert(tx, HOUSE, 'first token, printed at start', 'admin')).token
      }),
  }
}
