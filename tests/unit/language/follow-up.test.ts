import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readFacts } from '../../../language/follow-up-facts.ts'
import { featuresOfStretch, readScene, stretchFeatures } from '../../../language/follow-up-features.ts'
import { featuresOfText, leaningFeatures } from '../../../language/follow-up-leaning.ts'
import { readLine } from '../../../language/follow-up-reading.ts'
import { readStretches } from '../../../language/follow-up-spans.ts'
import { probabilityOf, readTrees, writeTrees } from '../../../language/follow-up-trees.ts'
import { resolveFollowUp, type Said } from '../../../language/index.ts'

const talk = (...lines: string[]): Said[] => lines.map((text, at) => ({ from: at % 2 === 0 ? 'customer' : 'bot', text }))
const complete = (text: string, ...lines: string[]): string => resolveFollowUp(text, talk(...lines)).question

describe('a question that leans on what was said', () => {
  it('takes the topic along when it has no subject of its own', () => {
    const question = complete('怎么消除', '咖啡机亮红灯', '咖啡机红灯表示缺水。')
    expect(question).toContain('咖啡机')
    expect(question).toContain('怎么消除')
  })

  it('puts a new value in the place of the old one and does not carry the old one', () => {
    const question = complete('300兆呢', '200兆宽带一年多少钱', '200兆宽带包年480元。')
    expect(question).toContain('300兆')
    expect(question).toContain('宽带')
    expect(question).not.toContain('200兆')
    const grey = complete('And the green one?', 'Is the red jacket in stock?', 'The red jacket is in stock.')
    expect(grey).toContain('jacket')
    expect(grey).toContain('green')
    expect(grey).not.toContain('red')
  })

  it('names what 后者 and the first one point to', () => {
    const latter = complete('后者要多少钱', '床垫有哪几种', '床垫有乳胶款和弹簧款。')
    expect(latter).toContain('弹簧')
    expect(latter).not.toContain('乳胶')
  })

  it('takes along what only the bot has named when the text hints at it', () => {
    expect(complete('那个架子单独卖吗', '音箱怎么挂墙上', '音箱可以装壁挂架。')).toContain('壁挂架')
  })

  it('keeps the writing of the customer in Traditional characters', () => {
    const question = complete('可以分期嗎', '這台除濕機多少錢', '除濕機M6售價9800元。')
    expect(question).toContain('除濕機')
    expect(question).toMatch(/可以分期嗎?$/)
  })

  it('never repeats a whole line of the talk', () => {
    expect(complete('怎么办', '打印机卡纸报错', '请打开后盖取出卡住的纸。')).not.toContain('打印机卡纸报错')
  })

  it('stays with the newest topic when the talk has turned to another one', () => {
    const question = complete('要多少钱', '怎么申请护照', '护照在出入境大厅办理。', '洗衣机滤网在哪里买', '洗衣机滤网可以在商城购买。')
    expect(question).toContain('洗衣机')
    expect(question).not.toContain('护照')
  })
})

describe('a text that stands alone', () => {
  const history = talk('面膜保质期多久', '面膜未开封24个月。')

  it.each([
    '你好',
    '谢谢，没别的事了',
    '转人工',
    'I want to talk to a human',
    '你是机器人吗',
    '好的',
    '👍',
    '换个话题，宽带怎么报装',
    '我的会员积分怎么兑换礼品',
    '你们公司周末上班吗',
    'How do I reset my account password?',
    '請問怎麼申請電子帳單',
    '信用卡账单日可以修改吗',
  ])('comes back as it was written: %s', (text) => {
    expect(resolveFollowUp(text, history)).toMatchObject({ question: text, leans: false })
  })

  it('comes back trimmed when nothing was said before', () => {
    expect(resolveFollowUp('  那运费呢？ ', [])).toMatchObject({ question: '那运费呢？', leans: false })
    expect(resolveFollowUp('那运费呢？', [{ from: 'bot', text: '！！' }])).toMatchObject({ question: '那运费呢？', leans: false })
  })
})

describe('over the dialogues written for it', () => {
  interface Dialogue {
    history: Said[]
    text: string
    standalone: string
    entities: string[]
    follow_up: boolean
  }
  const dialogues = ['dialogues', 'more-dialogues'].flatMap((name) =>
    readFileSync(new URL(`../../fixtures/follow-up/${name}.jsonl`, import.meta.url), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Dialogue),
  )

  it('completes most follow-ups and leaves nearly all changes of topic alone', () => {
    const right = dialogues.filter(({ history, text, standalone, entities, follow_up }) => {
      const { question } = resolveFollowUp(text, history)
      if (!follow_up) return question === text
      return question.length <= 1.5 * standalone.length && entities.every((entity) => question.includes(entity))
    })
    const share = (kind: boolean): number =>
      right.filter(({ follow_up }) => follow_up === kind).length / dialogues.filter(({ follow_up }) => follow_up === kind).length
    expect(share(true)).toBeGreaterThanOrEqual(0.6)
    expect(share(false)).toBeGreaterThanOrEqual(0.95)
  })
})

describe('the models behind it', () => {
  it('know the name of every value they are given', () => {
    const lines = talk('咖啡机亮红灯', '咖啡机红灯表示缺水。').map(({ from, text }) => ({ ...readLine(text, 240), from }))
    const text = readLine('怎么消除', 60)
    const facts = readFacts(lines, text)
    const scene = readScene(facts, lines, text)
    for (const stretch of readStretches(facts, lines, text)) expect(featuresOfStretch(stretch, scene)).toHaveLength(stretchFeatures.length)
    expect(featuresOfText(text, lines)).toHaveLength(leaningFeatures.length)
  })

  it('give the same when written down and read again', () => {
    const trees = readTrees('-1.5\n0>.5 -.25 1>2.5 .5 .75\n1>1 .1 -.1')
    expect(readTrees(writeTrees(trees))).toEqual(trees)
    expect(probabilityOf(trees, [1, 3])).toBeCloseTo(1 / (1 + Math.exp(1.5 - 0.75 + 0.1)), 10)
    expect(probabilityOf(trees, [0, 0])).toBeCloseTo(1 / (1 + Math.exp(1.5 + 0.25 - 0.1)), 10)
  })
})

describe('whatever is written', () => {
  const pieces = fc.constantFrom(
    '那个',
    '呢',
    '多少钱',
    '宽带',
    '500兆',
    '1000兆',
    '？',
    '，',
    '后者',
    '和',
    '退货',
    '吗',
    'the grey one',
    ' A7 ',
    '軟體',
    '。',
    '2岁',
    '満',
    '\ud83d',
    '\ude00',
    '😀',
    '\u0000',
    '\n',
    '周六',
    'Ａ７',
    '½',
    '٣',
  )
  const text = fc.oneof(
    fc.array(pieces, { maxLength: 12 }).map((parts) => parts.join('')),
    fc.string({ unit: 'binary', maxLength: 80 }),
    fc.string({ maxLength: 3_000 }),
  )
  const history = fc.array(fc.record({ from: fc.constantFrom('customer' as const, 'bot' as const), text }), { maxLength: 14 })

  it('is taken, stays short and keeps the rules of one who asks without a history', () => {
    fc.assert(
      fc.property(text, history, (asked, said) => {
        const { question, leans, brief } = resolveFollowUp(asked, said)
        expect(question.length).toBeLessThanOrEqual(asked.length + 80)
        expect(brief.length).toBeLessThanOrEqual(asked.length + 80)
        if (!leans) expect(question).toBe(asked.trim())
        else expect(question.isWellFormed()).toBe(true)
        expect(resolveFollowUp(asked, []).question).toBe(asked.trim())
        expect(resolveFollowUp(asked, said)).toEqual(resolveFollowUp(asked, said))
      }),
      { numRuns: 300 },
    )
  })
})
