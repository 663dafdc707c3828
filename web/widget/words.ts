import en from '../locales/en.json' with { type: 'json' }
import zh from '../locales/zh-CN.json' with { type: 'json' }

/** Every word that is not said in the conversation, in the language of the page. */

export type Words = typeof zh

/** Traditional Chinese pages read the Chinese words. @param language a tag such as `zh-Hant-HK`. */
export function wordsFor(language: string): Words {
  return /^zh/i.test(language) ? zh : en
}

/** Puts a value into the blank `{}` of a text. */
export function fill(text: string, value: string | number): string {
  return text.replace('{}', () => `${value}`)
}
