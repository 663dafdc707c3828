import { fillerPhrases, segmentWords } from '../language/index.ts'

/** A source of numbers in 0..1 that repeats for the same seed, so that a fit is the same on every process. */
export function createRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

/**
 * A wording as somebody in a hurry would type it: words dropped or moved, a filler in front, a letter missed. Stands in for
 * the other wordings that an Article with one wording does not have. May return the wording itself when it is too short.
 */
export function perturb(text: string, random: () => number): string {
  const words = segmentWords(text)
  if (words.length === 0) return text
  const changes = words.length > 4 ? 2 : 1
  for (let i = 0; i < changes; i++) {
    const at = Math.floor(random() * words.length)
    const way = random()
    if (way < 0.5 && words.length > 2) words.splice(at, 1)
    else if (way < 0.7 && words.length > 2) {
      const [moved] = words.splice(at, 1)
      words.splice(Math.floor(random() * (words.length + 1)), 0, moved as string)
    } else if (way < 0.85) words.unshift(fillerPhrases[Math.floor(random() * fillerPhrases.length)] as string)
    else {
      const letters = [...(words[at] as string)]
      if (letters.length > 1) letters.splice(Math.floor(random() * letters.length), 1)
      words[at] = letters.join('')
    }
  }
  return words.join('')
}
