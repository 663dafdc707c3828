import type { Channel, Inbound, RawRequest } from '../../conversations/channel.ts'
import { ZhikeError } from '../../platform/errors.ts'

/** One message as the fake platform's callback carries it. */
export interface FakeMessage {
  readonly address: string
  readonly user: string
  /** The platform's message id; a repeated delivery carries the same one. */
  readonly msgid: string
  readonly text: string
  /** `message` when absent. */
  readonly type?: string
}

export const FAKE_CHANNEL = 'fake'

/** Longer than any honest send; a platform that hangs is given up after it. */
const SEND_TIMEOUT_MS = 2_000

function kindOfStatus(status: number): 'throttled' | 'unavailable' | 'refused' {
  if (status === 429) return 'throttled'
  return status >= 500 ? 'unavailable' : 'refused'
}

/** A channel like those of a messaging platform: callbacks come in, sends go out by HTTP with the key as message id. */
export function createFakeChannel(platformUrl: string, textBytes = 2_048): Channel {
  return {
    name: FAKE_CHANNEL,
    limits: { textBytes, replyWindowMs: null, repliesInWindow: null, buttons: 3, agentsSpeak: 'desk', readerComes: false },
    async receive(request: RawRequest) {
      let messages: FakeMessage[]
      try {
        messages = JSON.parse(Buffer.from(request.body).toString('utf8')).messages
      } catch {
        throw new ZhikeError('invalid', 'channel.unknown', 'The callback is not of the form of the fake platform.')
      }
      const sentAt = new Date()
      const inbound = messages.map(
        (message): Inbound => ({
          identity: { id: message.user, trusted: false },
          address: message.address,
          activity: { type: message.type ?? 'message', from: { id: message.user, role: 'user' }, text: message.text },
          files: [],
          dedupeKey: message.msgid,
          sentAt,
        }),
      )
      return { inbound, acknowledge: (stored) => ({ status: 200, body: { stored } }) }
    },
    async send(to, activity, key) {
      let response: Response
      try {
        response = await fetch(`${platformUrl}/send`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ to, key, text: activity.text, replyToId: activity.replyToId ?? null, kind: kindOf(activity.channelData) }),
          signal: AbortSignal.timeout(SEND_TIMEOUT_MS),
        })
        await response.arrayBuffer()
      } catch (error) {
        throw new ZhikeError('unavailable', 'channel.unavailable', 'The fake platform did not answer.', { cause: error })
      }
      if (!response.ok)
        throw new ZhikeError(kindOfStatus(response.status), 'channel.unavailable', `The fake platform said ${response.status}.`)
      return { platformId: key }
    },
  }
}

function kindOf(channelData: Record<string, unknown> | undefined): string | null {
  const zhike = channelData?.zhike as { kind?: string } | undefined
  return zhike?.kind ?? null
}
