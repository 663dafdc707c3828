/**
 * The little markdown that answers may use: **bold**, [links](https://…), bare https addresses and lists. Everything else is text.
 * The outcome is data; whoever shows it makes elements of these kinds only.
 */

export interface Inline {
  readonly text: string
  readonly bold?: boolean
  /** An https address without name or password. */
  readonly href?: string
}

/** A paragraph has one item. */
export interface Block {
  readonly list: 'ul' | 'ol' | null
  readonly start: number
  readonly items: Inline[][]
}

const INLINE =
  /\*\*([^*\n]+)\*\*|\[([^[\]\n]+)\]\((https:\/\/[\w.-]+(?::\d+)?(?:[/?#][^\s()<>"]*)?)\)|https:\/\/[\w.-]+(?::\d+)?(?:[/?#][^\s<>"'，。；：！？、（）《》“”]*)?(?<![.,;:!?)\]*])/g
const ITEM = /^ {0,3}(?:[-*•] +|(\d{1,3})(?:[.)] +|、 *))(\S.*)$/

export function parseInline(text: string): Inline[] {
  const parts: Inline[] = []
  let from = 0
  for (const { 0: all, 1: bold, 2: label, 3: href = all, index } of text.matchAll(INLINE)) {
    if (index > from) parts.push({ text: text.slice(from, index) })
    parts.push(bold ? { text: bold, bold: true } : { text: label ?? all, href })
    from = index + all.length
  }
  if (from < text.length) parts.push({ text: text.slice(from) })
  return parts
}

export function parseMarkdown(text: string): Block[] {
  const blocks: Block[] = []
  let lines = ''
  const flush = () => {
    const whole = lines.replace(/^\n+|\n+$/g, '')
    if (whole) blocks.push({ list: null, start: 1, items: [parseInline(whole)] })
    lines = ''
  }
  for (const line of text.split('\n')) {
    const [all, number, content = ''] = ITEM.exec(line) ?? []
    if (all === undefined) {
      lines += `${line}\n`
      continue
    }
    flush()
    const list = number ? 'ol' : 'ul'
    const last = blocks.at(-1)
    if (last?.list === list) last.items.push(parseInline(content))
    else blocks.push({ list, start: Number(number ?? 1), items: [parseInline(content)] })
  }
  flush()
  return blocks
}
