import type { Database } from '../platform/database.ts'
import { ZhikeError } from '../platform/errors.ts'
import type { Events } from '../platform/events.ts'
import type { Log } from '../platform/log.ts'
import type { Probe } from '../platform/probe.ts'
import type { Channel } from './channel.ts'
import {
  claimDeliveries,
  DELIVERY_LEASE_SECONDS,
  type Delivery,
  finishDelivery,
  postponeDelivery,
  renewDelivery,
} from './delivery-store.ts'
import { complete, splitText } from './message.ts'

/**
 * Sends what was stored, in the order of its Address: at most one delivery of an Address is under way, and a later one waits
 * until the earlier is sent or given up. The Message id is the key under which a channel sends at most once.
 */

export const DELIVERY_TOPIC = 'delivery'
/** Deliveries at once; a platform that hangs on one Address does not hold up the others. */
const MAX_SENDS = 16
const MAX_ATTEMPTS = 20
/** Polling finds what a lost hint meant, and what was left by a killed process when its lease ends. */
const POLL_MS = 1_000

/** 1 s doubling to 60 s, with jitter. */
function retryDelayMs(attempts: number): number {
  return Math.min(60_000, 1_000 * 2 ** Math.min(attempts - 1, 6)) * (0.75 + Math.random() / 2)
}

/** A platform that hangs must not hold its Address for ever. What arrives later all the same carries the same key. */
const SEND_MS = 10_000
const RENEW_MS = (DELIVERY_LEASE_SECONDS * 1000 * 3) / 10

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

  const attempt = async (row: Delivery, channel: Channel): Promise<void> => {
    try {
      const activity = complete(row.activity, { ...row, id: row.messageId })
      const parts = splitText(activity.text ?? '', channel.limits.textBytes)
      for (const [index, text] of parts.entries())
        await inTime(channel.send(row.address, { ...activity, text }, index === 0 ? row.messageId : `${row.messageId}.${index + 1}`))
      probe('outbox.after-send')
      await finishDelivery(database.sql, row, 'sent', null)
      probe('outbox.after-mark')
    } catch (error) {
      const final = error instanceof ZhikeError && error.kind !== 'unavailable' && error.kind !== 'throttled'
      log[final ? 'error' : 'warn']({ err: error, message: row.messageId, attempts: row.attempts }, 'a message could not be sent')
      if (final || row.attempts >= MAX_ATTEMPTS) {
        await finishDelivery(database.sql, row, 'failed', error instanceof Error ? error.message.slice(0, 500) : 'unknown')
        return
      }
      const delayMs = error instanceof ZhikeError && error.retryAfterMs !== undefined ? error.retryAfterMs : retryDelayMs(row.attempts)
      await postponeDelivery(database.sql, row, delayMs)
    }
  }

  const deliver = async (row: Delivery): Promise<void> => {
    probe('outbox.after-claim')
    const channel = deps.channels.get(row.channel)
    if (!channel) return
    const renewal = setInterval(() => void renewDelivery(database.sql, row).catch(() => undefined), RENEW_MS)
    try {
      await attempt(row, channel)
    } finally {
      clearInterval(renewal)
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
      for (const row of await claimDeliveries(database.sql, deps.owner, names, [...underWay.keys()], free)) {
        const delivery = deliver(row)
          .catch((error) =>
            log.warn({ err: error, message: row.messageId }, 'a delivery could not be marked; it is sent again under the same key'),
          )
          .finally(() => {
            underWay.delete(row.messageId)
            // The next one of this Address may go now.
            look()
          })
        underWay.set(row.messageId, delivery)
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
