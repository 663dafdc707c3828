import { normalise, toTraditional } from '../language/index.ts'

/** Which of the offered questions a customer means: by its words, by its place, or none of them; pure. */

export type Chosen = { readonly index: number } | 'none' | null

/**
 * Equal for a question and for what a Traditional button makes of it: regional words ("支持", "支援") do not come back as they were
 * when they are only simplified again.
 */
export function choiceKey(question: string): string {
  return normalise(toTraditional(question))
}

const NUMBERS: Readonly<Record<string, number>> = {
  一: 1,
  二: 2,
  两: 2,
  三: 3,
  四: 4,
  五: 5,
  first: 1,
  second: 2,
  third: 3,
  fourth: 4,
  fifth: 5,
}
const WORDS: Readonly<Record<string, number>> = { one: 1, two: 2, three: 3, four: 4, five: 5 }

/** What people say around their choice. */
const AROUND =
  /^(?:嗯+|哦|好的?|那|就|我|您?好|要|想|选|问的?|问|是|点|看|说的|的是|请问|谢谢|i|mean|meant|want|choose|pick|take|it'?s|its|yes|the|please|option|number|no|ok(?:ay)?| )+|(?:吧|啊|呀|呢|哦|的问题|问题|谢谢|please|thanks?|thank you| )+$/g

const ORDINAL = /^第? ?([一二两三四五1-5])(?: ?[个条项种号]|th|st|nd|rd)?(?: ?(?:one|option|question))?$/
const ENGLISH_ORDINAL = /^(first|second|third|fourth|fifth)(?: ?(?:one|option|question))?$/
const FIRST = /^(?:上面|前面|上边|最上面|最前面|前)(?:的?那?一?[个条]?|者)$|^(?:former|top|upper)(?: one)?$/
const LAST = /^(?:下面|后面|下边|最下面|最后面?|后)(?:的?那?一?[个条]?|者)$|^(?:latter|last|bottom|lower)(?: one)?$/
const MIDDLE = /^中间(?:的?那?一?[个条]?)$|^middle(?: one)?$/
const NONE =
  /^(?:以上|这些|这几个|上面|全|全部|他们|它们)?(?:都|全)?(?:不是|不对|没有|不想问|没一个对|不行)(?:这些|这个|这几个|的|了|啊|呢|我(?:想|要)问的|我的问题)*$|^(?:none|neither)(?: of (?:these|those|them|the above|the two))?$|^not (?:these|those|any of (?:these|them))$/
/** The same about what was just said, where nothing was offered to choose from. */
const DENIAL =
  /^(?:以上|这些|这个|我说的|我问的)?(?:都|全)?(?:不是|不对|答非所问|没答对|说错了|理解错了|不是这个意思)(?:这些|这个|这个意思|的|了|啊|呢|我(?:想|要)?问的|我的意思|我的问题)*$|^(?:wrong|not what i (?:asked|meant)|that'?s (?:not it|wrong|not what i (?:asked|meant)))$/
const YES = /^(?:是|是的|对|对的|没错|嗯+|就是这个|就这个|这个|yes|yeah|yep|right|correct|that one|this one)$/

function plain(text: string): string {
  return normalise(text)
    .replace(/[\p{P}\p{S}\s]+/gu, ' ')
    .trim()
}

/** "不是这个", "that's not it": what the bot just said was beside the point. */
export function isDenial(text: string): boolean {
  if (text.length > 60) return false
  return DENIAL.test(
    normalise(text)
      .replace(/[^\p{L}\p{N}' ]+/gu, ' ')
      .trim()
      .replace(/ (?=\p{Script=Han})|(?<=\p{Script=Han}) /gu, ''),
  )
}

/** @param offered questions as the customer saw them, in that order; the answer's index is into them. */
export function readChoice(text: string, offered: readonly string[]): Chosen {
  if (offered.length === 0 || text.length > 200) return null
  const said = plain(text)
  if (said === '') return null
  const same = offered.findIndex((question) => plain(question) === said)
  if (same >= 0) return { index: same }
  const tight = said.replace(/ (?=\p{Script=Han})|(?<=\p{Script=Han}) /gu, '')
  if (NONE.test(tight)) return 'none'
  const at = (index: number): Chosen => (index >= 0 && index < offered.length ? { index } : null)
  if (offered.length === 1 && YES.test(tight)) return at(0)
  for (const core of [tight, tight.replace(AROUND, '')]) {
    const ordinal = ORDINAL.exec(core)?.[1] ?? ENGLISH_ORDINAL.exec(core)?.[1]
    if (ordinal !== undefined) return at((NUMBERS[ordinal] ?? Number(ordinal)) - 1)
    const word = WORDS[core]
    if (word !== undefined) return at(word - 1)
    if (FIRST.test(core)) return at(0)
    if (LAST.test(core)) return at(offered.length - 1)
    if (MIDDLE.test(core) && offered.length === 3) return at(1)
  }
  return null
}
