import { type Fact, isBare, type SaidLine } from './follow-up-facts.ts'
import { areRelated, type ReadLine } from './follow-up-reading.ts'

/** A run of words of a line that is carried as it stands there. */
export type Piece = Pick<Fact, 'line' | 'start' | 'end' | 'words'>

/** How much of the text's own wording is given up for room: nothing, words that only colour it, particles and marks too. */
export type Tightness = 0 | 1 | 2

/** Words that only tie a text to what was said before; a standalone question has no use for them. */
const opening =
  /^(?:(?:(?:上面|前面|刚才|刚刚|之前|后面|下面)?(?:说的)?[那这](?:个|种|款|张|台|件|些|项|份|家|边)(?:的话)?|那么|[那这](?!么|样|里|儿|时)|哦+|噢|嗯+|好的|额|呃|咦|然后|所以|不过|但是?|可是|对了|它们?|and|but|so|then|ok(?:ay)?|what about|how about)(?![a-z])[\s,，。、]*)+(?=\S)/u
/** Particles and marks at the end. */
const closing = /(?:[呢啊呀哦嘛吧哈诶欸咧耶喔嘞噢咯呗啦哇]|[\s?？。.!！~～,，])+$/u

/** Inside a text: words that only point back or hold it together. */
const loose = /的[话話]|(?<=.)[那这這][种種个個些](?=\p{Script=Han})|(?<=\p{Script=Han})一下/gu
/** Words that colour a question and change nothing it is about. */
const colour =
  /请问|請問|大概|到底|其实|其實|已经|已經|这么|那么|(?:能不|可不可以|可唔可)(?=[能以])|^[我俺](?=[都才就只也还還已想要])|[都也还還](?=\p{Script=Han}{2})|(?<=\p{Script=Han}{2})的(?=\p{Script=Han}{2})/gu
/** Particles of a question, who speaks, and how it is put in English. */
const particles =
  /(?:[吗嗎么麼不没了的]|[\s，,])+$|^[我俺他她](?=\p{Script=Han}{2})|^(?:(?:can|could|do|does|did|is|are) (?:i|it|you|that|there)|it's|i'm) /u

/** Where the text begins and ends without the words that tie it; all of it when nothing else would be left. */
function findCore(text: ReadLine): { readonly start: number; readonly end: number } {
  const start = opening.exec(text.folded)?.[0].length ?? 0
  const end = text.folded.length - (closing.exec(text.folded)?.[0].length ?? 0)
  return start < end ? { start, end } : { start: 0, end: text.folded.length }
}

/** The text's own share of the question. */
export function trimText(text: ReadLine, tightness: Tightness): string {
  const { start, end } = findCore(text)
  return tighten(text.text.slice(start, end), tightness)
}

function tighten(said: string, tightness: Tightness): string {
  let rest = said.replace(loose, '') || said
  if (tightness > 0) rest = rest.replace(colour, '') || rest
  if (tightness > 1) {
    const bare = rest.replace(particles, '').replace(particles, '')
    if (bare.length > 1) rest = bare
  }
  return rest
}

/** Whether a remark is set off by a comma; a question follows its subject at once. */
export function isSetOff(text: ReadLine): boolean {
  if (!/\p{Script=Han}/u.test(text.text)) return true
  return !isBare(text) && !text.words.some(({ kind }) => kind === 'ask') && !/[吗嗎么麼嘛]|不$/.test(text.folded)
}

/** What the pieces say together, in the order of the talk. */
export function composePieces(pieces: readonly Piece[], lines: readonly SaidLine[]): string {
  const ordered = [...pieces].sort((one, other) => one.line - other.line || one.start - other.start)
  let out = ''
  for (const { line, start, end } of ordered) out = join(out, (lines[line] as SaidLine).text.slice(start, end))
  return lines.some(({ text }) => text.length >= shortLine && out.includes(text)) ? spread(ordered, lines, out) : out
}

/** Only Latin words, and figures, need a blank between them. */
function join(one: string, other: string): string {
  return one + (/[\p{Script=Latin}\p{N}%]$/u.test(one) && /^[\p{Script=Latin}\p{N}$]/u.test(other) ? ' ' : '') + other
}

/** From this length on a line is never repeated as a whole. */
const shortLine = 6

/** The question that stands alone: a word of the text that only hints at a carried name gives way to it. */
export function composeQuestion(pieces: readonly Piece[], lines: readonly SaidLine[], text: ReadLine, tightness: Tightness): string {
  const core = findCore(text)
  let rest = text.text.slice(core.start, core.end)
  const kept = [...pieces]
  for (const word of text.words) {
    if (word.kind !== 'name' || word.start < core.start || word.folded.length > 4) continue
    const at = kept.findIndex(
      (piece) =>
        piece.words.every(({ kind }) => kind !== 'act') &&
        piece.words.some((other) => other.kind === 'name' && areRelated(word, other)) &&
        looksAlike(piece, word.folded),
    )
    const piece = kept[at]
    if (piece === undefined) continue
    const name = (lines[piece.line] as SaidLine).text.slice(piece.start, piece.end)
    if (name.length <= word.folded.length) continue
    rest = rest.slice(0, word.start - core.start) + name + rest.slice(word.end - core.start)
    kept.splice(at, 1)
    break
  }
  rest = tighten(rest, tightness)
  const carried = composePieces(kept, lines)
  if (carried === '') return rest
  if (!isSetOff(text) || (tightness > 1 && /\p{Script=Han}/u.test(rest))) return join(carried, rest)
  return `${carried}${/\p{Script=Han}/u.test(rest) ? '，' : ', '}${rest}`
}

function looksAlike(piece: Piece, word: string): boolean {
  const last = piece.words.at(-1)?.folded ?? ''
  if (word.length > 1 && piece.words[0]?.folded === word) return true
  return last.endsWith(word) || (word.length === 2 && /[子个张]/.test(word) && last.includes(word.replace(/[子个张]/, '')))
}

/** The same with one more blank: a line that is nothing but its pieces would be repeated otherwise, unless it is a mere name. */
function spread(ordered: readonly Piece[], lines: readonly SaidLine[], out: string): string {
  for (const piece of ordered) {
    const { text, words } = lines[piece.line] as SaidLine
    if (text.length < shortLine || !out.includes(text)) continue
    const last =
      words.findLast((word, i) => i > 0 && (word.kind === 'ask' || word.kind === 'act')) ?? (words.length > 2 ? words.at(-1) : undefined)
    if (last !== undefined) return out.replace(text, `${text.slice(0, last.start).trimEnd()} ${text.slice(last.start)}`)
  }
  return out
}
