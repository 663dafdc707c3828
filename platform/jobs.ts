import PgBoss from 'pg-boss'
import type { Database, Tx } from './database.ts'
import { isTransient } from './errors.ts'
import type { Log } from './log.ts'

/**
 * What may wait a second: imports, re-indexing, timers, monthly runs. pg-boss keeps the rows; a job is enqueued in its
 * caller's transaction and written so that running it twice does no harm.
 */
export interface Jobs {
  /** Registers the handler of a queue before `start`. With `cron` (minute hour day month weekday, house time zone) it also runs by the clock. */
  handle(name: string, run: (data: Record<string, unknown>) => Promise<void>, options?: { cron?: string; retryLimit?: number }): void
  /** `key`: at most one waiting job of that key. */
  enqueue(
    tx: Tx | null,
    name: string,
    data?: Record<string, unknown>,
    options?: { key?: string; startAfterSeconds?: number },
  ): Promise<void>
  /** `work: false` for a process that only enqueues. */
  start(options: { work: boolean }): Promise<void>
  stop(graceMs: number): Promise<void>
}

/** pg-boss polls no faster than every 0.5 s. */
const POLL_SECONDS = 1

export function createJobs(database: Database, log: Log, timeZone: string): Jobs {
  const boss = new PgBoss({ db: { executeSql: (text, values) => database.executeText(text, values) }, schema: 'pgboss' })
  // Without a listener an 'error' event would end the process; pg-boss goes on polling by itself.
  boss.on('error', (error) => log.warn({ err: error }, 'the job queue could not be read; it tries again'))
  const queues: { name: string; run: (data: Record<string, unknown>) => Promise<void>; cron: string | undefined; retryLimit: number }[] = []
  let started = false

  return {
    handle(name, run, options = {}) {
      queues.push({ name, run, cron: options.cron, retryLimit: options.retryLimit ?? 5 })
    },
    async enqueue(tx, name, data = {}, options = {}) {
      await boss.send(name, data, {
        ...(options.key === undefined ? {} : { singletonKey: options.key }),
        ...(options.startAfterSeconds === undefined ? {} : { startAfter: options.startAfterSeconds }),
        ...(tx === null ? {} : { db: { executeSql: (text: string, values: unknown[]) => database.executeText(text, values, tx) } }),
      })
    },
    async start({ work }) {
      await boss.start()
      started = true
      // Asked once: making a queue that is there costs a lock and a dozen statements each.
      const there = new Set((await boss.getQueues()).map(({ name }) => name))
      const schedules = (await boss.getSchedules()) as unknown as { name: string; cron: string; timezone: string }[]
      const scheduled = new Map(schedules.map(({ name, cron, timezone }) => [name, `${cron} ${timezone}`]))
      for (const queue of queues) {
        if (!there.has(queue.name))
          await boss.createQueue(queue.name, {
            name: queue.name,
            policy: queue.cron ? 'short' : 'standard',
            retryLimit: queue.retryLimit,
            retryBackoff: true,
            expireInMinutes: 30,
          })
        if (!work) continue
        await boss.work(queue.name, { pollingIntervalSeconds: POLL_SECONDS, batchSize: 1 }, async ([job]) => {
          if (!job) return
          try {
            await queue.run((job.data ?? {}) as Record<string, unknown>)
          } catch (error) {
            log.error({ err: error, queue: queue.name, job: job.id }, 'a job failed')
            // What cannot succeed by repeating is given up at once, and stays logged.
            if (isTransient(error)) throw error
          }
        })
        if (queue.cron && scheduled.get(queue.name) !== `${queue.cron} ${timeZone}`)
          await boss.schedule(queue.name, queue.cron, {}, { tz: timeZone })
      }
    },
    async stop(graceMs) {
      if (started) await boss.stop({ graceful: true, wait: true, timeout: Math.max(1_000, graceMs) })
    },
  }
}
