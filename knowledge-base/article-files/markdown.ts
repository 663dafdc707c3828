import type { RowSink } from './file-reading.ts'

interface Section {
  readonly line: number
  readonly level: number
  readonly title: string
  readonly body: string[]
}

/*
 * Anybody's file is read on the house's own thread: lines lose their trailing blanks first, and no pattern below has two ways
 * to read the same blanks, so each takes time in proportion to its line.
 */
const HEADING = /^ {0,3}(#{1,6})[ \t]+(.+)$/
const FENCE = /^ {0,3}(`{3,}|~{3,})/
/** 相似问, 相似问法, similar … on a line of its own, as text, bold or heading. */
const SIMILAR = /^(?:#{1,6}[ \t]+)?[*_]{0,2}(?:相似问(?:法|题)?|similar(?: questions| wordings)?)[*_]{0,2}[ \t]*[：:]?[*_]{0,2}[ \t]*$/i
/** Longest line that is looked at for 相似问. */
const LONGEST_MARK = 100
const ITEM = /^ {0,3}(?:[-*+]|\d{1,3}[.)])[ \t]+(.+)$/

function isSimilarMark(line: string): boolean {
  return line.length <= LONGEST_MARK && SIMILAR.test(line)
}

/** The title without closing marks, which a blank sets off: `## 退款 ##`, but not `## 学 C#`. */
function withoutClosing(title: string): string {
  let end = title.length
  while (end > 0 && title[end - 1] === '#') end--
  if (end === title.length) return title
  return end === 0 || title[end - 1] === ' ' || title[end - 1] === '\t' ? title.slice(0, end).trimEnd() : title
}

function sectionsOf(text: string): Section[] {
  const sections: Section[] = []
  let fence: string | null = null
  for (const [i, whole] of text.split(/\r\n|\n|\r/).entries()) {
    const line = whole.trimEnd()
    const mark = FENCE.exec(line)?.[1]
    if (mark && (fence === null || mark.startsWith(fence))) fence = fence === null ? mark : null
    const heading = fence === null && !isSimilarMark(line) ? HEADING.exec(line) : null
    const title = heading ? withoutClosing(heading[2] ?? '') : ''
    if (heading && title !== '') sections.push({ line: i + 1, level: heading[1]?.length ?? 1, title, body: [] })
    else sections.at(-1)?.body.push(whole)
  }
  return sections
}

/** Takes the wordings out of a section; the rest is the answer. */
function readBody(body: readonly string[]): { answer: string; similar: string[] } {
  const similar: string[] = []
  const rest: string[] = []
  let listing = false
  for (const whole of body) {
    const line = whole.trimEnd()
    const item = listing ? ITEM.exec(line)?.[1] : undefined
    if (isSimilarMark(line)) listing = true
    else if (item !== undefined) similar.push(item)
    else if (!listing || line !== '') {
      listing = false
      rest.push(whole)
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
