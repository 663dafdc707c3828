import { randomBytes } from 'node:crypto'
import { decodeProtectedHeader, jwtVerify } from 'jose'
import type { Identity } from '../../conversations/channel.ts'
import { ZhikeError } from '../../platform/errors.ts'
import { isCanonicalJwt } from './token.ts'

/** Who is writing on the web chat: an anonymous visitor, a user a site's server vouches for, or a customer with a signed identity. */

const AUDIENCE = 'zhike-web-chat'
/** `exp` may be this far ahead; the five seconds are for two clocks that disagree. */
const LONGEST_SECONDS = 3_600 + 5
/** `iat` may be this far ahead, for the same reason. */
const CLOCK_SKEW_SECONDS = 60
const LONGEST_ID = 256
const LONGEST_NAME = 200

const ANONYMOUS = /^dl_visitor-[0-9a-f]{32}$/
const UNNAMED = /^visitor:/

/** A visitor nobody vouches for. Clients refuse to choose an id that starts with `dl_` themselves. */
export function makeVisitorId(): string {
  return `dl_visitor-${randomBytes(16).toString('hex')}`
}

/** The Identity behind a conversation whose client names itself. */
export function unnamedVisitor(conversationId: string): string {
  return `visitor:${conversationId}`
}

/** True for an id that only we make. Trusted ids never have this form, so the form alone says whether an owner is trusted. */
export function isVisitorId(id: string): boolean {
  return ANONYMOUS.test(id) || UNNAMED.test(id)
}

/**
 * True for an id that reads the way it is stored: no control, invisible, bidirectional or private characters, no outer space, no
 * compatibility forms (full-width letters), no Latin mixed with the look-alikes of Cyrillic or Greek. Ids are compared
 * as they are; without this, two that look the same could be two customers.
 */
export function isCustomerId(id: unknown): id is string {
  if (typeof id !== 'string' || id === '' || id.length > LONGEST_ID || isVisitorId(id)) return false
  if (id !== id.trim() || id.normalize('NFKC') !== id || /[\p{C}\p{Zl}\p{Zp}]/u.test(id)) return false
  return !(/\p{Script=Latin}/u.test(id) && /[\p{Script=Cyrillic}\p{Script=Greek}]/u.test(id))
}

/** A display name fit to be shown, or undefined. */
export function displayName(name: unknown): string | undefined {
  if (typeof name !== 'string' || name.length > LONGEST_NAME || /[\p{Cc}\p{Cs}\p{Cn}]/u.test(name)) return undefined
  return name.trim() || undefined
}

/**
 * The customer in a signed identity.
 * @throws ZhikeError `web-chat.identity-invalid` (unauthenticated) for every kind of flaw, without saying which: a bad identity is
 * never downgraded to a visitor.
 */
export async function openIdentity(token: unknown, secret: string, now: Date): Promise<Identity> {
  const invalid = (cause?: unknown) =>
    new ZhikeError(
      'unauthenticated',
      'web-chat.identity-invalid',
      'The identity is not valid: sign it with HS256 and the web-chat secret, aud "zhike-web-chat", sub, and exp at most 1 hour ahead.',
      { cause },
    )
  if (typeof token !== 'string' || token.length > 8_192 || !isCanonicalJwt(token)) throw invalid()
  try {
    // The key is always ours. A header that points to another one (jku, jwk, x5c …) or asks for more is not read, it is refused.
    for (const [name, value] of Object.entries(decodeProtectedHeader(token))) {
      const plain =
        name === 'alg' ||
        (name === 'typ' && typeof value === 'string' && value.toUpperCase() === 'JWT') ||
        (name === 'kid' && typeof value === 'string' && /^[\w-]{1,64}$/.test(value))
      if (!plain) throw invalid()
    }
    const { payload } = await jwtVerify(token, new TextEncoder().encode(secret), {
      algorithms: ['HS256'],
      audience: AUDIENCE,
      requiredClaims: ['sub', 'exp'],
      currentDate: now,
    })
    const { sub, exp, iat, aud, name } = payload as Record<string, unknown>
    const seconds = now.getTime() / 1_000
    const audienceIsOurs = aud === AUDIENCE || (Array.isArray(aud) && aud.length === 1)
    if (!audienceIsOurs || !isCustomerId(sub) || typeof exp !== 'number' || exp > seconds + LONGEST_SECONDS) throw invalid()
    if (iat !== undefined && !(typeof iat === 'number' && iat <= seconds + CLOCK_SKEW_SECONDS)) throw invalid()
    const shown = displayName(name)
    return { id: sub, trusted: true, ...(shown ? { name: shown } : {}) }
  } catch (error) {
    throw error instanceof ZhikeError ? error : invalid(error)
  }
}
