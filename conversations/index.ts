import type { Customers } from '../customers/index.ts'
import { type Actor, HOUSE, recordAudit } from '../platform/audit.ts'
import type { Database, Tx } from '../platform/database.ts'
import { ZhikeError } from '../platform/errors.ts'
import type { Events } from '../platform/events.ts'
import type { FileKey, Files } from '../platform/files.ts'
import type { Log } from '../platform/log.ts'
import type { Probe } from '../platform/probe.ts'
import type { Acknowledgement, Channel, RawRequest } from './channel.ts'
import { type ConversationState, mayMove, type WorkKind } from './conversation.ts'
import type { HeardFeedback } from './feedback.ts'
import { addressTopic, createInbox, fileScope, WORK_TOPIC } from './inbox.ts'
import type { Mailbox } from './mailbox.ts'
import { complete, type Utterance } from './message.ts'
import { findNamedFiles } from './named-files-store.ts'
import { createOutbox } from './outbox.ts'
import { readPlace, readStanding, type Standing } from './queue-store.ts'
import {
  type ConversationFilter,
  type ConversationSummary,
  listConversations,
  readConversation,
  type WholeConversation,
} from './reading-store.ts'
import { addressOf, changeState, findIdle, isStillIdle, lockConversation, readAddress, readLetters, takeSeq } from './store.ts'
import { completeTurn, readTurn, type TurnEnd, type TurnMaterial, type TurnOutcome } from './turn-store.ts'
import { type Claim, claimWork, leaveWork, oldestDueSeconds, releaseClaim, renewClaim, voidLeases } from './work-store.ts'

/** conversations/: the record. Conversation state, Messages, inbox, work rows, outbox. */

export type { Acknowledgement, Activity, Address, Channel, Inbound, RawRequest } from './channel.ts'
export type { ConversationState, WorkKind } from './conversation.ts'
export type { HeardFeedback } from './feedback.ts'
export type { Letter, Mailbox } from './mailbox.ts'
export type { Choice, Evidence, MessageKind, QueueNote, Utterance } from './message.ts'
export type { Standing } from './queue-store.ts'
export type { ConversationFilter, ConversationSummary, WholeConversation } from './reading-store.ts'
export type { TurnEnd, TurnMaterial, TurnMessage, TurnOutcome } from './turn-store.ts'
export type { Claim } from './work-store.ts'
export { LEASE_SECONDS } from './work-store.ts'

export interface ConversationsDeps {
  database: Database
  customers: Customers
  events: Events
  files: Files
  log: Log
  probe: Probe
  /** Name of this process in claims. */
  owner: string
  /** Words the greeting of an Address from the Tier row's texts. */
  greet: (greeting: Readonly<Record<string, string>>, locale: string | undefined) => Utterance
  /** Acts on what a customer said of an answer, in the transaction that stores it; says something, or null. */
  onFeedback?: (tx: Tx, heard: HeardFeedback) => Promise<Utterance | null>
}

export interface Conversations {
  /** Adds a channel; before `start`. */
  addChannel(channel: Channel): void
  /**
   * One request of a channel: verify, store in one transaction an Inbound, acknowledge.
   * @throws ZhikeError as the channel's `receive` says; `unavailable` when the store failed, so that the platform repeats.
   */
  accept(channelName: string, request: RawRequest): Promise<Acknowledgement>
  /** The mailbox of a channel whose readers come to us. */
  mailboxOf(channelName: string): Mailbox
  /** A file somebody sent on that Address; null when it is not of that Address. */
  readFile(channelName: string, address: string, fileId: string): Promise<{ name: string; contentType: string; bytes: Uint8Array } | null>

  /** @param held Conversations of these kinds that the caller is at work on; whatever else this process holds was lost on the way. */
  claim(kinds: readonly WorkKind[], limit: number, held: readonly string[]): Promise<Claim[]>
  renew(claim: Claim): Promise<boolean>
  /** Puts the work back, due after `delayMs`; `failed` counts it as a try. */
  release(claim: Claim, delayMs: number, failed: boolean): Promise<void>
  /** `hear` is called when there may be work; a hint. Returns a function that ends it. */
  onWork(hear: () => void): () => void
  /** Seconds the oldest due work of these kinds has waited. */
  oldestDueSeconds(kinds: readonly WorkKind[]): Promise<number>
  readTurn(claim: Claim): Promise<TurnMaterial | null>
  /** The place a Conversation has in the queue, or would have if it joined now; 1 is next. */
  placeOf(conversationId: string): Promise<number>
  /** Where the open Conversation of an Address stands. */
  standing(channelName: string, address: string): Promise<Standing>
  completeTurn(
    claim: Claim,
    material: TurnMaterial,
    outcome: TurnOutcome,
    within: (tx: Tx, turnId: string) => Promise<boolean>,
  ): Promise<TurnEnd>

  list(filter: ConversationFilter): Promise<{ items: ConversationSummary[]; next: string | null }>
  read(id: string): Promise<WholeConversation | null>
  /** Moves a Conversation. @throws ZhikeError `conversations.unknown`, `conversations.wrong-state`. */
  move(by: Actor, id: string, to: ConversationState, reason: string | null): Promise<void>
  /** Which of these files a Message names. */
  findNamedFiles(files: readonly FileKey[]): Promise<ReadonlySet<string>>
  /** Closes what the bot holds and nobody has spoken in for the Tier row's idle minutes. @returns how many. */
  closeIdle(): Promise<number>

  start(options: { deliver: boolean }): Promise<void>
  stop(): Promise<void>
}

/** Conversations closed in one step of `closeIdle`. */
const IDLE_STEP = 50

export function createConversations(deps: ConversationsDeps): Conversations {
  const { database, events } = deps
  const channels = new Map<string, Channel>()
  const inbox = createInbox({ ...deps, channels })
  const outboxOf = () => createOutbox({ ...deps, channels })
  let outbox: ReturnType<typeof outboxOf> | undefined

  const move = async (tx: Tx, by: Actor, id: string, to: ConversationState, reason: string | null): Promise<void> => {
    const place = await addressOf(tx, id)
    if (!place) throw new ZhikeError('missing', 'conversations.unknown', 'There is no such conversation.')
    await takeSeq(tx, place.channel, place.address)
    const now = await lockConversation(tx, id)
    if (!now || !mayMove(now.state, to))
      throw new ZhikeError(
        'conflict',
        'conversations.wrong-state',
        `This conversation is held by "${now?.state}" and cannot go to "${to}".`,
      )
    await changeState(tx, id, to, reason)
    await leaveWork(tx, id, to)
    await recordAudit(
      tx,
      by,
      `conversation.${to === 'closed' ? 'closed' : `to-${to}`}`,
      { kind: 'conversation', id },
      { from: now.state, reason },
    )
  }

  return {
    addChannel(channel) {
      channels.set(channel.name, channel)
    },
    accept: (channelName, request) => inbox.accept(channelName, request),
    mailboxOf: (channelName) => ({
      start: (address, identity, locale) => inbox.start(channelName, address, identity, (greeting) => deps.greet(greeting, locale)),
      async ownerOf(address) {
        return (await readAddress(database.sql, channelName, address))?.identityId ?? null
      },
      signIn: (address, was, now) => inbox.signIn(channelName, address, was, now),
      async after(address, seq, limit) {
        const letters = await readLetters(database.sql, channelName, address, seq, limit)
        return letters.map((letter) => ({ seq: letter.seq, activity: complete(letter.activity, { ...letter, channel: channelName }) }))
      },
      async lastSeq(address) {
        return (await readAddress(database.sql, channelName, address))?.lastSeq ?? 0
      },
      watch: (address, look) => events.subscribe(addressTopic(channelName, address), () => look()),
    }),
    readFile: (channelName, address, fileId) => deps.files.read(fileScope(channelName, address), fileId),

    claim: (kinds, limit, held) => claimWork(database.sql, deps.owner, kinds, limit, held),
    renew: (claim) => renewClaim(database.sql, claim),
    release: (claim, delayMs, failed) => releaseClaim(database.sql, claim, delayMs, failed),
    onWork: (hear) => events.subscribe(WORK_TOPIC, () => hear()),
    oldestDueSeconds: (kinds) => oldestDueSeconds(database.sql, kinds),
    readTurn: (claim) => readTurn(database, claim),
    placeOf: (conversationId) => readPlace(database.sql, conversationId),
    standing: (channelName, address) => readStanding(database.sql, channelName, address),
    completeTurn: (claim, material, outcome, within) => completeTurn({ ...deps, channels }, claim, material, outcome, within),

    list: (filter) => listConversations(database.sql, filter),
    read: (id) => readConversation(database.sql, id),
    async move(by, id, to, reason) {
      await database.transaction((tx) => move(tx, by, id, to, reason))
      events.publish(WORK_TOPIC, id)
    },
    findNamedFiles: (files) => findNamedFiles(database.sql, files),
    async closeIdle() {
      const idle = await findIdle(database.sql, IDLE_STEP)
      let closed = 0
      for (const id of idle)
        await database.transaction(async (tx) => {
          const place = await addressOf(tx, id)
          if (!place) return
          await takeSeq(tx, place.channel, place.address)
          // Looked at again under the lock: the customer may have come back.
          if (!(await isStillIdle(tx, id))) return
          await changeState(tx, id, 'closed', 'idle')
          await leaveWork(tx, id, 'closed')
          await recordAudit(tx, HOUSE, 'conversation.closed', { kind: 'conversation', id }, { from: 'bot', reason: 'idle' })
          closed++
        })
      return closed
    },

    async start({ deliver }) {
      if (database.engine === 'pglite') await voidLeases(database)
      outbox = outboxOf()
      if (deliver) outbox.start()
    },
    async stop() {
      await outbox?.stop()
    },
  }
}
