/**
 * The contract of a channel. A channel is transport only: it verifies and translates, and knows no customer, no bot, no SQL.
 * The outbox, not the channel, retries, splits and keeps order.
 */

/** Bot Framework Activity, our wire shape (protocol: Bot Framework Activity schema). Unknown fields are kept. */
export interface Activity {
  type: string
  id?: string
  /** ISO 8601, UTC. */
  timestamp?: string
  channelId?: string
  from?: { id: string; name?: string; role?: string }
  recipient?: { id: string; name?: string }
  conversation?: { id: string }
  locale?: string
  text?: string
  textFormat?: string
  name?: string
  value?: unknown
  replyToId?: string
  attachments?: Attachment[]
  suggestedActions?: { to?: string[]; actions: SuggestedAction[] }
  channelData?: Record<string, unknown>
  [field: string]: unknown
}

export interface Attachment {
  contentType: string
  contentUrl?: string
  name?: string
  [field: string]: unknown
}

export interface SuggestedAction {
  type: string
  title: string
  value: string
}

/** Where on a Channel somebody is reached: a Direct Line conversation id, kf account + external user. */
export type Address = string

export interface ChannelLimits {
  /** Longest text of one message, UTF-8 bytes; the outbox splits longer ones. */
  readonly textBytes: number
  /** How long after a customer's message replies may be sent, and how many; null: no limit. */
  readonly replyWindowMs: number | null
  readonly repliesInWindow: number | null
  readonly buttons: number
  /** Where Agents speak: on our desk, or inside the channel itself. */
  readonly agentsSpeak: 'desk' | 'channel'
  /** True when the reader comes to us (Direct Line): the stored Message is the delivery, and `send` is not called. */
  readonly readerComes: boolean
}

/** One HTTP request as it arrived. Header names are lower case. */
export interface RawRequest {
  readonly method: string
  readonly path: string
  readonly query: Readonly<Record<string, string>>
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly body: Uint8Array
}

export interface Identity {
  readonly id: string
  /** True when the channel or the site's server vouches for the id: it is then the Customer's `externalId`, verbatim. */
  readonly trusted: boolean
  readonly name?: string
}

export interface InboundFile {
  readonly name: string
  readonly contentType: string
  readonly content: Uint8Array | { readonly ref: string }
}

export interface Inbound {
  readonly identity: Identity
  readonly address: Address
  readonly activity: Activity
  readonly files: readonly InboundFile[]
  /** Unique within the Address: a second delivery of the same key is a no-op that answers like the first. */
  readonly dedupeKey: string
  readonly sentAt: Date
  /** When a human of ours spoke inside the channel. */
  readonly by?: { readonly agentRef: string }
}

/** What became of one Inbound. */
export interface Stored {
  /** Message id; for an Activity that is not stored (typing) an id all the same. */
  readonly id: string
  /** Place in the Address; null when not stored. */
  readonly seq: number | null
  /** True when this key had been stored before. */
  readonly repeated: boolean
}

export interface Acknowledgement {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body: string | Record<string, unknown>
}

export interface Received {
  readonly inbound: readonly Inbound[]
  /** A channel that only rings the bell: what to pull. */
  readonly ring?: { readonly source: string; readonly hint: string }
  /** Called after the commit, with one entry an Inbound, in order. */
  acknowledge(stored: readonly Stored[]): Acknowledgement
}

export interface Sent {
  /** The platform's id of the message, if it gives one. */
  readonly platformId: string | null
}

export interface Channel {
  readonly name: string
  readonly limits: ChannelLimits
  /** Verify the sender, decrypt, translate; nothing else. @throws ZhikeError `unauthenticated`, `forbidden`, `invalid`, `too-large`. */
  receive(request: RawRequest): Promise<Received>
  /**
   * Sends one message. The same `key` is sent at most once where the channel can.
   * @throws ZhikeError `unavailable` or `throttled` to be tried again, any other kind to give up.
   */
  send(to: Address, activity: Activity, key: string): Promise<Sent>
}
