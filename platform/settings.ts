import { sql } from 'kysely'
import { type Actor, recordAudit } from './audit.ts'
import type { Database } from './database.ts'
import type { Events } from './events.ts'
import type { Log } from './log.ts'

/** Named settings that an admin edits and every process follows. */
export interface Settings {
  /** Null when it was never set. */
  read(name: string): Promise<unknown>
  write(by: Actor, name: string, value: unknown): Promise<void>
  /** `hear` with the value now, and again after every change in any process. Returns a function that ends it. */
  follow(name: string, hear: (value: unknown) => void): Promise<() => void>
}

/** A setting as this process holds it: the value in force, and the way to another. */
export interface Held<T> {
  value(): T
  /** Writes it down for every process; here it is in force when this returns. */
  change(by: Actor, value: T): Promise<void>
  /** Reads it, and follows it from then on. Returns a function that ends that. */
  follow(): Promise<() => void>
}

/** @param isValid what a row must be to count; any other leaves the value as it is. */
export function holdSetting<T>(settings: Settings, name: string, initial: T, isValid: (value: unknown) => value is T): Held<T> {
  let held = initial
  return {
    value: () => held,
    async change(by, value) {
      await settings.write(by, name, value)
      held = value
    },
    follow: () =>
      settings.follow(name, (value) => {
        if (isValid(value)) held = value
      }),
  }
}

const TOPIC = 'settings'

const POLL_MS = 30_000

export function createSettings(database: Database, events: Events, log: Log): Settings {
  const read = async (name: string): Promise<unknown> => {
    const { rows } = await sql<{ value: unknown }>`select value from settings where name = ${name}`.execute(database.sql)
    return rows[0]?.value ?? null
  }
  return {
    read,
    async write(by, name, value) {
      await database.transaction(async (tx) => {
        await sql`insert into settings (name, value) values (${name}, ${JSON.stringify(value)}::jsonb)
          on conflict (name) do update set value = excluded.value, version = settings.version + 1, changed_at = now()`.execute(tx)
        await recordAudit(tx, by, 'setting.changed', { kind: 'setting', id: name }, { value })
      })
      events.publish(TOPIC, name)
    },
    async follow(name, hear) {
      const look = async () => {
        const value = await read(name)
        if (value !== null) hear(value)
      }
      const lookAgain = () => {
        look().catch((error) => log.warn({ err: error, name }, 'a setting could not be read; the one before stays in force'))
      }
      await look()
      const unsubscribe = events.subscribe(TOPIC, (changed) => {
        if (changed === null || changed === name) lookAgain()
      })
      // What a lost hint meant.
      const timer = setInterval(lookAgain, POLL_MS)
      return () => {
        clearInterval(timer)
        unsubscribe()
      }
    },
  }
}
