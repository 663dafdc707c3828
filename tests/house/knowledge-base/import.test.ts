import exceljs from 'exceljs'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { ImportRequest } from '../../../knowledge-base/index.ts'
import { verifyAudit } from '../../../platform/audit.ts'
import { CURATOR, exported, importLines, lines, type Opened, openKnowledgeBase, wholeResult } from './support.ts'

let house: Opened
let killAt: string | null = null

beforeAll(async () => {
  house = await openKnowledgeBase({
    probe: (point) => {
      if (point === killAt) {
        killAt = null
        throw new Error(`killed at ${point}`)
      }
    },
  })
})
afterAll(() => house.close())
beforeEach(async () => {
  killAt = null
  for (;;) {
    const { items } = await house.kb.listArticles({ limit: 200 })
    if (items.length === 0) break
    for (const { id } of items) await house.kb.deleteArticle(CURATOR, id)
  }
})

const ROWS = [
  {
    id: 'refund',
    question: '怎么申请退款',
    similar: ['我要退钱', '带|竖线；和\n换行'],
    answer: '在订单页点“申请退款”。\n1 到 3 天到账。',
    category: '售后',
    stage: 'post-sales',
  },
  {
    id: 'invoice',
    question: '=如何开发票',
    answer: '@订单详情里开',
    tiers: ['core', 'ordinary'],
    channels: ['web-chat'],
    validFrom: '2026-01-01',
    validTo: '2026-12-31',
  },
  { id: 'draft', question: "'=引号开头", answer: '＋全角加号 "引号", 逗号', status: 'draft' },
  { id: 'old', question: ' 两边有空格 ', answer: '\t制表符', status: 'archived' },
]

async function take(request: Partial<ImportRequest> & Pick<ImportRequest, 'body' | 'contentType'>) {
  return wholeResult(await house.kb.importArticles(CURATOR, request))
}

async function form(name: string, bytes: Uint8Array, type = ''): Promise<Pick<ImportRequest, 'body' | 'contentType'>> {
  const data = new FormData()
  data.append('file', new Blob([bytes as Uint8Array<ArrayBuffer>], { type }), name)
  const request = new Response(data)
  return { body: Buffer.from(await request.arrayBuffer()), contentType: request.headers.get('content-type') ?? '' }
}

async function everything() {
  return (await house.kb.listArticles({ limit: 200 })).items.map(({ version: _v, madeAt: _m, changedAt: _c, ...fields }) => fields)
}

test.each(['jsonl', 'csv'] as const)('an export as %s comes back without loss and changes nothing where it came from', async (format) => {
  await importLines(house.kb, ROWS)
  const text = await exported(house.kb, format)
  const contentType = format === 'csv' ? 'text/csv' : 'application/x-ndjson'
  expect(await take({ body: Buffer.from(text), contentType })).toEqual({ created: 0, updated: 0, unchanged: 4, rejected: [] })
  const before = await everything()
  for (const { id } of before) await house.kb.deleteArticle(CURATOR, id)
  expect(await take({ body: Buffer.from(text), contentType })).toMatchObject({ created: 4, rejected: [] })
  expect(await everything()).toEqual(before)
  expect(await exported(house.kb, format)).toBe(text)
})

test('no cell of a CSV export begins like a formula', async () => {
  await importLines(house.kb, ROWS)
  const text = await exported(house.kb, 'csv')
  expect(text).toContain("'=如何开发票")
  expect(text).not.toMatch(/(^|[,\n]"?)[=+\-@\t＝＋－＠]/)
})

test('the same file twice changes nothing, not even a version', async () => {
  expect(await importLines(house.kb, ROWS)).toEqual({ created: 4, updated: 0, unchanged: 0, rejected: [] })
  const versions = (await house.kb.listArticles({ limit: 50 })).items.map(({ version }) => version)
  expect(await importLines(house.kb, ROWS)).toEqual({ created: 0, updated: 0, unchanged: 4, rejected: [] })
  expect((await house.kb.listArticles({ limit: 50 })).items.map(({ version }) => version)).toEqual(versions)
})

test('without an id the same normalised question is the same Article', async () => {
  expect(await importLines(house.kb, [{ question: '怎么申请退款？', answer: '甲' }])).toMatchObject({ created: 1 })
  expect(await importLines(house.kb, [{ question: ' 怎麼申請退款?', answer: '乙' }])).toMatchObject({ created: 0, updated: 1 })
  expect(await everything()).toMatchObject([{ answer: '乙' }])
  const twice = [
    { question: '如何开发票', answer: '甲' },
    { question: '如何开发票？', answer: '乙' },
    { question: '如何开发票？', answer: '乙' },
  ]
  expect(await importLines(house.kb, twice)).toMatchObject({ created: 1, updated: 1, unchanged: 1 })
  expect(await importLines(house.kb, twice)).toMatchObject({ created: 0, updated: 0, unchanged: 3 })
  expect(
    await importLines(house.kb, [
      { question: 'C++ 怎么退', answer: '甲' },
      { question: 'C# 怎么退', answer: '乙' },
    ]),
  ).toMatchObject({ created: 2 })
})

test('a row without an id never means an Article that another row of the file names by its id and another question', async () => {
  for (const turn of [(rows: object[]) => rows, (rows: object[]) => rows.toReversed()]) {
    for (const { id } of (await house.kb.listArticles({ limit: 50 })).items) await house.kb.deleteArticle(CURATOR, id)
    await importLines(house.kb, [{ id: 'Y', question: '旧问题', answer: '一' }])
    const file = turn([
      { id: 'Y', question: '新问题', answer: '二' },
      { question: '旧问题', answer: '三' },
    ]) as Record<string, unknown>[]
    expect(await importLines(house.kb, file)).toMatchObject({ created: 1, updated: 1 })
    const after = await everything()
    expect(after.map(({ question, answer }) => `${question} ${answer}`).sort()).toEqual(['新问题 二', '旧问题 三'])
    expect(await importLines(house.kb, file)).toMatchObject({ created: 0, updated: 0, unchanged: 2 })
    expect(await everything()).toEqual(after)
  }
})

test('a row without an id and one with an id and the same question are one Article, whatever their order', async () => {
  const file = [
    { question: '怎么退款', answer: 'R1' },
    { id: 'X', question: '怎么退款？', answer: 'R2' },
  ]
  await importLines(house.kb, file)
  expect(await everything()).toMatchObject([{ id: 'X', answer: 'R2' }])
  expect(await importLines(house.kb, file)).toMatchObject({ created: 0, updated: 0, unchanged: 2 })
})

test('the last of several rows with one id decides under which question it is found again', async () => {
  await importLines(house.kb, [
    { id: 'Y', question: '甲问题', answer: '1' },
    { id: 'Y', question: '乙问题', answer: '2' },
  ])
  expect(await importLines(house.kb, [{ question: '乙问题', answer: '3' }])).toMatchObject({ created: 0, updated: 1 })
})

test('puts good rows in and lists bad ones by line and code', async () => {
  const body = Buffer.from(
    [
      '{"question":"一","answer":"1"}',
      '',
      '{"question":"二","answer":""}',
      '{"question":"  ","answer":"3"}',
      'not json',
      '{"question":"五","answer":"5","lang":"zh"}',
      '{"question":"六","answer":"6","validFrom":"2026-02-30"}',
      '{"question":"七\\ud800","answer":"7"}',
      '{"question":"八","answer":"8","stage":"during"}',
      `{"question":"${'九'.repeat(501)}","answer":"9"}`,
      '[1]',
      '{"question":"十","answer":"10","id":" a"}',
      '{"__proto__":{"x":1},"question":"十一","answer":"11"}',
      '{"question":"十二","answer":"12","similar":"不是列表"}',
      '{"question":"十三","answer":"13","validFrom":"2026-02-02","validTo":"2026-02-01"}',
      '{"question":"最后","answer":"14"}',
    ].join('\n'),
  )
  const { created, rejected } = await take({ body, contentType: 'application/x-ndjson; charset=utf-8' })
  expect(created).toBe(2)
  expect(rejected.map(({ line, code }) => `${line} ${code}`)).toEqual([
    '3 article.answer-missing',
    '4 article.question-missing',
    '5 article.not-json',
    '6 article.unknown-field',
    '7 article.bad-date',
    '8 article.bad-characters',
    '9 article.bad-stage',
    '10 article.question-too-long',
    '11 article.not-an-object',
    '12 article.bad-id',
    '13 article.unknown-field',
    '14 article.not-a-list',
    '15 article.validity-backwards',
  ])
  for (const { message } of rejected) expect(message).not.toBe('')
})

test('a dry run counts the same and changes nothing', async () => {
  await importLines(house.kb, ROWS.slice(0, 2))
  const before = await everything()
  expect(
    await importLines(house.kb, [{ ...ROWS[0], answer: '新' }, ...ROWS.slice(1), { question: '', answer: 'x' }], { dryRun: true }),
  ).toMatchObject({
    created: 2,
    updated: 1,
    unchanged: 1,
    rejected: [{ line: 5, code: 'article.question-missing' }],
  })
  expect(await everything()).toEqual(before)
})

test('reads CSV in UTF-8 with and without its mark and in GB18030, with Chinese column names', async () => {
  const text = '问题,答案,相似问,阶段\r\n怎么退款,"点“退款”,\n就好",我要退钱|退货退款；退一下,售后\r\n'
  const wanted = { question: '怎么退款', answer: '点“退款”,\n就好', similar: ['我要退钱', '退货退款', '退一下'], stage: 'post-sales' }
  expect(await take({ body: Buffer.from(text), contentType: 'text/csv' })).toMatchObject({ created: 1, rejected: [] })
  expect(await everything()).toMatchObject([wanted])
  expect(await take({ body: Buffer.from(`\ufeff${text}`), contentType: 'text/csv' })).toMatchObject({ unchanged: 1, rejected: [] })
  // What a spreadsheet on a Chinese Windows saves for 问题,答案 / 怎么退款,点退款.
  const gb = Buffer.from('cecacce22cb4f0b0b80d0ad4f5c3b4cdcbbfee2cb5e3cdcbbfee0d0a', 'hex')
  expect(await take({ ...(await form('表.csv', gb)) })).toMatchObject({ updated: 1, rejected: [] })
  expect(await everything()).toMatchObject([{ question: '怎么退款', answer: '点退款' }])
})

test('tells the line of a bad CSV record even after answers of several lines, and of a quotation mark that never closes', async () => {
  const text = 'question,answer\n一,"1\n1"\n二,\n\n三,3\n四,"4'
  const { created, rejected } = await take({ body: Buffer.from(text), contentType: 'text/csv' })
  expect(created).toBe(2)
  expect(rejected.map(({ line, code }) => `${line} ${code}`)).toEqual(['4 article.answer-missing', '7 article.bad-csv'])
})

test('counts lines of every kind, also inside quoted cells, and leaves no line end in an answer', async () => {
  const text = 'question,answer\r\n一,"1\r\n1"\r\n二,\n\r\n三,3\n四,4\r五,\r\n'
  const { created, rejected } = await take({ body: Buffer.from(text), contentType: 'text/csv' })
  expect(created).toBe(3)
  expect(rejected.map(({ line, code }) => `${line} ${code}`)).toEqual(['4 article.answer-missing', '8 article.answer-missing'])
  expect((await everything()).map(({ answer }) => answer).sort()).toEqual(['1\r\n1', '3', '4'])
})

test('reads the first sheet that is not hidden, and numbers as their cells show them', async () => {
  const book = new exceljs.Workbook()
  book.addWorksheet('草稿', { state: 'hidden' }).addRows([
    ['问题', '答案'],
    ['藏着的', '不读'],
  ])
  const sheet = book.addWorksheet('知识')
  sheet.addRow(['问题', '答案'])
  for (const [question, value, format] of [
    ['折扣', 0.05, '0%'],
    ['利率', 0.0425, '0.00%'],
    ['价格', 1234.5, '"¥"#,##0.00'],
    ['美元', 9.9, '[$$-409]#,##0.00'],
    ['天数', 7, undefined],
  ] as const) {
    const cell = sheet.addRow([question, value]).getCell(2)
    if (format) cell.numFmt = format
  }
  expect(await take(await form('知识.xlsx', Buffer.from(await book.xlsx.writeBuffer())))).toMatchObject({ created: 5, rejected: [] })
  expect(Object.fromEntries((await everything()).map(({ question, answer }) => [question, answer]))).toEqual({
    折扣: '5%',
    利率: '4.25%',
    价格: '¥1,234.50',
    美元: '$9.90',
    天数: '7',
  })
})

test('reads the first sheet of an XLSX workbook', async () => {
  const book = new exceljs.Workbook()
  const sheet = book.addWorksheet('知识')
  sheet.addRow(['编号', '问题', '相似问', '答案', '生效时间', '状态'])
  sheet.addRow([
    1001,
    '怎么退款',
    '我要退钱\n退一下',
    { richText: [{ text: '点' }, { text: '退款' }] },
    new Date('2026-01-01T00:00:00Z'),
    '已发布',
  ])
  sheet.addRow([])
  sheet.addRow([1002, '没有答案'])
  book.addWorksheet('别的').addRow(['不看'])
  const { created, rejected } = await take(await form('知识.xlsx', Buffer.from(await book.xlsx.writeBuffer())))
  expect({ created, rejected: rejected.map(({ line, code }) => `${line} ${code}`) }).toEqual({
    created: 1,
    rejected: ['4 article.answer-missing'],
  })
  expect(await everything()).toMatchObject([
    {
      id: '1001',
      question: '怎么退款',
      similar: ['我要退钱', '退一下'],
      answer: '点退款',
      status: 'published',
      validFrom: new Date('2025-12-31T16:00:00Z'),
    },
  ])
})

test('reads Markdown: a heading is a question, the text below its answer, a list under 相似问 its wordings', async () => {
  const text =
    '# 售后\n\n## 怎么退款\n点**退款**。\n\n- 一步\n- 两步\n\n### 相似问：\n- 我要退钱\n- 退一下\n\n## 没有答案\n\n## 代码\n```\n# 不是标题\n```\n'
  const { created, rejected } = await take(await form('知识.md', Buffer.from(text)))
  expect({ created, rejected: rejected.map(({ line, code }) => `${line} ${code}`) }).toEqual({
    created: 2,
    rejected: ['13 article.answer-missing'],
  })
  expect(await everything()).toEqual(
    expect.arrayContaining([
      expect.objectContaining({
        question: '怎么退款',
        category: '售后',
        answer: '点**退款**。\n\n- 一步\n- 两步',
        similar: ['我要退钱', '退一下'],
      }),
      expect.objectContaining({ question: '代码', answer: '```\n# 不是标题\n```' }),
    ]),
  )
})

test.each([
  ['a type nobody knows', 'import.unknown-format', async () => ({ body: Buffer.from('{}'), contentType: 'application/pdf' })],
  [
    'a form without a file',
    'import.one-file-wanted',
    async () => ({ body: Buffer.from('--x--\r\n'), contentType: 'multipart/form-data; boundary=x' }),
  ],
  ['a form that is none', 'import.bad-form', async () => ({ body: Buffer.from('hello'), contentType: 'multipart/form-data; boundary=x' })],
  ['a file of an unknown kind', 'import.unknown-format', () => form('a.exe', Buffer.from('MZ'))],
  ['a workbook that is cut off', 'import.unreadable-file', () => form('a.xlsx', Buffer.from('PK\x03\x04 cut off'))],
  [
    'bytes that are no text',
    'import.unknown-encoding',
    async () => ({ body: Buffer.from([0xff, 0xff, 0x80, 0xff]), contentType: 'text/csv' }),
  ],
  ['a table without an answer column', 'import.bad-header', async () => ({ body: Buffer.from('question\n一\n'), contentType: 'text/csv' })],
  [
    'more than 50 000 rows',
    'import.too-many-rows',
    async () => ({ body: Buffer.from('x\n'.repeat(50_001)), contentType: 'application/x-ndjson' }),
  ],
  ['more than 20 MiB', 'import.file-too-large', async () => ({ body: Buffer.alloc(20 * 1024 * 1024 + 1), contentType: 'text/csv' })],
])('refuses %s and changes nothing', async (_what, code, request) => {
  await expect(take(await request())).rejects.toMatchObject({ code })
  expect(await everything()).toEqual([])
})

test('an import that dies between two batches leaves whole rows only, and repeating it completes it', async () => {
  const rows = Array.from({ length: 450 }, (_, i) => ({ question: `第 ${i} 个问题`, answer: `答案 ${i}` }))
  for (const point of ['import.before-commit', 'import.after-commit']) {
    killAt = point
    await expect(importLines(house.kb, rows)).rejects.toThrow('killed')
    const { items } = await house.kb.listArticles({ limit: 200 })
    for (const { question, answer } of items) expect(answer).toBe(`答案 ${/\d+/.exec(question)?.[0]}`)
  }
  const { created, unchanged } = await importLines(house.kb, rows)
  expect([created, unchanged]).toEqual([250, 200])
})

test('a large or asynchronous import goes to a job that counts once, however often it is killed and run again', async () => {
  const rows = [
    ...Array.from({ length: 450 }, (_, i) => ({ question: `第 ${i} 个问题`, answer: `答案 ${i}` })),
    { question: '', answer: '' },
  ]
  const taken = await house.kb.importArticles(CURATOR, { body: lines(rows), contentType: 'application/x-ndjson', later: true })
  const id = 'importId' in taken ? taken.importId : ''
  expect(await house.kb.getImport(id)).toMatchObject({ state: 'waiting', total: 451, done: 1, rejected: [{ line: 451 }] })
  const run = house.kb.work.find(({ name }) => name === 'knowledge-import')?.run
  killAt = 'import.after-commit'
  await expect(run?.({ importId: id })).rejects.toThrow('killed')
  expect(await house.kb.getImport(id)).toMatchObject({ state: 'running', done: 201, created: 200 })
  killAt = 'import.before-commit'
  await expect(run?.({ importId: id })).rejects.toThrow('killed')
  await house.runJobs(2)
  expect(await house.kb.getImport(id)).toMatchObject({ state: 'done', done: 451, created: 450, updated: 0, unchanged: 0 })
  expect((await house.kb.ask({ question: '第 321 个问题' })).answer?.text).toBe('答案 321')
})

test('undo puts back what an import changed, takes away what it made, and leaves alone what somebody changed since', async () => {
  await importLines(house.kb, ROWS.slice(0, 2))
  const before = await everything()
  const next = [
    { ...ROWS[0], answer: '改了' },
    { ...ROWS[1], answer: '也改了' },
    { id: 'new', question: '新的', answer: '新' },
    { id: 'kept', question: '留着', answer: '旧' },
  ]
  const taken = await house.kb.importArticles(CURATOR, { body: lines(next), contentType: 'application/x-ndjson', later: true })
  const id = 'importId' in taken ? taken.importId : ''
  await house.runJobs()
  await house.kb.patchArticle(CURATOR, 'kept', { version: (await house.kb.getArticle('kept')).version, answer: '人改的' })
  expect(await house.kb.endImport(CURATOR, id)).toMatchObject({ state: 'undone', restored: 3 })
  expect(await everything()).toEqual([before[0], expect.objectContaining({ id: 'kept', answer: '人改的' }), before[1]])
  expect((await house.kb.ask({ question: '怎么申请退款' })).answer?.text).toBe(ROWS[0]?.answer)
  expect(await house.kb.endImport(CURATOR, id)).toMatchObject({ state: 'undone', restored: 3 })
})

test('a stopped import goes no further, whoever runs its job', async () => {
  const rows = Array.from({ length: 300 }, (_, i) => ({ question: `第 ${i} 个问题`, answer: `答案 ${i}` }))
  const taken = await house.kb.importArticles(CURATOR, { body: lines(rows), contentType: 'application/x-ndjson', later: true })
  const id = 'importId' in taken ? taken.importId : ''
  expect(await house.kb.endImport(CURATOR, id)).toMatchObject({ state: 'stopped' })
  await house.runJobs()
  expect(await house.kb.getImport(id)).toMatchObject({ state: 'stopped', created: 0 })
  expect(await everything()).toEqual([])
  await expect(house.kb.getImport('i_none')).rejects.toMatchObject({ code: 'import.not-found' })
})

test('writes one audit record per batch, and the chain holds', async () => {
  const count = async () =>
    Number(
      (await house.database.executeText("select count(*) as n from audit_records where action = 'articles.imported'")).rows.map(
        (row) => (row as { n: number }).n,
      )[0],
    )
  const before = await count()
  await importLines(house.kb, ROWS)
  expect(await count()).toBe(before + 1)
  expect(await verifyAudit(house.database)).toBeNull()
})
