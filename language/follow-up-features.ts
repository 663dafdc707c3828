import { type Fact, isBare, type SaidLine } from './follow-up-facts.ts'
import { turns } from './follow-up-leaning.ts'
import { areRelated, isContent, kindsOfWord, type LineWord, type ReadLine, type WordKind } from './follow-up-reading.ts'
import { clauseEnds, type Span, type Stretch } from './follow-up-spans.ts'
import { trimText } from './follow-up-wording.ts'

/** What the trees know of a stretch: where it stands, what it is made of, and what the text looks like. */

const which = /哪[个個种種款些家]|which/
const same = /一样|一樣|同样|同樣|相同|\bsame\b/
const pronoun = /^那?[这這那][个個]|[这這那][个個](?!\p{Script=Han}{2})|^它|\bit\b|\bthat\b|\bthis\b/u
const preposition = /(?:在|从|到|由|于|用|凭|按|把|被|给|\b(?:at|from|under|via|in|on|for|to) )$/

const flag = (value: boolean): number => (value ? 1 : 0)
const kindOf = (word: LineWord | undefined): number => (word === undefined ? -1 : kindsOfWord.indexOf(word.kind))

/** Share of each kind of word, in characters. */
function sharesOf(words: readonly LineWord[]): number[] {
  const shares = kindsOfWord.map(() => 0)
  let all = 0
  for (const { kind, folded } of words) {
    const at = kindsOfWord.indexOf(kind)
    shares[at] = (shares[at] as number) + folded.length
    all += folded.length
  }
  return shares.map((length) => length / all)
}

/** Characters of a stretch that the text holds too; Latin letters are in every text. */
function sharedWith(text: string, spelled: string): number {
  let shared = 0
  for (const char of spelled) if ((char >= '\u2e80' || (char >= '0' && char <= '9')) && text.includes(char)) shared++
  return shared
}

const numbersIn = (words: readonly LineWord[]): number => words.filter(({ kind }) => kind === 'number' || kind === 'time').length

/** Whether a word stands among others, as it is or in a related form. */
function has(words: readonly LineWord[], word: LineWord): boolean {
  return words.some((other) => isContent(other) && (other.folded === word.folded || (word.folded.length > 1 && areRelated(word, other))))
}

/** What is known of each word of a line, read once. */
interface SeenWord {
  readonly word: LineWord
  readonly replaced: boolean
  readonly pointed: boolean
  /** Index of the phrase that the rules of language/follow-up-facts.ts make of it; -1 for none. */
  readonly fact: number
  readonly said: boolean
  readonly answered: boolean
  readonly asked: boolean
  readonly mentioned: boolean
  readonly clause: number
}

/** A dialogue as the features need it. */
export interface Scene {
  readonly lines: readonly SaidLine[]
  readonly text: ReadLine
  readonly seen: readonly (readonly SeenWord[])[]
  readonly values: readonly number[]
  readonly lastBot: number
  readonly firstCustomer: number
  readonly lastCustomer: number
}

export function readScene(facts: readonly Fact[], lines: readonly SaidLine[], text: ReadLine): Scene {
  const content = text.words.filter(isContent)
  const all = lines.flatMap(({ words }) => words.filter(isContent))
  const count = (kind: WordKind): number => text.words.filter((word) => word.kind === kind).length
  const known = content.filter((word) => all.some((other) => areRelated(word, other))).length
  const lastBot = lines.findLastIndex(({ from }) => from === 'bot')
  const { folded } = text
  const seen = lines.map((line, at) => {
    const others = (from: string): LineWord[] => lines.flatMap((other) => (other !== line && other.from === from ? other.words : []))
    const [asked, told] = [others('customer'), others('bot')]
    const answer = at === lastBot ? [] : ((lines[lastBot] as SaidLine | undefined)?.words ?? [])
    const own = facts.filter((fact) => fact.line === at)
    return line.words.map((word): SeenWord => {
      const fact = own.findIndex(({ words }) => words.includes(word))
      return {
        word,
        replaced: own[fact]?.replaced === true,
        pointed: own[fact]?.pointed === true,
        fact,
        said: isContent(word) && has(line.from === 'customer' ? told : asked, word),
        answered: isContent(word) && has(answer, word),
        asked: isContent(word) && has(asked, word),
        mentioned: isContent(word) && has(text.words, word),
        clause: line.folded.slice(0, word.start).split(clauseEnds).length - 1,
      }
    })
  })
  return {
    lines,
    text,
    seen,
    lastBot,
    firstCustomer: lines.findIndex(({ from }) => from === 'customer'),
    lastCustomer: lines.findLastIndex(({ from }) => from === 'customer'),
    values: [
      trimText(text, 0).length,
      content.length,
      known,
      content.length - known,
      count('name'),
      count('act'),
      count('ask'),
      count('number') + count('time'),
      flag(!/\p{Script=Han}/u.test(folded)),
      flag(isBare(text)),
      flag(/[吗嗎么麼嘛呢?？]|不$/.test(folded) || count('ask') > 0),
      flag(/[了过過]/.test(folded)),
      flag(which.test(folded)),
      flag(same.test(folded)),
      flag(pronoun.test(folded)),
      lines.length,
      lines.reduce((sum, line) => sum + line.text.length, 0),
      lines[lastBot]?.text.length ?? 0,
      facts.filter(({ replaced }) => replaced).length,
      flag(facts.some(({ pointed }) => pointed)),
      ...turns.map((turn) => flag(turn.test(folded))),
      (lines[lastBot]?.words ?? []).filter(({ kind }) => kind === 'number' || kind === 'time').length,
    ],
  }
}

/** Names of what `featuresOfStretch` gives, in its order; the first are those of the dialogue. */
export const stretchFeatures: readonly string[] = (
  'text characters,text content,text known,text new,text names,text acts,text asks,text numbers,latin,bare,question,change,which,same,pronoun,lines,' +
  'history characters,answer characters,replaced facts,any pointed,exceeds,fails,how,where,how much,when,may,also,of me,changes,numbers of the answer,' +
  'first customer line,last customer line,last bot line,customer,places,lines holding it,lines after,behind the answer,' +
  'characters,words,start,end gap,line characters,share of line,first kind,last kind,before kind,after kind,joined before,joined after,' +
  'names,acts,numbers,times,qualities,asks,empties,latin words,numbers in it,no number cut off,rest of the clause,rarity,said by both,also in the answer,also in a question,mentioned,shared characters,' +
  'replaced,pointed,facts,begins a fact,ends a fact,whole fact,clause,clauses after,clause mentioned,clause said,clause begins,clause ends,' +
  'preposition before,of after,beside replaced,beside mentioned,words before,words after,first word length,last word length,before said,after said'
).split(',')

/** The values of a stretch, taken where it stands in the newest line. */
export function featuresOfStretch({ spelled, spans }: Stretch, scene: Scene): number[] {
  const { lines, text, seen, lastBot, firstCustomer, lastCustomer } = scene
  const span = spans.at(-1) as Span
  const line = lines[span.line] as SaidLine
  const row = seen[span.line] as readonly SeenWord[]
  const own = row.slice(span.from, span.to)
  const words = own.map(({ word }) => word)
  const characters = words.reduce((sum, { folded }) => sum + folded.length, 0)
  const [first, last] = [own[0] as SeenWord, own.at(-1) as SeenWord]
  const before = row[span.from - 1]
  const after = row[span.to]
  const part = (of: (word: SeenWord) => boolean): number =>
    own.reduce((sum, seen) => sum + (of(seen) ? seen.word.folded.length : 0), 0) / characters
  const around = row.filter((other, at) => other.clause === first.clause && (at < span.from || at >= span.to))
  const anywhere = (line: number): number => flag(spans.some((other) => other.line === line))
  const [ahead, behind] = [line.folded.slice(Math.max(0, span.start - 6), span.start), line.folded.slice(span.end, span.end + 5)]
  const begins = first.fact >= 0 && before?.fact !== first.fact
  const ends = last.fact >= 0 && after?.fact !== last.fact
  return [
    ...scene.values,
    anywhere(firstCustomer),
    anywhere(lastCustomer),
    anywhere(lastBot),
    flag(line.from === 'customer'),
    spans.length,
    lines.filter((other) => other.text.includes(spelled)).length,
    lines.length - 1 - span.line,
    flag(span.line > lastBot),
    spelled.length,
    words.length,
    span.start,
    line.text.length - span.end,
    line.text.length,
    spelled.length / line.text.length,
    kindOf(words[0]),
    kindOf(words.at(-1)),
    kindOf(before?.word),
    kindOf(after?.word),
    flag(before?.word.end === span.start),
    flag(after?.word.start === span.end),
    ...sharesOf(words),
    flag(words.some(({ tag }) => tag === 'eng')),
    numbersIn(words),
    flag(kindOf(words.at(-1)) === 1 || kindOf(after?.word) !== 1),
    row.filter(({ clause }) => clause === first.clause).length - words.length,
    words.reduce((sum, { rarity }) => sum + rarity, 0) / words.length,
    part(({ said }) => said),
    part(({ answered }) => answered),
    part(({ asked }) => asked),
    part(({ mentioned }) => mentioned),
    sharedWith(text.text, spelled),
    part(({ replaced }) => replaced),
    part(({ pointed }) => pointed),
    new Set(own.map(({ fact }) => fact)).size,
    flag(begins),
    flag(ends),
    flag(begins && ends && first.fact === last.fact),
    first.clause,
    (row.at(-1) as SeenWord).clause - last.clause,
    flag(around.some(({ mentioned }) => mentioned)),
    flag(around.some(({ said }) => said)),
    flag(before === undefined || before.clause !== first.clause),
    flag(after === undefined || after.clause !== last.clause),
    flag(preposition.test(ahead)),
    flag(/^[的之]|^ (?:of|for) /.test(behind)),
    flag(before?.replaced === true || after?.replaced === true || before?.pointed === true || after?.pointed === true),
    flag(before?.mentioned === true || after?.mentioned === true),
    span.from,
    row.length - span.to,
    first.word.folded.length,
    last.word.folded.length,
    flag(before?.said === true),
    flag(after?.said === true),
  ]
}
