import { createHash, randomUUID } from 'node:crypto'
import type { Activity, Attachment } from '../../conversations/channel.ts'
import { ZhikeError } from '../../platform/errors.ts'

/** What a client posts, read with care: closed in what we interpret, open and unchanged in everything else. */

/** Longest Activity, in characters as it is serialised (Direct Line 3.0, send activities). */
export const LONGEST_ACTIVITY = 256 * 1024
const DEEPEST = 32
const LONGEST_KEY = 200
const LONGEST_FROM = 256

function bad(message: string): ZhikeError {
  return new ZhikeError('invalid', 'web-chat.bad-request', message)
}

function missing(property: string): ZhikeError {
  return new ZhikeError('invalid', 'web-chat.property-missing', `Property "${property}" is required.`)
}

function checkText(text: string): void {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: PostgreSQL cannot hold it.
  if (/[\u0000\p{Cs}]/u.test(text)) throw bad('The body holds a NUL or half a character pair, which cannot be stored.')
}

/** @throws ZhikeError `invalid` for what would be stored differently from how it was sent, or harm whoever reads it. */
function checkTree(value: unknown, depth: number): void {
  if (typeof value === 'string') checkText(value)
  if (typeof value === 'number' && !Number.isFinite(value)) throw bad('The body holds a number that is too large.')
  if (typeof value !== 'object' || value === null) return
  if (depth > DEEPEST) throw bad(`The body is nested more than ${DEEPEST} levels deep.`)
  if (Array.isArray(value)) {
    for (const entry of value) checkTree(entry, depth + 1)
    return
  }
  for (const [key, entry] of Object.entries(value)) {
    if (key === '__proto__' || key === 'prototype' || (key === 'constructor' && typeof entry === 'object'))
      throw bad('The body holds a property name that is not allowed.')
    checkText(key)
    checkTree(entry, depth + 1)
  }
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A JSON object from raw bytes; an empty body is an empty object when `optional`. */
export function readJson(body: Uint8Array, optional = false): Record<string, unknown> {
  let value: unknown
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(body)
    if (text.length > LONGEST_ACTIVITY)
      throw new ZhikeError('too-large', 'web-chat.too-large', `An activity has at most ${LONGEST_ACTIVITY} characters.`)
    if (optional && text.trim() === '') return {}
    value = JSON.parse(text)
  } catch (error) {
    throw error instanceof ZhikeError ? error : bad('The body is not JSON in UTF-8.')
  }
  if (optional && value === null) return {}
  if (!isRecord(value)) throw bad('The body is not a JSON object.')
  checkTree(value, 0)
  return value
}

function optionalText(activity: Record<string, unknown>, name: string): void {
  const value = activity[name]
  if (value === null || value === undefined) delete activity[name]
  else if (typeof value !== 'string') throw bad(`Property "${name}" is not text.`)
}

export interface ClientActivity {
  readonly activity: Activity
  /** Unique within the conversation. */
  readonly dedupeKey: string
}

/**
 * The Activity as it will be stored, but for id and place. Who sent it is ours to say when the token is bound to a user; `channelData`
 * stays as it was, but for `zhike`, which only the house writes.
 * @param boundUser the only id that may stand in `from`, or null when the client names itself.
 */
export function readActivity(
  body: Record<string, unknown>,
  about: { conversationId: string; boundUser: { id: string; name?: string } | null; serviceUrl: string; now: Date },
): ClientActivity {
  const activity: Record<string, unknown> = { ...body }
  if (typeof activity.type !== 'string' || activity.type === '') throw missing('type')
  if (activity.type.length > 64) throw bad('Property "type" is too long.')
  const from = activity.from
  if (!isRecord(from) || from.id === undefined || from.id === null || from.id === '') throw missing('from.id')
  if (typeof from.id !== 'string' || from.id.length > LONGEST_FROM)
    throw bad(`Property "from.id" is text of at most ${LONGEST_FROM} characters.`)
  if (from.name !== undefined && from.name !== null && typeof from.name !== 'string') throw bad('Property "from.name" is not text.')
  for (const name of ['text', 'textFormat', 'locale', 'name', 'replyToId']) optionalText(activity, name)
  if (activity.attachments === null) delete activity.attachments
  const attachments = activity.attachments
  if (attachments !== undefined && !(Array.isArray(attachments) && attachments.length <= 50 && attachments.every(isAttachment)))
    throw bad('Property "attachments" is not a list of at most 50 attachments with a contentType.')
  if (activity.channelData === null) delete activity.channelData
  if (activity.channelData !== undefined) {
    if (!isRecord(activity.channelData)) throw bad('Property "channelData" is not an object.')
    const { zhike: _onlyOurs, ...channelData } = activity.channelData
    activity.channelData = channelData
  }
  const id = about.boundUser?.id ?? from.id
  const name = about.boundUser ? about.boundUser.name : from.name
  const key = isRecord(activity.channelData) ? activity.channelData.clientActivityID : undefined
  delete activity.id
  Object.assign(activity, {
    from: { id, ...(typeof name === 'string' && name !== '' ? { name } : {}), role: 'user' },
    timestamp: about.now.toISOString(),
    channelId: 'directline',
    conversation: { id: about.conversationId },
    recipient: { id: 'bot' },
    serviceUrl: about.serviceUrl,
  })
  return { activity: activity as Activity, dedupeKey: dedupeKey(id, typeof key === 'string' && key !== '' ? key : randomUUID()) }
}

function isAttachment(value: unknown): value is Attachment {
  if (!isRecord(value) || typeof value.contentType !== 'string') return false
  return ['contentUrl', 'name', 'thumbnailUrl'].every(
    (name) => value[name] === undefined || value[name] === null || typeof value[name] === 'string',
  )
}

function dedupeKey(from: string, clientActivityId: string): string {
  const key = `${from}/${clientActivityId}`
  return key.length <= LONGEST_KEY ? key : createHash('sha256').update(key).digest('hex')
}
