import { dict } from '@node-rs/jieba/dict.js'

/*
 * How informative a Chinese word, character or character pair is in general language, from the frequencies of the jieba
 * dictionary (MIT). Word frequencies are taken as they stand; those of characters and pairs are summed over the words
 * that contain them. Kept as one open-addressed table of hashes (9 MB) instead of half a million strings (60 MB).
 */

const slots = 1 << 20
const mask = slots - 1

interface Table {
  hashes: Uint32Array
  counts: Float32Array
  words: Float32Array
  total: number
}

/** FNV-1a over UTF-16 units with a final mix; never 0, which marks an empty slot. */
export function hashText(text: string, seed = 0x811c9dc5): number {
  let hash = seed
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  hash ^= hash >>> 15
  hash = Math.imul(hash, 0x2c1b3c6d)
  hash ^= hash >>> 12
  return hash >>> 0 || 1
}

function slotOf(hashes: Uint32Array, hash: number): number {
  let at = hash & mask
  while (hashes[at] !== 0 && hashes[at] !== hash) at = (at + 1) & mask
  return at
}

function readDictionary(): Table {
  const table: Table = { hashes: new Uint32Array(slots), counts: new Float32Array(slots), words: new Float32Array(slots), total: 0 }
  const text = new TextDecoder().decode(dict)
  let start = 0
  while (start < text.length) {
    let end = text.indexOf('\n', start)
    if (end < 0) end = text.length
    const gap = text.indexOf(' ', start)
    if (gap > start && gap < end) {
      const word = text.slice(start, gap)
      const count = Number.parseInt(text.slice(gap + 1, end), 10) || 0
      table.total += count
      const at = slotOf(table.hashes, hashText(word))
      table.hashes[at] = hashText(word)
      table.words[at] = (table.words[at] as number) + count
      if (count >= 5) addParts(table, word, count)
    }
    start = end + 1
  }
  return table
}

function addParts(table: Table, word: string, count: number): void {
  for (let i = 0; i < word.length; i++) {
    for (let length = 1; length <= 2 && i + length <= word.length; length++) {
      const hash = hashText(word.slice(i, i + length))
      const at = slotOf(table.hashes, hash)
      table.hashes[at] = hash
      table.counts[at] = (table.counts[at] as number) + count
    }
  }
}

let table: Table | undefined

function lookUp(text: string, as: 'words' | 'counts'): number {
  table ??= readDictionary()
  return table[as][slotOf(table.hashes, hashText(text))] as number
}

/** Upper end of the scale: what an unseen word gets. ln(60 000 000 / 3), the rarest dictionary entries. */
export const rarestIdf = 16

/** General IDF of a Chinese word, natural log, 3 to 16; a word outside the dictionary is as informative as the rarest. */
export function idfOfWord(word: string): number {
  const count = lookUp(word, 'words')
  if (count <= 0) return rarestIdf
  return Math.min(rarestIdf, Math.log((table as Table).total / count))
}

/** Whether the dictionary has a word. */
export function isKnownWord(word: string): boolean {
  return lookUp(word, 'words') > 0
}

/** General IDF of a single character or a pair of adjacent ones; 0 when no dictionary word contains it. */
export function idfOfChars(chars: string): number {
  const count = lookUp(chars, 'counts')
  return count <= 0 ? 0 : Math.min(rarestIdf, Math.log((table as Table).total / count))
}
