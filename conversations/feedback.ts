import { ZhikeError } from '../platform/errors.ts'
import type { Activity } from './channel.ts'
import type { ConversationState } from './conversation.ts'

/** "Helpful" or "not helpful" under an answer: an Activity of type event, `zhike/feedback`; pure. */

export const FEEDBACK_EVENT = 'zhike/feedback'

export interface Feedback {
  readonly messageId: string
  readonly helpful: boolean
}

/** What was said of an answer, with what the house needs to act on it. */
export interface HeardFeedback {
  readonly helpful: boolean
  /** What was said of it before; null when nothing. */
  readonly before: boolean | null
  /** True when "not helpful" was never said of it. */
  readonly firstUnhelpful: boolean
  /** The question as it was looked up, and as the customer wrote it last. */
  readonly question: string
  readonly asked: string
  readonly turnId: string
  readonly conversationId: string
  readonly channel: string
  readonly tier: string
  /** Who holds the Conversation now. */
  readonly state: ConversationState
}

const LONGEST_ID = 600

export function badFeedback(message: string): ZhikeError {
  return new ZhikeError('invalid', 'conversations.bad-feedback', message)
}

/** Null for any other Activity. @throws ZhikeError `conversations.bad-feedback` */
export function readFeedback(activity: Activity): Feedback | null {
  if (activity.type !== 'event' || activity.name !== FEEDBACK_EVENT) return null
  const { value } = activity
  const fields = typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {}
  const { messageId, helpful, ...others } = fields
  const known = typeof messageId === 'string' && messageId !== '' && messageId.length <= LONGEST_ID && typeof helpful === 'boolean'
  if (!known || Object.keys(others).length > 0)
    throw badFeedback(`The value of ${FEEDBACK_EVENT} is { "messageId": text, "helpful": true or false } and nothing else.`)
  return { messageId, helpful }
}
