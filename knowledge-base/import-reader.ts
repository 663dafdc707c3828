import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import { Worker, type WorkerOptions } from 'node:worker_threads'
import { type ErrorKind, ZhikeError } from '../platform/errors.ts'
import { type FileReading, MAX_FILE_BYTES } from './article-files/file-reading.ts'
import { isZip, readArticleFile } from './article-files/read-file.ts'

export interface ImportReader {
  /** @throws ZhikeError `import.…` when the file as a whole cannot be taken, `house.busy` when too many are being read. */
  read(body: Uint8Array, contentType: string): Promise<FileReading>
}

/** Text up to this size is read at once on our own thread; it takes some milliseconds. */
const AT_ONCE_BYTES = 256 * 1024
const KILL_AFTER_MS = 30_000
/** Readers at the same time; a third file waits. */
const MAX_READERS = 2
/** Files that wait, 20 MiB each at most; the next one is asked to come again. */
const MAX_WAITING = 8
const COME_AGAIN_MS = 5_000
const MEMORY = { maxOldGenerationSizeMb: 160, maxYoungGenerationSizeMb: 16, stackSizeMb: 4 }

/** The thread's entry lies beside this file, as .js in the build; in the source tree a line of script loads it through tsx. */
const IN_SOURCE = import.meta.url.endsWith('.ts')
const ENTRY = new URL(IN_SOURCE ? './import-worker.ts' : './import-worker.js', import.meta.url)

function startThread(options: WorkerOptions): Worker {
  if (!IN_SOURCE) return new Worker(ENTRY, options)
  // The ES form by its file: what `require` resolves to cannot be imported.
  const tsx = new URL('./index.mjs', pathToFileURL(createRequire(import.meta.url).resolve('tsx/esm/api'))).href
  return new Worker(
    `import(${JSON.stringify(tsx)}).then(({ tsImport }) => tsImport(${JSON.stringify(ENTRY.href)}, ${JSON.stringify(import.meta.url)}))`,
    {
      ...options,
      eval: true,
      execArgv: [],
    },
  )
}

type Message = { reading: FileReading } | { refusal: { kind: ErrorKind; code: string; message: string } }

function readInWorker(body: Uint8Array, contentType: string, timeZone: string, killAfterMs: number): Promise<FileReading> {
  return new Promise((resolve, reject) => {
    const worker = startThread({ workerData: { body, contentType, timeZone }, resourceLimits: MEMORY })
    const tooHeavy = (cause?: unknown) =>
      new ZhikeError('too-large', 'import.file-too-heavy', 'The file took more time or memory to read than an import may; split it.', {
        cause,
      })
    const timer = setTimeout(() => {
      reject(tooHeavy())
      void worker.terminate()
    }, killAfterMs)
    worker.once('message', (message: Message) => {
      if ('reading' in message) resolve(message.reading)
      else reject(new ZhikeError(message.refusal.kind, message.refusal.code, message.refusal.message))
      void worker.terminate()
    })
    worker.once('error', (error: NodeJS.ErrnoException) => reject(error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? tooHeavy(error) : error))
    worker.once('exit', () => {
      clearTimeout(timer)
      reject(new Error('the reader of an import ended without a word'))
    })
  })
}

/** Reads files of Articles: small text at once, all else in a thread with a memory limit that is killed after 30 s. */
export function createImportReader(timeZone: string, options: { killAfterMs?: number } = {}): ImportReader {
  let free = MAX_READERS
  const waiting: (() => void)[] = []
  return {
    async read(body, contentType) {
      if (body.length > MAX_FILE_BYTES)
        throw new ZhikeError('too-large', 'import.file-too-large', 'The file is larger than 20 MiB; split it.')
      if (body.length <= AT_ONCE_BYTES && !isZip(body) && !/multipart|spreadsheet/i.test(contentType))
        return readArticleFile(body, contentType, timeZone)
      if (waiting.length >= MAX_WAITING)
        throw new ZhikeError(
          'unavailable',
          'house.busy',
          'Too many files are being read at the moment; send this one again a little later.',
          {
            retryAfterMs: COME_AGAIN_MS,
          },
        )
      if (free === 0) await new Promise<void>((resolve) => waiting.push(resolve))
      else free--
      try {
        return await readInWorker(body, contentType, timeZone, options.killAfterMs ?? KILL_AFTER_MS)
      } finally {
        const next = waiting.shift()
        if (next) next()
        else free++
      }
    },
  }
}
