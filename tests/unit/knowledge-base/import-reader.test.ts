import { crc32, deflateRawSync } from 'node:zlib'
import exceljs from 'exceljs'
import { expect, test } from 'vitest'
import { createImportReader } from '../../../knowledge-base/import-reader.ts'

const XLSX = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'

/** CRC-32 as zip wants it; Node 20.15 and later bring it. */
function sumOf(bytes: Buffer): number {
  return crc32(bytes)
}

/** A zip file by hand, so that it can lie about its sizes. */
function zipOf(entries: readonly { name: string; content: Buffer; claimedSize?: number }[]): Buffer {
  const locals: Buffer[] = []
  const directory: Buffer[] = []
  let offset = 0
  for (const { name, content, claimedSize = content.length } of entries) {
    const packed = deflateRawSync(content)
    const file = Buffer.from(name)
    const shared = Buffer.alloc(26)
    shared.writeUInt16LE(20, 0)
    shared.writeUInt16LE(8, 4)
    shared.writeUInt32LE(sumOf(content), 10)
    shared.writeUInt32LE(packed.length, 14)
    shared.writeUInt32LE(claimedSize, 18)
    shared.writeUInt16LE(file.length, 22)
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), shared, file, packed])
    const entry = Buffer.alloc(46)
    entry.write('PK\x01\x02', 'latin1')
    shared.copy(entry, 6)
    entry.writeUInt16LE(20, 4)
    entry.writeUInt32LE(offset, 42)
    directory.push(entry, file)
    locals.push(local)
    offset += local.length
  }
  const list = Buffer.concat(directory)
  const end = Buffer.alloc(22)
  end.write('PK\x05\x06', 'latin1')
  end.writeUInt16LE(entries.length, 8)
  end.writeUInt16LE(entries.length, 10)
  end.writeUInt32LE(list.length, 12)
  end.writeUInt32LE(offset, 16)
  return Buffer.concat([...locals, list, end])
}

const zeros = (mebibytes: number) => Buffer.alloc(mebibytes * 1024 * 1024)

test.each([
  [
    'one part that unpacks to a thousand times its size',
    'import.file-too-heavy',
    () => zipOf([{ name: 'xl/worksheets/sheet1.xml', content: zeros(64) }]),
  ],
  ['shared strings too large to hold', 'import.file-too-heavy', () => zipOf([{ name: 'xl/sharedStrings.xml', content: zeros(64) }])],
  [
    'a part that claims to be small',
    'import.unreadable-file',
    () => zipOf([{ name: 'xl/worksheets/sheet1.xml', content: zeros(2), claimedSize: 10 }]),
  ],
  [
    'a name that climbs out of its folder',
    'import.unreadable-file',
    () => zipOf([{ name: '../../etc/passwd', content: Buffer.from('x') }]),
  ],
  ['no sheet', 'import.unreadable-file', () => zipOf([{ name: 'xl/workbook.xml', content: Buffer.from('<workbook/>') }])],
  [
    'an entity bomb for a sheet',
    'import.unreadable-file',
    () =>
      zipOf([
        {
          name: 'xl/worksheets/sheet1.xml',
          content: Buffer.from('<!DOCTYPE a [<!ENTITY x "y">]><worksheet><sheetData><row r="1"><c><v>&x;</v></c></row>'),
        },
      ]),
  ],
  [
    'too many parts',
    'import.file-too-heavy',
    () => zipOf(Array.from({ length: 1_001 }, (_, i) => ({ name: `f${i}`, content: Buffer.from('x') }))),
  ],
])('a workbook with %s is refused', async (_what, code, file) => {
  await expect(createImportReader('Asia/Shanghai').read(file(), XLSX)).rejects.toMatchObject({ code })
})

test('a file that takes too long to read is given up, and the next one is read', async () => {
  const book = new exceljs.Workbook()
  book.addWorksheet('x').addRows([['question', 'answer'], ...Array.from({ length: 300 }, (_, i) => [`问 ${i}`, `答 ${i}`])])
  const file = Buffer.from(await book.xlsx.writeBuffer())
  await expect(createImportReader('Asia/Shanghai', { killAfterMs: 1 }).read(file, XLSX)).rejects.toMatchObject({
    code: 'import.file-too-heavy',
  })
  const reader = createImportReader('Asia/Shanghai')
  const readings = await Promise.all([1, 2, 3].map(() => reader.read(file, XLSX)))
  for (const { rows, rejected } of readings) expect([rows.length, rejected.length]).toEqual([300, 0])
})
