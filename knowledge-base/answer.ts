import { resolveFollowUp } from '../language/index.ts'
import { searchFollowUp } from './follow-up-search.ts'
import type { Indexing } from './indexing.ts'
import type { SearchIndex, SearchOutcome } from './search.ts'

export interface Question {
  readonly question: string
  /** What was said before in the same Conversation, oldest first: a question that leans on it is completed from it. */
  readonly history?: readonly { readonly from: 'customer' | 'bot'; readonly text: string }[]
  /** Tier of the Customer; without one only Articles for everybody are found. */
  readonly tier?: string
  /** Channel the question came by; without one only Articles for every Channel are found. */
  readonly channel?: string
  /** Most Hits wanted, 1 to 50; 5 when absent. */
  readonly limit?: number
  /** Moment whose validity counts; the clock's when absent. */
  readonly now?: Date
}

export interface AnswerHit {
  readonly articleId: string
  readonly version: number
  readonly question: string
  /** 0 to 1, descending. */
  readonly score: number
  readonly passageId: string
}

/** What the knowledge base has to say to a question. */
export interface Asked {
  /** `answer`: tell `answer.text`; `ask`: let the customer choose among `candidates`; `none`: nothing fits. */
  readonly decision: 'answer' | 'ask' | 'none'
  /** 0 to 1: the probability that the first Hit is right. */
  readonly confidence: number
  /** The approved answer, verbatim; null unless the decision is `answer`. */
  readonly answer: { articleId: string; version: number; text: string; question: string; changedAt: Date } | null
  readonly hits: readonly AnswerHit[]
  /** Up to three, for the decision `ask`; empty otherwise. */
  readonly candidates: readonly AnswerHit[]
  /** The question as it stands alone: completed from the history, or itself, trimmed, where it leans on nothing. */
  readonly effectiveQuestion: string
  readonly tookMs: number
  readonly explain: SearchOutcome['explain']
}

/** Longest question that is read, in UTF-16 units. */
const LONGEST = 2_000
const MAX_CANDIDATES = 3

/** Answers from the Articles that are in force now; what was committed before the call is seen, whichever process wrote it. */
export async function answerQuestion(deps: { indexing: Indexing; index: SearchIndex; now: () => Date }, asked: Question): Promise<Asked> {
  const began = performance.now()
  await deps.indexing.refresh()
  const question = asked.question.trim().slice(0, LONGEST)
  const history = asked.history ?? []
  const followUp = resolveFollowUp(question, history)
  const limit = Math.min(50, Math.max(1, asked.limit ?? 5))
  const search = (text: string): SearchOutcome =>
    deps.index.search(text, {
      now: asked.now ?? deps.now(),
      // Fewer wanted Hits must not change the decision nor the candidates.
      limit: Math.max(limit, 5),
      ...(asked.tier === undefined ? {} : { tier: asked.tier }),
      ...(asked.channel === undefined ? {} : { channel: asked.channel }),
    })
  const alone = search(question)
  // A wording that curators have stored, letter by letter, is a whole question whatever was said before.
  const leans = followUp.leans && !(alone.explain.exact && alone.decision === 'answer')
  const effectiveQuestion = leans ? followUp.question : question
  const outcome = leans
    ? searchFollowUp({ search, alone, followUp, question, history, held: (articleId) => deps.indexing.held(articleId) })
    : alone
  const first = outcome.hits[0]
  const held = first && outcome.decision === 'answer' ? deps.indexing.held(first.articleId) : undefined
  if (first && held && held.version !== first.version) throw new Error('the index and the held Articles differ')
  return {
    decision: outcome.decision,
    confidence: outcome.confidence,
    answer:
      first && held
        ? { articleId: first.articleId, version: held.version, text: held.answer, question: held.question, changedAt: held.changedAt }
        : null,
    hits: outcome.hits.slice(0, limit),
    candidates: outcome.decision === 'ask' ? outcome.hits.slice(0, MAX_CANDIDATES) : [],
    effectiveQuestion,
    tookMs: Math.round((performance.now() - began) * 100) / 100,
    explain: outcome.explain,
  }
}
