import { areRelated, isContent, type LineWord, type ReadLine } from './follow-up-reading.ts'

/*
 * What a dialogue is about, as phrases that a short question may lean on: names with their models and modifiers, numbers,
 * dates and acts, each as it was written.
 */

export interface SaidLine extends ReadLine {
  readonly from: 'customer' | 'bot'
}

/** A phrase of the history that a follow-up may point to. */
export interface Fact {
  /** Index of its line, oldest first. */
  readonly line: number
  readonly start: number
  readonly end: number
  readonly words: readonly LineWord[]
  /** Whether the text, or a customer line after it, has put something else in its place. */
  readonly replaced: boolean
  /** The text points at it by its place: 后者, the second one. */
  readonly pointed: boolean
}

/** The phrases of a line: adjacent names, numbers and qualities together, each act by itself. */
export function readFacts(lines: readonly SaidLine[], text: ReadLine): Fact[] {
  const bare = isBare(text)
  const counts = (line: SaidLine, word: LineWord): boolean => isContent(word) || (bare && line.from === 'customer' && isAsking(line, word))
  const facts: Fact[] = []
  for (const [at, line] of lines.entries()) {
    const later = lines.slice(at + 1).filter(({ from }) => from === 'customer')
    const others = lines.filter(({ from }) => from !== line.from).flatMap(({ words }) => words)
    const shared = line.words.map((word) => word.folded.length > 1 && others.some(({ folded }) => folded === word.folded))
    const gone = line.words.map((word, i) =>
      [...later, text].some((said) => isReplaced(line, word, i, said, shared[i] === true || line.from === 'bot')),
    )
    // A new day takes the old hour with it.
    for (let i = 1; i < gone.length; i++) {
      const [before, word] = [line.words[i - 1] as LineWord, line.words[i] as LineWord]
      if (gone[i - 1] && before.kind === 'time' && word.kind === 'time' && before.end === word.start) gone[i] = true
    }
    let from = 0
    while (from < line.words.length) {
      const word = line.words[from] as LineWord
      if (!counts(line, word)) {
        from++
        continue
      }
      let to = from + 1
      while (
        to < line.words.length &&
        gone[to] === gone[from] &&
        (shared[to] || !shared[from] || staysWhole(line.words[from] as LineWord, line.words[to] as LineWord)) &&
        counts(line, line.words[to] as LineWord) &&
        joins(line, word, line.words[to - 1] as LineWord, line.words[to] as LineWord)
      )
        to++
      const words = line.words.slice(from, to)
      // A lone 大 or 多 is an answer, not a thing.
      const slight = words.length === 1 && word.kind === 'quality' && word.folded.length === 1
      if (!slight)
        facts.push({
          line: at,
          start: word.start,
          end: (words.at(-1) as LineWord).end,
          words,
          replaced: gone[from] as boolean,
          pointed: false,
        })
      from = to
    }
  }
  return pointAt(facts, lines, text)
}

const alternatives =
  /^(?:款|版|式|型|的|系列)?(?:（[^）]*）|\([^)]*\))?(?:和|与|跟|及|以及|或|或者|还是|、|，或|,? and |,? or | & )[^，。,；;\p{L}]{0,3}$/u
const place =
  /(前者|第一[个种款样项张]|前面?[那这]?[个种款]|the first|the former)|(后者|第二[个种款样项张]|后面?[那这]?[个种款]|the second|the latter|the last)|(第三[个种款样项张]|the third)/

/** 前者, 第二个, the latter: one of the things that the newest line names side by side. */
function pointAt(facts: Fact[], lines: readonly SaidLine[], text: ReadLine): Fact[] {
  const match = place.exec(text.folded)
  if (match === null) return facts
  const nth = match[1] !== undefined ? 0 : match[2] !== undefined ? 1 : 2
  for (let at = lines.length - 1; at >= 0; at--) {
    const row = sideBySide(facts, lines, at)
    const chosen = row[nth === 1 && /后|last|latter/.test(match[0]) ? row.length - 1 : nth]
    if (chosen === undefined || row.length < 2) continue
    // 便宜, 区别: a comparison needs the others too.
    const compared = /比|便宜|贵|差|区别|不同|哪|好|cheap|differ|better|than/.test(text.folded)
    return facts.map((fact) =>
      chosen.includes(fact)
        ? { ...fact, pointed: true, replaced: false }
        : !compared && row.some((group) => group.includes(fact))
          ? { ...fact, replaced: true }
          : fact,
    )
  }
  return facts
}

/** The things a line names side by side, each with the facts that make it up. */
function sideBySide(facts: readonly Fact[], lines: readonly SaidLine[], at: number): Fact[][] {
  const own = facts.filter(({ line }) => line === at)
  const { folded } = lines[at] as SaidLine
  const rows: Fact[][] = []
  let group: Fact[] = []
  for (const [i, fact] of own.entries()) {
    const before = own[i - 1]
    if (before !== undefined && before.end === fact.start) group.push(fact)
    else if (before !== undefined && alternatives.test(folded.slice(before.end, fact.start))) {
      rows.push(group)
      group = [fact]
    } else {
      if (rows.length > 0) break
      group = [fact]
    }
  }
  if (rows.length > 0) rows.push(group)
  return rows
}

/** Whether a text only names something, and so asks what was asked before: 1000兆呢, And the grey one? */
export function isBare(text: ReadLine): boolean {
  const content = text.words.filter(isContent)
  return (
    content.length > 0 &&
    content.length <= 2 &&
    !text.words.some(({ kind, folded }) => kind === 'act' || (kind === 'ask' && folded !== 'what')) &&
    /(?:呢|的|也有吗?|(?:也|一样|同样)(?:的|是)?(?:吗|么)?|ones?|too|as well)[\s?？。!！~]*$|^(?:what|how) about|^and /u.test(text.folded)
  )
}

/** The words by which a line asks: 多少钱 of 一年多少钱, 有 of 有货吗. */
function isAsking(line: ReadLine, word: LineWord): boolean {
  if (word.kind === 'ask') return word.tag !== 'eng'
  if (!/^(?:有|能|可以|支持|会|含)$/.test(word.folded)) return false
  const next = line.words[line.words.indexOf(word) + 1]
  return next !== undefined && next.start === word.end && isContent(next)
}

const model = /[a-z].*\d|\d.*[a-z]/

/** Things that the dictionary takes for verbs: 隔音罩, 速度环. */
const thingVerbs = new Set('罩环盖锁卡包架垫套夹屏盘管箱膜板罐杯桶带轮座灯锅锯刷梳筛钩扣塞绳线针签保')

function joins(line: SaidLine, from: LineWord, one: LineWord, other: LineWord): boolean {
  if (one.end !== other.start) {
    // Latin words stand apart by a blank, and a title by its dot: "65W USB-C charger", "Dr. Lin".
    return isContent(other) && (one.tag === 'eng' || other.tag === 'eng') && /^\.? $/.test(line.text.slice(one.end, other.start))
  }
  if (one.kind === 'ask' || other.kind === 'ask') return true
  // 短信拦截, 过热保护: two verbs of two characters, or a short name and one, are read as a term.
  // What the dictionary does not know comes in single characters: 携码, 原切.
  if (one.folded.length === 1 && other.folded.length === 1 && one.kind !== 'time' && other.kind !== 'time') return true
  if (one.kind === 'act' && one.folded.length === 1 && one !== from && other.kind === 'name') return true
  const term = other.folded.length === 2 && other.end - from.start <= 6
  // 充电桩, 陪护证: a lone character behind a verb makes it a thing; 增值业务费, 更换电池: so does a short name.
  if (one.kind === 'act' && one.folded.length === 2 && other.kind === 'name')
    return other.folded.length === 1 || (one === from && other.end - from.start <= 6)
  if (one.kind === 'act') return other.kind === 'act' ? term && one.folded.length === 2 : one !== from && thingVerbs.has(one.folded)
  if (one.kind === 'quality' && other.kind === 'act') return one.folded.length === 1 && other.folded.length === 2
  if (other.kind === 'act') return one.kind === 'name' && (thingVerbs.has(other.folded) || (term && one.tag !== 'eng'))
  if (one.kind === 'time' || other.kind === 'time') return one.kind === other.kind
  // A quantity is a fact by itself (but 订单8834 is a name), and a model ends a name.
  if (other.kind === 'number' && one.kind !== 'number') return /^\d+$/.test(other.folded)
  return !(model.test(one.folded) && one.tag === 'eng' && one !== from && other.tag !== 'eng')
}

/** What one of them adds behind what both have said is carried apart, unless the words are one term or too short to stand alone. */
function staysWhole(first: LineWord, next: LineWord): boolean {
  return next.kind === 'act' || next.folded.length < 2 || next.tag === 'eng' || first.kind === 'number' || first.folded.length < 2
}

const colours = 'red blue green grey gray black white yellow pink purple brown orange silver gold navy beige'
const sizes = 'small medium large xl xxl xs mini big little'
const days = 'monday tuesday wednesday thursday friday saturday sunday today tomorrow weekend'
const ends =
  'front rear back left right upper lower top bottom inner outer first second third last monthly yearly annual weekly daily basic standard premium single double'
const englishClasses = new Map([colours, sizes, days, ends].flatMap((list, at) => list.split(' ').map((word) => [word, at] as const)))

const numberParts = /^([^\d]*)(\d+(?:\.\d+)?)(.*)$/

/** Whether `said` names something else of the same sort: another size, day, place, version or colour. */
function isReplaced(line: ReadLine, word: LineWord, at: number, said: ReadLine, repeated: boolean): boolean {
  if (!isContent(word) || said.words.length > 8) return false
  if (said.words.some(({ folded }) => folded === word.folded)) return false
  return (
    said.words.some((other) => isContent(other) && (areRivals(word, other) || (repeated && haveOneHead(word, other)))) ||
    isModifierOfReplaced(line, at, said)
  )
}

function areRivals(word: LineWord, other: LineWord): boolean {
  const english = englishClasses.get(other.folded)
  if (english !== undefined && englishClasses.get(word.folded) === english) return true
  const [one, two] = [numberParts.exec(word.folded), numberParts.exec(other.folded)]
  if (one !== null && two !== null) {
    if (one[1] !== two[1]) return false
    if (one[1] !== '' || (one[3] === two[3] && one[3] !== '')) return true
    const ratio = Number(one[2]) / Number(two[2])
    return (two[3] === '' || one[3] === '') && ratio > 0.3 && ratio < 3.4
  }
  if (word.kind === 'number' && other.kind === 'number') return word.folded.at(-1) === other.folded.at(-1) && word.folded !== other.folded
  if (word.kind === 'time' && other.kind === 'time') return sortOfTime(word.folded) === sortOfTime(other.folded)
  if (word.tag === 'ns' && other.tag === 'ns') return true
  return false
}

/** 专业版 and 企业版, 经济舱 and 商务舱: the same head with another modifier. */
function haveOneHead(word: LineWord, other: LineWord): boolean {
  return (
    word.kind === 'name' &&
    other.kind === 'name' &&
    word.tag !== 'eng' &&
    word.folded.length === other.folded.length &&
    word.folded.length >= 2 &&
    word.folded.at(-1) === other.folded.at(-1)
  )
}

function sortOfTime(time: string): string {
  if (/^(?:周|星期|礼拜)/.test(time)) return 'weekday'
  if (/午|晚|早|夜/.test(time)) return 'hour'
  return time.slice(-1)
}

/** "And the grey one?": the word before the head of what was asked for is the one that changes. */
function isModifierOfReplaced(line: ReadLine, at: number, said: ReadLine): boolean {
  if (!/\bthe [\p{L}\p{N}-]+ ones?\b/u.test(said.folded)) return false
  const word = line.words[at] as LineWord
  const next = line.words[at + 1]
  const before = line.words[at - 1]
  return word.tag === 'eng' && before?.folded === 'the' && next !== undefined && isContent(next) && next.start === word.end + 1
}

/** Whether a fact and a text speak of the same thing. */
export function isMentioned(fact: Pick<Fact, 'words'>, text: ReadLine): boolean {
  return fact.words.some((word) => text.words.some((other) => isContent(other) && areRelated(word, other)))
}
