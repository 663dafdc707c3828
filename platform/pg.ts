import pg from 'pg'
import type { Engine } from './database.ts'
import type { Log } from './log.ts'

/** int8 as number: counts and sequence numbers stay far below 2^53, and PGlite gives numbers too. */
pg.types.setTypeParser(pg.types.builtins.INT8, Number)

/** Names for prepared statements, so that the server parses and plans the hot ones once a connection. */
const MAX_NAMED_STATEMENTS = 300

/** A listening connection that went dead is silent for ever, so it is asked for a sign of life. */
const HEARTBEAT_MS = 5_000

/** Waits between attempts to listen again: 0.1 s doubling to 2 s. */
function reconnectDelayMs(attempt: number): number {
  return Math.min(2_000, 100 * 2 ** attempt)
}

/** PostgreSQL through a pool. Every wait is bounded: connect 3 s, statement 5 s on the server, 6 s on the wire. */
export function createPostgresEngine(url: string, log: Log, options: { poolSize?: number } = {}): Engine {
  const pool = new pg.Pool({
    connectionString: url,
    max: options.poolSize ?? 10,
    connectionTimeoutMillis: 3_000,
    idleTimeoutMillis: 30_000,
    statement_timeout: 5_000,
    query_timeout: 6_000,
    idle_in_transaction_session_timeout: 5_000,
    keepAlive: true,
    application_name: 'zhike',
  })
  // An idle connection that breaks reports here; without a listener Node would end the process.
  pool.on('error', (error) => log.warn({ err: error }, 'an idle database connection broke'))

  // When one connection is lost, the idle ones are likely dead as well and each would cost its user a full timeout: all that
  // were made before are replaced.
  let losses = 0
  const madeAt = new WeakMap<pg.PoolClient, number>()
  pool.on('connect', (client) => madeAt.set(client, losses))
  const trusted = async (): Promise<pg.PoolClient> => {
    for (;;) {
      const client = await pool.connect()
      if ((madeAt.get(client) ?? losses) >= losses) return client
      client.release(true)
    }
  }

  const names = new Map<string, string>()
  const nameOf = (text: string): string | undefined => {
    const name = names.get(text)
    if (name !== undefined || names.size >= MAX_NAMED_STATEMENTS) return name
    const made = `zhike_${names.size}`
    names.set(text, made)
    return made
  }

  const stops = new Set<() => Promise<void>>()

  return {
    name: 'postgres',
    async connect() {
      const client = await trusted()
      let lost = false
      // A connection that breaks while it is out reports here first; the statement in flight fails by itself.
      const onError = () => {
        lost = true
      }
      client.on('error', onError)
      return {
        async query(text, values) {
          const name = values.length > 0 ? nameOf(text) : undefined
          const result = await client.query(name === undefined ? { text, values: [...values] } : { name, text, values: [...values] })
          return { rows: result.rows, affected: result.rowCount ?? 0 }
        },
        release(broken) {
          client.off('error', onError)
          if (broken || lost) losses++
          client.release(broken || lost)
        },
      }
    },
    async listen(channel, hear) {
      let stopped = false
      let current: pg.Client | null = null
      let timer: NodeJS.Timeout | undefined
      let attempt = 0
      const again = () => {
        if (stopped) return
        current = null
        timer = setTimeout(() => void open().catch(() => undefined), reconnectDelayMs(attempt++))
      }
      const open = async (): Promise<void> => {
        const client = new pg.Client({
          connectionString: url,
          connectionTimeoutMillis: 3_000,
          query_timeout: 3_000,
          keepAlive: true,
          application_name: 'zhike-listen',
        })
        let ended = false
        let heartbeat: NodeJS.Timeout | undefined
        const end = () => {
          if (ended) return
          ended = true
          clearInterval(heartbeat)
          client.end().catch(() => undefined)
          again()
        }
        client.on('error', end)
        client.on('end', end)
        client.on('notification', (message) => hear(message.payload ?? ''))
        try {
          await client.connect()
          await client.query(`listen ${pg.escapeIdentifier(channel)}`)
        } catch (error) {
          end()
          throw error
        }
        if (stopped) {
          await client.end()
          return
        }
        current = client
        attempt = 0
        heartbeat = setInterval(() => void client.query('select 1').catch(end), HEARTBEAT_MS)
        // Whatever was notified while nobody listened is found by looking.
        hear('')
      }
      await open().catch((error) => log.warn({ err: error }, 'listening failed; polling serves until it works'))
      const stop = async () => {
        stopped = true
        clearTimeout(timer)
        stops.delete(stop)
        await current?.end().catch(() => undefined)
      }
      stops.add(stop)
      return stop
    },
    async executeScript(text) {
      const result: unknown = await pool.query(text)
      const last = Array.isArray(result) ? result.at(-1) : result
      return { rows: (last as { rows?: unknown[] })?.rows ?? [] }
    },
    async close() {
      await Promise.all([...stops].map((stop) => stop()))
      await pool.end()
    },
  }
}
