import type { TurnMaterial } from '../conversations/index.ts'
import type { Asked, KnowledgeBase } from '../knowledge-base/index.ts'
import { scriptOf } from '../language/index.ts'
import { choiceKey } from './choice.ts'
import type { Found } from './decide.ts'
import type { Language } from './desk.ts'
import { MAX_HISTORY, pointsBack, recall } from './memory.ts'
import { isWholeQuestion, type Understanding } from './understand.ts'

/** What the knowledge base has to say to the questions of a Turn. */

/** What was found, what it came from, and what must still hold when it is said. */
export interface LookedUp {
  readonly found: Found
  readonly asked: Asked
  /** The missed questions as they were looked up. */
  readonly gaps: readonly string[]
  readonly cited: readonly { articleId: string; version: number }[]
}

/** Of questions in several languages those the reader writes; all, when there is none of them. */
function inLanguage(questions: readonly string[], language: Language): readonly string[] {
  const readable = questions.filter((question) => (scriptOf(question) === 'en') === (language === 'en'))
  return readable.length > 0 ? readable : questions
}

export function createLookUp(knowledgeBase: Pick<KnowledgeBase, 'ask' | 'getArticle'>) {
  /** A choice from what the bot offered is that Article, even where the search would rather ask again. */
  const settle = async (question: string, asked: Asked): Promise<Asked> => {
    const wanted = choiceKey(question)
    const hit = [...asked.hits, ...asked.candidates].find((entry) => choiceKey(entry.question) === wanted)
    if (asked.decision === 'answer' || !hit) return asked
    const { id, version, answer: text, question: written, changedAt } = await knowledgeBase.getArticle(hit.articleId)
    return { ...asked, decision: 'answer', answer: { articleId: id, version, text, question: written, changedAt } }
  }

  /** Null when the Turn asks nothing. */
  return async function lookUp(material: TurnMaterial, { questions, chosen, language }: Understanding): Promise<LookedUp | null> {
    const scope = { tier: material.customer.tier, channel: material.channel }
    const said = recall(material.history)
    const look = async (question: string, at: number): Promise<Asked> => {
      if (chosen.includes(question)) return settle(question, await knowledgeBase.ask({ question, ...scope }))
      // Of a burst each part is read after the parts before it; the first entry is the whole burst.
      const earlier = at > 0 ? questions.slice(1, at).map((text) => ({ from: 'customer' as const, text })) : []
      const history = [...said, ...earlier].slice(-MAX_HISTORY)
      const read = await knowledgeBase.ask({ question, history, ...scope })
      if (read.decision === 'answer' || read.effectiveQuestion === question || pointsBack(question)) return read
      // What was said before may lead astray; a question that has its answer by itself needs none of it.
      const alone = await knowledgeBase.ask({ question, ...scope })
      return alone.decision === 'answer' ? alone : read
    }
    const asked = await Promise.all(questions.map(look))
    const [whole, ...parts] = asked
    if (!whole) return null
    // Several whole questions in one burst: all their answers in one Message, each Article once.
    const single = parts.filter((part) => part.answer !== null)
    const distinct = single.filter(
      (part, index) => single.findIndex((other) => other.answer?.articleId === part.answer?.articleId) === index,
    )
    const best = asked.reduce((a, b) => (b.confidence > a.confidence ? b : a), whole)
    const used = distinct.length > 1 ? distinct : [whole.answer ? whole : best]
    const answers = used.flatMap(({ answer }) =>
      answer
        ? [
            {
              text: answer.text,
              evidence: {
                articleId: answer.articleId,
                version: answer.version,
                question: answer.question,
                changedAt: answer.changedAt.toISOString(),
              },
            },
          ]
        : [],
    )
    const leading = used[0] ?? whole
    const unanswered =
      answers.length > 0 ? parts.filter((part, index) => part.answer === null && isWholeQuestion(questions[index + 1] ?? '')) : []
    return {
      found: {
        decision: leading.decision,
        confidence: leading.confidence,
        answers,
        candidates: inLanguage(
          leading.candidates.map((candidate) => candidate.question),
          language,
        ),
        missed: questions.filter((_, index) => unanswered.includes(asked[index] as Asked)),
      },
      gaps: unanswered.map(({ effectiveQuestion }) => effectiveQuestion),
      asked: leading,
      cited: answers.map(({ evidence }) => evidence),
    }
  }
}
