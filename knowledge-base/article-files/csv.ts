import { CsvError } from 'csv-parse'
import { parse } from 'csv-parse/sync'
import type { RowSink } from './file-reading.ts'
import { createTableReader } from './table.ts'

/** Comma, unless the first line has none but tabs or semicolons, as some spreadsheets write. */
function delimiterOf(text: string): string {
  const head = text.slice(0, 10_000).split(/[\r\n]/, 1)[0] ?? ''
  return head.includes(',') ? ',' : head.includes('\t') ? '\t' : head.includes(';') ? ';' : ','
}

const LF = 10
const CR = 13

/** Counts the lines of a text as it is gone through: CRLF, LF and CR each end one, also side by side in one file. */
function createLineCounter(bytes: Uint8Array): { recordUpTo(end: number): number; readonly next: number } {
  let at = 0
  let line = 1
  const step = () => {
    const byte = bytes[at++]
    if (byte === LF || (byte === CR && bytes[at] !== LF)) line++
  }
  return {
    /** The line on which the record that ends before `end` begins; blank lines before it are passed over. */
    recordUpTo(end) {
      while (at < end && (bytes[at] === LF || bytes[at] === CR)) step()
      const first = line
      while (at < end) step()
      return first
    },
    /** The line that comes next, blank ones passed over. */
    get next() {
      while (bytes[at] === LF || bytes[at] === CR) step()
      return line
    },
  }
}

/** RFC 4180 with a header row. A record is told by the line it begins on. */
export function readCsv(text: string, sink: RowSink): void {
  const take = createTableReader(sink)
  const bytes = Buffer.from(text)
  const lines = createLineCounter(bytes)
  try {
    parse(bytes, {
      record_delimiter: ['\r\n', '\n', '\r'],
      delimiter: delimiterOf(text),
      relax_column_count: true,
      relax_quotes: true,
      skip_empty_lines: true,
      on_record: (record: string[], { bytes: end }) => {
        take(lines.recordUpTo(end), record)
        return null
      },
    })
  } catch (error) {
    // What came before is whole; from here on nobody can tell where a record ends.
    if (!(error instanceof CsvError)) throw error
    sink.reject(lines.next, 'article.bad-csv', 'a quotation mark is opened and never closed; the rest of the file could not be read')
  }
}
