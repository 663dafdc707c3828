import { normalise } from '../language/index.ts'

/** Marks that end or set off a sentence. `+ # - / % &` stay: C++ and C# are two questions. */
const SENTENCE_MARKS = /[\s?!;。、…“”‘’"'`「」『』《》〈〉【】()[\]~·—]|\.{2,}|(?<!\d)[,:.]|[,:.](?!\d)/gu

/** The normalised question: two Articles without ids that share it are one. Never empty for a question that can be seen. */
export function questionKey(question: string): string {
  const folded = normalise(question)
  return folded.replace(SENTENCE_MARKS, '') || folded || question
}
