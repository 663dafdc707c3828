import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import type { Database } from './database.ts'
import type { Log } from './log.ts'

/**
 * Hints between the parts of the house, and between its processes: "look at this id sooner than your next poll". A hint may
 * be lost or doubled; the tables are the truth. Published after the commit, carried to other processes in one NOTIFY a
 * flush, outside of every message's own transaction (a NOTIFY inside it more than halves the commit rate).
 */
export interface Events {
  /** @param id what to look at; at most 1 000 bytes. */
  publish(topic: string, id: string): void
  /** `hear(null)` means hints may have been lost: look at everything. Returns a function that ends it. */
  subscribe(topic: string, hear: (id: string | null) => void): () => void
  start(): Promise<void>
  stop(): Promise<void>
}

const CHANNEL = 'zhike_events'
/** NOTIFY takes 7 999 bytes (PostgreSQL manual); the rest is the envelope. */
const MAX_PAYLOAD_BYTES = 7_500
const FLUSH_MS = 5

export function createEvents(database: Database, log: Log): Events {
  const origin = randomUUID().slice(0, 8)
  const listeners = new Map<string, Set<(id: string | null) => void>>()
  // One process has nobody else to tell; PGlite never has a second one.
  const shared = database.engine === 'postgres'
  let waiting = new Map<string, Set<string>>()
  let timer: NodeJS.Timeout | undefined
  let unlisten: (() => Promise<void>) | undefined
  let flushing: Promise<void> = Promise.resolve()

  const tell = (topic: string, id: string | null) => {
    for (const hear of listeners.get(topic) ?? [])
      try {
        hear(id)
      } catch (error) {
        log.error({ err: error, topic }, 'a listener failed')
      }
  }

  const send = async (batch: Map<string, Set<string>>) => {
    const entries = [...batch].flatMap(([topic, ids]) => [...ids].map((id) => [topic, id] as const))
    let line: (readonly [string, string])[] = []
    let bytes = 0
    const flushLine = async () => {
      if (line.length === 0) return
      const payload = JSON.stringify([origin, line])
      line = []
      bytes = 0
      await sql`select pg_notify(${CHANNEL}, ${payload})`.execute(database.sql)
    }
    for (const entry of entries) {
      const size = Buffer.byteLength(JSON.stringify(entry)) + 1
      if (bytes + size > MAX_PAYLOAD_BYTES) await flushLine()
      line.push(entry)
      bytes += size
    }
    await flushLine()
  }

  const flush = () => {
    timer = undefined
    const batch = waiting
    waiting = new Map()
    flushing = flushing.then(() => send(batch)).catch((error) => log.debug({ err: error }, 'a hint was lost; polling finds what it meant'))
  }

  const receive = (payload: string) => {
    if (payload === '') {
      for (const topic of listeners.keys()) tell(topic, null)
      return
    }
    try {
      const [from, entries] = JSON.parse(payload) as [string, [string, string][]]
      if (from !== origin) for (const [topic, id] of entries) tell(topic, id)
    } catch (error) {
      log.warn({ err: error }, 'a notification of unknown form was left aside')
    }
  }

  return {
    publish(topic, id) {
      // A turn of the event loop later, so that the publisher's own stack is done first.
      queueMicrotask(() => tell(topic, id))
      if (!shared) return
      const ids = waiting.get(topic) ?? new Set()
      waiting.set(topic, ids.add(id))
      timer ??= setTimeout(flush, FLUSH_MS)
    },
    subscribe(topic, hear) {
      const set = listeners.get(topic) ?? new Set()
      listeners.set(topic, set.add(hear))
      return () => {
        set.delete(hear)
        if (set.size === 0) listeners.delete(topic)
      }
    },
    async start() {
      if (shared) unlisten = await database.listen(CHANNEL, receive)
    },
    async stop() {
      clearTimeout(timer)
      if (waiting.size > 0) flush()
      await flushing
      await unlisten?.()
    },
  }
}
