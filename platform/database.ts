import {
  CompiledQuery,
  type DatabaseConnection,
  type Driver,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type QueryResult,
} from 'kysely'
import { ZhikeError } from './errors.ts'

/**
 * One SQL door over two engines: Kysely for the statements, an `Engine` (pg.ts or pglite.ts) for the connections.
 * The same SQL runs on both.
 */

/** No module's tables are known here: statements are written with Kysely's `sql` tag and typed where they are written. */
// biome-ignore lint/complexity/noBannedTypes: Kysely's own way to say "no tables".
type NoTables = {}

/** Anything a statement can run on: the database itself, or one transaction of it. */
export type Sql = Kysely<NoTables>

/** Inside `Database.transaction`: only this may be used until it ends (on PGlite anything else would wait for it forever). */
export type Tx = Sql & { readonly isTx?: true }

export interface EngineConnection {
  query(text: string, values: readonly unknown[]): Promise<{ rows: unknown[]; affected: number }>
  /** After a broken connection `broken` is true and it is thrown away. */
  release(broken: boolean): void
}

export interface Engine {
  readonly name: 'postgres' | 'pglite'
  connect(): Promise<EngineConnection>
  /**
   * Calls `hear` with each payload. A payload is a hint to look at a table, never the truth: `hear('')` says that hints may
   * have been lost and everything should be looked at. Returns a function that stops it.
   */
  listen(channel: string, hear: (payload: string) => void): Promise<() => Promise<void>>
  /** Several statements without parameters in one go (migrations, pg-boss). */
  executeScript(text: string): Promise<{ rows: unknown[] }>
  close(): Promise<void>
}

export interface Database {
  readonly engine: Engine['name']
  readonly sql: Sql
  /**
   * Runs all of `run` in one transaction (read committed) and repeats the whole on deadlock or serialisation failure, so
   * `run` must hold only SQL: no model, no HTTP, nothing that cannot be done twice.
   * @throws ZhikeError `unavailable` `database.unavailable` when the server did not answer; after a lost commit answer the
   * outcome is unknown, and the caller's idempotency key decides when the caller repeats.
   */
  transaction<T>(run: (tx: Tx) => Promise<T>): Promise<T>
  listen: Engine['listen']
  /** For libraries that bring their own SQL text (pg-boss). With `tx` it runs inside that transaction. */
  executeText(text: string, values?: readonly unknown[], tx?: Tx): Promise<{ rows: unknown[] }>
  close(): Promise<void>
}

/** SQLSTATEs after which the whole transaction is simply repeated: serialization_failure, deadlock_detected. */
const REPEAT = new Set(['40001', '40P01'])

/** SQLSTATE classes and codes that mean "the server cannot serve now" (PostgreSQL manual, appendix A). */
const UNAVAILABLE_STATES = /^(08|53|57P0|57014|25006|55P03|25P03|25P04|58)/
const UNAVAILABLE_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
])
const UNAVAILABLE_TEXT =
  /connection terminated|timeout exceeded when trying to connect|query read timeout|not queryable|connection ended|cannot use a pool after|PGlite is clos/i

function codeOf(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code
  return typeof code === 'string' ? code : ''
}

/** True when the connection itself is gone and must not be used again. */
export function isConnectionLost(error: unknown): boolean {
  const code = codeOf(error)
  return UNAVAILABLE_CODES.has(code) || /^(08|57P0|25P03|25P04)/.test(code) || UNAVAILABLE_TEXT.test((error as Error)?.message ?? '')
}

function translate(error: unknown): unknown {
  if (error instanceof ZhikeError) return error
  if (isConnectionLost(error) || UNAVAILABLE_STATES.test(codeOf(error)))
    return new ZhikeError('unavailable', 'database.unavailable', 'The database did not answer; try again shortly.', {
      cause: error,
      retryAfterMs: 1000,
    })
  return error
}

interface KyselyConnection extends DatabaseConnection {
  readonly raw: EngineConnection
  broken: boolean
}

function createDriver(engine: Engine): Driver {
  const run = async (connection: DatabaseConnection, text: string) => {
    await connection.executeQuery(CompiledQuery.raw(text))
  }
  return {
    async init() {},
    async acquireConnection(): Promise<KyselyConnection> {
      let raw: EngineConnection
      try {
        raw = await engine.connect()
      } catch (error) {
        throw translate(error)
      }
      const connection: KyselyConnection = {
        raw,
        broken: false,
        async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
          // A dead connection would make the rollback wait for its full time as well.
          if (connection.broken) throw translate(new Error('Connection terminated'))
          try {
            const result = await raw.query(query.sql, query.parameters)
            return { rows: result.rows as R[], numAffectedRows: BigInt(result.affected) }
          } catch (error) {
            if (isConnectionLost(error)) connection.broken = true
            throw translate(error)
          }
        },
        // biome-ignore lint/correctness/useYield: streaming is not offered; the house pages by cursor.
        async *streamQuery() {
          throw new Error('streaming is not offered: page by cursor')
        },
      }
      return connection
    },
    beginTransaction: (connection) => run(connection, 'begin'),
    commitTransaction: (connection) => run(connection, 'commit'),
    rollbackTransaction: (connection) => run(connection, 'rollback'),
    async releaseConnection(connection) {
      const { raw, broken } = connection as KyselyConnection
      raw.release(broken)
    },
    async destroy() {
      await engine.close()
    },
  }
}

/** Milliseconds before attempt `n` (1-based) of a repeated transaction, with full jitter so that two rivals part. */
function repeatDelayMs(attempt: number): number {
  return Math.random() * 10 * 2 ** attempt
}

const MAX_ATTEMPTS = 8

export function createDatabase(engine: Engine): Database {
  const kysely = new Kysely<NoTables>({
    dialect: {
      createAdapter: () => new PostgresAdapter(),
      createDriver: () => createDriver(engine),
      createIntrospector: (db) => new PostgresIntrospector(db),
      createQueryCompiler: () => new PostgresQueryCompiler(),
    },
  })
  const attempt = <T>(run: (tx: Tx) => Promise<T>): Promise<T> =>
    kysely.connection().execute(async (tx) => {
      await tx.executeQuery(CompiledQuery.raw('begin'))
      try {
        const result = await run(tx)
        await tx.executeQuery(CompiledQuery.raw('commit'))
        return result
      } catch (error) {
        // The first error is the one that matters; a rollback on a dead connection fails by nature.
        await tx.executeQuery(CompiledQuery.raw('rollback')).catch(() => undefined)
        throw error
      }
    })
  return {
    engine: engine.name,
    sql: kysely,
    async transaction(run) {
      for (let n = 1; ; n++) {
        try {
          return await attempt(run)
        } catch (error) {
          if (n >= MAX_ATTEMPTS || !REPEAT.has(codeOf(error))) throw error
          await new Promise((resolve) => setTimeout(resolve, repeatDelayMs(n)))
        }
      }
    },
    listen: (channel, hear) => engine.listen(channel, hear),
    async executeText(text, values = [], tx) {
      try {
        if (tx) return { rows: (await tx.executeQuery(CompiledQuery.raw(text, [...values]))).rows }
        if (values.length > 0) return { rows: (await kysely.executeQuery(CompiledQuery.raw(text, [...values]))).rows }
        return await engine.executeScript(text)
      } catch (error) {
        throw translate(error)
      }
    },
    close: () => kysely.destroy(),
  }
}
