import { type Article, toRow } from '../article.ts'
import { COLUMN_NAMES, LIST_COLUMNS } from './columns.ts'

/**
 * A spreadsheet runs a cell that begins with one of these (their full-width twins included) as a formula. Such a cell, and one
 * that only looks neutralised, gets one `'` in front; `plainCell` takes one away again, so nothing is lost.
 */
const FORMULA = /^'*[=+\-@\t\r＝＋－＠]/
const NEUTRALISED = /^'+[=+\-@\t\r＝＋－＠]/

export function neutralCell(text: string): string {
  return FORMULA.test(text) ? `'${text}` : text
}

export function plainCell(text: string): string {
  return NEUTRALISED.test(text) ? text.slice(1) : text
}

/** One entry a line; as a JSON list where an entry would not come back whole from that. */
export function listCell(entries: readonly string[]): string {
  const whole = entries.every((entry) => entry === entry.trim() && entry !== '' && !/[\n\r|；]/.test(entry)) && !entries[0]?.startsWith('[')
  return whole ? entries.join('\n') : JSON.stringify(entries)
}

export function readListCell(cell: string): string[] {
  if (cell.startsWith('[')) {
    try {
      const list: unknown = JSON.parse(cell)
      if (Array.isArray(list) && list.every((entry) => typeof entry === 'string')) return list
    } catch {
      // Just a wording that begins with a bracket.
    }
  }
  return cell
    .split(/[\n\r|；]/)
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '')
}

function quoted(cell: string): string {
  return /[",\n\r]|^\s|\s$/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell
}

/** With the UTF-8 mark, without which Excel reads Chinese as something else. */
export function writeCsvHeader(): string {
  return `\ufeff${COLUMN_NAMES.join(',')}\r\n`
}

export function writeCsvRow(article: Article): string {
  const row: Record<string, unknown> = { id: article.id, ...toRow(article) }
  const cells = COLUMN_NAMES.map((name) => {
    const value = row[name]
    if (LIST_COLUMNS.has(name)) return value === undefined ? '' : listCell(value as string[])
    return typeof value === 'string' ? value : ''
  })
  return `${cells.map((cell) => quoted(neutralCell(cell))).join(',')}\r\n`
}
