const CSV = 'text/csv'
const JSONL = 'application/x-ndjson'
const row = (fields: Record<string, unknown>) => ({
  type: JSONL,
  body: JSON.stringify({ question: '怎么退货', answer: '请点退货。', ...fields }),
})

/** For each code of a rejected row a file whose one row is rejected with it. */
export const ROWS: Readonly<Record<string, { readonly type: string; readonly body: string }>> = {
  'article.not-json': { type: JSONL, body: '{"question":' },
  'article.bad-csv': { type: CSV, body: 'question,answer\n"怎么退货,请点退货' },
  'article.not-an-object': { type: JSONL, body: '[1]' },
  'article.unknown-field': row({ colour: 'red' }),
  'article.bad-id': row({ id: '../etc/passwd' }),
  'article.question-missing': row({ question: '\u200b ' }),
  'article.answer-missing': row({ answer: '' }),
  'article.question-too-long': row({ question: '问'.repeat(501) }),
  'article.answer-too-long': row({ answer: '答'.repeat(20_001) }),
  'article.field-too-long': row({ category: '类'.repeat(201) }),
  'article.not-text': row({ question: 7 }),
  'article.bad-characters': row({ answer: 'half \ud800' }),
  'article.not-a-list': row({ similar: '怎么退' }),
  'article.list-too-long': row({ tiers: Array.from({ length: 51 }, (_, i) => `t${i}`) }),
  'article.bad-stage': row({ stage: 'during' }),
  'article.bad-status': row({ status: 'live' }),
  'article.bad-date': row({ validFrom: '2026-02-30' }),
  'article.validity-backwards': row({ validFrom: '2026-02-02', validTo: '2026-02-01' }),
}
