import type { RowSink } from './file-reading.ts'

/** One JSON object a line; blank lines are passed over. */
export function readJsonl(text: string, sink: RowSink): void {
  let line = 0
  for (let from = 0; from <= text.length; ) {
    const end = text.indexOf('\n', from)
    const piece = text.slice(from, end === -1 ? text.length : end)
    from = end === -1 ? text.length + 1 : end + 1
    line++
    if (piece.trim() === '') continue
    let row: unknown
    try {
      row = JSON.parse(piece)
    } catch {
      sink.reject(line, 'article.not-json', 'the line is not a JSON object')
      continue
    }
    sink.take(line, row)
  }
}
