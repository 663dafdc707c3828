import type { ChatActivity, Standing } from './activity.ts'
import { createConnection } from './connection.ts'
import { recall, remember } from './storage.ts'

/** The chat without a look: what was said, what is on its way, and where things stand. Mounts draw it; nothing here touches the page. */

export interface Item {
  /** clientActivityID of an own Message, id of any other. */
  readonly key: string
  readonly from: 'own' | 'bot' | 'agent' | 'note'
  activity: ChatActivity
  status: 'sending' | 'sent' | 'failed'
  /** Rises through all conversations of this page. */
  order: number
  readonly files: readonly File[]
  /** 0..1 of the files. */
  progress: number
}

export interface Chat {
  items: Item[]
  /** Away for so long that it is worth saying. */
  away: boolean
  /** The other side is writing; text while it streams. */
  typing: boolean | string
  standing: Standing | null
  /** The off-hours form was handed in. */
  left: boolean
  /** Whether an answer helped, by Message id. */
  readonly ratings: Map<string, boolean>
  unread: number
  /** First Message that was unread when the chat was opened. */
  newFrom: string | undefined
  start(begin: boolean): void
  /** @param contact of somebody who leaves a message while nobody serves. */
  say(text: string, files?: readonly File[], contact?: string): void
  retry(item: Item): void
  rate(messageId: string, helpful: boolean): void
  /** Whether somebody looks at the chat: then what comes counts as read. */
  look(looking: boolean): void
  identify(identity: string | null): Promise<void>
}

export interface ChatOptions {
  /** Origin of the house. */
  readonly house: string
  /** Sites on one host that chat apart. */
  readonly site: string
  /** Language tag for the house's words. */
  readonly locale: string
  /** Said when a new conversation had to be started. */
  readonly expired: string
  onChange(): void
  onUnread(count: number): void
}

/** The words that ask for a human (contract of the web chat). */
export const HUMAN = '转人工'

const SAY_AWAY_MS = 2_000
const TYPING_MS = 10_000
const ASK_STANDING_MS = 15_000
/** Activities of one conversation are numbered from 1; those of the next come after. */
const CONVERSATION = 1e9
const ON_ITS_WAY = 1e15

/** Who holds the Conversation after a Message of that kind; others leave it as it was. */
const HOLDER: Readonly<Record<string, Standing['state']>> = { agent: 'agent', answer: 'bot', ask: 'bot', handoff: 'queue', queue: 'queue' }

function makeClientId(): string {
  // randomUUID is missing on pages that are not served over https.
  return crypto.getRandomValues(new Uint32Array(4)).join('-')
}

export function createChat({ house, site, locale, expired, onChange, onUnread }: ChatOptions): Chat {
  const key = `zhike:${house}:${site}`
  const readKey = `${key}:read`
  let items: Item[] = []
  let conversation = 0
  let looking = false
  let readTo = recall<number>('localStorage', readKey) ?? 0
  let awayTimer: ReturnType<typeof setTimeout> | undefined
  let typingTimer: ReturnType<typeof setTimeout> | undefined
  let standingTimer: ReturnType<typeof setTimeout> | undefined

  const type = (typing: boolean | string) => {
    clearTimeout(typingTimer)
    chat.typing = typing
    if (typing) typingTimer = setTimeout(type, TYPING_MS, false)
    onChange()
  }

  const isUnread = (item: Item) => item.from !== 'own' && item.order > readTo
  const countUnread = () => {
    if (looking) {
      readTo = items.findLast(({ order }) => order < ON_ITS_WAY)?.order ?? readTo
      remember('localStorage', readKey, readTo - conversation)
    }
    const { length } = items.filter(isUnread)
    if (length !== chat.unread) {
      chat.unread = length
      onUnread(length)
    }
    onChange()
  }

  const add = (item: Pick<Item, 'key' | 'from' | 'activity'> & Partial<Item>) => {
    const whole: Item = { status: 'sent', order: ON_ITS_WAY, files: [], progress: 0, ...item }
    items.push(whole)
    return whole
  }

  const askStanding = async () => {
    chat.standing = (await connection.readStanding()) ?? chat.standing
    askLater()
    onChange()
  }
  const askLater = (ms = ASK_STANDING_MS) => {
    clearTimeout(standingTimer)
    if (chat.standing?.state === 'queue' || !ms) standingTimer = setTimeout(askStanding, ms)
  }

  const onMessage = (activity: ChatActivity) => {
    const { id = '', from, channelData: data = {} } = activity
    const { kind, queue } = data.zhike ?? {}
    const own = from?.role === 'user'
    const itemKey = (own && data.clientActivityID) || id
    const order = conversation + (data['webchat:sequence-id'] ?? 0)
    const known = items.find((item) => item.key === itemKey)
    Object.assign(known ?? add({ key: itemKey, from: own ? 'own' : kind === 'agent' ? kind : 'bot', activity }), {
      activity,
      order,
      status: 'sent',
    })
    items.sort((a, b) => a.order - b.order)
    if (data.zhikeForm) chat.left = true
    if (own || known) return
    type(false)
    const state = HOLDER[kind ?? '']
    if (!state) return
    chat.standing = { place: null, open: true, opensAt: null, ...queue, state }
    if (state === 'queue') askLater(0)
  }

  const connection = createConnection(house, key, locale, {
    onActivity(activity) {
      const { type: kind, name, value, text, from } = activity
      if (kind === 'message') onMessage(activity)
      else if (name === 'zhike/feedback') {
        const { messageId, helpful } = Object(value) as { messageId: string; helpful: boolean }
        chat.ratings.set(messageId, helpful)
      } else if (kind === 'typing' && from?.role !== 'user') type(text || true)
      countUnread()
    },
    onOnline(online) {
      if (online) {
        clearTimeout(awayTimer)
        awayTimer = undefined
        chat.away = false
      } else
        awayTimer ??= setTimeout(() => {
          chat.away = true
          onChange()
        }, SAY_AWAY_MS)
      onChange()
    },
    onReset(gone) {
      readTo = conversation += CONVERSATION
      chat.standing = null
      chat.left = chat.typing = false
      if (!gone) chat.items = items = []
      else add({ key: makeClientId(), from: 'note', activity: { type: 'note', text: expired }, order: conversation })
      countUnread()
    },
  })

  // What was read in another tab is read here.
  addEventListener('storage', (event) => {
    if (event.key !== readKey) return
    readTo = conversation + (recall<number>('localStorage', readKey) ?? 0)
    countUnread()
  })

  const retry = async (item: Item) => {
    const { activity, files } = item
    item.status = 'sending'
    type(!/queue|agent/.test(chat.standing?.state ?? ''))
    try {
      await connection.send(activity, files, (share) => {
        item.progress = share
        onChange()
      })
      item.status = 'sent'
      if (activity.text === HUMAN) askLater(0)
    } catch {
      // The echo may have come although the answer was lost.
      if (item.order === ON_ITS_WAY) item.status = 'failed'
      type(false)
    }
    onChange()
  }

  const chat: Chat = {
    items,
    away: false,
    typing: false,
    standing: null,
    left: false,
    ratings: new Map(),
    unread: 0,
    newFrom: undefined,
    start: connection.start,
    identify: connection.identify,
    retry,
    say(text, files = [], contact = '') {
      if (!text.trim() && !files.length) return
      const clientActivityID = makeClientId()
      const channelData = { clientActivityID, site, ...(contact && { zhikeForm: true }) }
      chat.newFrom = undefined
      const whole = contact ? `留言：${text}\n联系方式：${contact}` : text
      void retry(add({ key: clientActivityID, from: 'own', activity: { type: 'message', text: whole, channelData }, files }))
    },
    rate(messageId, helpful) {
      if (chat.ratings.get(messageId) === helpful) return
      chat.ratings.set(messageId, helpful)
      onChange()
      const channelData = { clientActivityID: makeClientId() }
      const activity = { type: 'event', name: 'zhike/feedback', value: { messageId, helpful }, channelData }
      connection.send(activity, [], onChange).catch(() => {
        chat.ratings.delete(messageId)
        onChange()
      })
    },
    look(next) {
      if (next && !looking && readTo > conversation) chat.newFrom = items.find(isUnread)?.key
      looking = next
      countUnread()
    },
  }
  return chat
}
