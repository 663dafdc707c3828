import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { type DemoArticle, demoArticles, QUICK_QUESTIONS } from '../../../demo/demo.ts'
import { normalise, readSmallTalk } from '../../../language/index.ts'

const articles = demoArticles()
const factSheet = readFileSync('demo/README.md', 'utf8')
const HAN = '[\\u3400-\\u9fff]'

/** Case, width, script, filler, spaces and punctuation aside: what two wordings may not differ in alone. */
const bare = (text: string) => normalise(text).replace(/[^\p{L}\p{N}]/gu, '')

/** The texts that break a rule, each with its Article's id, so that a failure names the line to mend. */
const offenders = (texts: (article: DemoArticle) => readonly string[], breaks: (text: string) => boolean) =>
  articles.flatMap((article) =>
    texts(article)
      .filter(breaks)
      .map((text) => `${article.id}: ${text}`),
  )

const wordings = (article: DemoArticle) => [article.question, ...article.similar]
const approved = (article: DemoArticle) => [article.question, article.answer]
const answerOf = (article: DemoArticle) => [article.answer]
const length = (text: string) => [...text].length

describe('the demo company’s Articles', () => {
  it('are at least a hundred and sixty, before and after the sale', () => {
    expect(articles.length).toBeGreaterThanOrEqual(160)
    for (const stage of ['pre-sales', 'post-sales'])
      expect(articles.filter((article) => article.stage === stage).length, stage).toBeGreaterThanOrEqual(60)
  })

  it.each([
    ['products', '选购'],
    ['comparing', '对比'],
    ['prices', '价格'],
    ['promotions', '优惠活动'],
    ['stock', '库存'],
    ['buying and paying', '下单与支付'],
    ['logistics', '物流'],
    ['returns', '退货'],
    ['exchanges', '换货'],
    ['refunds', '退款'],
    ['invoices', '发票'],
    ['warranty', '保修'],
    ['repair', '维修'],
    ['installation', '安装'],
    ['using the product', '使用帮助'],
    ['membership', '会员'],
    ['the account', '账号与隐私'],
    ['complaints', '投诉与建议'],
  ])('cover %s with at least four Articles', (_topic, category) => {
    expect(articles.filter((article) => article.category === category).length).toBeGreaterThanOrEqual(4)
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

  it('offer four to eight wordings beside the question', () => {
    expect(articles.filter(({ similar }) => similar.length < 4 || similar.length > 8).map(({ id }) => id)).toEqual([])
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

  it('can also be asked for in English and in Traditional Chinese', () => {
    const having = (wanted: RegExp) => articles.filter(({ similar }) => similar.some((wording) => wanted.test(wording))).length
    expect(having(/^[\x20-\x7e]+ [\x20-\x7e]+$/)).toBeGreaterThanOrEqual(20)
    expect(having(/[嗎麼這個運貨發開換機淨鎖買賣員費會還號]/)).toBeGreaterThanOrEqual(25)
  })

  it('leave asking for a human to the bot', () => {
    expect(offenders(wordings, (text) => readSmallTalk(text).wantsHuman)).toEqual([])
  })
})

describe('the demo company’s answers', () => {
  it('hold 40 to 160 characters, which a phone shows at once, and mostly at most 120', () => {
    expect(offenders(answerOf, (text) => length(text) < 40 || length(text) > 160)).toEqual([])
    expect(offenders(answerOf, (text) => length(text) > 120).length).toBeLessThanOrEqual(5)
  })

  it('come in whole sentences, in short paragraphs and list lines', () => {
    const lines = ({ answer }: DemoArticle) => answer.split('\n')
    expect(offenders(lines, (line) => line.trim() === '' || line !== line.trim())).toEqual([])
    expect(offenders(lines, (line) => !/[。：]$/.test(line) || /^[-*•]\S|^\d+[.、]/.test(line))).toEqual([])
    expect(offenders(answerOf, (text) => !text.endsWith('。'))).toEqual([])
    // A line that ends with a colon announces a list.
    expect(offenders(answerOf, (text) => /：\n(?!- )/.test(text) || /：$/.test(text))).toEqual([])
  })

  it('use full-width punctuation', () => {
    const halfWidth = new RegExp(`${HAN}\\s*[,.!?;:()]|[,!?;:()]\\s*${HAN}`)
    expect(offenders(approved, (text) => halfWidth.test(text))).toEqual([])
  })

  it('quote with “ ”', () => {
    expect(offenders(approved, (text) => /[「」『』"']/.test(text))).toEqual([])
  })

  it('put a space between Chinese and Latin letters or digits', () => {
    expect(offenders(approved, (text) => new RegExp(`${HAN}[A-Za-z0-9]|[A-Za-z0-9%]${HAN}`).test(text))).toEqual([])
  })

  it('tell the time by 24 hours', () => {
    expect(offenders(approved, (text) => /(?:上午|下午|晚上|早上|中午)\s*\d|\d\s*点(?!击)/.test(text))).toEqual([])
  })

  it('speak to the customer with respect and without filler', () => {
    expect(offenders(approved, (text) => /你|亲[，,～~]|[~～]|请稍等|系统繁忙|操作失败|哦[。！]/.test(text))).toEqual([])
  })
})

describe('the demo company’s facts', () => {
  /** Model → price of the fact sheet's first table. */
  const prices = new Map(
    [...factSheet.matchAll(/^\| ([A-Z]\d(?: Pro)?) \| [^|]+ \| (\d+) 元 \|/gm)].map(([, model = '', price = '']) => [model, price]),
  )

  it('give each model one price everywhere', () => {
    expect([...prices.keys()]).toEqual(['R1', 'R1 Pro', 'A3', 'L2', 'W6', 'F5', 'H1', 'S1', 'T1'])
    const told = articles.flatMap(({ id, answer }) =>
      [...answer.matchAll(/([A-Z]\d(?: Pro)?)[：，为 ]{1,3}(\d+) 元/g)].map(([, model = '', price = '']) => ({ id, model, price })),
    )
    expect(told.filter(({ model, price }) => prices.get(model) !== price)).toEqual([])
    expect(new Set(told.map(({ model }) => model))).toEqual(new Set(prices.keys()))
  })

  it('name no sum of money that the fact sheet does not hold', () => {
    const known = new Set([...factSheet.matchAll(/(\d+)(?=(?:、\d+)* 元)/g)].map(([, sum]) => sum))
    const unknown = articles.flatMap(({ id, answer }) =>
      [...answer.matchAll(/(\d+)(?=(?:、\d+)* 元)/g)].filter(([, sum]) => !known.has(sum)).map(([sum]) => `${id}: ${sum}`),
    )
    expect(unknown).toEqual([])
  })

  it('show the same prices in the shop as in the Articles', () => {
    const shop = readFileSync('web/demo-shop/index.html', 'utf8')
    const shown = [...shop.matchAll(/data-model="([^"]+)" data-price="(\d+)"/g)].map(([, model = '', price = '']) => [model, price])
    expect(shown.length).toBeGreaterThanOrEqual(6)
    expect(shown.filter(([model = '', price]) => prices.get(model) !== price)).toEqual([])
    for (const [, price = ''] of shown) expect(shop).toContain(`>${price}<`)
  })

  // What is told in more than one Article: wherever the pattern fits, it says the same.
  it.each([
    ['a return without a reason', /(\d+) 天无理由/g, ['7']],
    ['a free exchange', /签收 (\d+) 天内有质量问题/g, ['15']],
    ['price protection', /(\d+) 天内(?:降价|同款在本店降价)/g, ['30']],
    ['the trial', /(\d+) 天试用/g, ['30']],
    ['the warranty of a machine', /整机保修 (\d+) 年/g, ['2']],
    ['the warranty of a lock', /(?:L2 保修|门锁) (\d+) 年/g, ['3']],
    ['the members’ day', /每月 (\d+) 日/g, ['8']],
    ['the gold level', /(?<!\d)满 (\d+) 元(?:自动升|保)金卡|金卡：满 (\d+) 元/g, ['2000']],
    ['the black level', /满 (\d+) 元(?:升|保)黑金|黑金：满 (\d+) 元/g, ['8000']],
    ['free collections of gold members', /金卡(?:会员)?每年(?:有)? (\d+) 次/g, ['3']],
    ['free collections of black members', /黑金(?:会员)?有? (\d+) 次/g, ['6']],
    ['the share that points may pay', /最多抵优惠后金额的 (\d+)%/g, ['10']],
    ['the hours of the agents', /人工客服每天 (\S+ 至 \S+) 在线/g, ['9:00 至 21:00']],
    ['the hours of the stores', /每天 (\d+:\d+ 至 \d+:\d+) 营业/g, ['10:00 至 21:00']],
    ['the number of stores', /(\d+) 家体验店/g, ['6']],
    ['the last hour of a day’s dispatch', /(\d+:\d+) 前付款/g, ['16:00']],
    ['quiet hours', /默认 (\d+:\d+ 至次日 \d+:\d+)/g, ['22:00 至次日 7:00']],
    ['when points arrive', /签收(?:满)? (\d+) 天后?(?:到账|没有)/g, ['7']],
  ])('agree on %s', (_fact, pattern, said) => {
    const values = articles.flatMap(({ answer }) => [...answer.matchAll(pattern)].map(([, ...groups]) => groups.find(Boolean)))
    expect([...new Set(values)]).toEqual(said)
  })
})

describe('the quick questions', () => {
  it('are four in Chinese and four in English, short enough to tap', () => {
    expect(QUICK_QUESTIONS['zh-CN']).toHaveLength(4)
    expect(QUICK_QUESTIONS.en).toHaveLength(4)
    for (const text of QUICK_QUESTIONS['zh-CN']) expect(length(text), text).toBeLessThanOrEqual(16)
    for (const text of QUICK_QUESTIONS.en) expect(length(text), text).toBeLessThanOrEqual(48)
  })

  it('are wordings of different Articles, so that each tap is answered', () => {
    for (const texts of Object.values(QUICK_QUESTIONS)) {
      const found = texts.map((text) => articles.find((article) => wordings(article).some((wording) => bare(wording) === bare(text)))?.id)
      expect(found).not.toContain(undefined)
      expect(new Set(found).size).toBe(texts.length)
    }
  })
})
