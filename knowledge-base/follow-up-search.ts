import { type FollowUp, normalise, readContent, readTerms, type Said } from '../language/index.ts'
import type { SearchOutcome } from './search.ts'

/*
 * A question completed from the history is a guess, and too much of the history leads back to the Article that was told just now.
 * So it is searched with all that is carried, with the mere subject, and as it was written. The first of these with a sure Hit
 * answers, if that Article speaks of the customer's own words and of what the talk is about and was not told just now; otherwise
 * candidates are offered. Precision first: a wrong answer to a follow-up looks like not having listened.
 */

export interface FollowUpSearch {
  readonly search: (question: string) => SearchOutcome
  /** What the text finds by itself. */
  readonly alone: SearchOutcome
  readonly followUp: FollowUp
  /** What the customer wrote. */
  readonly question: string
  readonly history: readonly Said[]
  readonly held: (articleId: string) => { readonly question: string; readonly answer: string } | undefined
}

export function searchFollowUp({ search, alone, followUp, question, history, held }: FollowUpSearch): SearchOutcome {
  const last = history.findLast(({ from }) => from === 'bot')
  const told = last === undefined ? '' : normalise(last.text)
  const wasTold = (articleId: string): boolean => {
    const answer = normalise(held(articleId)?.answer ?? '').slice(0, TOLD)
    return answer !== '' && told.includes(answer)
  }
  const speaksOf = (articleId: string, about: string): boolean => {
    const article = held(articleId)
    return article !== undefined && sharesWord(`${article.question} ${article.answer}`, about)
  }
  let best: SearchOutcome | undefined
  for (const asked of new Set([followUp.question, followUp.brief, question])) {
    const outcome = asked === question ? alone : search(asked)
    const [first] = outcome.hits
    if (first === undefined) continue
    if (
      outcome.decision === 'answer' &&
      !wasTold(first.articleId) &&
      speaksOf(first.articleId, question) &&
      speaksOf(first.articleId, followUp.subject)
    )
      return outcome
    if (best === undefined || outcome.confidence > best.confidence) best = outcome
  }
  return best === undefined ? alone : offerOnly(best, wasTold)
}

/** So much of an answer is compared with what the bot said. */
const TOLD = 60

/** The same Hits to choose from; what was told just now comes last. */
function offerOnly(outcome: SearchOutcome, wasTold: (articleId: string) => boolean): SearchOutcome {
  const { answerFrom, askFrom } = outcome.explain
  const confidence = Math.min(outcome.confidence, Math.max(askFrom, answerFrom - 0.01))
  const share = outcome.confidence > 0 ? confidence / outcome.confidence : 0
  const scores = outcome.hits.map(({ score }) => score * share)
  const hits = [...outcome.hits].sort((one, other) => Number(wasTold(one.articleId)) - Number(wasTold(other.articleId)))
  return {
    ...outcome,
    decision: outcome.decision === 'answer' ? 'ask' : outcome.decision,
    confidence,
    hits: hits.map((hit, at) => ({ ...hit, score: scores[at] as number })),
  }
}

/** Whether a text has any of the words that another is about; one without such words is about everything. */
function sharesWord(text: string, about: string): boolean {
  const { words } = readContent(about)
  if (words.length === 0) return true
  const terms = new Set(readTerms(text).map(({ term }) => term))
  return words.some(
    ({ term, meanings, parts }) =>
      terms.has(term.term) ||
      meanings.some((meaning) => terms.has(meaning)) ||
      (parts.length > 0 && parts.every((part) => terms.has(part))),
  )
}
