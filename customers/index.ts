import { type Actor, recordAudit } from '../platform/audit.ts'
import type { Tx } from '../platform/database.ts'
import { fillName, findByIdentity, insertCustomer, insertIdentity, lockCustomers, moveIdentities, readTier, type TierRow } from './store.ts'

/** customers/: who is writing. This version knows Identities, merging and the Tier rows. */

export type { TierRow } from './store.ts'

export interface CustomerRef {
  /** The caller's `externalId`, or `c_…` made by the house. */
  readonly id: string
}

export interface ChannelIdentity {
  readonly channel: string
  readonly id: string
  /** Vouched for by the channel or the site's server: the id is the Customer's `externalId`, verbatim. */
  readonly trusted: boolean
  readonly name?: string
}

export interface Customers {
  /** The Customer behind an Identity, created when new; follows merges. Names from untrusted Identities are not kept. */
  identify(tx: Tx, identity: ChannelIdentity): Promise<CustomerRef>
  /** `from` becomes `into`: Identities move, `from` remains as a pointer. Idempotent; merging with itself does nothing. */
  merge(tx: Tx, by: Actor, from: string, into: string): Promise<void>
  /** The Tier row that says how this Customer is served. */
  tierOf(tx: Tx, customerId: string): Promise<TierRow>
}

/** Trusted ids are one name space over all channels: the site's own customer numbers. */
const EXTERNAL = 'external'

export function createCustomers(): Customers {
  return {
    async identify(tx, identity) {
      const channel = identity.trusted ? EXTERNAL : identity.channel
      const found = await findByIdentity(tx, channel, identity.id)
      if (found !== null) {
        if (identity.trusted && identity.name !== undefined) await fillName(tx, found, identity.name)
        return { id: found }
      }
      const id = await insertCustomer(tx, identity.trusted ? identity.id : null, identity.trusted ? (identity.name ?? null) : null)
      return { id: await insertIdentity(tx, channel, identity.id, id, identity.trusted) }
    },
    async merge(tx, by, from, into) {
      if (from === into) return
      await lockCustomers(tx, from, into)
      const changed = await moveIdentities(tx, from, into)
      if (changed) await recordAudit(tx, by, 'customer.merged', { kind: 'customer', id: into }, { from })
    },
    tierOf: (tx, customerId) => readTier(tx, customerId),
  }
}
