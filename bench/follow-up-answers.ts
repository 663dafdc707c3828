import { readFileSync } from 'node:fs'
import { searchFollowUp } from '../knowledge-base/follow-up-search.ts'
import type { SearchArticle } from '../knowledge-base/passage.ts'
import { createSearchIndex, type SearchOutcome } from '../knowledge-base/search.ts'
import { createHashedEmbedder, resolveFollowUp } from '../language/index.ts'

/**
 * Measures whether follow-ups find their Article: `npx tsx bench/follow-up-answers.ts [--list]`, on the Articles of the demo
 * company and the dialogues of tests/fixtures/follow-up/demo.jsonl. Each dialogue is asked three ways: completed from its
 * history, by the standalone question a person wrote, and by its bare text.
 */

interface Article {
  id: string
  question: string
  similar?: string[]
  answer: string
}
interface Dialogue {
  id: string
  asked: string
  answered: string
  text: string
  standalone: string
  article: string
}

const readLines = <T>(path: string): T[] =>
  readFileSync(new URL(path, import.meta.url), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as T)

const articles = readLines<Article>('../demo/articles.jsonl')
const byId = new Map(articles.map((article) => [article.id, article]))
const dialogues = readLines<Dialogue>('../tests/fixtures/follow-up/demo.jsonl').filter(
  ({ answered, article }) => byId.has(answered) && byId.has(article),
)
const embedder = createHashedEmbedder()
const index = createSearchIndex({ embedNow: embedder.embedNow, dimensions: embedder.dimensions })
index.upsert(
  articles.map(({ id, question, similar = [], answer }): SearchArticle => {
    const texts = [question, ...similar, answer]
    return {
      articleId: id,
      version: 1,
      question,
      tiers: [],
      channels: [],
      validFrom: null,
      validTo: null,
      passages: texts.map((text, at) => ({
        passageId: `${id}-${at}`,
        articleId: id,
        articleVersion: 1,
        kind: at === 0 ? 'question' : at === texts.length - 1 ? 'answer' : 'similar',
        text,
        vector: embedder.embedNow(text),
      })),
    }
  }),
)
await index.fit()

const now = new Date()
const ways = ['completed', 'by hand', 'bare'] as const
const tally = Object.fromEntries(ways.map((way) => [way, { first: 0, five: 0, answered: 0, right: 0 }]))
for (const dialogue of dialogues) {
  const history = [
    { from: 'customer' as const, text: dialogue.asked },
    { from: 'bot' as const, text: (byId.get(dialogue.answered) as Article).answer },
  ]
  const completed = resolveFollowUp(dialogue.text, history)
  const search = (question: string): SearchOutcome => index.search(question, { now })
  const alone = search(dialogue.text)
  // As knowledge-base/answer.ts has it: a stored wording is a whole question.
  const leans = completed.leans && !(alone.explain.exact && alone.decision === 'answer')
  const outcomes: Record<(typeof ways)[number], SearchOutcome> = {
    completed: leans
      ? searchFollowUp({ search, alone, followUp: completed, question: dialogue.text, history, held: (id) => byId.get(id) })
      : alone,
    'by hand': search(dialogue.standalone),
    bare: alone,
  }
  for (const way of ways) {
    const { hits, decision } = outcomes[way]
    const count = tally[way] as { first: number; five: number; answered: number; right: number }
    const first = hits[0]?.articleId === dialogue.article
    count.first += Number(first)
    count.five += Number(hits.slice(0, 5).some(({ articleId }) => articleId === dialogue.article))
    count.answered += Number(decision === 'answer')
    count.right += Number(decision === 'answer' && first)
  }
  const { completed: outcome } = outcomes
  if (process.argv.includes('--list') && (outcome.hits[0]?.articleId !== dialogue.article || outcome.decision !== 'answer')) {
    console.log(
      dialogue.id,
      outcome.decision,
      outcomes['by hand'].decision,
      outcome.hits[0]?.articleId,
      'for',
      dialogue.article,
      '::',
      completed.question,
    )
  }
}
for (const way of ways) {
  const { first, five, answered, right } = tally[way] as { first: number; five: number; answered: number; right: number }
  console.log(`${way}: first ${first}, among five ${five}, answered ${answered} of which right ${right}, of ${dialogues.length}`)
}
