import { Converter } from 'opencc-js/cn2t'
import { countTraditionalOnly } from './normalise.ts'

/** The writing a text is in: what the bot answers in. */
export type Script = 'zh-Hans' | 'zh-Hant' | 'en' | 'other'

const hanChars = /\p{Script=Han}/gu
const latinLetters = /\p{Script=Latin}/gu
const kanaOrHangul = /[\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]/u
const otherLetters = /[^\p{Script=Latin}\p{Script=Han}\P{L}]/gu

type Convert = (text: string) => string

let toTaiwan: Convert | undefined
let simplifiedOnly: Uint8Array | undefined

/** Simplified Chinese to Traditional as written in Taiwan, words included (软件 → 軟體). The converter is built on first use. */
export function toTraditional(text: string): string {
  toTaiwan ??= Converter({ from: 'cn', to: 'twp' }) as Convert
  return toTaiwan(text)
}

function countSimplifiedOnly(text: string): number {
  if (simplifiedOnly === undefined) {
    const toPlain = Converter({ from: 'cn', to: 't' })
    simplifiedOnly = new Uint8Array(0x10000)
    for (let code = 0x3400; code <= 0x9fff; code++) {
      const char = String.fromCharCode(code)
      if (toPlain(char) !== char) simplifiedOnly[code] = 1
    }
  }
  let count = 0
  for (let i = 0; i < text.length; i++) count += simplifiedOnly[text.charCodeAt(i)] as number
  return count
}

/**
 * The script of a text. Chinese with as many Simplified as Traditional spellings, or with neither, counts as Simplified;
 * a Chinese sentence with Latin product names is Chinese; kana or hangul makes it `other`, as does a text without letters.
 */
export function scriptOf(text: string): Script {
  const sample = text.length > 2_000 ? text.slice(0, 2_000) : text
  if (kanaOrHangul.test(sample)) return 'other'
  const chinese = sample.match(hanChars)?.length ?? 0
  if (chinese > 0) return countTraditionalOnly(sample) > countSimplifiedOnly(sample) ? 'zh-Hant' : 'zh-Hans'
  const latin = sample.match(latinLetters)?.length ?? 0
  const other = sample.match(otherLetters)?.length ?? 0
  return latin > 0 && latin >= other ? 'en' : 'other'
}

/** Chinese that is written the same in Simplified and Traditional ("可以"): it does not tell which of them its writer uses. */
export function isSharedSpelling(text: string): boolean {
  const sample = text.length > 2_000 ? text.slice(0, 2_000) : text
  return /\p{Script=Han}/u.test(sample) && countTraditionalOnly(sample) === 0 && countSimplifiedOnly(sample) === 0
}
