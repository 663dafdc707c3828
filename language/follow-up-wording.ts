import { type Fact, isBare, type SaidLine } from './follow-up-facts.ts'
import { areRelated, type ReadLine } from './follow-up-reading.ts'

/** Words that only tie a text to what was said before; a standalone question has no use for them. */
const opening =
  /^(?:(?:(?:上面|前面|刚才|刚刚|之前|后面|下面)?(?:说的)?[那这](?:个|种|款|张|台|件|些|项|份|家|边)(?:的话)?|那么|[那这](?!么|样|里|儿|时)|哦+|噢|嗯+|好的|额|呃|咦|然后|所以|不过|但是?|可是|对了|它们?|and|but|so|then|ok(?:ay)?|what about|how about)(?![a-z])[\s,，。、]*)+(?=\S)/u
/** Particles and marks at the end. */
const closing = /(?:[呢啊呀哦嘛吧哈]|[\s?？。.!！~～,，])+$/u

/** Inside a text: words that only point back or hold it together. */
const loose = /的[话話]|(?<=.)[那这這][种種个個些](?=\p{Script=Han})|(?<=\p{Script=Han})一下/gu

interface Tail {
  readonly text: string
  /** Offset of its first unit in the text. */
  readonly start: number
}

/** The text without the words that tie it; as it is when nothing else would be left. */
export function trimTies(text: ReadLine): Tail {
  const start = opening.exec(text.folded)?.[0].length ?? 0
  const end = text.folded.length - (closing.exec(text.folded)?.[0].length ?? 0)
  return start < end ? { text: text.text.slice(start, end), start } : { text: text.text, start: 0 }
}

const joints = /^(?:|[^\s\p{P}]|[^\s\p{P}]的| (?:is |are )?(?:in|to|of|for|with|on|at|and|the|a|by|as)(?: the| a| my)? )$/u

/** What the facts say together, in the order of the talk; pieces that stood together stay together. */
export function composeFacts(chosen: readonly Fact[], lines: readonly SaidLine[]): string {
  const ordered = [...chosen].sort((one, other) => one.line - other.line || one.start - other.start)
  let out = ''
  let before: Fact | undefined
  for (const fact of ordered) {
    const { text } = lines[fact.line] as SaidLine
    if (before !== undefined) {
      const gap = before.line === fact.line ? text.slice(before.end, fact.start) : null
      out += gap !== null && joints.test(gap) ? gap : blank(out, text.slice(fact.start))
    }
    out += text.slice(fact.start, fact.end)
    before = fact
  }
  return lines.some(({ text }) => text.length >= shortLine && out.includes(text)) ? spread(ordered, lines, out) : out
}

/** Chinese names follow each other without a blank. */
function blank(one: string, other: string): string {
  return /\p{Script=Han}$/u.test(one) && /^\p{Script=Han}/u.test(other) ? '' : ' '
}

/** From this length on a line is never repeated as a whole. */
const shortLine = 6

/** The question that stands alone: a word of the text that only hints at a carried fact gives way to it. */
export function composeQuestion(chosen: readonly Fact[], lines: readonly SaidLine[], text: ReadLine): string {
  const tail = trimTies(text)
  let rest = tail.text
  const kept = [...chosen]
  for (const word of text.words) {
    if (word.kind !== 'name' || word.start < tail.start || word.folded.length > 4) continue
    const at = kept.findIndex(
      (fact) =>
        fact.words.every(({ kind }) => kind !== 'act') &&
        fact.words.some((other) => other.kind === 'name' && areRelated(word, other)) &&
        looksAlike(fact, word.folded),
    )
    const fact = kept[at]
    if (fact === undefined) continue
    const name = (lines[fact.line] as SaidLine).text.slice(fact.start, fact.end)
    if (name.length <= word.folded.length) continue
    rest = rest.slice(0, word.start - tail.start) + name + rest.slice(word.end - tail.start)
    kept.splice(at, 1)
    break
  }
  rest = rest.replace(loose, '') || rest
  const facts = composeFacts(kept, lines)
  if (facts === '') return rest
  if (!/\p{Script=Han}/u.test(rest)) return `${facts}, ${rest}`
  // A question follows its subject at once; a remark is set off.
  if (!isBare(text) && !text.words.some(({ kind }) => kind === 'ask') && !/[吗嗎么麼嘛]/.test(rest)) return `${facts}，${rest}`
  return facts + (/[\p{Script=Latin}\p{N}]$/u.test(facts) && /^[\p{Script=Latin}\p{N}]/u.test(rest) ? ' ' : '') + rest
}

function looksAlike(fact: Fact, word: string): boolean {
  const last = fact.words.at(-1)?.folded ?? ''
  if (word.length > 1 && fact.words[0]?.folded === word) return true
  return last.endsWith(word) || (word.length === 2 && /[子个张]/.test(word) && last.includes(word.replace(/[子个张]/, '')))
}

/** The same with one more blank: a line that is nothing but its facts would be repeated otherwise, unless it is a mere name. */
function spread(ordered: readonly Fact[], lines: readonly SaidLine[], out: string): string {
  for (const fact of ordered) {
    const { text, words } = lines[fact.line] as SaidLine
    if (text.length < shortLine || !out.includes(text)) continue
    const last =
      words.findLast((word, i) => i > 0 && (word.kind === 'ask' || word.kind === 'act')) ?? (words.length > 2 ? words.at(-1) : undefined)
    if (last !== undefined) return out.replace(text, `${text.slice(0, last.start).trimEnd()} ${text.slice(last.start)}`)
  }
  return out
}
