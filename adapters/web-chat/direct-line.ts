import { createHash, randomBytes } from 'node:crypto'
import type { Activity, Channel, Inbound, RawRequest, Received } from '../../conversations/channel.ts'
import type { Letter, Mailbox } from '../../conversations/mailbox.ts'
import { ZhikeError } from '../../platform/errors.ts'
import { type Ask, createAccess, foreign, identityOf, ownerIn } from './access.ts'
import { isRecord, readActivity, readJson } from './activity.ts'
import { displayName, isCustomerId, makeVisitorId, openIdentity } from './identity.ts'
import { originKey } from './origins.ts'
import { createTokens, type Grant, TOKEN_SECONDS } from './token.ts'
import { readUpload, uploadBody } from './upload.ts'

/**
 * Our own Direct Line 3.0 service (Bot Framework, REST API reference of Direct Line 3.0): a channel whose reader comes to us. It says
 * who is asking and translates; what is stored, and the answer to a message, are the house's.
 */

export interface DirectLineDeps {
  readonly mailbox: Mailbox
  /** The Direct Line secret; also the key of identity tokens. */
  readonly secret: string
  /** Sites whose pages may get an anonymous token and open a stream. */
  readonly allowedOrigins: (origin: string | undefined) => boolean
  /** Base of `streamUrl` and of file links, without a trailing slash; may be known only after listening. */
  readonly publicUrl: () => string
  readonly now?: () => Date
}

export interface TokenAnswer {
  readonly conversationId: string
  readonly token: string
  /** Seconds. */
  readonly expires_in: number
}

export interface ConversationAnswer extends TokenAnswer {
  /** Absolute, ws or wss, good for 60 s and without a header. */
  readonly streamUrl: string
}

export interface ActivitySet {
  readonly activities: readonly Activity[]
  /** Opaque to clients; the seq of the last activity that was read. */
  readonly watermark: string
}

/** A stream that may be opened. */
export interface StreamRight {
  readonly conversationId: string
  /** Send what has a greater seq. */
  readonly after: number
  /** Must still own the conversation whenever something is sent. */
  readonly owner: string
}

/** All methods throw ZhikeError; its `code` is one of `web-chat.*`. Foreign conversations are `forbidden`. */
export interface DirectLine extends Channel {
  /** `signedIn`: the customer an anonymous visitor just became; streams of the visitor must end. */
  generateToken(ask: Ask, body: Uint8Array): Promise<TokenAnswer & { readonly signedIn: string | null }>
  refreshToken(ask: Ask): Promise<TokenAnswer>
  startConversation(ask: Ask, body: Uint8Array): Promise<ConversationAnswer & { readonly created: boolean }>
  reconnect(ask: Ask, conversationId: string): Promise<ConversationAnswer>
  readActivities(ask: Ask, conversationId: string): Promise<ActivitySet>
  /** Passes who may read the activities. */
  checkReader(ask: Ask, conversationId: string): Promise<void>
  /** Reads the ticket in `t`, and `watermark` when the client added one. */
  openStream(ask: Ask, conversationId: string): Promise<StreamRight>
  /** By the ticket in `t`, or as for activities. */
  openFile(ask: Ask, conversationId: string, fileId: string): Promise<void>
  /** What readers get of stored rows: the same activities, with links to files that work without a header. */
  translate(conversationId: string, owner: string, letters: readonly Letter[], otherwise: number): Promise<ActivitySet>
}

const BASE = '/v3/directline/conversations'
const POST_PATH = /^\/v3\/directline\/conversations\/([^/]+)\/(activities|upload)$/
/** Activities in one answer; readers page until it is empty. */
const PAGE = 200
const MOST_ORIGINS = 20
/** What the house takes from a client. Others are answered and let go, as a bot lets unknown types go. */
const TAKEN = new Set(['message', 'event', 'typing', 'endOfConversation'])

export function createDirectLine(deps: DirectLineDeps): DirectLine {
  const { mailbox, secret, allowedOrigins, publicUrl } = deps
  const now = deps.now ?? (() => new Date())
  const tokens = createTokens(secret, now)

  const { bearerOf, isSecret, checkOrigin, authenticate, enter } = createAccess({ mailbox, secret, tokens })

  const tokenAnswer = async (grant: Grant): Promise<TokenAnswer> => ({
    conversationId: grant.conversationId,
    token: await tokens.sealGrant(grant),
    expires_in: TOKEN_SECONDS,
  })

  const conversationAnswer = async (grant: Grant, after: number, watermark?: string): Promise<ConversationAnswer> => {
    const ticket = await tokens.sealStream({ ...grant, after })
    const asked = watermark ? `&watermark=${encodeURIComponent(watermark)}` : ''
    const base = publicUrl().replace(/^http/, 'ws')
    return { ...(await tokenAnswer(grant)), streamUrl: `${base}${BASE}/${grant.conversationId}/stream?t=${ticket}${asked}` }
  }

  /** `user` and `trustedOrigins` of a body that came with the secret. */
  const readParameters = (body: Record<string, unknown>) => {
    const { user, trustedOrigins } = body
    if (user !== undefined && user !== null && !isRecord(user)) throw bad('Property "user" is not an object.')
    const id = isRecord(user) ? user.id : undefined
    if (isRecord(user) && (id === undefined || id === null || id === ''))
      throw new ZhikeError('invalid', 'web-chat.property-missing', 'Property "user.id" is required.')
    if (id !== undefined && id !== null && !isCustomerId(id))
      throw bad('Property "user.id" is not a plain id: at most 256 characters, no invisible ones, and not of the form we give to visitors.')
    if (trustedOrigins !== undefined && trustedOrigins !== null && !isOrigins(trustedOrigins))
      throw bad(`Property "trustedOrigins" is not a list of at most ${MOST_ORIGINS} origins such as https://shop.example.com.`)
    const name = isRecord(user) ? displayName(user.name) : undefined
    return {
      user: isCustomerId(id) ? { id, trusted: true, ...(name ? { name } : {}) } : null,
      origins: isOrigins(trustedOrigins) ? trustedOrigins : [],
    }
  }

  const generateToken: DirectLine['generateToken'] = async (ask, raw) => {
    const bearer = bearerOf(ask)
    const origin = ask.headers.origin
    const bySecret = bearer !== null && isSecret(bearer)
    const fromSite = allowedOrigins(origin)
    if (!bySecret && !fromSite)
      throw new ZhikeError(
        'forbidden',
        'web-chat.not-allowed',
        'Send the secret, or ask from a page of an allowed site (ZHIKE_WEB_CHAT_ORIGINS).',
      )
    // A token that came along is checked before anything else: what is broken is never quietly replaced by a new visitor.
    const held = bearer === null || bySecret ? null : await tokens.openGrant(bearer)
    if (held) checkOrigin(ask, held.origins)
    const body = readJson(raw, true)
    const origins = bySecret || origin === undefined ? [] : [origin]

    if (body.identity !== undefined && body.identity !== null) {
      const signed = await openIdentity(body.identity, secret, now())
      const user = { id: signed.id, trusted: true, ...(signed.name ? { name: signed.name } : {}) }
      const conversationId = held?.conversationId ?? makeConversationId()
      if (held) {
        const owner = await mailbox.ownerOf(conversationId)
        const was = ownerIn(held)
        // The same sign-in twice is one; anybody else's conversation, or a second customer in the same one, is not.
        if (owner !== signed.id && (held.user?.trusted || (owner !== null && owner !== was))) throw foreign()
        if (!held.user?.trusted) await mailbox.signIn(conversationId, identityOf(held), signed)
      }
      return { ...(await tokenAnswer({ conversationId, user, origins })), signedIn: held ? signed.id : null }
    }
    if (bySecret) return { ...(await tokenAnswer({ conversationId: makeConversationId(), ...readParameters(body) })), signedIn: null }
    const visitor = { id: makeVisitorId(), trusted: false }
    return { ...(await tokenAnswer({ conversationId: makeConversationId(), user: visitor, origins })), signedIn: null }
  }

  const refreshToken: DirectLine['refreshToken'] = async (ask) => {
    const grant = await authenticate(ask)
    if (grant === 'secret')
      throw new ZhikeError('forbidden', 'web-chat.not-allowed', 'The secret never expires; only a token is refreshed.')
    const owner = await mailbox.ownerOf(grant.conversationId)
    if (owner !== null && owner !== ownerIn(grant)) throw foreign()
    return tokenAnswer(grant)
  }

  const startConversation: DirectLine['startConversation'] = async (ask, raw) => {
    const caller = await authenticate(ask)
    const body = readJson(raw, true)
    const grant = caller === 'secret' ? { conversationId: makeConversationId(), ...readParameters(body) } : caller
    const locale = typeof body.locale === 'string' && /^[A-Za-z0-9-]{2,35}$/.test(body.locale) ? body.locale : undefined
    const owner = caller === 'secret' ? null : await mailbox.ownerOf(grant.conversationId)
    if (owner !== null && owner !== ownerIn(grant)) throw foreign()
    const outcome = await mailbox.start(grant.conversationId, identityOf(grant), locale)
    return { ...(await conversationAnswer(grant, 0)), created: outcome === 'created' }
  }

  const reconnect: DirectLine['reconnect'] = async (ask, conversationId) => {
    const grant = await enter(ask, conversationId)
    const asked = ask.query.watermark
    const after = asked === undefined ? await mailbox.lastSeq(conversationId) : readWatermark(asked)
    return conversationAnswer(grant, after, asked)
  }

  const signLinks = async (conversationId: string, owner: string, activity: Activity): Promise<Activity> => {
    const own = `${BASE}/${conversationId}/attachments/`
    const isOwn = (url: unknown): url is string => typeof url === 'string' && url.startsWith(own) && /^[\w-]+$/.test(url.slice(own.length))
    if (!activity.attachments?.some((attachment) => isOwn(attachment.contentUrl))) return activity
    const attachments = activity.attachments.map(async (attachment) => {
      const { contentUrl } = attachment
      if (!isOwn(contentUrl)) return attachment
      const ticket = await tokens.sealFile({ conversationId, owner, fileId: contentUrl.slice(own.length) })
      return { ...attachment, contentUrl: `${publicUrl()}${contentUrl}?t=${ticket}` }
    })
    return { ...activity, attachments: await Promise.all(attachments) }
  }

  const translate: DirectLine['translate'] = async (conversationId, owner, letters, otherwise) => ({
    activities: await Promise.all(letters.map((letter) => signLinks(conversationId, owner, letter.activity))),
    watermark: String(letters.at(-1)?.seq ?? otherwise),
  })

  const readActivities: DirectLine['readActivities'] = async (ask, conversationId) => {
    const { owner } = await enter(ask, conversationId)
    const after = readWatermark(ask.query.watermark ?? '')
    return translate(conversationId, owner, await mailbox.after(conversationId, after, PAGE), after)
  }

  const checkReader: DirectLine['checkReader'] = async (ask, conversationId) => {
    await enter(ask, conversationId)
  }

  const openStream: DirectLine['openStream'] = async (ask, conversationId) => {
    const { t, watermark } = ask.query
    if (!t) throw new ZhikeError('unauthenticated', 'web-chat.credentials-missing', 'Open the streamUrl as it was given.')
    const ticket = await tokens.openStream(t)
    if (ticket.conversationId !== conversationId) throw foreign()
    checkOrigin(ask, ticket.origins)
    // Cross-origin rules of browsers do not cover WebSockets, so that the site is checked here.
    if (ask.headers.origin !== undefined && !allowedOrigins(ask.headers.origin))
      throw new ZhikeError('forbidden', 'web-chat.origin-refused', 'Pages of that site may not open a stream (ZHIKE_WEB_CHAT_ORIGINS).')
    const owner = ownerIn(ticket)
    if ((await mailbox.ownerOf(conversationId)) !== owner) throw foreign()
    return { conversationId, owner, after: watermark ? readWatermark(watermark) : ticket.after }
  }

  const openFile: DirectLine['openFile'] = async (ask, conversationId, fileId) => {
    if (!ask.query.t) {
      await enter(ask, conversationId)
      return
    }
    const ticket = await tokens.openFile(ask.query.t)
    const mine = ticket.conversationId === conversationId && ticket.fileId === fileId
    if (!mine || (await mailbox.ownerOf(conversationId)) !== ticket.owner) throw foreign()
  }

  const receive = async (request: RawRequest): Promise<Received> => {
    const [, conversationId = '', kind] = POST_PATH.exec(request.path) ?? []
    if (kind === undefined || request.method !== 'POST')
      throw new ZhikeError(
        'missing',
        'web-chat.conversation-unknown',
        'There is no such place; post to …/conversations/{id}/activities or /upload.',
      )
    const grant = await enter(request, conversationId)
    const at = now()
    const upload = kind === 'upload' ? await readUpload(request.headers, request.body) : null
    if (upload && !request.query.userId)
      throw new ZhikeError('invalid', 'web-chat.property-missing', 'Query parameter "userId" is required.')
    const body = upload ? uploadBody(upload.activity, request.query.userId ?? '', upload.files) : readJson(request.body)
    const about = { conversationId, boundUser: grant.user, serviceUrl: publicUrl(), now: at }
    const { activity, dedupeKey } = readActivity(body, about)
    const inbound: Inbound = {
      identity: identityOf(grant),
      address: conversationId,
      activity,
      files: upload?.files ?? [],
      dedupeKey,
      sentAt: at,
    }
    if (!TAKEN.has(activity.type))
      return {
        inbound: [],
        acknowledge: () => answer(`${conversationId}|${createHash('sha256').update(dedupeKey).digest('hex').slice(0, 16)}`),
      }
    return { inbound: [inbound], acknowledge: ([stored]) => answer(stored?.id ?? '') }
  }

  return {
    name: 'web-chat',
    limits: { textBytes: 256 * 1024, replyWindowMs: null, repliesInWindow: null, buttons: 10, agentsSpeak: 'desk', readerComes: true },
    receive,
    // The stored row is the delivery.
    send: async () => ({ platformId: null }),
    generateToken,
    refreshToken,
    startConversation,
    reconnect,
    readActivities,
    checkReader,
    openStream,
    openFile,
    translate,
  }
}

function bad(message: string): ZhikeError {
  return new ZhikeError('invalid', 'web-chat.bad-request', message)
}

function answer(id: string) {
  return { status: 200, body: { id } }
}

function isOrigins(value: unknown): value is string[] {
  return (
    Array.isArray(value) && value.length <= MOST_ORIGINS && value.every((entry) => typeof entry === 'string' && originKey(entry) !== null)
  )
}

function makeConversationId(): string {
  return randomBytes(18).toString('base64url')
}

/** Seq that a watermark stands for; an empty one is the beginning, as a client's first poll sends it. */
function readWatermark(watermark: string): number {
  if (watermark === '') return 0
  if (!/^\d{1,15}$/.test(watermark)) throw bad('The watermark is not one of ours; send the last one you were given.')
  return Number(watermark)
}
