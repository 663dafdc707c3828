import { createHash } from 'node:crypto'
import { mkdirSync, realpathSync, rmSync } from 'node:fs'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import { vector } from '@electric-sql/pglite-pgvector'
import type { Engine } from './database.ts'
import { ZhikeError } from './errors.ts'

/**
 * The embedded database: PostgreSQL compiled to WebAssembly, on our own thread, with exactly one connection.
 * It survives a killed process (its writes reach the operating system) but not a lost machine: it never calls fsync.
 */

/**
 * Everything passes one gate, one owner at a time: inside a transaction only its owner. Without it a statement of somebody
 * else would run inside a stranger's transaction and vanish with its rollback.
 */
function createGate() {
  let tail: Promise<void> = Promise.resolve()
  return {
    /** Resolves when it is our turn; call the result to let the next one in. */
    enter(): Promise<() => void> {
      const before = tail
      let leave!: () => void
      tail = new Promise<void>((resolve) => {
        leave = resolve
      })
      return before.then(() => leave)
    },
  }
}

/** Where the lock of a folder listens. On Linux an abstract socket: it dies with its owner and leaves no file behind. */
function lockAddress(folder: string): string {
  const name = `zhike-${createHash('sha256').update(realpathSync(folder)).digest('hex').slice(0, 24)}`
  if (process.platform === 'linux') return `\0${name}`
  if (process.platform === 'win32') return `\\\\.\\pipe\\${name}`
  return join(tmpdir(), `${name}.sock`)
}

/** The process id behind a lock, '?' when it does not say, null when nobody is there. */
function askOwner(address: string): Promise<string | null> {
  return new Promise((resolve) => {
    const socket = net.connect(address)
    let said = ''
    socket.setTimeout(1_000, () => socket.destroy(new Error('no answer')))
    socket.on('data', (data) => {
      said += data
    })
    socket.on('end', () => resolve(said || '?'))
    socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code === 'ECONNREFUSED' ? null : '?'))
  })
}

/**
 * PGlite has no folder lock of its own, and two processes on one folder silently lose acknowledged rows, so we take one
 * before opening. It does not reach across containers (network namespaces): docs/operations.md says so.
 * @throws ZhikeError `misconfigured` `database.folder-in-use`
 */
export async function lockFolder(folder: string): Promise<() => Promise<void>> {
  mkdirSync(folder, { recursive: true })
  const address = lockAddress(folder)
  const listen = () =>
    new Promise<net.Server>((resolve, reject) => {
      const server = net.createServer((socket) => socket.on('error', () => undefined).end(String(process.pid)))
      server.once('error', reject)
      server.listen(address, () => {
        server.unref()
        resolve(server)
      })
    })
  const take = async (): Promise<net.Server> => {
    try {
      return await listen()
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error
      const owner = await askOwner(address)
      if (owner === null && process.platform === 'darwin') {
        // A socket file whose owner was killed: nobody answers, so it may go.
        rmSync(address, { force: true })
        return listen()
      }
      throw new ZhikeError(
        'misconfigured',
        'database.folder-in-use',
        `The data folder is in use by process ${owner ?? '?'}. Stop that process, choose another ZHIKE_DATA_DIR, or set ZHIKE_DATABASE_URL to run several processes.`,
      )
    }
  }
  const server = await take()
  return () => new Promise((resolve) => server.close(() => resolve()))
}

/** PGlite's own errors carry a 17 kB line of minified source in their stack: keep what a person can read. */
function readable(error: unknown): Error {
  const { message, code, detail, constraint } = error as { message?: string; code?: string; detail?: string; constraint?: string }
  return Object.assign(new Error(message ?? 'PGlite failed'), { code, detail, constraint })
}

export interface PgliteOptions {
  /** Folder to keep the data in; null keeps it in memory. */
  folder: string | null
  /** A dump (`dumpImage`) to start from; only for a database in memory. */
  image?: Blob
}

export type PgliteEngine = Engine & {
  /** An image of the whole database, for tests to start from. */
  dumpImage(): Promise<Blob>
}

/** Opens (or makes) the embedded database; takes 5 to 12 s for a new folder, about 1 s for a used one. */
export async function createPgliteEngine(options: PgliteOptions): Promise<PgliteEngine> {
  const unlock = options.folder === null ? async () => undefined : await lockFolder(options.folder)
  let pglite: PGlite
  try {
    pglite = await PGlite.create({
      ...(options.folder === null ? {} : { dataDir: options.folder }),
      ...(options.image ? { loadDataDir: options.image } : {}),
      extensions: { vector },
    })
  } catch (error) {
    await unlock()
    throw new ZhikeError(
      'misconfigured',
      'database.cannot-open',
      `The embedded database in the data folder cannot be opened: ${readable(error).message}`,
      {
        cause: readable(error),
      },
    )
  }
  const gate = createGate()
  const inGate = async <T>(run: () => Promise<T>): Promise<T> => {
    const leave = await gate.enter()
    try {
      return await run()
    } catch (error) {
      throw readable(error)
    } finally {
      leave()
    }
  }
  return {
    name: 'pglite',
    async connect() {
      const leave = await gate.enter()
      return {
        async query(text, values) {
          try {
            const result = await pglite.query(text, [...values])
            return { rows: result.rows, affected: result.affectedRows ?? 0 }
          } catch (error) {
            throw readable(error)
          }
        },
        release: leave,
      }
    },
    async listen(channel, hear) {
      const stop = await inGate(() => pglite.listen(channel, hear))
      return () => inGate(() => stop())
    },
    executeScript: (text) =>
      inGate(async () => {
        const results = await pglite.exec(text)
        return { rows: results.at(-1)?.rows ?? [] }
      }),
    dumpImage: () => inGate(() => pglite.dumpDataDir('none') as Promise<Blob>),
    async close() {
      const leave = await gate.enter()
      try {
        await pglite.close()
      } finally {
        leave()
        await unlock()
      }
    },
  }
}
