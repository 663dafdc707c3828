import { readFileSync } from 'node:fs'

/** One row of `articles.jsonl`, in the shape that `POST /api/articles/import` takes. */
export interface DemoArticle {
  /** Stable and readable; it is the `articleId` everywhere. Never reuse one for another question. */
  readonly id: string
  readonly question: string
  /** 3 to 8 further wordings as customers type them, typos, pinyin, Traditional and English included. */
  readonly similar: readonly string[]
  readonly answer: string
  readonly category: string
  readonly stage: 'pre-sales' | 'post-sales'
}

/**
 * The knowledge base of the demo company, read afresh on each call.
 * The file lies next to this module, both in the source tree and in the build (which copies `demo/*.jsonl`).
 * Throws the file system's error when it is missing and SyntaxError on a broken line: both are faults of the build, not of a caller.
 */
export function demoArticles(): DemoArticle[] {
  return readFileSync(new URL('./articles.jsonl', import.meta.url), 'utf8')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => JSON.parse(line) as DemoArticle)
}
