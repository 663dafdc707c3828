import type { WebSocket } from 'ws'
import type { DirectLine, StreamRight } from '../adapters/index.ts'
import type { Mailbox } from '../conversations/mailbox.ts'
import type { Log } from '../platform/log.ts'

/** Streams of the web chat: whoever has the right gets every stored activity once, in order, and soon. */

/** For the WebSocket server: larger frames end the socket with 1009 before they are kept. */
export const SOCKET_OPTIONS = { maxPayload: 256 * 1024 } as const

/** Two tabs and their half-dead predecessors fit; the oldest makes room. */
const SOCKETS_PER_CONVERSATION = 8
const PAGE = 100
/** Characters of a frame that was surely not cut short for its weight. */
const LIGHT_FRAME = 64 * 1024
/** A socket with more than this unsent is a reader that does not read; it comes back with its watermark. */
const MOST_UNSENT_BYTES = 1024 * 1024
/** Frames and pings a client may send in a window. */
const MOST_FRAMES = 20
const WINDOW_MS = 10_000
/** A hint may be lost; this is how late a message can then be. */
const LOOK_MS = 15_000
const PING_MS = 30_000
const SILENT_MS = 60_000
/** What a closed socket gets to answer before it is cut. */
const FAREWELL_MS = 5_000

const GOING_AWAY = 1001
const POLICY = 1008
const FAILED = 1011
const TRY_AGAIN = 1013
/** Reason as Direct Line gives it when a newer socket takes the place. */
const COLLISION = 4000
const SIGNED_IN = 4003

export interface StreamsDeps {
  readonly mailbox: Pick<Mailbox, 'after' | 'ownerOf' | 'watch'>
  readonly translate: DirectLine['translate']
  readonly log: Pick<Log, 'warn'>
}

export interface Streams {
  open(socket: WebSocket, right: StreamRight): void
  /** Ends the streams of everybody who no longer owns the conversation; other processes notice before they send. */
  cut(conversationId: string, owner: string): void
  /** Ends all streams with 1001, for shutdown; later ones are refused the same way. */
  closeAll(): void
  readonly size: () => number
}

interface Stream {
  readonly right: StreamRight
  close(code: number, reason: string): void
  tick(nowMs: number): void
}

export function createStreams(deps: StreamsDeps): Streams {
  const { mailbox, translate, log } = deps
  const byConversation = new Map<string, Set<Stream>>()
  let closed = false
  let timer: NodeJS.Timeout | undefined

  const remove = (stream: Stream) => {
    const set = byConversation.get(stream.right.conversationId)
    set?.delete(stream)
    if (set?.size === 0) byConversation.delete(stream.right.conversationId)
    if (byConversation.size > 0) return
    clearInterval(timer)
    timer = undefined
  }

  const open = (socket: WebSocket, right: StreamRight) => {
    const { conversationId, owner } = right
    let at = right.after
    let running = false
    let again = false
    let over = false
    let heardAt = performance.now()
    let pingedAt = heardAt
    let windowAt = heardAt
    let frames = 0

    const end = () => {
      if (over) return
      over = true
      unwatch()
      remove(stream)
    }
    const close = (code: number, reason: string) => {
      if (over) return
      end()
      socket.close(code, reason)
      // Who does not read does not answer either; without this the socket would stay half a minute.
      setTimeout(() => socket.terminate(), FAREWELL_MS).unref()
    }

    /** Reads, then asks who owns the conversation, then sends: what was read after a sign-in never reaches the visitor of before. */
    const send = async (): Promise<void> => {
      while (!over) {
        const letters = await mailbox.after(conversationId, at, PAGE)
        if (letters.length === 0 || over) return
        if ((await mailbox.ownerOf(conversationId)) !== owner) return close(SIGNED_IN, 'signed in')
        const set = await translate(conversationId, owner, letters, at)
        if (over) return
        if (socket.bufferedAmount > MOST_UNSENT_BYTES) return close(TRY_AGAIN, 'too slow')
        const frame = JSON.stringify(set)
        socket.send(frame)
        at = letters.at(-1)?.seq ?? at
        // A page that is neither full nor heavy was the last; what has come meanwhile has rung again.
        if (letters.length < PAGE && frame.length < LIGHT_FRAME) return
      }
    }
    const look = async () => {
      again = true
      if (running) return
      running = true
      try {
        while (again && !over) {
          again = false
          await send()
        }
      } catch (error) {
        log.warn({ err: error, conversationId }, 'a stream could not be read; its client will come back')
        close(FAILED, 'try again')
      } finally {
        running = false
      }
    }

    const heard = () => {
      const nowMs = performance.now()
      heardAt = nowMs
      if (nowMs - windowAt > WINDOW_MS) {
        windowAt = nowMs
        frames = 0
      }
      if (++frames > MOST_FRAMES) close(POLICY, 'too many frames')
    }

    const stream: Stream = {
      right,
      close,
      tick(nowMs) {
        if (nowMs - heardAt > SILENT_MS) {
          end()
          socket.terminate()
          return
        }
        if (nowMs - pingedAt >= PING_MS) {
          pingedAt = nowMs
          socket.ping()
        }
        void look()
      },
    }

    socket.on('error', end)
    socket.on('close', end)
    // Clients send empty frames to stay alive; whatever else they send means nothing to us.
    socket.on('message', heard)
    socket.on('ping', heard)
    socket.on('pong', heard)

    // Listened to before the first read, so that nothing falls between the replay and the live part.
    const unwatch = closed ? () => {} : mailbox.watch(conversationId, () => void look())
    if (closed) return close(GOING_AWAY, 'going away')
    const set = byConversation.get(conversationId) ?? new Set()
    byConversation.set(conversationId, set.add(stream))
    const [oldest] = set
    if (set.size > SOCKETS_PER_CONVERSATION) oldest?.close(COLLISION, 'collision')
    timer ??= setInterval(() => {
      const nowMs = performance.now()
      for (const streams of [...byConversation.values()]) for (const each of [...streams]) each.tick(nowMs)
    }, LOOK_MS).unref()
    void look()
  }

  return {
    open,
    cut(conversationId, owner) {
      for (const stream of [...(byConversation.get(conversationId) ?? [])])
        if (stream.right.owner !== owner) stream.close(SIGNED_IN, 'signed in')
    },
    closeAll() {
      closed = true
      for (const set of [...byConversation.values()]) for (const stream of [...set]) stream.close(GOING_AWAY, 'going away')
    },
    size: () => [...byConversation.values()].reduce((sum, set) => sum + set.size, 0),
  }
}
