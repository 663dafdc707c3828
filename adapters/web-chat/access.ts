import { createHash, timingSafeEqual } from 'node:crypto'
import type { Identity, RawRequest } from '../../conversations/channel.ts'
import type { Mailbox } from '../../conversations/mailbox.ts'
import { ZhikeError } from '../../platform/errors.ts'
import { isVisitorId, unnamedVisitor } from './identity.ts'
import { sameOrigin } from './origins.ts'
import type { Grant, Tokens } from './token.ts'

/** Who asks, and what they may enter. */

/** The request without what the URL says; header names are lower case. */
export type Ask = Pick<RawRequest, 'headers' | 'query'>

/** A right to a started conversation, and the Identity that owns it. */
export type Entry = Grant & { readonly owner: string }

export function ownerIn(grant: Grant): string {
  return grant.user?.id ?? unnamedVisitor(grant.conversationId)
}

export function identityOf(grant: Grant): Identity {
  return { id: ownerIn(grant), trusted: grant.user?.trusted ?? false, ...(grant.user?.name ? { name: grant.user.name } : {}) }
}

export function foreign(): ZhikeError {
  return new ZhikeError(
    'forbidden',
    'web-chat.other-conversation',
    'The token belongs to another conversation, or somebody signed in since it was made.',
  )
}

/** Whether an id could be one of ours; everything else is unknown without a look at the store. */
function isSpelled(conversationId: string): boolean {
  return /^[\w-]{16,64}$/.test(conversationId)
}

export function createAccess({ mailbox, secret, tokens }: { mailbox: Mailbox; secret: string; tokens: Tokens }) {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  const secretDigest = digest(secret)

  const bearerOf = (ask: Ask): string | null => {
    const header = ask.headers.authorization
    if (header === undefined || header === '') return null
    const bearer = /^bearer +(\S+) *$/i.exec(header)?.[1]
    if (bearer === undefined)
      throw new ZhikeError('unauthenticated', 'web-chat.token-invalid', 'Write the header as "Authorization: Bearer <secret or token>".')
    return bearer
  }

  const isSecret = (bearer: string) => timingSafeEqual(digest(bearer), secretDigest)

  const checkOrigin = (ask: Ask, origins: readonly string[]) => {
    const origin = ask.headers.origin
    // A browser leaves the header out on a plain GET to its own site; outside a browser it proves nothing.
    if (origins.length === 0 || origin === undefined) return
    if (!origins.some((entry) => sameOrigin(entry, origin)))
      throw new ZhikeError('forbidden', 'web-chat.origin-refused', 'The token is for pages of another site.')
  }

  /** The caller's right, or `secret`. */
  const authenticate = async (ask: Ask): Promise<Grant | 'secret'> => {
    const bearer = bearerOf(ask)
    if (bearer === null)
      throw new ZhikeError('unauthenticated', 'web-chat.credentials-missing', 'Send "Authorization: Bearer" with the secret or a token.')
    if (isSecret(bearer)) return 'secret'
    const grant = await tokens.openGrant(bearer)
    checkOrigin(ask, grant.origins)
    return grant
  }

  /** The caller's right to a started conversation. For the secret it is the owner's. */
  const enter = async (ask: Ask, conversationId: string): Promise<Entry> => {
    const grant = await authenticate(ask)
    if (grant !== 'secret' && grant.conversationId !== conversationId) throw foreign()
    const owner = isSpelled(conversationId) ? await mailbox.ownerOf(conversationId) : null
    if (owner === null)
      throw new ZhikeError(
        'missing',
        'web-chat.conversation-unknown',
        'There is no such conversation; start one with POST /v3/directline/conversations.',
      )
    if (grant === 'secret') {
      const user = owner === unnamedVisitor(conversationId) ? null : { id: owner, trusted: !isVisitorId(owner) }
      return { conversationId, user, origins: [], owner }
    }
    if (owner !== ownerIn(grant)) throw foreign()
    return { ...grant, owner }
  }

  return { bearerOf, isSecret, checkOrigin, authenticate, enter }
}
