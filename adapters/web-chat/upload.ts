import type { InboundFile } from '../../conversations/channel.ts'
import { ZhikeError } from '../../platform/errors.ts'
import { isRecord, readJson } from './activity.ts'

/** Files that come with a message: one as the raw body, or several as multipart/form-data beside an Activity (RFC 7578). */

const MOST_FILES = 5
const LARGEST_FILE_BYTES = 4 * 1024 * 1024
/** Five files, an Activity, and fields that nobody reads. The parser takes 50 µs and 3 kB a part; a body has room for 300 000 of them. */
const MOST_PARTS = 20

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

/** A header as it was written: Node reads the bytes of a header as Latin-1, clients write UTF-8. */
function decoded(header: string): string {
  const text = Buffer.from(header, 'latin1').toString('utf8')
  return text.includes('\ufffd') ? header : text
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

/** The parts of a form, by the platform's own parser. The body's size was limited before. */
async function readForm(body: Uint8Array, contentType: string): Promise<FormData> {
  const boundary = /^multipart\/form-data\s*;/i.test(contentType) ? parameter(contentType, 'boundary') : undefined
  // RFC 2046, 5.1.1.
  if (boundary === undefined || !/^[\w'()+,\-./:=? ]{1,70}$/.test(boundary))
    throw bad('The multipart body is no form, or its content-type has no boundary of 1 to 70 plain characters.')
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength)
  let parts = 0
  for (let at = bytes.indexOf(`--${boundary}`); at >= 0; at = bytes.indexOf(`--${boundary}`, at + boundary.length + 2))
    // The last delimiter opens no part.
    if (++parts > MOST_PARTS + 1) throw new ZhikeError('too-large', 'web-chat.too-large', `An upload has at most ${MOST_FILES} files.`)
  try {
    // Told to the parser in our words, so that it looks for the boundary that was counted.
    const headers = { 'content-type': `multipart/form-data; boundary="${boundary}"` }
    return await new Response(body as Uint8Array<ArrayBuffer>, { headers }).formData()
  } catch {
    throw bad('The multipart body is broken.')
  }
}

/** @throws ZhikeError `invalid` for a body that is neither form, `too-large` above the limits. */
export async function readUpload(headers: Readonly<Record<string, string | undefined>>, body: Uint8Array): Promise<Upload> {
  const contentType = headers['content-type'] ?? ''
  if (!/^multipart\//i.test(contentType))
    return { files: [file(parameter(decoded(headers['content-disposition'] ?? ''), 'filename'), contentType, body)], activity: null }
  const files: InboundFile[] = []
  let activity: Uint8Array | null = null
  for (const [name, part] of await readForm(body, contentType)) {
    if (typeof part === 'string') {
      if (name === 'activity') activity = Buffer.from(part)
    } else if (part.type.toLowerCase().startsWith(ACTIVITY_TYPE)) activity = new Uint8Array(await part.arrayBuffer())
    else if (files.length === MOST_FILES)
      throw new ZhikeError('too-large', 'web-chat.too-large', `An upload has at most ${MOST_FILES} files.`)
    else files.push(file(part.name, part.type, new Uint8Array(await part.arrayBuffer())))
  }
  if (files.length === 0) throw bad('The upload holds no file.')
  return { files, activity }
}

/** The Activity of an upload: the files are its first attachments, in their order, with what the client said about each. */
export function uploadBody(part: Uint8Array | null, userId: string, files: readonly InboundFile[]): Record<string, unknown> {
  const given: Record<string, unknown> = part ? readJson(part) : { type: 'message', from: { id: userId } }
  const named = Array.isArray(given.attachments) ? given.attachments.filter(isRecord) : []
  const left = [...named]
  const own = files.map((file) => {
    const index = left.findIndex((attachment) => attachment.name === file.name)
    const [said] = index >= 0 ? left.splice(index, 1) : []
    const { contentUrl: _ours, ...about } = said ?? {}
    return { ...about, contentType: file.contentType, name: file.name }
  })
  // Not matched by name, and without content of its own: it stood for a file whose name the browser wrote differently.
  const others = left.filter((attachment) => attachment.content !== undefined || typeof attachment.contentUrl === 'string')
  const from = isRecord(given.from) && given.from.id ? given.from : { id: userId }
  return { ...given, from, attachments: [...own, ...others] }
}
