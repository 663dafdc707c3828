import { parentPort, workerData } from 'node:worker_threads'
import { ZhikeError } from '../platform/errors.ts'
import { readArticleFile } from './article-files/read-file.ts'

/** Entry of the thread that reads a file of Articles; import-reader.ts starts and, if need be, kills it. */
const { body, contentType, timeZone } = workerData as { body: Uint8Array; contentType: string; timeZone: string }

try {
  parentPort?.postMessage({ reading: await readArticleFile(body, contentType, timeZone) })
} catch (error) {
  if (!(error instanceof ZhikeError)) throw error
  parentPort?.postMessage({ refusal: { kind: error.kind, code: error.code, message: error.message } })
}
