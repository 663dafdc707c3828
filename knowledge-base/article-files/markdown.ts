import type { RowSink } from './file-reading.ts'

interface Section {
  readonly line: number
  readonly level: number
  readonly title: string
  readonly body: string[]
}

const HEADING = /^ {0,3}(#{1,6})[ \t]+(.+?)[ \t]*#*[ \t]*$/
const FENCE = /^ {0,3}(`{3,}|~{3,})/
/** 相似问, 相似问法, similar … on a line of its own, as text, bold or heading. */
const SIMILAR = /^(?:#{1,6}[ \t]+)?[*_]{0,2}(?:相似问(?:法|题)?|similar(?: questions| wordings)?)[*_]{0,2}[ \t]*[：:]?[*_]{0,2}[ \t]*$/i
const ITEM = /^ {0,3}(?:[-*+]|\d{1,3}[.)])[ \t]+(.+?)[ \t]*$/

function sectionsOf(text: string): Section[] {
  const sections: Section[] = []
  let fence: string | null = null
  for (const [i, line] of text.split(/\r?\n/).entries()) {
    const mark = FENCE.exec(line)?.[1]
    if (mark && (fence === null || mark.startsWith(fence))) fence = fence === null ? mark : null
    const heading = fence === null && !SIMILAR.test(line) ? HEADING.exec(line) : null
    if (heading) sections.push({ line: i + 1, level: heading[1]?.length ?? 1, title: heading[2] ?? '', body: [] })
    else sections.at(-1)?.body.push(line)
  }
  return sections
}

/** Takes the wordings out of a section; the rest is the answer. */
function readBody(body: readonly string[]): { answer: string; similar: string[] } {
  const similar: string[] = []
  const rest: string[] = []
  let listing = false
  for (const line of body) {
    const item = listing ? ITEM.exec(line)?.[1] : undefined
    if (SIMILAR.test(line)) listing = true
    else if (item !== undefined) similar.push(item)
    else if (!listing || line.trim() !== '') {
      listing = false
      rest.push(line)
    }
  }
  return { answer: rest.join('\n').trim(), similar }
}

/**
 * A heading is a question and the text below it the answer; a list under 相似问 (similar) gives its wordings. A heading that
 * only holds deeper headings is their category.
 */
export function readMarkdown(text: string, sink: RowSink): void {
  const sections = sectionsOf(text)
  const above: { level: number; title: string }[] = []
  for (const [i, section] of sections.entries()) {
    while ((above.at(-1)?.level ?? 0) >= section.level) above.pop()
    const { answer, similar } = readBody(section.body)
    const next = sections[i + 1]
    if (answer === '' && similar.length === 0 && next && next.level > section.level) {
      above.push(section)
      continue
    }
    const category = above.at(-1)?.title
    sink.take(section.line, {
      question: section.title,
      answer,
      ...(similar.length > 0 ? { similar } : {}),
      ...(category ? { category } : {}),
    })
  }
}
