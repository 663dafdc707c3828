import type { TurnMaterial, TurnMessage } from '../conversations/index.ts'
import { readSmallTalk, type SmallTalk, scriptOf } from '../language/index.ts'
import type { Language } from './wording.ts'

/** What the unanswered Messages of a Turn are about; pure. */
export interface Understanding {
  readonly language: Language
  /** Questions for the knowledge base: all Messages together first, then each on its own when there are several. */
  readonly questions: readonly string[]
  readonly wantsHuman: boolean
  readonly wantsBot: boolean
  /** What the Turn is when it holds no question. */
  readonly smallTalk: SmallTalk['kind']
  /** Nothing but an opening so far ("在吗", "我想问下"): worth waiting a moment for the rest. */
  readonly fragment: boolean
  /** So short that more may follow ("什么时候", then "发货"): worth waiting for when it finds no answer by itself. */
  readonly short: boolean
  readonly onlyFiles: boolean
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

function languageOf(messages: readonly TurnMessage[], history: readonly TurnMessage[]): Language {
  // What was just written decides; symbols and digits alone do not, so earlier words and the locale follow.
  for (const message of [...messages].reverse().concat([...history].reverse().filter((message) => message.from === 'customer'))) {
    const script = scriptOf(message.text)
    if (script !== 'other') return script
  }
  const locale = messages.at(-1)?.locale?.toLowerCase() ?? ''
  if (locale.startsWith('en')) return 'en'
  return /^zh-(?:hant|tw|hk|mo)/.test(locale) ? 'zh-Hant' : 'zh-Hans'
}

export function understand(material: TurnMaterial): Understanding {
  const spoken = material.unanswered.filter((message) => message.text.trim() !== '')
  const read = spoken.map((message) => ({ text: message.text, talk: readSmallTalk(message.text) }))
  const substance = read.filter(({ talk }) => talk.kind === null)
  const parts = substance.slice(-MAX_PARTS).map(({ text }) => trimQuestion(text))
  const together = trimQuestion(
    substance
      .slice(-MAX_TOGETHER)
      .map(({ text }) => trimQuestion(text))
      .join('\n'),
  )
  const last = read.at(-1)
  return {
    language: languageOf(material.unanswered, material.history),
    questions: parts.length > 1 ? [together, ...parts] : parts,
    wantsHuman: read.some(({ talk }) => talk.wantsHuman),
    wantsBot: last?.talk.wantsBot ?? false,
    // An insult outweighs the "hello" before it; otherwise the last word counts.
    smallTalk: read.find(({ talk }) => talk.kind === 'abuse')?.talk.kind ?? last?.talk.kind ?? 'no-words',
    fragment: read.length > 0 && read.every(({ talk }) => talk.kind === 'opener' || talk.kind === 'greeting'),
    short: Array.from(together.replace(/[\p{P}\p{S}\s]/gu, '')).length <= MAX_SHORT,
    onlyFiles: spoken.length === 0 && material.unanswered.some((message) => message.attachments > 0),
  }
}
