import { describe, expect, it } from 'vitest'
import { demoArticles } from '../../../demo/demo.ts'
import { readSmallTalk } from '../../../language/index.ts'

const articles = demoArticles()
const HAN = '[\\u3400-\\u9fff]'

/** Case, width, spaces and punctuation aside: what two wordings may not differ in alone. */
const bare = (text: string) =>
  text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]/gu, '')

/** The texts that break a rule, each with its Article's id, so that a failure names the line to mend. */
const offenders = (texts: (article: (typeof articles)[number]) => readonly string[], breaks: (text: string) => boolean) =>
  articles.flatMap((article) =>
    texts(article)
      .filter(breaks)
      .map((text) => `${article.id}: ${text}`),
  )

const wordings = (article: (typeof articles)[number]) => [article.question, ...article.similar]
const approved = (article: (typeof articles)[number]) => [article.question, article.answer]

describe('the demo company’s Articles', () => {
  it('are at least sixty, before and after the sale', () => {
    expect(articles.length).toBeGreaterThanOrEqual(60)
    expect(new Set(articles.map((article) => article.stage))).toEqual(new Set(['pre-sales', 'post-sales']))
  })

  it('fill every field and nothing else', () => {
    for (const article of articles) {
      expect(Object.keys(article).sort(), article.id).toEqual(['answer', 'category', 'id', 'question', 'similar', 'stage'])
      for (const text of [article.id, article.category, ...wordings(article), article.answer]) {
        expect(text, article.id).toBe(text.trim())
        expect(text, article.id).not.toBe('')
      }
    }
  })

  it('have readable ids of their own', () => {
    const ids = articles.map((article) => article.id)
    expect(ids.filter((id, at) => ids.indexOf(id) !== at)).toEqual([])
    expect(ids.filter((id) => !/^a(-[a-z0-9]+)+$/.test(id))).toEqual([])
  })

  it('offer three to eight wordings beside the question', () => {
    expect(articles.filter(({ similar }) => similar.length < 3 || similar.length > 8).map(({ id }) => id)).toEqual([])
  })

  it('never share a wording, so that one question has one right Article', () => {
    const owner = new Map<string, string>()
    const shared: string[] = []
    for (const article of articles) {
      for (const wording of wordings(article)) {
        const key = bare(wording)
        const other = owner.get(key)
        if (other !== undefined) shared.push(`${wording}: ${other}, ${article.id}`)
        owner.set(key, article.id)
      }
    }
    expect(shared).toEqual([])
  })

  it('can also be asked for in English', () => {
    const english = articles.filter(({ similar }) => similar.some((wording) => /^[\x20-\x7e]+ [\x20-\x7e]+$/.test(wording)))
    expect(english.length).toBeGreaterThanOrEqual(8)
  })

  it('leave asking for a human to the bot', () => {
    expect(offenders(wordings, (text) => readSmallTalk(text).wantsHuman)).toEqual([])
  })

  it('answer in 40 to 160 characters, which a phone shows at once', () => {
    const length = (text: string) => [...text].length
    expect(
      offenders(
        ({ answer }) => [answer],
        (text) => length(text) < 40 || length(text) > 160,
      ),
    ).toEqual([])
  })

  it('answer in whole sentences with full-width punctuation', () => {
    expect(
      offenders(
        ({ answer }) => [answer],
        (text) => !text.endsWith('。'),
      ),
    ).toEqual([])
    expect(offenders(approved, (text) => new RegExp(`${HAN}\\s*[,.!?;:()]|[,!?;:()]\\s*${HAN}`).test(text))).toEqual([])
  })

  it('put a space between Chinese and Latin letters or digits', () => {
    expect(offenders(approved, (text) => new RegExp(`${HAN}[A-Za-z0-9]|[A-Za-z0-9%]${HAN}`).test(text))).toEqual([])
  })

  it('speak to the customer with respect and without filler', () => {
    expect(offenders(approved, (text) => /你|亲[，,～~]|[~～]|请稍等|系统繁忙|哦[。！]/.test(text))).toEqual([])
  })
})
