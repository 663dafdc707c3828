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
 * What the greeting offers to tap, in the shape of the setting `chat.quick-questions`. Each is word for word a wording of an
 * Article, so that a tap is always answered; short enough for one line of a phone.
 */
export const QUICK_QUESTIONS = {
  'zh-CN': ['R1 跟 R1 Pro 怎么选', '现在有什么优惠活动？', '什么时候发货', '怎么退货'],
  en: ["What's the difference between R1 and R1 Pro?", 'When will my order ship?', 'How do I return an item?', 'How long is the warranty?'],
} as const satisfies Readonly<Record<'zh-CN' | 'en', readonly string[]>>

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
