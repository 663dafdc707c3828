import fc from 'fast-check'
import { expect, test } from 'vitest'
import { contentTypeOf } from '../../../platform/file-type.ts'
import { safeFileName } from '../../../platform/files.ts'
import { makeGif, makeJpeg, makePng, makeWebp } from '../../fixtures/hostile-files/pictures.ts'
import { makeZip } from '../../fixtures/hostile-files/zip.ts'

const UNKNOWN = 'application/octet-stream'
const bytes = (...parts: (string | number[])[]) =>
  Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : Buffer.from(part))))
const pad = (length: number) => Array.from({ length }, () => 0)
const office = (entry: string, ...more: string[]) =>
  makeZip([['[Content_Types].xml', '<Types/>'], [entry, '<x/>'], ...more.map((name): [string, string] => [name, 'x'])])

test('what customers send is known by its bytes', () => {
  const files: [Uint8Array, string][] = [
    [makePng(800, 600), 'image/png'],
    [makeJpeg(4_032, 3_024), 'image/jpeg'],
    [makeGif(320, 240), 'image/gif'],
    [makeWebp('VP8 ', 640, 480), 'image/webp'],
    [makeWebp('VP8L', 640, 480), 'image/webp'],
    [makeWebp('VP8X', 640, 480), 'image/webp'],
    [bytes('%PDF-1.7\n%'), 'application/pdf'],
    [bytes('#!AMR\n', [0x3c, 0x91]), 'audio/amr'],
    [bytes('#!AMR-WB\n', [0x44, 0x1d]), 'audio/amr'],
    [bytes('ID3', [4, 0, 0, 0, 0, 0, 0]), 'audio/mpeg'],
    [bytes([0xff, 0xfb, 0x90, 0x64, 0]), 'audio/mpeg'],
    [bytes(pad(3), [0x20], 'ftypM4A ', pad(16)), 'audio/mp4'],
    [bytes(pad(3), [0x20], 'ftypisom', pad(16)), 'video/mp4'],
    [bytes('OggS', pad(24), 'OpusHead', [1]), 'audio/ogg'],
    [bytes('OggS', pad(24), [1], 'vorbis'), 'audio/ogg'],
    [bytes('RIFF', pad(4), 'WAVEfmt '), 'audio/wav'],
    [bytes([0x1a, 0x45, 0xdf, 0xa3], pad(20), 'webm', pad(100), 'V_VP9 A_OPUS'), 'video/webm'],
    [bytes([0x1a, 0x45, 0xdf, 0xa3], pad(20), 'webm', pad(100), 'A_OPUS'), 'audio/webm'],
    [makeZip([['a.txt', 'x']]), 'application/zip'],
    [office('word/document.xml'), 'application/vnd.openxmlformats-officedocument.wordprocessingml.document'],
    [office('xl/workbook.xml'), 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'],
    [Buffer.from('订单号：20260301\r\n\t请尽快处理，1 < 2'), 'text/plain'],
    [Buffer.from('\ufeff表头,值\n'), 'text/plain'],
  ]
  expect(files.map(([file]) => contentTypeOf(file))).toEqual(files.map(([, type]) => type))
})

test('what could run somewhere, and what only looks like one of them, is a download without a type', () => {
  const files: Record<string, Uint8Array> = {
    html: Buffer.from('<!DOCTYPE html><script>alert(1)</script>'),
    'html after words': Buffer.from('hello\n<b onclick=alert(1)>x'),
    svg: Buffer.from('\n <svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'),
    xml: Buffer.from('\ufeff<?xml version="1.0"?><x/>'),
    'html in UTF-16': Buffer.from('\ufeff<html>', 'utf16le'),
    'html in UTF-7': Buffer.from('+ADw-script+AD4-\u0000'),
    shell: Buffer.from('#!/bin/sh\necho'),
    postscript: Buffer.from('%!PS-Adobe-3.0\n'),
    rtf: Buffer.from('{\\rtf1\\ansi}'),
    program: bytes('MZ', [0x90, 0, 3, 0]),
    elf: bytes([0x7f], 'ELF', [2, 1, 1]),
    class: bytes([0xca, 0xfe, 0xba, 0xbe]),
    shortcut: bytes([0x4c, 0, 0, 0, 1, 0x14, 2, 0]),
    'old office': bytes([0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1]),
    rar: bytes('Rar!', [0x1a, 7, 0]),
    gzip: bytes([0x1f, 0x8b, 8, 0]),
    bmp: bytes('BM', pad(20)),
    tiff: bytes('II*', [0, 8, 0, 0, 0]),
    ico: bytes([0, 0, 1, 0, 1, 0]),
    heic: bytes(pad(3), [0x18], 'ftypheic', pad(8)),
    avif: bytes(pad(3), [0x18], 'ftypavif', pad(8)),
    'png too short': bytes([0x89], 'PNG\r\n', [0x1a, 0x0a]),
    'png without IHDR': bytes([0x89], 'PNG\r\n', [0x1a, 0x0a], pad(40)),
    'jpeg without size': bytes([0xff, 0xd8, 0xff, 0xe0, 0, 4, 0, 0, 0xff, 0xda, 0, 0, 0, 0, 0, 0]),
    'gif without screen': bytes('GIF89a', [1]),
    'UTF-16 mark': bytes([0xff, 0xfe, 0x41, 0]),
    'riff of something else': bytes('RIFF', pad(4), 'AVI '),
    'ogg of something else': bytes('OggS', pad(24), '\u0080theora'),
    empty: new Uint8Array(),
    nothing: bytes(pad(64)),
  }
  expect(Object.fromEntries(Object.entries(files).map(([name, file]) => [name, contentTypeOf(file)]))).toEqual(
    Object.fromEntries(Object.keys(files).map((name) => [name, UNKNOWN])),
  )
  expect(contentTypeOf(office('word/document.xml', 'word/vbaProject.bin'))).toBe('application/zip')
})

test('a picture of more than 40 megapixels, or of none, is never a picture', () => {
  const sizes: [number, number, boolean][] = [
    [8_000, 5_000, true],
    [8_000, 5_001, false],
    [30_000, 30_000, false],
    [0, 100, false],
  ]
  for (const [width, height, shown] of sizes)
    for (const [type, file] of [
      ['image/png', makePng(width, height)],
      ['image/jpeg', makeJpeg(width, height)],
      ['image/gif', makeGif(width, height)],
    ] as [string, Uint8Array][])
      expect([type, width, height, contentTypeOf(file)]).toEqual([type, width, height, shown ? type : UNKNOWN])
  for (const form of ['VP8 ', 'VP8L', 'VP8X'] as const) {
    expect(contentTypeOf(makeWebp(form, 8_000, 5_000))).toBe('image/webp')
    expect(contentTypeOf(makeWebp(form, 16_000, 16_000))).toBe(UNKNOWN)
  }
  expect(contentTypeOf(makePng(0xffffffff, 0xffffffff))).toBe(UNKNOWN)
  // A small screen, and a frame on it that claims 65 535 × 65 535.
  expect(contentTypeOf(makeGif(10, 10, [65_535, 65_535]))).toBe(UNKNOWN)
})

test('no bytes make it fail, and cutting a picture short does not either', () => {
  const starts = [
    makePng(9, 9),
    makeJpeg(9, 9),
    makeGif(9, 9, [5, 5]),
    makeWebp('VP8 ', 9, 9),
    makeWebp('VP8L', 9, 9),
    makeWebp('VP8X', 9, 9),
  ]
  fc.assert(
    fc.property(fc.constantFrom(...starts), fc.nat({ max: 60 }), fc.uint8Array({ maxLength: 80 }), (start, keep, rest) => {
      expect(contentTypeOf(Buffer.concat([start.subarray(0, keep), rest]))).toMatch(/^[a-z]+\/[\w.-]+$/)
    }),
    { numRuns: 2_000 },
  )
})

test('a name is what is left when path, disguise and control are taken out', () => {
  const names: Record<string, string> = {
    '照片 1.png': '照片 1.png',
    '../../etc/passwd': 'passwd',
    'C:\\Windows\\system32\\calc.exe': 'calc.exe',
    'photo\u202egnp.exe': 'photognp.exe',
    'a\u200bb\u2060c\ufeffd\u00ade.txt': 'abcde.txt',
    'x\r\nSet-Cookie: a=b.png': 'xSet-Cookie a=b.png',
    'nul\u0000.png': 'file-nul.png',
    CON: 'file-CON',
    'aux.txt': 'file-aux.txt',
    '.htaccess': 'htaccess',
    '..': 'file',
    '': 'file',
    '\u202e': 'file',
    'trailing. . .': 'trailing',
    'a"b<c>d|e?f*g.png': 'abcdefg.png',
    'line\u2028sep\u2029.txt': 'linesep.txt',
    'tags\u{e0041}\u{e007f}.png': 'tags.png',
  }
  expect(Object.fromEntries(Object.keys(names).map((name) => [name, safeFileName(name)]))).toEqual(names)
  const long = safeFileName(`${'长'.repeat(300)}.png`)
  expect([Array.from(long).length, long.endsWith('长.png')]).toEqual([120, true])
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (name) => {
      const safe = safeFileName(name)
      expect(safe).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\\/"<>:|?*]|^\.|^$/u)
      expect(Array.from(safe).length).toBeLessThanOrEqual(125)
      expect(safeFileName(safe)).toBe(safe)
    }),
    { numRuns: 500 },
  )
})
