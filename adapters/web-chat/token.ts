import { hkdfSync } from 'node:crypto'
import { errors, type JWTPayload, jwtVerify, SignJWT } from 'jose'
import { ZhikeError } from '../../platform/errors.ts'

/**
 * What we sign for the web chat: conversation tokens, stream tickets and file tickets. All are JWT (HS256) under a key derived
 * from the web-chat secret, so that an identity JWT, which a site signs with the secret itself, can never pass for one of them;
 * each purpose has its own audience, so that none passes for another.
 */

/** Seconds a conversation token lives (Direct Line 3.0, authentication). */
export const TOKEN_SECONDS = 1_800
/** Seconds within which a stream must be opened (Direct Line 3.0, receive activities). */
export const STREAM_TICKET_SECONDS = 60
/** Seconds a link to a file works; it is signed anew whenever the activity is read. */
export const FILE_TICKET_SECONDS = 1_800

/** The right to one conversation. */
export interface Grant {
  readonly conversationId: string
  /** The user this token is bound to; null: the client names itself and is nobody we know. */
  readonly user: { readonly id: string; readonly trusted: boolean; readonly name?: string } | null
  /** Origins the token works from; empty: any. */
  readonly origins: readonly string[]
}

export interface StreamTicket extends Grant {
  /** Replay what has a greater seq. */
  readonly after: number
}

export interface FileTicket {
  readonly conversationId: string
  readonly fileId: string
  /** Owner of the conversation when the link was made; the link dies when that changes. */
  readonly owner: string
}

export interface Tokens {
  sealGrant(grant: Grant): Promise<string>
  /** @throws ZhikeError `web-chat.token-invalid` (unauthenticated) or, past its time, `web-chat.token-expired` (forbidden). */
  openGrant(token: string): Promise<Grant>
  sealStream(ticket: StreamTicket): Promise<string>
  openStream(token: string): Promise<StreamTicket>
  sealFile(ticket: FileTicket): Promise<string>
  openFile(token: string): Promise<FileTicket>
}

const GRANT = 'zhike-direct-line'
const STREAM = 'zhike-direct-line-stream'
const FILE = 'zhike-direct-line-file'
/** About 1 kB each. */
const MOST_CHECKED = 5_000

/**
 * True when every part is written the one way base64url allows. Decoders ignore the unused bits of the last character, so that
 * without this a changed signature could still be the same signature.
 */
export function isCanonicalJwt(token: string): boolean {
  const parts = token.split('.')
  return parts.length === 3 && parts.every((part) => part !== '' && Buffer.from(part, 'base64url').toString('base64url') === part)
}

/** `user` is a plain string because Bot Framework clients read it from the token as the user id. */
function claimsOf(grant: Grant): JWTPayload {
  return {
    conv: grant.conversationId,
    ...(grant.user ? { user: grant.user.id, trusted: grant.user.trusted, ...(grant.user.name ? { name: grant.user.name } : {}) } : {}),
    ...(grant.origins.length > 0 ? { origins: grant.origins } : {}),
  }
}

function grantOf(claims: JWTPayload): Grant {
  const { conv, user, trusted, name, origins } = claims as Record<string, unknown>
  return {
    conversationId: String(conv),
    user: typeof user === 'string' ? { id: user, trusted: trusted === true, ...(typeof name === 'string' ? { name } : {}) } : null,
    origins: Array.isArray(origins) ? origins.map(String) : [],
  }
}

export function createTokens(secret: string, now: () => Date): Tokens {
  const key = new Uint8Array(hkdfSync('sha256', secret, '', 'zhike web chat: tokens and tickets, v1', 32))

  const seal = (claims: JWTPayload, audience: string, seconds: number) => {
    const at = Math.floor(now().getTime() / 1_000)
    return new SignJWT(claims)
      .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
      .setAudience(audience)
      .setIssuedAt(at)
      .setExpirationTime(at + seconds)
      .setJti(crypto.randomUUID())
      .sign(key)
  }

  const open = async (token: string, audience: string): Promise<JWTPayload> => {
    const invalid = (cause?: unknown) =>
      new ZhikeError('unauthenticated', 'web-chat.token-invalid', 'The token or ticket is not one of ours; get a new one.', { cause })
    if (!isCanonicalJwt(token)) throw invalid()
    try {
      const { payload } = await jwtVerify(token, key, {
        algorithms: ['HS256'],
        audience,
        requiredClaims: ['exp', 'jti', 'conv'],
        currentDate: now(),
      })
      return payload
    } catch (error) {
      // The signature is checked before the time: an expired token is one that we made.
      if (error instanceof errors.JWTExpired && error.payload.aud === audience)
        throw new ZhikeError('forbidden', 'web-chat.token-expired', 'The token has expired; get a new one.', { cause: error })
      throw invalid(error)
    }
  }

  /** Claims of tokens whose signature was checked before: clients show the same one with every call, and checking costs more than all else. */
  const checked = new Map<string, JWTPayload>()
  const openAgain = async (token: string): Promise<JWTPayload> => {
    const known = checked.get(token)
    if (known && (known.exp ?? 0) * 1_000 > now().getTime()) return known
    checked.delete(token)
    const payload = await open(token, GRANT)
    // The oldest goes: what is still in use is checked once more.
    if (checked.size >= MOST_CHECKED) checked.delete(checked.keys().next().value as string)
    checked.set(token, payload)
    return payload
  }

  return {
    sealGrant: (grant) => seal(claimsOf(grant), GRANT, TOKEN_SECONDS),
    async openGrant(token) {
      return grantOf(await openAgain(token))
    },
    sealStream: (ticket) => seal({ ...claimsOf(ticket), after: ticket.after }, STREAM, STREAM_TICKET_SECONDS),
    async openStream(token) {
      const claims = await open(token, STREAM)
      return { ...grantOf(claims), after: Number(claims.after) }
    },
    sealFile: (ticket) => seal({ conv: ticket.conversationId, file: ticket.fileId, owner: ticket.owner }, FILE, FILE_TICKET_SECONDS),
    async openFile(token) {
      const { conv, file, owner } = await open(token, FILE)
      return { conversationId: String(conv), fileId: String(file), owner: String(owner) }
    },
  }
}
