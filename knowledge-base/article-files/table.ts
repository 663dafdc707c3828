import { ZhikeError } from '../../platform/errors.ts'
import { fieldOf, LIST_COLUMNS, readValue } from './columns.ts'
import { plainCell, readListCell } from './csv-writer.ts'
import type { RowSink } from './file-reading.ts'

/** A date as spreadsheets show it: 2026/1/31 or 2026.1.31 8:00. */
const SHEET_DATE = /^(\d{4})[/.-](\d{1,2})[/.-](\d{1,2})(?:[T ]+(\d{1,2}):(\d{2}(?::\d{2})?))?$/

function isoDate(cell: string): string {
  const found = SHEET_DATE.exec(cell)
  if (!found) return cell
  const [, year, month = '', day = '', hour, rest] = found
  const date = `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`
  return hour === undefined ? date : `${date}T${hour.padStart(2, '0')}:${rest}`
}

function readCell(field: string, cell: string): unknown {
  const text = plainCell(cell)
  if (LIST_COLUMNS.has(field)) return readListCell(field, text)
  if (field === 'question' || field === 'answer' || field === 'category') return text
  const value = readValue(field, text.trim())
  return field === 'validFrom' || field === 'validTo' ? isoDate(value) : value
}

/** Reads rows of cells; the first row that is not blank names the columns. */
export function createTableReader(sink: RowSink): (line: number, cells: readonly string[]) => void {
  let fields: string[] | null = null
  return (line, cells) => {
    if (cells.every((cell) => cell.trim() === '')) return
    if (!fields) {
      fields = cells.map(fieldOf)
      const named = fields.filter((field) => field !== '')
      if (new Set(named).size < named.length || !named.includes('question') || !named.includes('answer'))
        throw new ZhikeError(
          'refused',
          'import.bad-header',
          'The first row must name the columns, each once: question (问题) and answer (答案) are needed; id, similar, category, stage, tiers, channels, validFrom, validTo and status may follow.',
        )
      return
    }
    const row: [string, unknown][] = []
    for (const [i, cell] of cells.entries()) {
      const field = fields[i] ?? ''
      if (field !== '') {
        if (cell !== '') row.push([field, readCell(field, cell)])
      } else if (cell.trim() !== '') {
        sink.reject(line, 'article.unknown-field', `column ${i + 1} has a value but no name`)
        return
      }
    }
    sink.take(line, Object.fromEntries(row))
  }
}
