import { type Fact, isBare, isMentioned, type SaidLine } from './follow-up-facts.ts'
import { areRelated, isContent, type LineWord, type ReadLine } from './follow-up-reading.ts'
import { composeQuestion, trimTies } from './follow-up-wording.ts'

/** Which facts of the history a leaning question takes along. */

export const factFeatures = [
  'bias',
  'first customer line',
  'last bot line',
  'said by both',
  'new from the bot',
  'first of its line',
  'number',
  'time',
  'quality',
  'latin',
  'rarity',
  'length',
  'mentioned',
  'place in line',
  'which',
  'pointed',
  'topic before an exchange',
  'object of a mentioned act',
  'last name behind a pronoun',
  'beside what was replaced',
  'same for all',
  'lines that say it',
  'new name',
  'new act',
  'not answered yet',
  'behind a preposition',
] as const

const has = (words: readonly LineWord[], word: LineWord): boolean =>
  words.some((other) => isContent(other) && (other.folded === word.folded || (word.folded.length > 1 && areRelated(word, other))))

/** Values between 0 and about 1, in the order of `factFeatures`. */
export function featuresOfFact(fact: Fact, facts: readonly Fact[], lines: readonly SaidLine[], text: ReadLine): number[] {
  const line = lines[fact.line] as SaidLine
  const customer = line.from === 'customer'
  const own = facts.filter((other) => other.line === fact.line)
  const only = (kind: string): number => Number(fact.words.every((word) => word.kind === kind))
  const shared = fact.words.filter((word) => lines.some((other) => other.from !== line.from && has(other.words, word)))
  const chars = (words: readonly LineWord[]): number => words.reduce((sum, { folded }) => sum + folded.length, 0)
  const both = chars(shared) / chars(fact.words)
  const first = (from: string): number => lines.findIndex((other) => other.from === from)
  const last = (from: string): number => lines.findLastIndex((other) => other.from === from)
  const fresh = Number(fact.line === last('bot')) * (1 - both)
  const at = own.indexOf(fact)
  const ahead = line.folded.slice(Math.max(0, fact.start - 12), fact.start)
  return [
    1,
    Number(fact.line === first('customer')),
    Number(fact.line === last('bot')),
    both,
    fresh,
    Number(at === 0),
    only('number'),
    only('time'),
    only('quality'),
    Number(fact.words.some(({ tag }) => tag === 'eng')),
    fact.words.reduce((sum, { rarity }) => sum + rarity, 0) / fact.words.length,
    Math.log2(1 + fact.end - fact.start) / 3,
    Number(isMentioned(fact, text)),
    at / 6,
    Number(/哪[个种款些]|which/.test(text.folded)) * fresh,
    Number(fact.pointed) * 5,
    Number(fact.line === first('customer') && fact.line !== last('customer')) * Number(fact.words.some(({ kind }) => kind === 'name')),
    Number(
      fact.line === last('bot') &&
        own[at - 1] !== undefined &&
        own[at - 1]?.words.at(-1)?.kind === 'act' &&
        isMentioned(own[at - 1] as Fact, text),
    ),
    Number(
      fact.line === last('bot') && own.findLast((other) => !other.replaced && other.words.some(({ kind }) => kind === 'name')) === fact,
    ) * Number(/^那?[这那]个|[这那]个(?!\p{Script=Han}{2})|^它|\bit\b|\bthat\b|\bthis\b/u.test(text.folded)),
    Number(
      [own[at - 1], own[at + 1]].some(
        (other) =>
          (other?.replaced || other?.pointed) &&
          !/[，。,.;；]/.test(line.text.slice(Math.min(other.end, fact.end), Math.max(other.start, fact.start))),
      ),
    ),
    fresh * Number(/一样|同样|相同|\bsame\b/.test(text.folded)),
    lines.filter((other) => fact.words.some((word) => word.kind === 'name' && has(other.words, word))).length / 4,
    fresh * Number(fact.words.some(({ kind }) => kind === 'name')),
    fresh * only('act'),
    Number(customer && fact.line > last('bot')),
    Number(/(?:在|从|到|由|于|用|凭|按|\b(?:at|from|under|via|in|on) )$/.test(ahead)),
  ]
}

export type FactWeights = readonly number[]

/** Fitted by bench/follow-up-fit.ts. */
const fitted: FactWeights = [
  -4.75, // bias
  0.89, // first customer line
  0.92, // last bot line
  2.01, // said by both
  -0.75, // new from the bot
  0.56, // first of its line
  -0.8, // number
  -0.24, // time
  -0.91, // quality
  -0.61, // latin
  0.62, // rarity
  2.74, // length
  0.78, // mentioned
  -0.77, // place in line
  2.26, // which
  0.51, // pointed
  -1.91, // topic before an exchange
  1.2, // object of a mentioned act
  0.22, // last name behind a pronoun
  0.83, // beside what was replaced
  1.54, // same for all
  1.31, // lines that say it
  0.73, // new name
  0.8, // new act
  0.94, // not answered yet
  -0.74, // behind a preposition
]

/** A longer run of words is no name. */
const LONGEST_FACT = 40
/** Least probability of a fact that is carried. */
const LEAST = 0.17
/** Most characters of a question, beside a share of its own words; English takes about twice as many. */
const ROOM = 11.5
const SHARE = 1
/** Where more seems to be meant, more may be carried: this share of the expected characters of the facts. */
const GAIN = 0.4

/** The same thing named twice is carried once, in its longer name: 蓝牙音箱 and 蓝牙音箱S5. */
function covers(long: Fact, short: Fact): boolean {
  if (spellingOf(long).includes(spellingOf(short))) return true
  return short.words.every((word) =>
    long.words.some((other) => other.folded === word.folded || (word.folded.length > 1 && other.folded.includes(word.folded))),
  )
}

const spellingOf = (fact: Fact): string =>
  fact.words
    .map(({ folded }) => folded)
    .join(' ')
    .replace(/(?<=\p{Script=Han}) | (?=\p{Script=Han})/gu, '')

/** 国际漫游, then 漫游日包: what is said already is not said again, unless it is part of a model's name. Null when nothing is left. */
function withoutSaid(fact: Fact, chosen: readonly Fact[]): Fact | null {
  if (fact.words.some(({ tag }) => tag === 'eng')) return fact
  const said = chosen.map(spellingOf)
  const isSaid = ({ folded }: LineWord): boolean => folded.length > 1 && said.some((spelling) => spelling.includes(folded))
  if (fact.words.every(isSaid)) return null
  const from = fact.words.findIndex((word) => !isSaid(word))
  const words = fact.words.slice(from)
  const [first] = words
  return from === 0 || first === undefined || words.every(({ kind }) => kind !== 'name') || fact.end - first.start < 2
    ? fact
    : { ...fact, words, start: first.start }
}

/** A longer name is preferred while it adds little. */
function extend(long: Fact, short: Fact): boolean {
  return covers(long, short) && long.end - long.start - (short.end - short.start) <= 4
}

/** A long answer says much that nobody asked: of its facts only what was spoken of, or is pointed at, can be meant. */
function isAside(fact: Fact, lines: readonly SaidLine[], text: ReadLine): boolean {
  const line = lines[fact.line] as SaidLine
  if (line.from === 'customer' || line.text.length <= LONG_ANSWER || fact.pointed) return false
  const spoken = (word: LineWord): boolean => lines.some((other) => other.from === 'customer' && has(other.words, word))
  return !isMentioned(fact, text) && !fact.words.some((word) => word.kind === 'name' && spoken(word))
}
const LONG_ANSWER = 45

const which = /哪[个種种款些家]|which/
const same = /一样|一樣|同样|相同|\bsame\b/

/** What the text points at by its form, whatever the weights say. */
function leastOf(fact: Fact, facts: readonly Fact[], lines: readonly SaidLine[], text: ReadLine): number {
  const fromBot = fact.line === lines.findLastIndex(({ from }) => from === 'bot')
  // What was asked of the old thing is asked of the new one, unless the question is whether the old answer holds.
  if (isBare(text) && !same.test(text.folded) && fact.words.some((word) => !isContent(word))) return 0.95
  if (fromBot && same.test(text.folded)) return 0.6
  if (
    fromBot &&
    which.test(text.folded) &&
    facts.filter((other) => other.line === fact.line && other.words.some(({ kind }) => kind === 'number')).length > 1
  )
    return 0.7
  if (facts.some((other) => other.replaced && other.line === fact.line && (other.start === fact.end || other.end === fact.start)))
    return 0.6
  return 0
}

interface ScoredFact {
  readonly fact: Fact
  /** Probability that the text leans on it. */
  p: number
}

function scoreFacts(facts: readonly Fact[], lines: readonly SaidLine[], text: ReadLine, weights: FactWeights = fitted): ScoredFact[] {
  const scored = facts
    .filter(({ replaced, start, end }) => !replaced && end - start <= LONGEST_FACT)
    .map((fact) => {
      const z = featuresOfFact(fact, facts, lines, text).reduce((sum, value, i) => sum + value * (weights[i] as number), 0)
      const p = Math.max(1 / (1 + Math.exp(-z)), leastOf(fact, facts, lines, text))
      return { fact, p: isAside(fact, lines, text) ? 0 : p }
    })
  // A longer name takes the standing of the shorter one.
  for (const long of scored)
    for (const short of scored) if (long !== short && extend(long.fact, short.fact)) long.p = Math.max(long.p, short.p)
  return scored
}

export function chooseFacts(facts: readonly Fact[], lines: readonly SaidLine[], text: ReadLine, weights: FactWeights = fitted): Fact[] {
  const scored = scoreFacts(facts, lines, text, weights)
  scored.sort(
    (one, other) =>
      other.p - one.p || other.fact.end - other.fact.start - (one.fact.end - one.fact.start) || other.fact.line - one.fact.line,
  )
  const said = new Set(text.words.filter(isContent).map(({ folded }) => folded))
  const latin = !/\p{Script=Han}/u.test(text.text)
  const room =
    (ROOM + (which.test(text.folded) ? 8 : 0)) * (latin ? 1.8 : 1) +
    GAIN * scored.reduce((sum, { fact, p }) => sum + p * (fact.end - fact.start), 0) +
    SHARE * trimTies(text).text.length
  let chosen: Fact[] = []
  for (const { fact: whole, p } of scored) {
    if (p < LEAST) break
    const fact = withoutSaid(whole, chosen)
    if (fact === null) continue
    if (fact.words.every(({ folded }) => said.has(folded))) continue
    if (chosen.some((other) => covers(other, fact))) continue
    const next = [...chosen.filter((other) => !covers(fact, other)), fact]
    if (composeQuestion(next, lines, text).length <= room || chosen.length === 0) chosen = next
  }
  return gather(chosen, facts)
}

/** Of the carried facts the one that names the thing: the customer's first name, else the first fact. */
export function chooseSubject(chosen: readonly Fact[], lines: readonly SaidLine[]): Fact[] {
  const named = chosen.filter((fact) => fact.words.some(({ kind }) => kind === 'name'))
  const own = named.filter((fact) => lines[fact.line]?.from === 'customer')
  const [subject] = [...own, ...named, ...chosen]
    .filter((fact, _, all) => fact.line === all[0]?.line)
    .sort((one, other) => one.start - other.start)
  return subject === undefined ? [] : [subject]
}

/** Of the same words in several lines, those that stand beside other chosen ones: "backpack in stock". */
function gather(chosen: readonly Fact[], facts: readonly Fact[]): Fact[] {
  const home = chosen[0]?.line
  return chosen.map((fact) =>
    fact.line === home
      ? fact
      : (facts.find((other) => other.line === home && !other.replaced && spellingOf(other) === spellingOf(fact)) ?? fact),
  )
}
