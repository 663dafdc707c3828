import { CsvError } from 'csv-parse'
import { parse } from 'csv-parse/sync'
import type { RowSink } from './file-reading.ts'
import { createTableReader } from './table.ts'

/** Comma, unless the first line has none but tabs or semicolons, as some spreadsheets write. */
function delimiterOf(text: string): string {
  const head = text.slice(0, 10_000).split(/[\r\n]/, 1)[0] ?? ''
  return head.includes(',') ? ',' : head.includes('\t') ? '\t' : head.includes(';') ? ';' : ','
}

/** RFC 4180 with a header row. A record is told by the line it begins on. */
export function readCsv(text: string, sink: RowSink): void {
  const take = createTableReader(sink)
  let passed = 0
  try {
    parse(text, {
      delimiter: delimiterOf(text),
      relax_column_count: true,
      relax_quotes: true,
      skip_empty_lines: true,
      on_record: (record: string[], { lines }) => {
        passed = lines
        const breaks = record.reduce((sum, cell) => sum + (cell.includes('\n') ? cell.split('\n').length - 1 : 0), 0)
        take(lines - breaks, record)
        return null
      },
    })
  } catch (error) {
    // What came before is whole; from here on nobody can tell where a record ends.
    if (!(error instanceof CsvError)) throw error
    sink.reject(passed + 1, 'article.bad-csv', 'a quotation mark is opened and never closed; the rest of the file could not be read')
  }
}
