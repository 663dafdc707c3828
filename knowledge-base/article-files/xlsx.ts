import { Readable } from 'node:stream'
import yauzl from 'yauzl'
import { ZhikeError } from '../../platform/errors.ts'
import { MAX_ROWS, type RowSink } from './file-reading.ts'
import { createTableReader } from './table.ts'

const MAX_ENTRIES = 1_000
/** Of all entries together, unpacked. */
const MAX_UNPACKED_BYTES = 200 * 1024 * 1024
/** Of the parts that are held in memory whole: shared strings and styles. */
const MAX_HELD_BYTES = 48 * 1024 * 1024
/** Unpacked over packed, once more than a megabyte came out. Spreadsheets reach 20 to 60. */
const MAX_RATIO = 200
const MAX_COLUMNS = 100
/** Rows looked at, blank ones included. */
const MAX_SHEET_ROWS = 4 * MAX_ROWS

function unreadable(cause?: unknown): ZhikeError {
  return new ZhikeError(
    'refused',
    'import.unreadable-file',
    'The file is damaged or not an .xlsx workbook; save it anew and send it again.',
    { cause },
  )
}

function tooHeavy(): ZhikeError {
  return new ZhikeError('too-large', 'import.file-too-heavy', 'The workbook unpacks to more than is taken; split it or send CSV.')
}

/**
 * Unpacks every entry into nothing, counting: what the directory of a zip says about sizes is the sender's word.
 * @throws ZhikeError `too-large` `import.file-too-heavy`, `refused` `import.unreadable-file`
 */
export async function scanZip(bytes: Buffer): Promise<void> {
  const zip = await new Promise<yauzl.ZipFile>((resolve, reject) =>
    yauzl.fromBuffer(bytes, { lazyEntries: true, strictFileNames: true }, (error, opened) =>
      error ? reject(unreadable(error)) : resolve(opened),
    ),
  )
  let total = 0
  const drain = (entry: yauzl.Entry) =>
    new Promise<void>((resolve, reject) =>
      zip.openReadStream(entry, (error, stream) => {
        if (error) return reject(unreadable(error))
        let size = 0
        const limit = /sharedStrings|styles/i.test(entry.fileName) ? MAX_HELD_BYTES : MAX_UNPACKED_BYTES
        stream.on('data', (piece: Buffer) => {
          size += piece.length
          total += piece.length
          if (total > MAX_UNPACKED_BYTES || size > limit || (size > 1024 * 1024 && size > MAX_RATIO * entry.compressedSize))
            stream.destroy(tooHeavy())
        })
        stream.on('end', resolve)
        stream.on('error', (cause) => reject(cause instanceof ZhikeError ? cause : unreadable(cause)))
      }),
    )
  try {
    if (zip.entryCount > MAX_ENTRIES) throw tooHeavy()
    await new Promise<void>((resolve, reject) => {
      zip.on('entry', (entry: yauzl.Entry) => {
        drain(entry).then(() => zip.readEntry(), reject)
      })
      zip.on('end', resolve)
      zip.on('error', (error) => reject(unreadable(error)))
      zip.readEntry()
    })
  } finally {
    zip.close()
  }
}

/** What a person sees in the cell. Times are wall-clock times, as the sheet shows them. */
function cellText(value: unknown): string {
  if (value === null || value === undefined) return ''
  if (typeof value === 'string') return value
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  if (value instanceof Date) {
    if (Number.isNaN(value.getTime())) return ''
    const iso = value.toISOString()
    return iso.endsWith('T00:00:00.000Z') ? iso.slice(0, 10) : iso.slice(0, 19)
  }
  if (typeof value !== 'object') return ''
  const cell = value as { richText?: { text?: unknown }[]; result?: unknown; text?: unknown; error?: unknown }
  if (Array.isArray(cell.richText)) return cell.richText.map((run) => cellText(run.text)).join('')
  if (cell.result !== undefined) return cellText(cell.result)
  if (cell.text !== undefined) return cellText(cell.text)
  return ''
}

/** The first sheet, header row first. Links and formulas are not followed: their stored text counts. */
export async function readXlsx(bytes: Buffer, sink: RowSink): Promise<void> {
  await scanZip(bytes)
  const { default: excel } = await import('exceljs')
  try {
    const reader = new excel.stream.xlsx.WorkbookReader(Readable.from([bytes]), {
      worksheets: 'emit',
      sharedStrings: 'cache',
      styles: 'cache',
      hyperlinks: 'ignore',
      entries: 'ignore',
    })
    const take = createTableReader(sink)
    for await (const sheet of reader) {
      for await (const row of sheet) {
        if (row.number > MAX_SHEET_ROWS) throw tooHeavy()
        const values = (Array.isArray(row.values) ? row.values : []) as unknown[]
        take(row.number, Array.from(values.slice(1, MAX_COLUMNS + 1), cellText))
      }
      return
    }
  } catch (error) {
    throw error instanceof ZhikeError ? error : unreadable(error)
  }
  throw unreadable()
}
