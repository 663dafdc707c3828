import type { ChatActivity, Standing } from './activity.ts'
import { recall, remember } from './storage.ts'

/** Our end of Direct Line 3.0: one conversation that outlives page loads, lost sockets and sleeping tabs, shared by all tabs of a site. */

export interface ConnectionEvents {
  onActivity(activity: ChatActivity): void
  onOnline(online: boolean): void
  /** What was read so far belongs to another conversation; a new one begins. `expired`: the old one could no longer be read. */
  onReset(expired: boolean): void
}

export interface Connection {
  /** Asks the house for nothing unless `begin`, or a conversation was kept. May be called again. */
  start(begin: boolean): void
  /**
   * Resolves when the house has it; the same `clientActivityID` again is the same Activity. Rejects when it must be sent again by hand.
   * @param onProgress 0..1 of what is sent.
   */
  send(activity: ChatActivity, files: readonly File[], onProgress: (share: number) => void): Promise<void>
  /** The conversation goes on as the customer of this signed identity (JWT); null forgets it. Rejects when the house refuses it. */
  identify(identity: string | null): Promise<void>
  /** Null when the house does not say. */
  readStanding(): Promise<Standing | null>
}

interface Kept {
  token: string
  conversationId: string
  streamUrl?: string
}

const FIRST_WAIT_MS = 500
const LONGEST_WAIT_MS = 15_000
const KEEP_ALIVE_MS = 20_000
const REFRESH_MS = 15 * 60_000
const PATIENCE_MS = 60_000
const SEND_TRIES = 4

/** What a request ends with that was not answered, or not with a yes; 0 for no answer. */
interface Failure {
  readonly status: number
}

const isLost = ({ status }: Failure) => /40[134]/.test(`${status}`)
/** Half fixed, half random, so that a restart of the house does not call everybody back at once. */
const backoff = (tries: number) =>
  new Promise((resolve) => setTimeout(resolve, (Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** tries) * (1 + Math.random())) / 2))

/** @param house origin of the house. @param key where the conversation is kept in localStorage. @param locale of the greeting. */
export function createConnection(house: string, key: string, locale: string, events: ConnectionEvents): Connection {
  let kept: Kept | null = null
  let watermark = ''
  let running = false
  /** Somebody on this page asked for the chat. */
  let wanted = false
  let socket: WebSocket | undefined
  let ready: Promise<unknown> | undefined
  let identity: string | null = null

  const keep = (next: Kept | null) => {
    kept = next
    remember('localStorage', key, next)
  }
  const restore = () => recall<Kept>('localStorage', key)
  /** @param next what goes on instead; the same conversation just goes on. */
  const leave = (next: Kept | null, expired = !next) => {
    const same = next?.conversationId === kept?.conversationId
    keep(next)
    if (next && same) return
    watermark = ''
    events.onReset(expired)
    socket?.close()
  }

  /** XMLHttpRequest, because fetch does not tell how much of a body has left. Rejects with a Failure. */
  const call = <T = Kept>(path: string, body?: unknown, token = kept?.token, onProgress?: (share: number) => void) =>
    new Promise<T>((resolve, reject) => {
      const request = new XMLHttpRequest()
      request.open(body ? 'POST' : 'GET', `${house}/v3/directline${path}`)
      request.responseType = 'json'
      request.timeout = PATIENCE_MS
      if (token) request.setRequestHeader('authorization', `Bearer ${token}`)
      if (onProgress) request.upload.onprogress = ({ loaded, total }) => onProgress(loaded / total)
      request.onloadend = () => (/^2/.test(`${request.status}`) ? resolve(request.response) : reject({ status: request.status }))
      request.send(body instanceof FormData ? body : JSON.stringify(body))
    })
  const here = (path: string) => `/conversations/${kept?.conversationId}${path}`
  const generate = (token?: string) => call('/tokens/generate', identity ? { identity } : {}, token)

  const take = (set: { activities: ChatActivity[]; watermark?: string }) => {
    set.activities.forEach(events.onActivity)
    watermark = set.watermark || watermark
  }

  /** Takes the answer to a request, unless the conversation was left, or somebody signed in, before it came. @returns its stream. */
  const renew = async (asked: Promise<Kept>) => {
    const was = kept
    const next = await asked
    if (kept !== was) throw { status: 0 }
    keep(next)
    return next.streamUrl as string
  }

  /** The conversation at hand becomes that of the signed customer; when it is somebody else's, they get a new one. */
  const signIn = async () => {
    try {
      keep(await generate())
    } catch (error) {
      if (!kept || !isLost(error as Failure)) throw error
      leave(await generate(''))
    }
    // The stream of the visitor ends; the next one is the customer's.
    socket?.close()
  }

  /** Opens the conversation that was kept, here or by another tab, or a new one. @returns its stream. */
  const open = async () => {
    kept ??= restore()
    if (!kept && identity)
      await signIn().catch((error) => {
        if (!isLost(error)) throw error
        // An identity that is too old must not keep anybody from asking: they go on as a visitor.
        identity = null
      })
    if (!kept) await renew(generate())
    return renew(watermark ? call(here(`?watermark=${watermark}`)) : call('/conversations', { locale }))
  }

  /** What is sent meanwhile waits, and so does the next attempt to open. */
  const busy = <T>(work: Promise<T>) => {
    ready = work.catch(() => {})
    return work
  }

  /** Resolves when the socket has ended; true when it had been open. */
  const follow = (url: string) =>
    new Promise<boolean>((resolve) => {
      const own = new WebSocket(url)
      let alive: ReturnType<typeof setInterval> | undefined
      socket = own
      own.onopen = () => {
        events.onOnline(true)
        alive = setInterval(() => own.send(''), KEEP_ALIVE_MS)
      }
      own.onmessage = ({ data }) => {
        if (data) take(JSON.parse(data))
      }
      own.onclose = () => {
        clearInterval(alive)
        resolve(!!alive)
      }
    })

  const run = async () => {
    let tries = 0
    let deaf = false
    for (running = true; running; running = wanted || !!kept) {
      try {
        const url = await busy(open())
        if (deaf) {
          // No socket gets through: then coming back is how we read, about once a second.
          take(await call(here(`/activities?watermark=${watermark}`)))
          events.onOnline(true)
          tries = 1
        }
        deaf = !(await follow(url))
        if (!deaf) tries = 0
      } catch (error) {
        const other = restore()
        // Somebody may have signed in, or begun anew, in another tab.
        if (kept && isLost(error as Failure)) leave(other?.token === kept.token ? null : other)
      }
      events.onOnline(false)
      await backoff(tries++)
      // A sign-in ends the stream before it is answered.
      await ready
    }
  }

  // Who signed out in another tab, or is somebody else there, is so here.
  addEventListener('storage', (event) => {
    const other = restore()
    if (event.key === key && other?.conversationId !== kept?.conversationId) leave(other, false)
  })

  return {
    start(begin) {
      wanted ||= begin
      kept ??= restore()
      if (running || !(wanted || kept)) return
      events.onOnline(false)
      void run()
      setInterval(() => kept && renew(call('/tokens/refresh', {})).catch(() => {}), REFRESH_MS)
    },
    async send(activity, files, onProgress) {
      const body = { ...activity, from: { id: 'me' }, locale }
      const form = new FormData()
      // The house names the files in it.
      form.append('activity', JSON.stringify(body))
      for (const file of files) form.append('file', file)
      for (let tries = 0; ; ) {
        await ready
        try {
          if (!kept) throw { status: 0 }
          await (files.length ? call(here('/upload?userId=me'), form, undefined, onProgress) : call(here('/activities'), body))
          return
        } catch (error) {
          // What is refused for who we were or for haste may be taken the next time.
          if (/4(?!0[134]|29)../.test(`${(error as Failure).status}`) || ++tries === SEND_TRIES) throw error
          await backoff(tries)
        }
      }
    },
    async identify(next) {
      identity = next
      if (!next) leave(null, false)
      else if (running) {
        await ready
        await busy(signIn())
      }
    },
    readStanding: () => call<Standing>(here('/state')).catch(() => null),
  }
}
