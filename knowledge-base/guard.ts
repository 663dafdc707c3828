import { areOpposed, type Content, readContent, readStance, type Stance } from '../language/index.ts'
import type { LexicalIndex } from './lexical-index.ts'
import type { Candidate, Entry } from './ranking.ts'

/*
 * Reasons not to tell an answer however well the words fit: the question says too little, or says something else than the
 * Article in the word that matters. The customer is offered the candidates instead. A stored wording, word for word, is exempt.
 */

/** Why the first Hit may only be offered. */
export type Doubt =
  /** The question names no subject: 怎么回事, how much. */
  | 'no-subject'
  /** It names a subject that several Articles share and says little else. */
  | 'several'
  /** The Article lacks the word that carries most, in a base too small to have an Article for each. */
  | 'subject-missed'
  /** The Article is about the opposite act, or the customer does not want it. */
  | 'opposite'

/** Below this share of the wording that the question covers it may be one of several … */
const littleSaid = 0.5
/** … when one of the next so many has all of the question, too: this share of it, or each of its words and a score like the first one's. */
const rivals = 5
const allOfIt = 0.95
const comparable = 0.9
/** In a base of fewer wordings than this a missed subject is no matter of more or less … */
const fewWordings = 40
/** … when the missed word is this near to the heaviest one (which of 收入 and 证明 weighs more is chance) … */
const nearHeaviest = 0.8
/** … unless question and wording cover each other by this much: then it is a slip of the pen. */
const nearComplete = 0.85
/** Share of a word's letter groups that say it is there, misspelt or in another form. */
const sameLetters = 0.6

export interface AskedText {
  readonly content: Content
  readonly stance: Stance
}

export function readAsked(text: string): AskedText {
  return { content: readContent(text), stance: readStance(text) }
}

/** @param missed the share that `missedSubject` gave. */
export function doubtOf(lexical: LexicalIndex, { content, stance }: AskedText, ranked: readonly Candidate[], missed: number): Doubt | null {
  const [first, ...others] = ranked
  if (first === undefined) return null
  if (content.empty) return 'no-subject'
  if (first.reverse < littleSaid && others.slice(0, rivals).some((other) => hasAllOfIt(lexical, content, first, other))) return 'several'
  if (isOpposite(stance, first)) return 'opposite'
  const isNear = first.reverse >= nearComplete && first.coverage >= nearComplete
  return lexical.wordings < fewWordings && missed >= nearHeaviest && !isNear ? 'subject-missed' : null
}

/**
 * Weight of the heaviest word of the question that the Article has in no spelling and no synonym, over its heaviest word: 0 to 1.
 * A word is there, too, when all its characters are (交学费 in 学费怎么交), or most of its letter groups.
 */
export function missedSubject(lexical: LexicalIndex, { words }: Content, wordings: readonly number[]): number {
  const has = lexical.termsIn(wordings)
  let heaviest = 0
  let missed = 0
  for (const { term, meanings, parts } of words) {
    const weight = lexical.weightOfTerm(term)
    heaviest = Math.max(heaviest, weight)
    if (weight <= missed || has(term.term) || meanings.some(has)) continue
    const found = parts.reduce((count, part) => count + (has(part) ? 1 : 0), 0)
    if (parts.length > 0 && found >= parts.length * (parts[0]?.[0] === 'g' ? sameLetters : 1)) continue
    missed = weight
  }
  return heaviest > 0 ? missed / heaviest : 1
}

function hasAllOfIt(lexical: LexicalIndex, content: Content, first: Candidate, { entry, together, score }: Candidate): boolean {
  return together >= allOfIt || (score >= first.score * comparable && missedSubject(lexical, content, entry.wordings) === 0)
}

/** Whether an Article is about the opposite act: against the wording that fits best, unless another wording of the Article is on the question's side. */
function isOpposite(stance: Stance, { entry, passage }: Candidate): boolean {
  const stances = stancesOf(entry)
  const best = stances[entry.wordings.indexOf(passage)]
  if (best === undefined || !areOpposed(stance, best)) return false
  return !stances.some((other) => !areOpposed(stance, other) && stance.some((side, i) => side !== 0 && side === other[i]))
}

const stancesByEntry = new WeakMap<Entry, readonly Stance[]>()

function stancesOf(entry: Entry): readonly Stance[] {
  const known = stancesByEntry.get(entry)
  if (known) return known
  const made = entry.article.passages.filter(({ kind }) => kind !== 'answer').map(({ text }) => readStance(text))
  stancesByEntry.set(entry, made)
  return made
}
