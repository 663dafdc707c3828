import { type Article, toRow } from '../article.ts'
import { COLUMN_NAMES, LIST_COLUMNS } from './columns.ts'

/**
 * A spreadsheet runs a cell that begins with one of these (their full-width twins included, and what it skips before them) as a formula. Such a cell, and one
 * that only looks neutralised, gets one `'` in front; `plainCell` takes one away again, so nothing is lost.
 */
const FORMULA = /^'*[=+\-@\t\r\n＝＋－＠]/
const NEUTRALISED = /^'+[=+\-@\t\r\n＝＋－＠]/

export function neutralCell(text: string): string {
  return FORMULA.test(text) ? `'${text}` : text
}

export function plainCell(text: string): string {
  return NEUTRALISED.test(text) ? text.slice(1) : text
}

/** What stands between the entries of a cell: wordings are sentences and may hold commas, names of Tiers and Channels do not. */
const BETWEEN_WORDINGS = /[\n\r|;；]/
const BETWEEN_NAMES = /[\n\r|;；,，、]/

function between(field: string): RegExp {
  return field === 'similar' ? BETWEEN_WORDINGS : BETWEEN_NAMES
}

/** One entry a line; as a JSON list where an entry would not come back whole from that. */
export function listCell(field: string, entries: readonly string[]): string {
  const marks = between(field)
  const whole = entries.every((entry) => entry === entry.trim() && entry !== '' && !marks.test(entry)) && !entries[0]?.startsWith('[')
  return whole ? entries.join('\n') : JSON.stringify(entries)
}

export function readListCell(field: string, cell: string): string[] {
  if (cell.startsWith('[')) {
    try {
      const list: unknown = JSON.parse(cell)
      if (Array.isArray(list) && list.every((entry) => typeof entry === 'string')) return list
    } catch {
      // Just a wording that begins with a bracket.
    }
  }
  return cell
    .split(between(field))
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
    if (LIST_COLUMNS.has(name)) return value === undefined ? '' : listCell(name, value as string[])
    return typeof value === 'string' ? value : ''
  })
  return `${cells.map((cell) => quoted(neutralCell(cell))).join(',')}\r\n`
}
