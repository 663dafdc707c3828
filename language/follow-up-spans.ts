import { type Fact, isBare, isMentioned, type SaidLine } from './follow-up-facts.ts'
import { isContent, type LineWord, type ReadLine } from './follow-up-reading.ts'

/*
 * The stretches of a history that a follow-up may need word for word: every short run of words inside a clause, grouped by its
 * spelling, since a thing that was said twice has to be carried once.
 */

export interface Span {
  readonly line: number
  /** Half-open range of words in its line. */
  readonly from: number
  readonly to: number
  /** Half-open range of UTF-16 units in its line. */
  readonly start: number
  readonly end: number
}

/** A stretch as it was spelled, with the places that hold it. */
export interface Stretch {
  readonly spelled: string
  readonly spans: readonly Span[]
}

/** Longest stretch, in words and in units; Latin words are longer. */
const WORDS = 5
const UNITS = { han: 14, latin: 28 } as const
/** Of a longer line only the clauses that speak of the same as the other lines are read. */
const LONG_LINE = 45

const within = /^[ \-+.·/’'%“”"]{0,2}$/u
export const clauseEnds = /[，,。;；？?！!：:]|\. /

/** Whether nothing parts a word of a line from the one before it. */
export function isWithin({ text, words }: ReadLine, at: number): boolean {
  return within.test(text.slice((words[at - 1] as LineWord).end, (words[at] as LineWord).start))
}

/** The stretches of the lines, without words that `facts` call replaced. */
export function readStretches(facts: readonly Fact[], lines: readonly SaidLine[], text: ReadLine): Stretch[] {
  const found = new Map<string, Span[]>()
  const gone = new Set(
    isBare(text) || facts.some(({ pointed }) => pointed) ? facts.flatMap(({ replaced, words }) => (replaced ? words : [])) : [],
  )
  for (const [at, line] of lines.entries()) {
    const open = (word: LineWord): boolean => !gone.has(word) && (line.text.length <= LONG_LINE || isNear(line, word, at, lines, text))
    for (let from = 0; from < line.words.length; from++) {
      const first = line.words[from] as LineWord
      if (!opens(first) || !open(first)) continue
      for (let to = from + 1; to <= Math.min(line.words.length, from + WORDS); to++) {
        const last = line.words[to - 1] as LineWord
        if (!open(last) || (to - 1 > from && !isWithin(line, to - 1))) break
        const spelled = line.text.slice(first.start, last.end)
        if (spelled.length > (first.tag === 'eng' || last.tag === 'eng' ? UNITS.latin : UNITS.han)) break
        if (!closes(last)) continue
        const span = { line: at, from, to, start: first.start, end: last.end }
        const spans = found.get(spelled)
        if (spans === undefined) found.set(spelled, [span])
        else spans.push(span)
      }
    }
  }
  return [...found].map(([spelled, spans]) => ({ spelled, spans }))
}

const joints = new Set('的了吗嗎么麼呢吧啊和与與或及是为為以就才都也还還且而但在把被对對')
/** Whether a stretch may begin or end with a word: not with one that only joins others. */
const opens = (word: LineWord): boolean => isContent(word) || (word.tag !== 'eng' && !joints.has(word.folded))
const closes = (word: LineWord): boolean => opens(word) || word.kind === 'ask'

/** Whether the clause of a long line around a word speaks of what the text or the customer's lines speak of. */
function isNear(line: SaidLine, word: LineWord, at: number, lines: readonly SaidLine[], text: ReadLine): boolean {
  const begin = line.text.slice(0, word.start).split(clauseEnds).at(-1)?.length ?? 0
  const rest = line.text.slice(word.end).split(clauseEnds)[0]?.length ?? 0
  const clause = line.words.filter(({ start, end }) => start >= word.start - begin && end <= word.end + rest)
  return [text, ...lines.filter((other, i) => i !== at && other.from === 'customer')].some((said) => isMentioned({ words: clause }, said))
}
