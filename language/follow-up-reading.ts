import { Converter } from 'opencc-js/t2cn'
import { emptyWords, englishFillers, fillerWords, questionWords } from './fillers.ts'
import { idfOfChars, idfOfWord, rarestIdf } from './general-idf.ts'
import { countTraditionalOnly } from './normalise.ts'
import { tagWords } from './segment.ts'
import { stem } from './stem.ts'

/*
 * A line of a dialogue as a row of words that still know where they stand in the original: what is carried into a follow-up
 * must be spelled as the people spelled it, while comparison happens on a folded copy of the same length.
 */

/** What a word can do in a sentence: name a thing, count, date, act, describe, ask, or nothing of these. */
export type WordKind = (typeof kindsOfWord)[number]
export const kindsOfWord = ['name', 'number', 'time', 'act', 'quality', 'ask', 'empty'] as const

export interface LineWord {
  /** Half-open range of UTF-16 units in the original line. */
  readonly start: number
  readonly end: number
  /** Folded spelling: Simplified, half width, lower case. */
  readonly folded: string
  readonly kind: WordKind
  /** Part of speech as jieba names it; `eng` for Latin words and `m` for numbers. */
  readonly tag: string
  /** How rare the word is in general language, 0 to 1. */
  readonly rarity: number
}

export interface ReadLine {
  readonly text: string
  readonly folded: string
  readonly words: readonly LineWord[]
}

const tokens = /满\d+元?减\d+元?券?|(?:(?!满\d)\p{Script=Han})+|[\p{Script=Latin}\p{N}]+(?:['’.+#_/:-][\p{Script=Latin}\p{N}]+)*%?/gu
const isHan = /^\p{Script=Han}/u
const onlyNumber = /^[\p{N}.:/-]+%?$/u
/** Measure words that make one word with the number before them. */
const units =
  /^(?:个?工作[日天]|个?小时|个?钟头|个?星期|个?月|分钟|公斤|千克|公里|厘米|毫米|平方米|平米|平方|万元|亿元|块钱|周岁|人份|美元|港币|元|块|角|分|万|亿|寸|升|克|斤|吨|米|兆|度|折|岁|年|月|日|号|天|周|时|点|秒|期|台|张|件|只|条|份|次|人|码|级|层|楼|位|名|套|盒|瓶|包|片|双|本|间|桌|杯|针|晚|倍|成|款|代|版|路|股|组|批|卷|根|支|把|辆|栋|户|页|字|章|节|课|集)(?!\p{Script=Han}?费)/u

/** Verbs and adverbs of service talk that any answer is made of and no question is about. */
const serviceWords: ReadonlySet<string> = new Set(
  (
    '支持 可能 今早 于 可 需 须 请 约 建议 即可 一般 默认 通常 属于 包括 进行 提供 选择 点击 您 亲 你好 目前 左右 以内 以上 以下 之前 之后 以后 以前 期间 最多 最少 最早 最晚 最长 最快 最低 最高 ' +
    '没 没法 无 均 每 按 当前 本 该 此 其 任意 任何 相关 具体 直接 其他 其它 另外 同时 先 后 内 外 中 间 里 前 起 止 满 超 超过 大于 小于 等 能否 是否 有 含 为 用 收 看 买 拿 放 算 想买 咨询 了解 看看 打算 ' +
    '我家 你家 我想 平时 多 少 贵 便宜 前者 后者 一样 另 上面 下面 后面 前面 这样 那样 那边 这边 显示 说 谢谢 不好意思 对 错 行 好 好的 嗯 哦 查 问 找 去 来 到 给'
  )
    .split(' ')
    .filter((word) => word !== ''),
)

const englishService: ReadonlySet<string> = new Set(
  (
    'about any available too also either else much many more most less than within per each every up down out off over only still yes sure sorry today uses use used using takes take ' +
    "can't don't won't isn't doesn't didn't aren't what's it's that's there's how's where's i'd we'd you'd they're we're no not allowed able work works come comes via under after before until while " +
    'buy question wondering looking supported included free one ones other same different ok okay'
  ).split(' '),
)

let plain: Uint16Array | undefined

function plainTable(): Uint16Array {
  const convert = Converter({ from: 't', to: 'cn' })
  const table = new Uint16Array(0x10000)
  for (let code = 0x3400; code <= 0x9fff; code++) {
    const char = String.fromCharCode(code)
    const to = convert(char)
    if (to !== char && to.length === 1) table[code] = to.charCodeAt(0)
  }
  return table
}

/** Folds unit by unit, so that positions stay: width, case, 繁 to 简 of single characters. */
function foldInPlace(text: string): string {
  const traditional = countTraditionalOnly(text) > 0
  if (traditional) plain ??= plainTable()
  let folded = ''
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code === 0x3000) folded += ' '
    else if (code > 0xff00 && code < 0xff5f) folded += String.fromCharCode(code - 0xfee0).toLowerCase()
    else if (code >= 0x3400 && code <= 0x9fff) folded += traditional && plain?.[code] ? String.fromCharCode(plain[code] as number) : text[i]
    else {
      const lower = (text[i] as string).toLowerCase()
      folded += lower.length === 1 ? lower : text[i]
    }
  }
  return folded
}

/** Reads a line; what lies behind `longest` units is left out. Total over every string. */
export function readLine(text: string, longest: number): ReadLine {
  const shown = text.length > longest ? text.slice(0, longest) : text
  const folded = foldInPlace(shown)
  const words: LineWord[] = []
  for (const match of folded.matchAll(tokens)) {
    if (/\d/.test(match[0]) && isHan.test(match[0])) {
      words.push({ start: match.index, end: match.index + match[0].length, folded: match[0], kind: 'name', tag: 'n', rarity: 0.7 })
    } else if (isHan.test(match[0])) readHan(match[0], match.index, words)
    else readLatin(match[0], match.index, words)
  }
  return { text: shown, folded, words }
}

function readLatin(token: string, start: number, words: LineWord[]): void {
  // An address of four numbers is a name.
  const number = onlyNumber.test(token) && token.split('.').length < 4
  const empty = !number && (englishFillers.has(token) || englishService.has(token))
  const kind = number ? 'number' : questionWords.has(token) ? 'ask' : empty || (token.length === 1 && /[is]/.test(token)) ? 'empty' : 'name'
  words.push({ start, end: start + token.length, folded: token, kind, tag: number ? 'm' : 'eng', rarity: number ? 0.5 : 0.7 })
}

function readHan(run: string, from: number, words: LineWord[]): void {
  let at = from
  let rest = run
  const last = words.at(-1)
  if (last !== undefined && last.end === from && onlyNumber.test(last.folded) && !last.folded.endsWith('%')) {
    const unit = units.exec(rest)
    if (unit !== null) {
      at += unit[0].length
      rest = rest.slice(unit[0].length)
      words[words.length - 1] = { ...last, end: at, folded: last.folded + unit[0], kind: 'number', tag: 'm' }
    }
  }
  if (rest === '') return
  const put = (word: string, tag: string): void => {
    const idf = word.length === 1 ? idfOfChars(word) || rarestIdf : idfOfWord(word)
    const rarity = Math.min(1, Math.max(0, (idf - 4) / (rarestIdf - 5)))
    const before = words.at(-1)
    // 公众 + 号: a measure word straight behind a name belongs to it.
    // 我爸: whose it is stays with a name of one character.
    if (before?.end === at && before.folded === '我' && word.length === 1 && kindOf(word, tag) === 'name') {
      words[words.length - 1] = { ...before, end: at + 1, folded: `我${word}`, kind: 'name', tag: 'n', rarity }
      at++
      return
    }
    const tail =
      word.length === 1 &&
      /^(?:q|k|ng|f|m)/.test(tag) &&
      !/[一二两三四五六七八九十百千万半几多]/.test(word) &&
      before?.end === at &&
      (before.kind === 'name' || (before.kind === 'act' && (before.folded.length === 1 || /^(?:q|ng)/.test(tag)))) &&
      !places.has(word)
    words.push({
      start: at,
      end: at + word.length,
      folded: word,
      kind: tail || /^[年月日周季]$/.test(word) ? 'name' : kindOf(word, tag),
      tag,
      rarity,
    })
    at += word.length
  }
  for (const { word, tag } of tagWords(rest)) {
    if (word.length === 3 && /^[已未需]/.test(word)) {
      put(word.slice(0, 1), 'd')
      put(word.slice(1), 'v')
    } else put(word, tag)
  }
}

const places = new Set('后前里内外上下中间时')
const askWords = /^(?:怎么|怎样|如何|咋|为什么|为啥|什么|啥|哪|谁|几|多少|多久|何时|多长|是否|能否|可否|(.)不\1|有没有|几.$|哪.$|多.$)/

function kindOf(word: string, tag: string): WordKind {
  if (askWords.test(word) && (word.length < 4 || questionWords.has(word))) return 'ask'
  if (fillerWords.has(word) || emptyWords.has(word) || serviceWords.has(word)) return 'empty'
  if (questionWords.has(word)) return 'ask'
  if (word[0] === '每' || /^本[店月期公司]/.test(word)) return 'empty'
  if (word === '换') return 'act'
  if (tag === 'm' && word.length > 1 && word.endsWith('半')) return 'quality'
  if (/^(?:[nj]|vn|an|x$|l|i|eng)/.test(tag)) return 'name'
  if (tag === 'm' && word.length > 1 && !/[一二两三四五六七八九十百千万半几数多\d]/.test(word)) return 'name'
  if (tag === 'm') return /^[一二两三四五六七八九十百千万半\d]/.test(word) && !/^一[点些下种样直定般共起]/.test(word) ? 'number' : 'empty'
  if (tag === 't') return 'time'
  if (/^v/.test(tag)) return 'act'
  if (/^(?:a|b|z)/.test(tag)) return 'quality'
  if (tag === 'zg' || tag === 'ng' || tag === 'k') return 'name'
  return 'empty'
}

/** Whether a word says anything. */
export function isContent({ kind }: LineWord): boolean {
  return kind !== 'empty' && kind !== 'ask'
}

/** Whether two words speak of the same: equal, one within the other, or (Chinese nouns) a rare character shared. */
export function areRelated(one: LineWord, other: LineWord): boolean {
  if (one.folded === other.folded) return true
  if (one.tag === 'eng' || other.tag === 'eng') return one.tag === other.tag && stem(one.folded) === stem(other.folded)
  if (one.kind === 'number' || other.kind === 'number') return false
  const [short, long] = one.folded.length <= other.folded.length ? [one.folded, other.folded] : [other.folded, one.folded]
  if (long.includes(short)) return true
  for (const char of short) if (long.includes(char) && !commonParts.has(char)) return true
  return false
}

const commonParts: ReadonlySet<string> = new Set('不一大小上下中子人个时日月年天有出开发公机电用品家行动生')
