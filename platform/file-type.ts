/**
 * What a file is, by its bytes alone: neither its name nor what the sender said counts. Closed on purpose: what is not on the list, or
 * only nearly, is `application/octet-stream`, which every reader of ours offers as a download and never shows. Formats that a browser
 * or a desktop would run (HTML, SVG, XML, scripts, programs) are not on it.
 */

export const UNKNOWN_TYPE = 'application/octet-stream'

/** Width × height of a picture that is still shown. Unpacked it takes four bytes a pixel, whatever it weighs packed. */
const MOST_PIXELS = 40_000_000
/** Where a container names its content; further in, it is media. */
const HEAD = 4_096

type Look = (file: Buffer) => string | null

const has = (file: Buffer, at: number, ...wanted: number[]) => wanted.every((byte, index) => file[at + index] === byte)
const says = (file: Buffer, at: number, ...texts: string[]) => texts.some((text) => file.toString('latin1', at, at + text.length) === text)
const mentions = (file: Buffer, ...texts: string[]) => texts.some((text) => file.subarray(0, HEAD).includes(text, 0, 'latin1'))

/** @param size `[width, height]` in pixels as the file claims, null when it claims none. */
function picture(type: string, size: readonly [number, number] | null): string | null {
  if (!size) return null
  const pixels = size[0] * size[1]
  return pixels > 0 && pixels <= MOST_PIXELS ? type : null
}

/** PNG (ISO/IEC 15948) 11.2.2: IHDR comes first. */
const png: Look = (file) =>
  has(file, 0, 0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a) && says(file, 12, 'IHDR') && file.length >= 33
    ? picture('image/png', [file.readUInt32BE(16), file.readUInt32BE(20)])
    : null

/** JPEG (ITU-T T.81) B.1: segments up to the frame header, which has the size. */
function jpegSize(file: Buffer): [number, number] | null {
  for (let at = 2; at + 9 < file.length; ) {
    if (file[at] !== 0xff) return null
    const marker = file[at + 1] ?? 0
    if (marker === 0xff) at += 1
    else if (marker === 0x01 || (marker >= 0xd0 && marker <= 0xd7)) at += 2
    else if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker))
      return [file.readUInt16BE(at + 7), file.readUInt16BE(at + 5)]
    else if (marker === 0xd9 || marker === 0xda) return null
    else at += 2 + Math.max(2, file.readUInt16BE(at + 2))
  }
  return null
}
const jpeg: Look = (file) => (has(file, 0, 0xff, 0xd8, 0xff) ? picture('image/jpeg', jpegSize(file)) : null)

/** GIF89a §18–20: the screen, and every frame on it, because a frame may claim more than the screen. */
function gifSize(file: Buffer): [number, number] | null {
  if (file.length < 13) return null
  const table = (flags: number) => (flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0)
  let width = file.readUInt16LE(6)
  let height = file.readUInt16LE(8)
  const blocks = (from: number) => {
    let at = from
    while (at < file.length && file[at] !== 0) at += 1 + (file[at] ?? 0)
    return at + 1
  }
  for (let at = 13 + table(file[10] ?? 0); at + 10 <= file.length; ) {
    if (file[at] === 0x21) at = blocks(at + 2)
    else if (file[at] === 0x2c) {
      width = Math.max(width, file.readUInt16LE(at + 1) + file.readUInt16LE(at + 5))
      height = Math.max(height, file.readUInt16LE(at + 3) + file.readUInt16LE(at + 7))
      at = blocks(at + 10 + table(file[at + 9] ?? 0) + 1)
    } else break
  }
  return [width, height]
}
const gif: Look = (file) => (says(file, 0, 'GIF87a', 'GIF89a') ? picture('image/gif', gifSize(file)) : null)

/** WebP container (RFC 9649) 2.5–2.7: three ways to write the size. */
function webpSize(file: Buffer): [number, number] | null {
  if (file.length < 30) return null
  if (says(file, 12, 'VP8X')) return [file.readUIntLE(24, 3) + 1, file.readUIntLE(27, 3) + 1]
  if (says(file, 12, 'VP8L') && file[20] === 0x2f) {
    const bits = file.readUInt32LE(21)
    return [(bits & 0x3fff) + 1, ((bits >>> 14) & 0x3fff) + 1]
  }
  if (says(file, 12, 'VP8 ') && has(file, 23, 0x9d, 0x01, 0x2a)) return [file.readUInt16LE(26) & 0x3fff, file.readUInt16LE(28) & 0x3fff]
  return null
}
const webp: Look = (file) => (says(file, 0, 'RIFF') && says(file, 8, 'WEBP') ? picture('image/webp', webpSize(file)) : null)

/** MPEG audio (ISO/IEC 11172-3) 2.4.1.3: sync, Layer III, and a version, bit rate and sampling rate that exist. */
function isMp3Frame(file: Buffer): boolean {
  const [first = 0, second = 0, third = 0] = file
  return (
    first === 0xff &&
    (second & 0xe6) === 0xe2 &&
    (second & 0x18) !== 0x08 &&
    ![0x00, 0xf0].includes(third & 0xf0) &&
    (third & 0x0c) !== 0x0c
  )
}
const mp3: Look = (file) => ((says(file, 0, 'ID3') && (file[3] ?? 255) < 5) || isMp3Frame(file) ? 'audio/mpeg' : null)

/** ISO base media (ISO/IEC 14496-12) 4.3: the brand says which. */
const mp4: Look = (file) => {
  if (!says(file, 4, 'ftyp')) return null
  if (says(file, 8, 'M4A ', 'M4B ')) return 'audio/mp4'
  return says(file, 8, 'isom', 'iso2', 'iso4', 'iso5', 'iso6', 'mp41', 'mp42', 'avc1', 'M4V ', 'MSNV', 'dash') ? 'video/mp4' : null
}

const ogg: Look = (file) =>
  has(file, 0, 0x4f, 0x67, 0x67, 0x53, 0) && says(file, 28, 'OpusHead', '\u0001vorbis', 'Speex   ', '\u007fFLAC') ? 'audio/ogg' : null

/** Matroska/WebM: an EBML header with that document type; what it holds is told by the codecs of its tracks. */
const webm: Look = (file) => {
  if (!has(file, 0, 0x1a, 0x45, 0xdf, 0xa3) || !file.subarray(0, 64).includes('webm')) return null
  return mentions(file, 'A_OPUS', 'A_VORBIS') && !mentions(file, 'V_VP8', 'V_VP9', 'V_AV1') ? 'audio/webm' : 'video/webm'
}

/** Opaque all the same: a document is never opened here, its kind only tells people what they get. */
const zip: Look = (file) => {
  if (!has(file, 0, 0x50, 0x4b, 0x03, 0x04) && !has(file, 0, 0x50, 0x4b, 0x05, 0x06)) return null
  const office = 'application/vnd.openxmlformats-officedocument'
  const holds = (entry: string) => file.includes(entry, 0, 'latin1')
  if (!says(file, 30, '[Content_Types].xml', '_rels/.rels') || holds('vbaProject.bin')) return 'application/zip'
  if (holds('word/document.xml')) return `${office}.wordprocessingml.document`
  return holds('xl/workbook.xml') ? `${office}.spreadsheetml.sheet` : 'application/zip'
}

/** UTF-8 without control characters, and without anything that looks like markup, a script's first line, PostScript or RTF. */
const text: Look = (file) => {
  try {
    const content = new TextDecoder('utf-8', { fatal: true }).decode(file)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: no text has them.
    if (/[\u0000-\u0008\u000b\u000e-\u001f\u007f]/.test(content) || /<[a-z!?/]/i.test(content)) return null
    return /^\s*(?:#!|%!|\{\\rtf)/.test(content) ? null : 'text/plain'
  } catch {
    return null
  }
}

const LOOKS: readonly Look[] = [
  png,
  jpeg,
  gif,
  webp,
  (file) => (says(file, 0, '%PDF-') ? 'application/pdf' : null),
  (file) => (says(file, 0, '#!AMR\n', '#!AMR-WB\n') ? 'audio/amr' : null),
  mp3,
  mp4,
  ogg,
  (file) => (says(file, 0, 'RIFF') && says(file, 8, 'WAVE') ? 'audio/wav' : null),
  webm,
  zip,
  text,
]

/** Content type by content; `UNKNOWN_TYPE` for everything that is not on the list, and for pictures of more than 40 megapixels. */
export function contentTypeOf(bytes: Uint8Array): string {
  if (bytes.length === 0) return UNKNOWN_TYPE
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  for (const look of LOOKS) {
    const type = look(file)
    if (type !== null) return type
  }
  return UNKNOWN_TYPE
}
