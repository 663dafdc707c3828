import { englishFillers, fillerPhrases, fillerWords, questionWords } from './fillers.ts'
import { idfOfChars, idfOfWord, isKnownWord, rarestIdf } from './general-idf.ts'
import { normalise } from './normalise.ts'
import { cutWords } from './segment.ts'
import { stem } from './stem.ts'
import { longestSynonym, startsSynonym, synonymGroups } from './synonyms.ts'

/** What kind of unit a term is; the first character of its spelling says it. */
export type TermKind = 'word' | 'pair' | 'char' | 'part' | 'meaning'

/** One indexable unit of a text. */
export interface Term {
  /** Spelling, unique over kinds. */
  term: string
  kind: TermKind
  /** Occurrences in the text, fillers counting a fraction; > 0. */
  count: number
  /** How informative the term is in general language, 0.2 to 1, where 1 is a word nobody would use by chance. */
  generalIdf: number
}

const tokens = /\p{Script=Han}+|[\p{Script=Latin}\p{N}]+(?:['.+#_-][\p{Script=Latin}\p{N}]+)*|[\p{L}\p{M}]+/gu
/** How a token of Latin letters and digits begins. */
export const latinToken = /^[\p{Script=Latin}\p{N}]/u
const digits = /^\d+$/
const isHan = /^\p{Script=Han}/u

const fillerCount = 0.4
const questionCount = 0.8

/** Longest text that is read; the rest of a longer one adds cost, not meaning. */
const longestRead = 2_000

/**
 * The terms of a text, each once, in order of first appearance: jieba words and character 1- and 2-grams of Chinese,
 * stemmed words and letter 4-grams of Latin, letters and pairs of other scripts, and groups of synonyms. Normalises
 * itself. Empty for a text without letters or digits.
 */
export function readTerms(text: string): Term[] {
  const folded = normalise(text.length > longestRead ? text.slice(0, longestRead) : text)
  const found = new Map<string, Term>()
  const add = (term: string, kind: TermKind, count: number, generalIdf: number): void => {
    const seen = found.get(term)
    if (seen === undefined) found.set(term, { term, kind, count, generalIdf })
    else seen.count += count
  }
  for (const [token] of folded.matchAll(tokens)) {
    if (isHan.test(token)) readHan(token, add)
    else if (digits.test(token)) readNumber(token, add)
    else if (latinToken.test(token)) readLatin(token, add)
    else readOther(token, add)
  }
  return [...found.values()]
}

type Add = (term: string, kind: TermKind, count: number, generalIdf: number) => void

/** A general IDF on the scale of terms, 0.2 to 1. */
export function scaleIdf(idf: number): number {
  return Math.min(1, Math.max(0.2, (idf - 4) / (rarestIdf - 5)))
}

function readHan(run: string, add: Add): void {
  const weights = new Float32Array(run.length).fill(1)
  const lone = new Uint8Array(run.length)
  let at = 0
  const words = cutWords(run)
  for (const word of words) {
    const weight = fillerWords.has(word) ? fillerCount : questionWords.has(word) ? questionCount : 1
    if (weight < 1) weights.fill(weight, at, at + word.length)
    if (word.length === 1) lone[at] = 1
    at += word.length
  }
  lowerPhrases(run, weights)
  at = 0
  for (const word of words) {
    if (word.length > 1) add(`w${word}`, 'word', meanOf(weights, at, at + word.length), scaleIdf(idfOfWord(word)))
    if (word.length > 2) readInside(word, at, weights, add)
    at += word.length
  }
  for (let i = 0; i < run.length; i++) {
    const char = run[i] as string
    const idf = scaleIdf(idfOfChars(char) || rarestIdf)
    // A character that stands as a word of its own says more than one inside a word.
    add(`c${char}`, 'char', (weights[i] as number) * (lone[i] === 1 ? 1 : 0.8), idf)
    if (i + 1 < run.length) {
      const pair = run.slice(i, i + 2)
      const known = idfOfChars(pair)
      const pairIdf =
        known > 0 ? scaleIdf(known) : Math.min(1, 0.35 + 0.5 * (idf + scaleIdf(idfOfChars(run[i + 1] as string) || rarestIdf)) * 0.8)
      add(`p${pair}`, 'pair', meanOf(weights, i, i + 2), pairIdf)
    }
    if (!startsSynonym(char)) continue
    for (let length = Math.min(longestSynonym, run.length - i); length >= 1; length--) {
      const groups = synonymGroups(run.slice(i, i + length))
      if (groups.length === 0 || (length === 1 && lone[i] === 0)) continue
      for (const group of groups) add(`=${group}`, 'meaning', (questionWords.has(run.slice(i, i + length)) ? 0.6 : 1) / groups.length, 0.6)
      break
    }
  }
}

/** Shorter dictionary words inside a long one, as jieba's search mode gives them: 支付 and 付宝 are found inside 支付宝 only if known. */
function readInside(word: string, start: number, weights: Float32Array, add: Add): void {
  for (let length = 2; length <= 3 && length < word.length; length++) {
    for (let i = 0; i + length <= word.length; i++) {
      const part = word.slice(i, i + length)
      if (isKnownWord(part)) add(`w${part}`, 'word', meanOf(weights, start + i, start + i + length), scaleIdf(idfOfWord(part)))
    }
  }
}

function lowerPhrases(run: string, weights: Float32Array): void {
  if (run.length < 2) return
  for (const phrase of fillerPhrases) {
    for (let i = run.indexOf(phrase); i >= 0; i = run.indexOf(phrase, i + phrase.length)) weights.fill(fillerCount, i, i + phrase.length)
  }
}

function meanOf(weights: Float32Array, from: number, to: number): number {
  let sum = 0
  for (let i = from; i < to; i++) sum += weights[i] as number
  return sum / (to - from)
}

function readNumber(number: string, add: Add): void {
  // A long number is an order, a phone or a card: it names one case, and no stored wording is about it.
  if (number.length >= 6) add('w#', 'word', 0.2, 0.3)
  else add(`w${number}`, 'word', 0.8, 0.6)
}

function readLatin(token: string, add: Add): void {
  const filler = englishFillers.has(token)
  const weight = questionWords.has(token) ? 0.3 : filler ? fillerCount : 1
  const base = stem(token)
  add(`w${base}`, 'word', weight, filler ? 0.2 : base.length <= 2 ? 0.5 : 0.8)
  for (const group of synonymGroups(token)) add(`=${group}`, 'meaning', filler ? 0.4 : 1, 0.6)
  if (filler || base.length < 4) return
  const framed = `^${base}$`
  const grams = framed.length - 3
  for (let i = 0; i < grams; i++) add(`g${framed.slice(i, i + 4)}`, 'part', 1 / Math.sqrt(grams), 0.5)
}

function readOther(token: string, add: Add): void {
  const letters = [...token]
  if (letters.length <= 12) add(`w${token}`, 'word', 1, 0.9)
  for (let i = 0; i + 1 < letters.length; i++) add(`p${letters[i]}${letters[i + 1]}`, 'pair', 1, 0.7)
}
