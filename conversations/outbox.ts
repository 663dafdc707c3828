import { sql } from 'kysely'
import type { Database } from '../platform/database.ts'
import { ZhikeError } from '../platform/errors.ts'
import type { Events } from '../platform/events.ts'
import type { Log } from '../platform/log.ts'
import type { Probe } from '../platform/probe.ts'
import type { Activity, Address, Channel } from './channel.ts'
import { complete, splitText } from './message.ts'

/**
 * Sends what was stored, in the order of its Address: at most one delivery of an Address is under way, and a later one waits
 * until the earlier is sent or given up. The Message id is the key under which a channel sends at most once.
 */

export const DELIVERY_TOPIC = 'delivery'
const LEASE_SECONDS = 20
/** Deliveries at once; a platform that hangs on one Address does not hold up the others. */
const MAX_SENDS = 16
const MAX_ATTEMPTS = 20
/** Polling finds what a lost hint meant, and what was left by a killed process when its lease ends. */
const POLL_MS = 1_000

interface Claimed {
  message_id: string
  channel: string
  address: Address
  seq: number
  fence: number
  attempts: number
  at: Date
  activity: Activity
}

/** 1 s doubling to 60 s, with jitter. */
function retryDelayMs(attempts: number): number {
  return Math.min(60_000, 1_000 * 2 ** Math.min(attempts - 1, 6)) * (0.75 + Math.random() / 2)
}

/** Half a lease: a platform that hangs must not hold its Address past it. What arrives later all the same carries the same key. */
const SEND_MS = (LEASE_SECONDS * 1000) / 2

async function inTime<T>(sending: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('the platform did not answer in time')), SEND_MS)
  })
  try {
    return await Promise.race([sending, late])
  } finally {
    clearTimeout(timer)
  }
}

export function createOutbox(deps: {
  database: Database
  events: Events
  log: Log
  probe: Probe
  channels: ReadonlyMap<string, Channel>
  owner: string
}) {
  const { database, log, probe } = deps
  const names = [...deps.channels.values()].filter((channel) => !channel.limits.readerComes).map((channel) => channel.name)

  /** Deliveries under way, by Message id. */
  const underWay = new Map<string, Promise<void>>()

  const claim = async (limit: number): Promise<Claimed[]> => {
    const { rows } = await sql<Claimed>`with mine as (
        update deliveries set owner = ${deps.owner}, lease_until = now() + make_interval(secs => ${LEASE_SECONDS}), fence = fence + 1, attempts = attempts + 1
        where message_id in (
          select d.message_id from deliveries d
          where d.state = 'waiting' and d.due_at <= now() and d.channel = any(${names}::text[]) and d.message_id <> all(${[...underWay.keys()]}::text[])
            -- Leased to us and not under way: a claim or a mark whose answer was lost on the way.
            and (d.lease_until is null or d.lease_until < now() or d.owner = ${deps.owner})
            and not exists (select 1 from deliveries e where e.channel = d.channel and e.address = d.address and e.state = 'waiting' and e.seq < d.seq)
          order by d.due_at limit ${limit} for update skip locked)
        returning message_id, channel, address, seq, fence, attempts)
      select mine.*, m.activity, m.at from mine join messages m on m.id = mine.message_id`.execute(database.sql)
    return rows
  }

  const finish = async (row: Claimed, state: 'sent' | 'failed', error: string | null) => {
    await sql`update deliveries set state = ${state}, error = ${error}, owner = null, lease_until = null
      where message_id = ${row.message_id} and fence = ${row.fence}`.execute(database.sql)
  }

  const renew = async (row: Claimed) => {
    await sql`update deliveries set lease_until = now() + make_interval(secs => ${LEASE_SECONDS})
      where message_id = ${row.message_id} and fence = ${row.fence}`.execute(database.sql)
  }

  const deliver = async (row: Claimed): Promise<void> => {
    probe('outbox.after-claim')
    const channel = deps.channels.get(row.channel)
    if (!channel) return
    try {
      const activity = complete(row.activity, { ...row, id: row.message_id })
      const parts = splitText(activity.text ?? '', channel.limits.textBytes)
      for (const [index, text] of parts.entries()) {
        if (index > 0) await renew(row)
        await inTime(channel.send(row.address, { ...activity, text }, index === 0 ? row.message_id : `${row.message_id}.${index + 1}`))
      }
      probe('outbox.after-send')
      await finish(row, 'sent', null)
      probe('outbox.after-mark')
    } catch (error) {
      const final = error instanceof ZhikeError && error.kind !== 'unavailable' && error.kind !== 'throttled'
      log[final ? 'error' : 'warn']({ err: error, message: row.message_id, attempts: row.attempts }, 'a message could not be sent')
      if (final || row.attempts >= MAX_ATTEMPTS) {
        await finish(row, 'failed', error instanceof Error ? error.message.slice(0, 500) : 'unknown')
        return
      }
      const delayMs = error instanceof ZhikeError && error.retryAfterMs !== undefined ? error.retryAfterMs : retryDelayMs(row.attempts)
      await sql`update deliveries set owner = null, lease_until = null, due_at = now() + make_interval(secs => ${delayMs / 1000})
        where message_id = ${row.message_id} and fence = ${row.fence}`.execute(database.sql)
    }
  }

  let stopped = false
  let running: Promise<void> | null = null
  let again = false
  let timer: NodeJS.Timeout | undefined
  let unsubscribe = () => {}

  const drain = async () => {
    do {
      again = false
      const free = MAX_SENDS - underWay.size
      if (stopped || free <= 0) return
      for (const row of await claim(free)) {
        const delivery = deliver(row)
          .catch((error) =>
            log.warn({ err: error, message: row.message_id }, 'a delivery could not be marked; it is sent again under the same key'),
          )
          .finally(() => {
            underWay.delete(row.message_id)
            // The next one of this Address may go now.
            look()
          })
        underWay.set(row.message_id, delivery)
      }
    } while (again)
  }
  const look = () => {
    if (stopped) return
    if (running) {
      again = true
      return
    }
    running = drain()
      .catch((error) => log.warn({ err: error }, 'the outbox could not be read; it tries again'))
      .finally(() => {
        running = null
        if (again) look()
      })
  }

  return {
    start() {
      // A house whose only channels are read by their readers sends nothing.
      if (names.length === 0) return
      unsubscribe = deps.events.subscribe(DELIVERY_TOPIC, look)
      timer = setInterval(look, POLL_MS)
      look()
    },
    async stop() {
      stopped = true
      clearInterval(timer)
      unsubscribe()
      await running
      await Promise.allSettled(underWay.values())
    },
  }
}
