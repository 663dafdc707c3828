import { normalise } from '../language/index.ts'

/** Marks that end or set off a sentence. `+ # - / % &` stay, and what stands between digits: C++ and C#, 3~5 days and 35 days are two. */
const SENTENCE_MARKS = /[\s?!;。、…“”‘’"'`「」『』《》〈〉【】()[\]]|\.{2,}|(?<!\d)[,:.~·—]|[,:.~·—](?!\d)/gu
const PICTURES = /\p{Extended_Pictographic}|\p{Emoji_Modifier}/gu
const LETTER = /[\p{L}\p{N}]/u

/** The normalised question: two Articles without ids that share it are one. Never empty for a question that can be seen. */
export function questionKey(question: string): string {
  const folded = normalise(question)
  return folded.replace(SENTENCE_MARKS, '') || folded || question
}

/** The key by which a customer's text is the very wording that is stored; empty for a text without letters or digits, which asks nothing. */
export function searchKey(text: string): string {
  return LETTER.test(normalise(text)) ? questionKey(text.replace(PICTURES, '')) : ''
}
