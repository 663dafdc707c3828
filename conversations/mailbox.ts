import type { Activity, Address, Identity } from './channel.ts'

/** One stored Activity with its place in the Address; `seq` rises without repeats, gaps are possible. */
export interface Letter {
  readonly seq: number
  /** Complete: id, timestamp, from, conversation, replyToId, channelData. */
  readonly activity: Activity
}

/** For a channel whose reader comes to us (Direct Line): the stored rows are the mailbox. */
export interface Mailbox {
  /**
   * Opens the Address for that Identity and stores the greeting before it returns; idempotent.
   * @throws ZhikeError `conversations.not-yours` (forbidden) when the Address belongs to another Identity.
   */
  start(address: Address, identity: Identity, locale?: string): Promise<'created' | 'existing'>
  /** Id of the Identity that owns the Address, or null when it was never started. */
  ownerOf(address: Address): Promise<string | null>
  /**
   * An anonymous visitor signs in: the Address, its Conversations and the visitor's Customer go over to `now`; afterwards
   * the Address belongs to `now` alone. An Address that was never started is left alone. Idempotent.
   */
  signIn(address: Address, was: Identity, now: Identity): Promise<void>
  /**
   * Activities with seq > `seq`, oldest first, at most `limit` (≤ 1 000), and fewer when they weigh more than about 1 MiB: only an
   * empty page is the end.
   */
  after(address: Address, seq: number, limit: number): Promise<readonly Letter[]>
  /** Highest stored seq of the Address, 0 when empty. */
  lastSeq(address: Address): Promise<number>
  /** Calls `look` when something may have been stored (a hint; may come without reason). Returns a function that ends it. */
  watch(address: Address, look: () => void): () => void
}
