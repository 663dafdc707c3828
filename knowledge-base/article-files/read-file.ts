import { ZhikeError } from '../../platform/errors.ts'
import { readCsv } from './csv.ts'
import { decodeText } from './encoding.ts'
import { createRowSink, type FileReading } from './file-reading.ts'
import { readJsonl } from './jsonl.ts'
import { readMarkdown } from './markdown.ts'
import { readXlsx } from './xlsx.ts'

type Format = 'jsonl' | 'csv' | 'md' | 'xlsx'

const BY_TYPE: Readonly<Record<string, Format>> = {
  'application/x-ndjson': 'jsonl',
  'application/jsonl': 'jsonl',
  'text/csv': 'csv',
  'text/markdown': 'md',
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet': 'xlsx',
}
const BY_ENDING: Readonly<Record<string, Format>> = { jsonl: 'jsonl', ndjson: 'jsonl', csv: 'csv', md: 'md', markdown: 'md', xlsx: 'xlsx' }

function mediaType(contentType: string): string {
  return (contentType.split(';', 1)[0] ?? '').trim().toLowerCase()
}

function unknownFormat(): ZhikeError {
  return new ZhikeError(
    'invalid',
    'import.unknown-format',
    'Send application/x-ndjson, text/csv, or multipart/form-data with one .xlsx, .csv, .jsonl or .md file.',
  )
}

export function isZip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x50 && bytes[1] === 0x4b && (bytes[2] === 0x03 || bytes[2] === 0x05)
}

async function oneFile(body: Uint8Array, contentType: string): Promise<{ bytes: Buffer; format: Format }> {
  let form: FormData
  try {
    form = await new Response(body as Uint8Array<ArrayBuffer>, { headers: { 'content-type': contentType } }).formData()
  } catch (cause) {
    throw new ZhikeError('invalid', 'import.bad-form', 'The multipart form could not be read.', { cause })
  }
  const files = [...form.values()].filter((value) => typeof value !== 'string')
  const [file] = files
  if (!file || files.length > 1) throw new ZhikeError('invalid', 'import.one-file-wanted', 'The form must hold exactly one file.')
  const bytes = Buffer.from(await file.arrayBuffer())
  // The content decides before the name, and the name before what the sender calls its type.
  const ending = /\.([a-z]+)$/i.exec(file.name)?.[1]?.toLowerCase() ?? ''
  const format = isZip(bytes) ? 'xlsx' : Object.hasOwn(BY_ENDING, ending) ? BY_ENDING[ending] : BY_TYPE[mediaType(file.type)]
  if (!format) throw unknownFormat()
  return { bytes, format }
}

/**
 * Reads a whole import body into rows and rejected rows. Pure but for CPU and memory: run it where it can be killed.
 * @throws ZhikeError `import.…` when the file as a whole cannot be taken.
 */
export async function readArticleFile(body: Uint8Array, contentType: string, timeZone: string): Promise<FileReading> {
  const type = mediaType(contentType)
  const known = Object.hasOwn(BY_TYPE, type) ? BY_TYPE[type] : undefined
  if (!known && type !== 'multipart/form-data') throw unknownFormat()
  const { bytes, format } = known
    ? { bytes: Buffer.from(body.buffer, body.byteOffset, body.byteLength), format: known }
    : await oneFile(body, contentType)
  const sink = createRowSink(timeZone)
  if (format === 'xlsx') await readXlsx(bytes, sink)
  else {
    const text = decodeText(bytes)
    if (format === 'jsonl') readJsonl(text, sink)
    else if (format === 'csv') readCsv(text, sink)
    else readMarkdown(text, sink)
  }
  return { rows: sink.rows, rejected: sink.rejected }
}
