import { BAD_TEXTS, type Random } from './bad-values.ts'
import { type Body, breakBytes, spoil } from './make-inputs.ts'

/** Bodies for the routes that read their own bytes: imports and Direct Line. */

const ARTICLE = {
  id: 'fuzz-1',
  question: '怎么开发票',
  similar: ['开票', '发票怎么开'],
  answer: '您可以在订单页申请。',
  category: '发票',
  stage: 'pre-sales',
  tiers: ['ordinary'],
  channels: ['web-chat'],
  validFrom: '2026-01-01',
  validTo: '2027-01-01',
  status: 'published',
}

const cell = (value: unknown) => `"${String(typeof value === 'object' ? JSON.stringify(value) : value).replaceAll('"', '""')}"`

function csv(random: Random): string {
  const names = Object.keys(ARTICLE)
  const row = spoil(ARTICLE, random) as Record<string, unknown> | null
  const values = typeof row === 'object' && row !== null ? Object.values(row) : [row]
  const head = random.chance(0.2) ? [...names, random.pick(BAD_TEXTS).slice(0, 50)].toSorted(() => random.next() - 0.5) : names
  return `${head.join(',')}\n${values.map(cell).join(random.pick([',', ',', ',', ';', '\t']))}\n${random.chance(0.2) ? '"open' : ''}`
}

/** Mostly formats that are read at once; forms and workbooks start a thread each, so there are fewer of them. */
export function importBody(random: Random): Body {
  const how = random.below(100)
  const rows = Array.from({ length: 1 + random.below(3) }, () => JSON.stringify(spoil(ARTICLE, random)) ?? 'null').join('\n')
  if (how < 50) return { type: 'application/x-ndjson', bytes: Buffer.from(rows), sent: undefined }
  if (how < 75) return { type: 'text/csv', bytes: Buffer.from(csv(random)), sent: undefined }
  if (how < 90) return { type: 'application/x-ndjson', bytes: breakBytes(Buffer.from(rows), random), sent: undefined }
  if (how < 96) return { type: 'text/csv', bytes: breakBytes(Buffer.from(csv(random)), random), sent: undefined }
  return {
    type: random.pick(['text/plain', '', 'application/json', 'application/zip', 'text/csv\u00e9']),
    bytes: Buffer.from(rows),
    sent: undefined,
  }
}

/** A form or workbook that is broken somewhere. */
export function heavyImportBody(random: Random): Body {
  const file = random.pick(['a.jsonl', 'a.csv', 'a.md', 'a.xlsx', 'a.exe', '../../a.csv', ''])
  const form = [
    '--b\r\nContent-Disposition: form-data; name="file"; filename="',
    `${file}"\r\nContent-Type: ${random.pick(['text/csv', 'text/markdown', 'x/y'])}\r\n\r\n`,
    random.pick([csv(random), '# 问题\n答案\n', 'PK\x03\x04', '\xff\xff']),
    '\r\n--b--\r\n',
  ].join('')
  const zip = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'
  if (random.chance(0.3))
    return { type: zip, bytes: Buffer.concat([Buffer.from('PK\x03\x04'), breakBytes(Buffer.from(form), random)]), sent: undefined }
  const bytes = Buffer.from(form)
  return {
    type: random.pick(['multipart/form-data; boundary=b', 'multipart/form-data']),
    bytes: random.chance(0.5) ? breakBytes(bytes, random) : bytes,
    sent: undefined,
  }
}

const ACTIVITY = {
  type: 'message',
  from: { id: 'me', name: '小王', role: 'user' },
  text: '怎么退货',
  locale: 'zh-CN',
  textFormat: 'plain',
  attachments: [{ contentType: 'image/png', contentUrl: 'https://example.com/a.png', name: 'a.png' }],
  value: { a: [1, 'b'] },
}

export function activityBody(random: Random): Body {
  const type = random.pick(['message', 'message', 'event', 'typing', 'unheardOf'])
  const channelData = { clientActivityID: `c-${random.next()}`, note: ['x'] }
  const sent = spoil({ ...ACTIVITY, type, channelData }, random)
  return { type: 'application/json', bytes: Buffer.from(JSON.stringify(sent) ?? ''), sent }
}

export function tokenBody(random: Random): Body {
  const good = {
    user: { id: 'customer-1', name: '小王' },
    trustedOrigins: ['https://shop.example.com'],
    identity: 'a.b.c',
    locale: 'zh-CN',
  }
  const { identity: _identity, ...plain } = good
  const sent = spoil(random.chance(0.5) ? good : plain, random)
  return { type: 'application/json', bytes: Buffer.from(JSON.stringify(sent) ?? ''), sent }
}

export function uploadBody(random: Random): Body {
  const name = random.pick(BAD_TEXTS).toWellFormed().slice(0, 300)
  const activity = JSON.stringify(spoil(ACTIVITY, random)) ?? ''
  const form = [
    '--b\r\nContent-Disposition: form-data; name="file"; filename="',
    `${name}"\r\nContent-Type: ${random.pick(['image/png', 'text/html', '../x', ''])}\r\n\r\nbytes\r\n`,
    `--b\r\nContent-Type: application/vnd.microsoft.activity\r\n\r\n${activity}\r\n--b--\r\n`,
  ].join('')
  const type = random.pick([
    'multipart/form-data; boundary=b',
    'multipart/form-data; boundary="b"',
    'multipart/form-data',
    'image/png',
    'multipart/x; boundary=',
  ])
  const bytes = Buffer.from(form)
  return { type, bytes: random.chance(0.6) ? breakBytes(bytes, random) : bytes, sent: undefined }
}
