import type { InboundFile } from '../../conversations/channel.ts'
import { ZhikeError } from '../../platform/errors.ts'

/** Files that come with a message: one as the raw body, or several as multipart/form-data beside an Activity (RFC 7578). */

export const MOST_FILES = 5
export const LARGEST_FILE_BYTES = 4 * 1024 * 1024
/** Largest upload body: all files, one Activity, and the headers between them. */
export const LARGEST_UPLOAD_BYTES = MOST_FILES * LARGEST_FILE_BYTES + 1024 * 1024 + 16 * 1024

const LONGEST_HEADERS = 4_096
const ACTIVITY_TYPE = 'application/vnd.microsoft.activity'

export interface Upload {
  readonly files: readonly InboundFile[]
  /** Bytes of the part that is the Activity; null when there is none. */
  readonly activity: Uint8Array | null
}

function bad(message: string): ZhikeError {
  return new ZhikeError('invalid', 'web-chat.bad-request', message)
}

/** A parameter of a header value, plain, quoted or extended (`filename*=UTF-8''…`, RFC 5987). */
function parameter(header: string, name: string): string | undefined {
  const extended = new RegExp(`;\\s*${name}\\*\\s*=\\s*utf-8'[^']*'([^;\\s]+)`, 'i').exec(`;${header}`)?.[1]
  if (extended !== undefined)
    try {
      return decodeURIComponent(extended)
    } catch {
      return undefined
    }
  const found = new RegExp(`;\\s*${name}\\s*=\\s*(?:"((?:[^"\\\\]|\\\\.)*)"|([^;\\s]+))`, 'i').exec(`;${header}`)
  // Browsers write a quote inside a name as %22 (WHATWG, multipart/form-data encoding).
  return found?.[1]?.replace(/\\(["\\])/g, '$1').replace(/%22/g, '"') ?? found?.[2]
}

function file(name: string | undefined, contentType: string, content: Uint8Array): InboundFile {
  if (content.length === 0) throw bad('A file is empty.')
  if (content.length > LARGEST_FILE_BYTES)
    throw new ZhikeError('too-large', 'web-chat.too-large', `A file has at most ${LARGEST_FILE_BYTES / 1024 / 1024} MiB.`)
  // A name is shown to people, never used as a path; what cannot be stored as text is taken out.
  const shown = (name ?? '').replace(/[\p{Cc}\p{Cs}]/gu, '').slice(0, 255)
  return {
    name: shown || 'file',
    contentType: /^[\w.+-]{1,100}\/[\w.+-]{1,100}/.exec(contentType)?.[0] ?? 'application/octet-stream',
    content,
  }
}

interface Part {
  readonly headers: ReadonlyMap<string, string>
  readonly content: Buffer
}

function splitParts(body: Buffer, boundary: string): Part[] {
  const mark = Buffer.from(`--${boundary}`)
  const parts: Part[] = []
  let at = body.indexOf(mark)
  for (;;) {
    if (at < 0) throw bad('The multipart body has no end.')
    const start = at + mark.length
    if (body.subarray(start, start + 2).toString('latin1') === '--') return parts
    const headerStart = body.indexOf('\r\n', start) + 2
    const headerEnd = body.indexOf('\r\n\r\n', headerStart - 2)
    const next = body.indexOf(Buffer.concat([Buffer.from('\r\n'), mark]), Math.max(headerEnd, start))
    if (headerStart < 2 || headerEnd < 0 || headerEnd - headerStart > LONGEST_HEADERS || next < 0)
      throw bad('The multipart body is broken.')
    if (parts.length > MOST_FILES) throw new ZhikeError('too-large', 'web-chat.too-large', `An upload has at most ${MOST_FILES} files.`)
    const headers = new Map<string, string>()
    for (const line of body.subarray(headerStart, headerEnd).toString('utf8').split('\r\n')) {
      const colon = line.indexOf(':')
      if (colon > 0) headers.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim())
    }
    parts.push({ headers, content: body.subarray(headerEnd + 4, next) })
    at = next + 2
  }
}

/** @throws ZhikeError `invalid` for a body that is neither form, `too-large` above the limits. */
export function readUpload(headers: Readonly<Record<string, string | undefined>>, bytes: Uint8Array): Upload {
  const contentType = headers['content-type'] ?? ''
  const body = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (!/^multipart\//i.test(contentType))
    return { files: [file(parameter(headers['content-disposition'] ?? '', 'filename'), contentType, body)], activity: null }
  const boundary = parameter(contentType, 'boundary')
  if (!boundary || boundary.length > 70) throw bad('The multipart body names no boundary.')
  const files: InboundFile[] = []
  let activity: Uint8Array | null = null
  for (const part of splitParts(body, boundary)) {
    const type = part.headers.get('content-type') ?? 'application/octet-stream'
    const disposition = part.headers.get('content-disposition') ?? ''
    if (
      type.toLowerCase().startsWith(ACTIVITY_TYPE) ||
      (parameter(disposition, 'name') === 'activity' && parameter(disposition, 'filename') === undefined)
    )
      activity = part.content
    else files.push(file(parameter(disposition, 'filename'), type, part.content))
  }
  if (files.length === 0) throw bad('The upload holds no file.')
  if (files.length > MOST_FILES) throw new ZhikeError('too-large', 'web-chat.too-large', `An upload has at most ${MOST_FILES} files.`)
  return { files, activity }
}
