import { emptyWords, englishFillers, fillerPhrases, fillerWords, generalThings, questionWords } from './fillers.ts'
import { idfOfChars, idfOfWord, isKnownWord, rarestIdf } from './general-idf.ts'
import { normalise } from './normalise.ts'
import { cutWords } from './segment.ts'
import { stem } from './stem.ts'
import { synonymGroups } from './synonyms.ts'
import { latinToken, scaleIdf, type Term } from './terms.ts'

/** A word that says what a question is about. */
export interface ContentWord {
  /** The word as a term, with its importance in general language. */
  term: Term
  /** Terms of which any one says the same: its groups of synonyms. */
  meanings: readonly string[]
  /** Terms that together are the word: its characters, fillers left out, or its letter 4-grams. */
  parts: readonly string[]
}

export interface Content {
  words: readonly ContentWord[]
  /** True when every word is politeness, grammar, a way of asking or a price of nothing in particular: 怎么回事, 多少钱, how much. */
  empty: boolean
}

const tokens = /\p{Script=Han}+|[\p{Script=Latin}\p{N}]+(?:['.+#_-][\p{Script=Latin}\p{N}]+)*|[\p{L}\p{M}]+/gu
const isHan = /^\p{Script=Han}/u
/** Phrases that the segmenter would cut into words of their own. */
const emptyPhrases = new RegExp(`${fillerPhrases.join('|')}|多少钱|几块钱|多少块`, 'g')

/** The words of a text that carry its subject, each once, in order. Normalises itself; reads at most 2 000 characters. */
export function readContent(text: string): Content {
  const words = new Map<string, ContentWord>()
  let general = true
  const put = (word: ContentWord, isGeneral: boolean): void => {
    if (!isGeneral) general = false
    words.set(word.term.term, word)
  }
  for (const [token] of normalise(text.slice(0, 2_000)).replace(emptyPhrases, ' ').matchAll(tokens)) {
    if (isHan.test(token)) {
      for (const word of cutWords(token)) if (!isEmptyWord(word)) put(hanWord(word), generalThings.has(word))
    } else if (!englishFillers.has(token) && !questionWords.has(token) && !emptyWords.has(token)) {
      put(otherWord(token), generalThings.has(token))
    }
  }
  return { words: [...words.values()], empty: general }
}

/** Empty, or two empty words that the segmenter took for one (能不能, 你们的). */
function isEmptyWord(word: string): boolean {
  if (fillerWords.has(word) || questionWords.has(word) || emptyWords.has(word)) return true
  return word.length > 1 && !isKnownWord(word) && [...word].every((char) => fillerWords.has(char) || questionWords.has(char))
}

function meaningsOf(word: string): string[] {
  return synonymGroups(word).map((group) => `=${group}`)
}

function hanWord(word: string): ContentWord {
  const alone = word.length === 1
  const idf = alone ? idfOfChars(word) || rarestIdf : idfOfWord(word)
  const parts = [...word].filter((char) => !fillerWords.has(char) && !questionWords.has(char)).map((char) => `c${char}`)
  return {
    term: { term: `${alone ? 'c' : 'w'}${word}`, kind: alone ? 'char' : 'word', count: 1, generalIdf: scaleIdf(idf) },
    meanings: meaningsOf(word),
    parts,
  }
}

function otherWord(token: string): ContentWord {
  const latin = latinToken.test(token)
  const base = latin ? stem(token) : token
  const parts: string[] = []
  if (latin && base.length >= 4) {
    const framed = `^${base}$`
    for (let i = 0; i + 4 <= framed.length; i++) parts.push(`g${framed.slice(i, i + 4)}`)
  }
  return {
    term: { term: `w${base}`, kind: 'word', count: 1, generalIdf: base.length <= 2 ? 0.5 : 0.8 },
    meanings: meaningsOf(token),
    parts,
  }
}
