import { describe, expect, test } from 'vitest'
import { createRowSink } from '../../../knowledge-base/article-files/file-reading.ts'
import { readMarkdown } from '../../../knowledge-base/article-files/markdown.ts'
import { createImportReader } from '../../../knowledge-base/import-reader.ts'

function markdown(text: string) {
  const sink = createRowSink('Asia/Shanghai')
  readMarkdown(text, sink)
  return sink
}

describe('Markdown', () => {
  // Each of these took seconds to minutes when a pattern could read the same blanks in several ways; the limit is the runner's own.
  test.each([
    ['a heading', `# a${' '.repeat(200_000)}b\n答`],
    ['closing marks', `# a${' #'.repeat(100_000)}b\n答`],
    ['a mark', `# 问\n相似问${' '.repeat(200_000)}x`],
    ['an item', `# 问\n答\n相似问\n- a${' '.repeat(200_000)}b`],
  ])('with hundreds of thousands of blanks in %s is read', (_what, text) => {
    const { rows, rejected } = markdown(text)
    expect(rows.length + rejected.length).toBeGreaterThan(0)
  })

  test('keeps a number sign that belongs to the title and drops closing ones', () => {
    expect(markdown('## 怎么学 C#\n答\n## 怎么退款 ##\n答').rows.map(({ fields }) => fields.question)).toEqual(['怎么学 C#', '怎么退款'])
  })
})

test('a file that comes while many are waiting to be read is asked to come again, and the others are read', async () => {
  const reader = createImportReader('Asia/Shanghai')
  const body = Buffer.from(`question,answer\n${Array.from({ length: 20_000 }, (_, i) => `问${i},答案${i}`).join('\n')}`)
  const readings = await Promise.allSettled(Array.from({ length: 12 }, () => reader.read(body, 'text/csv')))
  const refused = readings.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []))
  expect(refused).toHaveLength(2)
  for (const reason of refused) expect(reason).toMatchObject({ kind: 'unavailable', code: 'house.busy', retryAfterMs: 5_000 })
})
