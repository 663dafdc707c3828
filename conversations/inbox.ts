import { randomUUID } from 'node:crypto'
import type { Customers } from '../customers/index.ts'
import type { Actor } from '../platform/audit.ts'
import type { Database, Tx } from '../platform/database.ts'
import { ZhikeError } from '../platform/errors.ts'
import type { Events } from '../platform/events.ts'
import type { Files } from '../platform/files.ts'
import type { Probe } from '../platform/probe.ts'
import type { Acknowledgement, Activity, Address, Channel, Identity, Inbound, RawRequest, Stored } from './channel.ts'
import type { ConversationState } from './conversation.ts'
import { insertDelivery } from './delivery-store.ts'
import { badFeedback, type Feedback, type HeardFeedback, readFeedback } from './feedback.ts'
import { noteFeedback } from './feedback-store.ts'
import { messageIdOf, toActivity, type Utterance } from './message.ts'
import {
  changeState,
  endAddress,
  findEarlier,
  handAddress,
  insertAddress,
  insertConversation,
  insertMessage,
  lockOpenConversation,
  moveCustomer,
  noteCustomerMessage,
  readAddress,
  takeSeq,
} from './store.ts'
import { leaveWork } from './work-store.ts'

/** Channels in, rows out: one transaction an Inbound, and only then the acknowledgement. No model, no search before it. */

export const WORK_TOPIC = 'work'
export const addressTopic = (channel: string, address: Address): string => `address/${channel}/${address}`

export interface InboxDeps {
  database: Database
  customers: Customers
  events: Events
  files: Files
  channels: ReadonlyMap<string, Channel>
  probe: Probe
  /** Acts on what a customer said of an answer, in the transaction that stores it; says something, or null. */
  onFeedback?: (tx: Tx, heard: HeardFeedback) => Promise<Utterance | null>
}

/** Scope of a file in `platform/files`: only readers of this Address may have it. */
export function fileScope(channel: string, address: Address): string {
  return `${channel}/${address}`
}

/** Platforms wait 5 s for an answer and then repeat; a database that does not answer must not take that long to be reported. */
const ACCEPT_MS = 4_000

/** What goes on afterwards does no harm: the repeated delivery carries the same key. */
async function inTime<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () =>
        reject(
          new ZhikeError('unavailable', 'database.unavailable', 'The database did not answer in time; send this again shortly.', {
            retryAfterMs: 1_000,
          }),
        ),
      ACCEPT_MS,
    )
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}

function notYours(): ZhikeError {
  return new ZhikeError('forbidden', 'conversations.not-yours', 'This conversation belongs to somebody else.')
}

/** Activities that are said to nobody in particular and not kept (Direct Line: typing is never stored). */
const PASSING = new Set(['typing', 'conversationUpdate'])

export function createInbox(deps: InboxDeps) {
  const { database, customers, events, probe } = deps

  /** The Address of a message, made on first contact for channels that do not start it themselves. */
  const enter = async (tx: Tx, channel: Channel, inbound: Inbound) => {
    const known = await takeSeq(tx, channel.name, inbound.address)
    if (known) return known
    if (channel.limits.readerComes)
      throw new ZhikeError('missing', 'conversations.unknown-address', 'This conversation was never started; start it first.')
    const customer = await customers.identify(tx, { channel: channel.name, ...inbound.identity })
    await insertAddress(tx, channel.name, inbound.address, customer.id, inbound.identity.id)
    const made = await takeSeq(tx, channel.name, inbound.address)
    if (!made) throw new Error('an address vanished between two statements')
    return made
  }

  /** Stores words of the bot that no Turn asked for, on a locked Address. */
  const speakUnasked = async (
    tx: Tx,
    channel: string,
    address: Address,
    utterance: Utterance,
    { conversationId, replyToId }: { conversationId: string | null; replyToId: string | null },
  ) => {
    const row = await takeSeq(tx, channel, address)
    if (!row) throw new Error('an address vanished between two statements')
    const id = messageIdOf(address, row.lastSeq)
    await insertMessage(tx, {
      id,
      channel,
      address,
      seq: row.lastSeq,
      conversationId,
      sender: 'bot',
      name: null,
      text: utterance.text,
      activity: toActivity(utterance, replyToId),
      dedupeKey: null,
      replyToId,
      turnId: null,
      sentAt: new Date(),
    })
    if (deps.channels.get(channel)?.limits.readerComes === false)
      await insertDelivery(tx, { messageId: id, channel, address, seq: row.lastSeq })
  }

  const hear = async (
    tx: Tx,
    channel: string,
    address: Address,
    open: { id: string | null; state: ConversationState | null },
    feedback: Feedback,
    eventId: string,
  ) => {
    const heard = await noteFeedback(tx, channel, address, feedback)
    if (!heard) throw badFeedback('The messageId of a feedback is that of an answer the bot gave in this conversation.')
    // Who holds the Address now counts: the answer may be of a Conversation that is over.
    const utterance = (await deps.onFeedback?.(tx, { ...heard, state: open.state ?? heard.state })) ?? null
    if (!utterance) return
    // Of a Conversation that is over: said to the Address, outside of whatever is open now.
    const conversationId = heard.conversationId === open.id ? open.id : null
    await speakUnasked(tx, channel, address, utterance, { conversationId, replyToId: eventId })
  }

  const store = async (
    tx: Tx,
    channel: Channel,
    inbound: Inbound,
    activity: Activity,
    feedback: Feedback | null,
  ): Promise<Stored & { conversationId: string | null }> => {
    const address = await enter(tx, channel, inbound)
    const open = await lockOpenConversation(tx, channel.name, inbound.address, inbound.dedupeKey)
    if (open.earlierId !== null) return { id: open.earlierId, seq: open.earlierSeq, repeated: true, conversationId: null }
    if (address.ended)
      throw new ZhikeError('conflict', 'conversations.ended', 'This conversation was ended by its customer; start a new one.')

    const speaks = activity.type === 'message'
    let conversationId = open.id
    let state = open.state
    if (speaks && conversationId === null) {
      const tier = await customers.tierOf(tx, address.customerId)
      conversationId = randomUUID()
      state = tier.firstHolder
      await insertConversation(tx, {
        id: conversationId,
        channel: channel.name,
        address: inbound.address,
        customerId: address.customerId,
        state,
        priority: tier.priority,
      })
    }
    const id = messageIdOf(inbound.address, address.lastSeq)
    await insertMessage(tx, {
      id,
      channel: channel.name,
      address: inbound.address,
      seq: address.lastSeq,
      conversationId,
      sender: 'customer',
      name: inbound.identity.name ?? null,
      text: typeof activity.text === 'string' ? activity.text : '',
      activity,
      dedupeKey: inbound.dedupeKey,
      replyToId: null,
      turnId: null,
      sentAt: inbound.sentAt,
    })
    if (feedback) await hear(tx, channel.name, inbound.address, open, feedback, id)
    if (activity.type === 'endOfConversation') {
      await endAddress(tx, channel.name, inbound.address)
      if (conversationId !== null) {
        await changeState(tx, conversationId, 'closed', 'ended by the customer')
        await leaveWork(tx, conversationId, 'closed')
      }
    }
    if (!speaks || conversationId === null || state === null) return { id, seq: address.lastSeq, repeated: false, conversationId: null }
    await noteCustomerMessage(tx, conversationId, address.lastSeq)
    await leaveWork(tx, conversationId, state)
    return { id, seq: address.lastSeq, repeated: false, conversationId }
  }

  /** Files are kept before the transaction, which holds only SQL; a kill in between leaves a file that nobody names. */
  const keepFiles = async (channel: Channel, inbound: Inbound): Promise<Activity> => {
    if (inbound.files.length === 0) return inbound.activity
    // Where nothing is taken any more, nothing is kept either; what was taken before its end is found by its key, without the files.
    if ((await readAddress(database.sql, channel.name, inbound.address))?.ended) return inbound.activity
    const attachments = [...(inbound.activity.attachments ?? [])]
    for (const file of inbound.files) {
      if (!(file.content instanceof Uint8Array)) continue
      const kept = await deps.files.put({ scope: fileScope(channel.name, inbound.address), name: file.name, bytes: file.content })
      const contentUrl = `/v3/directline/conversations/${encodeURIComponent(inbound.address)}/attachments/${kept.id}`
      const place = attachments.findIndex((attachment) => attachment.name === file.name && attachment.contentUrl === undefined)
      const made = { contentType: kept.contentType, name: kept.name, contentUrl }
      if (place >= 0) attachments[place] = { ...attachments[place], ...made }
      else attachments.push(made)
    }
    return { ...inbound.activity, attachments }
  }

  const accept = async (inbound: Inbound, channel: Channel): Promise<Stored> => {
    if (PASSING.has(inbound.activity.type)) return { id: messageIdOf(inbound.address, 0), seq: null, repeated: false }
    if (inbound.files.length > 0) {
      // A repeated delivery must not keep its files a second time.
      const earlier = await findEarlier(database.sql, channel.name, inbound.address, inbound.dedupeKey)
      if (earlier) return { ...earlier, repeated: true }
    }
    const feedback = readFeedback(inbound.activity)
    const activity = await keepFiles(channel, inbound)
    const stored = await database.transaction(async (tx) => {
      const result = await store(tx, channel, inbound, activity, feedback)
      probe('inbox.before-commit')
      return result
    })
    probe('inbox.after-commit')
    if (!stored.repeated) events.publish(addressTopic(channel.name, inbound.address), String(stored.seq))
    if (stored.conversationId !== null) events.publish(WORK_TOPIC, stored.conversationId)
    return { id: stored.id, seq: stored.seq, repeated: stored.repeated }
  }

  return {
    async accept(channelName: string, request: RawRequest): Promise<Acknowledgement> {
      const channel = deps.channels.get(channelName)
      if (!channel) throw new ZhikeError('missing', 'channel.unknown', `There is no channel "${channelName}" in this house.`)
      const take = async () => {
        const received = await channel.receive(request)
        const stored: Stored[] = []
        // In order and one by one: two messages of one request keep their order.
        for (const inbound of received.inbound) stored.push(await accept(inbound, channel))
        return received.acknowledge(stored)
      }
      const acknowledgement = await inTime(take())
      probe('inbox.after-acknowledge')
      return acknowledgement
    },

    /** Opens an Address and stores its greeting; idempotent. */
    async start(
      channelName: string,
      address: Address,
      identity: Identity,
      greet: (greeting: Readonly<Record<string, string>>) => Utterance,
    ): Promise<'created' | 'existing'> {
      const created = await database.transaction(async (tx) => {
        const known = await readAddress(tx, channelName, address)
        if (known) {
          if (known.identityId !== identity.id) throw notYours()
          return false
        }
        const customer = await customers.identify(tx, { channel: channelName, ...identity })
        if (!(await insertAddress(tx, channelName, address, customer.id, identity.id))) {
          // Somebody was faster by a moment: ours only if it was us.
          const rival = await readAddress(tx, channelName, address)
          if (rival?.identityId !== identity.id) throw notYours()
          return false
        }
        const tier = await customers.tierOf(tx, customer.id)
        await speakUnasked(tx, channelName, address, greet(tier.greeting), { conversationId: null, replyToId: null })
        return true
      })
      if (created) events.publish(addressTopic(channelName, address), '1')
      return created ? 'created' : 'existing'
    },

    async signIn(channelName: string, address: Address, was: Identity, now: Identity): Promise<void> {
      const by: Actor = { kind: 'customer', id: now.id }
      await database.transaction(async (tx) => {
        const known = await takeSeq(tx, channelName, address)
        if (!known || known.identityId === now.id) return
        if (known.identityId !== was.id) throw notYours()
        const customer = await customers.identify(tx, { channel: channelName, ...now })
        await customers.merge(tx, by, known.customerId, customer.id)
        await moveCustomer(tx, known.customerId, customer.id)
        await handAddress(tx, channelName, address, customer.id, now.id)
      })
    },
  }
}
