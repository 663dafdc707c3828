import type { TurnMaterial, TurnMessage } from '../conversations/index.ts'
import { isSharedSpelling, normalise, readSmallTalk, resolveFollowUp, type SmallTalkKind, scriptOf } from '../language/index.ts'
import { isDenial, readChoice } from './choice.ts'
import type { Language } from './desk.ts'
import { recall } from './memory.ts'
import { BACK_TO_BOT, HUMAN } from './wording.ts'

/** What came without words. */
export type FileKind = 'picture' | 'voice' | 'video' | 'file' | 'location' | 'sticker'

/** What the unanswered Messages of a Turn are about; pure. */
export interface Understanding {
  readonly language: Language
  /** Questions for the knowledge base: all Messages together first, then each on its own when there are several. */
  readonly questions: readonly string[]
  /** Those of them that were chosen from what the bot offered: they are whole and stand alone. */
  readonly chosen: readonly string[]
  readonly wantsHuman: boolean
  readonly wantsBot: boolean
  /** What the Turn is when it holds no question. */
  readonly smallTalk: SmallTalkKind | null
  /** Strong abuse stands in it, and no question beside that. */
  readonly rude: boolean
  /** The customer is abusive, and was before in this Conversation. */
  readonly abusedBefore: boolean
  /** Nothing but an opening or a filler so far ("在吗", "哈哈", "好的"): worth waiting a moment for the rest. */
  readonly fragment: boolean
  /**
   * So short that more may follow ("什么时候", then "发货"), or nothing that asks ("我昨天买的杯子"): worth waiting for when it finds no
   * answer by itself.
   */
  readonly unfinished: boolean
  /** What came beside or instead of words, each kind once. */
  readonly files: readonly FileKind[]
  readonly onlyFiles: boolean
  /** The questions among which the bot's last Message asked to choose; empty when it did not ask. */
  readonly offered: readonly string[]
  /** The question that "none of these" or "that's not it" was said to; null when neither was. */
  readonly declined: string | null
  /** The bot's last Message was an Answer. */
  readonly answered: boolean
  /**
   * How to reach the customer beside this chat: said just now, said before in this Conversation, or not at all. What was said before is
   * looked at only where a human is or will be waited for.
   */
  readonly contact: 'new' | 'known' | null
  /** Asks after the place in the queue, or whether anybody is there at all. */
  readonly asksHowLong: boolean
}

/** Longest question that is looked up, in characters; more than that is a story, and its end matters most. */
const MAX_QUESTION = 500
/** Characters of a text that may be the first half of a question. */
const MAX_SHORT = 6
/** Messages of one burst that are looked up one by one. */
const MAX_PARTS = 4
/** Messages of one burst that are looked up together. */
const MAX_TOGETHER = 10

function trimQuestion(text: string): string {
  // Cut before it is taken apart: a message may hold 256 K characters, and a burst twenty of them.
  const near = text.length > 4 * MAX_QUESTION ? `${text.slice(0, 2 * MAX_QUESTION)} ${text.slice(-2 * MAX_QUESTION)}` : text
  const characters = Array.from(near.toWellFormed().trim())
  if (characters.length <= MAX_QUESTION) return characters.join('')
  const half = MAX_QUESTION / 2
  return `${characters.slice(0, half).join('')} ${characters.slice(-half).join('')}`
}

/** What makes a sentence a question or a request. */
const ASKS =
  /[?？]|[吗么呢嘛]|什么|怎|咋|啥|哪|谁|几|多少|多久|多长|多大|多远|为何|是否|能否|可否|有没有|是不是|能不能|可不可以|要不要|会不会|如何|何时|请|帮|麻烦|我[要想]|查|\b(?:what|when|where|which|who|whose|why|how|can|could|do|does|did|is|are|will|would|should|may|please|help|tell|explain|want|need|show|write|give)\b/i

/** A question by itself, rather than the story around one. */
export function isWholeQuestion(text: string): boolean {
  return ASKS.test(text) && !isShort(text)
}

function isShort(text: string): boolean {
  return Array.from(text.replace(/[\p{P}\p{S}\s]/gu, '')).length <= MAX_SHORT
}

/** Fillers that something usually follows. */
const FILLERS: ReadonlySet<SmallTalkKind | null> = new Set(['opener', 'greeting', 'acknowledgement', 'laughter', 'emoji'])

/** "你们这群骗子，退款多久到账": what is asked, without the insult beside it. */
function withoutInsults(text: string): string {
  if (text.length > 4 * MAX_QUESTION) return text
  // A blank between Chinese characters parts clauses too.
  const clauses = text.split(/(?<=[，。！？；,.!?;\n])|(?<=\p{Script=Han}) (?=\p{Script=Han})/u)
  if (clauses.length < 2) return text
  const civil = clauses.filter((clause) => !isAbuse(clause))
  return civil.length > 0 && civil.length < clauses.length ? civil.join(' ').trim() : text
}

/** What stands on a button was written by the house, not by the customer. */
function isTapped(text: string, offered: readonly string[]): boolean {
  return text === HUMAN || text === BACK_TO_BOT || offered.includes(text)
}

function languageOf(messages: readonly TurnMessage[], history: readonly TurnMessage[]): Language {
  const offered = history.flatMap((message) => message.choices)
  const locale = messages.at(-1)?.locale?.toLowerCase() ?? ''
  const traditional = /^zh-(?:hant|tw|hk|mo)/.test(locale)
  let chinese = false
  // What was just written decides; symbols and digits alone do not, so earlier words and the locale follow.
  for (const message of [...messages].reverse().concat([...history].reverse().filter((message) => message.from === 'customer'))) {
    const script = isTapped(message.text, offered) ? 'other' : scriptOf(message.text)
    // "可以" is written the same in both scripts.
    const either = script === 'zh-Hans' && isSharedSpelling(message.text)
    if (script !== 'other' && !either) return script
    chinese ||= either
  }
  if (traditional) return 'zh-Hant'
  if (chinese) return 'zh-Hans'
  if (locale.startsWith('en')) return 'en'
  // A tap alone, without a locale: the script of the button, where it has one of its own.
  return messages.some((message) => scriptOf(message.text) === 'zh-Hant') ? 'zh-Hant' : 'zh-Hans'
}

function kindOfFile(type: string): FileKind {
  if (/sticker/i.test(type)) return 'sticker'
  if (/^(?:GeoCoordinates|Place)$|geo|location/i.test(type)) return 'location'
  const family = /^(image|audio|video)\//i.exec(type)?.[1]?.toLowerCase()
  return family === 'image' ? 'picture' : family === 'audio' ? 'voice' : family === 'video' ? 'video' : 'file'
}

/** A mobile or fixed line of the mainland, a number with a country code, or a mail address. */
const CONTACT =
  /(?<!\d)(?:\+?86[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}(?!\d)|(?<!\d)0\d{2,3}-\d{7,8}(?!\d)|\+\d[\d -]{6,16}\d|[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}/

function hasContact(message: TurnMessage): boolean {
  return message.from === 'customer' && CONTACT.test(message.text.slice(0, 4_000).normalize('NFKC'))
}

const HOW_LONG =
  /多久|多长时间|几分钟|几点|[前排第](?:面|到|在)?(?:还)?有?几|排到|轮到|到我了?[吗没]|有人[吗么在]|人呢|在吗|怎么还[没不]|\bhow (?:long|many|much longer)\b|\bstill waiting\b|\bmy turn\b|\banyone\b/
/** Longest Message in the queue that is taken to ask after it; a longer one tells the agent something. */
const MAX_HOW_LONG = 30

/** Longest earlier Message that may have been abuse and nothing else. */
const MAX_ABUSE = 100

export function understand(material: TurnMaterial): Understanding {
  const { history, unanswered } = material
  const lastWord = history.findLast((message) => message.from !== 'customer')
  const offered = lastWord?.kind === 'ask' ? lastWord.choices.filter((choice) => choice !== HUMAN && choice !== BACK_TO_BOT) : []
  const spoken = unanswered.filter((message) => message.text.trim() !== '')
  const deniable = lastWord?.kind === 'answer' || lastWord?.kind === 'courtesy'
  const read = spoken.map(({ text }) => {
    const choice = readChoice(text, offered)
    const question = typeof choice === 'object' && choice !== null ? (offered[choice.index] ?? null) : null
    const asked = question ?? withoutInsults(text)
    const talk = readSmallTalk(text)
    return {
      text: asked,
      chosen: question !== null,
      declines: choice === 'none' || (deniable && isDenial(text)),
      talk,
      // What is left once the insult is off may be a question of its own.
      asksCivilly: asked !== text && isWholeQuestion(asked),
    }
  })
  const substance = read.filter(({ chosen, declines, talk }) => chosen || !(declines || talk.wantsBot || talk.kind !== null))
  const parts = substance.slice(-MAX_PARTS).map(({ text }) => trimQuestion(text))
  const together = trimQuestion(
    substance
      .slice(-MAX_TOGETHER)
      .map(({ text }) => trimQuestion(text))
      .join('\n'),
  )
  const small = read.filter(({ chosen, declines }) => !chosen && !declines)
  const files = [...new Set(unanswered.flatMap((message) => message.files.map(kindOfFile)))]
  const declines = substance.length === 0 && read.some((entry) => entry.declines)
  const wantsHuman = small.some(({ talk }) => talk.wantsHuman)
  const abusive = small.some(({ talk }) => talk.rude) || small.some(({ talk }) => talk.kind === 'abuse')
  const earlier = history.filter((message) => message.from === 'customer' && message.text.length <= MAX_ABUSE)
  return {
    language: languageOf(unanswered, history),
    questions: parts.length > 1 ? [together, ...parts] : parts,
    chosen: substance.filter(({ chosen }) => chosen).map(({ text }) => trimQuestion(text)),
    wantsHuman,
    wantsBot: small.some(({ talk }) => talk.wantsBot),
    // An insult outweighs the "hello" before it; otherwise the last word counts.
    smallTalk: small.find(({ talk }) => talk.kind === 'abuse')?.talk.kind ?? small.at(-1)?.talk.kind ?? 'no-words',
    rude: small.some(({ talk }) => talk.rude) && !small.some(({ asksCivilly }) => asksCivilly),
    abusedBefore: abusive && earlier.some(({ text }) => isAbuse(text)),
    fragment: read.length > 0 && files.length === 0 && read.every(({ chosen, talk }) => !chosen && FILLERS.has(talk.kind)),
    unfinished: !isWholeQuestion(together),
    files,
    onlyFiles: spoken.length === 0 && files.length > 0,
    offered,
    declined: declines ? lastQuestion(history) : null,
    answered: lastWord?.kind === 'answer',
    contact: unanswered.some(hasContact) ? 'new' : (wantsHuman || material.state === 'queue') && history.some(hasContact) ? 'known' : null,
    asksHowLong: spoken.some(({ text }) => text.length <= MAX_HOW_LONG && HOW_LONG.test(normalise(text))),
  }
}

/** What the customer asked last, as a question that stands alone; empty when nothing was asked. */
function lastQuestion(history: readonly TurnMessage[]): string {
  const at = history.findLastIndex(
    ({ from, text }) => from === 'customer' && text.length <= MAX_QUESTION && readSmallTalk(text).kind === null && !isDenial(text),
  )
  const asked = history[at]?.text ?? ''
  return asked === '' ? '' : resolveFollowUp(asked, recall(history.slice(0, at))).question
}

function isAbuse(text: string): boolean {
  const { kind, rude } = readSmallTalk(text)
  return kind === 'abuse' || rude
}
