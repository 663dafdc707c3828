/** Our end of Direct Line 3.0: one conversation that outlives reloads, lost sockets and sleeping tabs. */

export interface ChatActivity {
  id?: string
  type: string
  timestamp?: string
  from?: { id: string; name?: string; role?: string }
  text?: string
  attachments?: { contentType: string; contentUrl?: string; name?: string }[]
  suggestedActions?: { actions: { title: string; value: string }[] }
  channelData?: {
    clientActivityID?: string
    zhike?: { kind?: string; aiGenerated?: boolean; evidence?: { articleId: string; question?: string }[] }
  }
}

export type ConnectionState = 'connecting' | 'online' | 'reconnecting' | 'unavailable'

export interface ConnectionEvents {
  onActivity(activity: ChatActivity): void
  onState(state: ConnectionState): void
  /** The old conversation can no longer be read; a new one begins. */
  onExpired(): void
}

export interface Connection {
  start(): void
  /** Resolves when the house has it; the same `clientId` again is the same message. Rejects when it must be sent again by hand. */
  send(text: string, clientId: string): Promise<void>
}

interface Kept {
  token: string
  conversationId: string
}

const BASE = '/v3/directline'
const KEY = 'zhike.chat'
const FIRST_WAIT_MS = 500
const LONGEST_WAIT_MS = 15_000
const POLL_MS = 2_000
const KEEP_ALIVE_MS = 20_000
const REFRESH_MS = 15 * 60_000
/** A socket that never opened this often in a row is not let through; reading by poll takes over. */
const SOCKET_TRIES = 2
const SEND_TRIES = 4

class Refused extends Error {
  readonly status: number
  readonly retryAfterMs: number
  constructor(status: number, retryAfterMs: number) {
    super(`answered ${status}`)
    this.status = status
    this.retryAfterMs = retryAfterMs
  }
}

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
/** Half fixed, half random, so that a restart of the house does not call everybody back at once. */
const backoff = (tries: number) => {
  const most = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** tries)
  return most / 2 + Math.random() * (most / 2)
}

export function createConnection(events: ConnectionEvents, locale: string): Connection {
  let kept: Kept | null = null
  let watermark = ''
  let socketFailures = 0
  let ready: Promise<void> = Promise.resolve()

  const keep = (next: Kept | null) => {
    kept = next
    try {
      if (next) sessionStorage.setItem(KEY, JSON.stringify({ token: next.token, conversationId: next.conversationId }))
      else sessionStorage.removeItem(KEY)
    } catch {
      // A page without storage chats all the same, until it is reloaded.
    }
  }
  const restore = (): Kept | null => {
    try {
      return JSON.parse(sessionStorage.getItem(KEY) ?? 'null') as Kept | null
    } catch {
      return null
    }
  }

  const call = async <T>(method: string, path: string, body?: unknown): Promise<T> => {
    const response = await fetch(BASE + path, {
      method,
      headers: {
        ...(kept ? { authorization: `Bearer ${kept.token}` } : {}),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(20_000),
    })
    if (!response.ok) throw new Refused(response.status, Number(response.headers.get('retry-after') ?? 0) * 1_000)
    return (await response.json()) as T
  }

  const isLost = (error: unknown) => error instanceof Refused && [401, 403, 404].includes(error.status)

  const take = (set: { activities: ChatActivity[]; watermark?: string }) => {
    for (const activity of set.activities) events.onActivity(activity)
    if (set.watermark) watermark = set.watermark
  }

  /** Opens the conversation that was kept, or a new one. @returns its stream. */
  const open = async (): Promise<string> => {
    if (kept && watermark !== '') {
      const again = await call<Kept & { streamUrl: string }>(
        'GET',
        `/conversations/${kept.conversationId}?watermark=${encodeURIComponent(watermark)}`,
      )
      keep(again)
      return again.streamUrl
    }
    if (!kept) keep(await call<Kept>('POST', '/tokens/generate', {}))
    const started = await call<Kept & { streamUrl: string }>('POST', '/conversations', { locale })
    keep(started)
    return started.streamUrl
  }

  /** Resolves when the socket has ended; true when it had been open. */
  const follow = (url: string) =>
    new Promise<boolean>((resolve) => {
      const socket = new WebSocket(url)
      let opened = false
      let alive: ReturnType<typeof setInterval> | undefined
      socket.onopen = () => {
        opened = true
        events.onState('online')
        alive = setInterval(() => socket.send(''), KEEP_ALIVE_MS)
      }
      socket.onmessage = ({ data }) => {
        if (typeof data === 'string' && data !== '') take(JSON.parse(data))
      }
      socket.onclose = () => {
        clearInterval(alive)
        resolve(opened)
      }
    })

  const poll = async () => {
    for (let n = 0; n < 15; n++) {
      const id = kept?.conversationId ?? ''
      take(await call('GET', `/conversations/${id}/activities?watermark=${encodeURIComponent(watermark)}`))
      events.onState('online')
      await wait(POLL_MS)
    }
  }

  const run = async () => {
    let tries = 0
    for (;;) {
      try {
        const opening = open()
        ready = opening.then(
          () => {},
          () => {},
        )
        const url = await opening
        const opened = await follow(url)
        socketFailures = opened ? 0 : socketFailures + 1
        if (opened) tries = 0
        if (socketFailures >= SOCKET_TRIES) await poll()
        events.onState('reconnecting')
      } catch (error) {
        if (isLost(error)) {
          const had = kept !== null
          keep(null)
          watermark = ''
          if (had) events.onExpired()
          else events.onState('unavailable')
        } else events.onState(tries > 3 ? 'unavailable' : 'reconnecting')
      }
      await wait(backoff(tries++))
    }
  }

  return {
    start() {
      kept = restore()
      events.onState('connecting')
      void run()
      setInterval(() => {
        if (kept) void call<Kept>('POST', '/tokens/refresh').then(keep, () => {})
      }, REFRESH_MS)
    },
    async send(text, clientId) {
      for (let tries = 0; ; tries++) {
        await ready
        try {
          if (!kept) throw new Error('not connected')
          const body = { type: 'message', from: { id: 'me' }, text, locale, channelData: { clientActivityID: clientId } }
          await call('POST', `/conversations/${kept.conversationId}/activities`, body)
          return
        } catch (error) {
          const final = error instanceof Refused && error.status < 500 && error.status !== 429
          if (final || tries + 1 >= SEND_TRIES) throw error
          await wait(Math.max(error instanceof Refused ? error.retryAfterMs : 0, backoff(tries)))
        }
      }
    },
  }
}
