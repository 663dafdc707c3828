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

/** 0%, 0.00 and #,##0.00, perhaps with a currency before or after; a format for negative numbers may follow. */
const AROUND = String.raw`(?:\[[^\]]{0,20}\]|"[^"]{0,20}"|[^0#;%["]){0,20}`
const NUMBER_FORMAT = new RegExp(String.raw`^(${AROUND})(#,##)?0(?:\.(0{1,10}))?(%)?(${AROUND})(?:;.*)?$`, 's')

/** Quotes, locale tags such as [$¥-804], escapes and fillers around the number, reduced to what is shown. */
function shownAround(text: string): string {
  return text
    .replace(/\[\$([^\]-]*)[^\]]*\]|\[[^\]]*\]/g, '$1')
    .replace(/[_*]./g, '')
    .replace(/["\\]/g, '')
}

/** A number as its cell shows it, for percentages, fixed decimals and currencies; other formats give the plain number. */
export function numberText(value: number, format: string | undefined): string {
  const found = format === undefined || format === 'General' ? null : NUMBER_FORMAT.exec(format)
  if (!found || !Number.isFinite(value)) return String(value)
  const [, before = '', grouped, decimals = '', percent = '', after = ''] = found
  const number = (percent ? value * 100 : value).toLocaleString('en-US', {
    minimumFractionDigits: decimals.length,
    maximumFractionDigits: decimals.length,
    useGrouping: grouped !== undefined,
  })
  return `${shownAround(before)}${number}${percent}${shownAround(after)}`.trim()
}

/** What a person sees in the cell. Times are wall-clock times, as the sheet shows them. */
function cellText(value: unknown, format?: string): string {
  if (value === null || value === undefined) return ''
  if (typeof value === 'string') return value
  if (typeof value === 'number') return numberText(value, format)
  if (typeof value === 'boolean') return String(value).toUpperCase()
  if (value instanceof Date) {
    if (Number.isNaN(value.getTime())) return ''
    const iso = value.toISOString()
    return iso.endsWith('T00:00:00.000Z') ? iso.slice(0, 10) : iso.slice(0, 19)
  }
  if (typeof value !== 'object') return ''
  const cell = value as { richText?: { text?: unknown }[]; result?: unknown; text?: unknown; error?: unknown }
  if (Array.isArray(cell.richText)) return cell.richText.map((run) => cellText(run.text)).join('')
  if (cell.result !== undefined) return cellText(cell.result, format)
  if (cell.text !== undefined) return cellText(cell.text)
  return ''
}

/** The first sheet that is not hidden, header row first. Links and formulas are not followed: their stored text counts. */
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
      if (isHidden(sheet)) {
        // Read to its end all the same: the reader goes on to the next sheet only from there.
        for await (const _row of sheet);
        continue
      }
      for await (const row of sheet) {
        if (row.number > MAX_SHEET_ROWS) throw tooHeavy()
        const values = (Array.isArray(row.values) ? row.values : []) as unknown[]
        take(
          row.number,
          Array.from(values.slice(1, MAX_COLUMNS + 1), (value, i) => cellText(value, formatOf(row, i + 1, value))),
        )
      }
      return
    }
  } catch (error) {
    throw error instanceof ZhikeError ? error : unreadable(error)
  }
  throw unreadable()
}

/** The library sets `state` where the workbook came before the sheet in the file, as spreadsheets write it; its types do not know. */
function isHidden(sheet: object): boolean {
  const { state } = sheet as { state?: string }
  return state === 'hidden' || state === 'veryHidden'
}

function formatOf(row: { getCell(column: number): { numFmt?: string } }, column: number, value: unknown): string | undefined {
  const isNumber = typeof value === 'number' || typeof (value as { result?: unknown } | null)?.result === 'number'
  return isNumber ? row.getCell(column).numFmt : undefined
}
