import { ZhikeError } from '../../platform/errors.ts'
import { type ArticleFields, type RowProblem, readRow } from '../article.ts'

export interface ReadRow {
  /** 1-based line (JSONL, CSV, Markdown) or row (XLSX) of the file. */
  readonly line: number
  readonly id: string | null
  readonly fields: ArticleFields
}

export type RejectedRow = { readonly line: number } & RowProblem

export interface FileReading {
  readonly rows: ReadRow[]
  readonly rejected: RejectedRow[]
}

export const MAX_FILE_BYTES = 20 * 1024 * 1024
export const MAX_ROWS = 50_000

/** Gathers the rows of one file; the readers feed it. */
export interface RowSink extends FileReading {
  /** @throws ZhikeError `too-large` `import.too-many-rows` */
  take(line: number, row: unknown): void
  reject(line: number, code: string, message: string): void
}

export function createRowSink(timeZone: string): RowSink {
  const rows: ReadRow[] = []
  const rejected: RejectedRow[] = []
  const count = () => {
    if (rows.length + rejected.length >= MAX_ROWS)
      throw new ZhikeError('too-large', 'import.too-many-rows', `The file has more than ${MAX_ROWS} rows; split it.`)
  }
  return {
    rows,
    rejected,
    take(line, row) {
      count()
      const reading = readRow(row, timeZone)
      if (reading.ok) rows.push({ line, id: reading.id, fields: reading.fields })
      else rejected.push({ line, code: reading.code, message: reading.message })
    },
    reject(line, code, message) {
      count()
      rejected.push({ line, code, message })
    },
  }
}
