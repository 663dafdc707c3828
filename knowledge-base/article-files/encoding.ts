import { ZhikeError } from '../../platform/errors.ts'

function decode(bytes: Uint8Array, encoding: string): string | null {
  try {
    // The mark at the start is taken away by the decoder.
    return new TextDecoder(encoding, { fatal: true }).decode(bytes)
  } catch {
    return null
  }
}

/**
 * UTF-8 with or without its mark, UTF-16 with one, else GB18030 (what Excel writes on a Chinese Windows). GB18030 bytes are almost
 * never valid UTF-8, so trying that first decides.
 * @throws ZhikeError `refused` `import.unknown-encoding`
 */
export function decodeText(bytes: Uint8Array): string {
  const wide = bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : bytes[0] === 0xfe && bytes[1] === 0xff ? 'utf-16be' : null
  const text = wide ? decode(bytes, wide) : (decode(bytes, 'utf-8') ?? decode(bytes, 'gb18030'))
  if (text === null)
    throw new ZhikeError(
      'refused',
      'import.unknown-encoding',
      'The text is neither UTF-8 nor GB18030; save the file as UTF-8 and send it again.',
    )
  return text
}
