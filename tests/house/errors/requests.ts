import { deflateRawSync } from 'node:zlib'
import { type Chat, eventually, openChat } from '../../support/chat.ts'
import { TEST_TOKEN } from '../../support/house.ts'
import { call, callback, directLine, makeExpiredToken, type Raised, type Stage, say, signIdentity, startChat, visit } from './stage.ts'

/** For each code one real request that raises it. */

type Case = (stage: Stage) => Promise<Raised>

async function importFile(stage: Stage, body: string | Uint8Array<ArrayBuffer>, type: string): Promise<Raised> {
  const response = await fetch(`${stage.house.url}/api/articles/import?dryRun=true`, {
    method: 'POST',
    headers: { authorization: `Bearer ${TEST_TOKEN}`, 'content-type': type },
    body,
  })
  const answer = (await response.json()) as { error?: { code: string } }
  return { code: answer.error?.code ?? '', status: response.status, body: answer, headers: response.headers }
}

const multipart = (parts: string) => `${parts.replaceAll('\n', '\r\n')}--b--\r\n`
const XLSX = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'

/** A zip with one entry that unpacks to three megabytes of nothing. */
function makeHeavyZip(): Buffer<ArrayBuffer> {
  const name = Buffer.from('xl/worksheets/sheet1.xml')
  const raw = Buffer.alloc(3 * 1024 * 1024)
  const packed = deflateRawSync(raw)
  const shared = Buffer.alloc(26)
  shared.writeUInt16LE(20, 0)
  shared.writeUInt16LE(8, 4)
  shared.writeUInt32LE(packed.length, 14)
  shared.writeUInt32LE(raw.length, 18)
  shared.writeUInt16LE(name.length, 22)
  const local = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), shared, name, packed])
  const central = Buffer.concat([Buffer.from('PK\x01\x02\x14\x00', 'latin1'), shared, Buffer.alloc(14), name])
  const end = Buffer.alloc(22)
  end.write('PK\x05\x06', 'latin1')
  end.writeUInt16LE(1, 8)
  end.writeUInt16LE(1, 10)
  end.writeUInt32LE(central.length, 12)
  end.writeUInt32LE(local.length, 16)
  return Buffer.concat([local, central, end])
}

/** Runs `act` while the one connection of the embedded database is out for some turns of the loop. */
async function whileHeld<T>(stage: Stage, act: () => Promise<T>): Promise<T> {
  const acting = act()
  await stage.house.database.transaction(async () => {
    for (let turn = 0; turn < 300; turn++) await new Promise((resolve) => setImmediate(resolve))
  })
  return acting
}

async function withArticle(stage: Stage, id: string): Promise<void> {
  const row = JSON.stringify({ id, question: `关于 ${id} 的问题`, answer: '答案。' })
  await stage.house.call('POST', '/api/articles/import', row, { 'content-type': 'application/x-ndjson' })
}

async function conversationOf(stage: Stage, chat: Chat): Promise<string> {
  const { body } = await stage.house.call('GET', `/api/conversations?address=${chat.conversationId}`)
  return body.items[0].id
}

export const REQUESTS: Readonly<Record<string, Case>> = {
  'request.invalid': (stage) => call(stage, 'GET', '/api/articles?limit=0'),
  'request.malformed': (stage) => call(stage, 'POST', '/api/tokens', '{"name":'),
  'request.unknown-media-type': (stage) => call(stage, 'POST', '/api/tokens', '<name/>', { 'content-type': 'application/xml' }),
  'request.unstorable-text': (stage) => call(stage, 'POST', '/api/tokens', { name: 'half \ud800', role: 'agent' }),
  'request.bad-cursor': (stage) => call(stage, 'GET', '/api/conversations?cursor=bm9uZQ'),
  'request.too-large': (stage) => call(stage, 'POST', '/api/tokens', { name: 'x'.repeat(1_100_000), role: 'agent' }),
  'request.unknown-route': (stage) => call(stage, 'GET', '/api/nothing'),
  'auth.missing-token': (stage) => call(stage, 'GET', '/api/articles', undefined, { authorization: '' }),
  'auth.unknown-token': (stage) => call(stage, 'GET', '/api/articles', undefined, { authorization: `Bearer zk_${'0'.repeat(43)}` }),
  'auth.not-allowed': async (stage) => {
    const { body } = await stage.house.call('POST', '/api/tokens', { name: 'an agent', role: 'agent' })
    return call(stage, 'GET', '/api/tokens', undefined, { authorization: `Bearer ${body.token}` })
  },
  'tokens.unknown': (stage) => call(stage, 'DELETE', '/api/tokens/none'),
  'limits.too-many': async (stage) => {
    const { body: table } = await stage.house.call('GET', '/api/settings/limits')
    await stage.house.call('PUT', '/api/settings/limits', { ...table, 'web-chat-read': { perSecond: 0.01, burst: 1 } })
    const { conversationId, token } = await startChat(stage)
    const read = () => directLine(stage, 'GET', `/conversations/${conversationId}/activities`, { bearer: token, origin: stage.house.url })
    await read()
    const second = await read()
    await stage.house.call('PUT', '/api/settings/limits', table)
    if (Number(second.headers.get('retry-after')) < 1) throw new Error('a 429 without Retry-After')
    return second
  },
  'house.internal': async (stage) => {
    stage.fault.on = true
    const raised = await call(stage, 'POST', '/api/tokens', { name: 'x', role: 'agent' })
    stage.fault.on = false
    return raised
  },
  'page.not-built': (stage) => call(stage, 'GET', '/chat'),
  'article.not-found': (stage) => call(stage, 'GET', '/api/articles/none'),
  'article.version-conflict': async (stage) => {
    await withArticle(stage, 'conflict')
    return call(stage, 'PATCH', '/api/articles/conflict', { version: 7, answer: '另一个答案。' })
  },
  'gap.not-found': (stage) => call(stage, 'PATCH', '/api/gaps/none', { state: 'done' }),
  'knowledge.bad-cursor': (stage) => call(stage, 'GET', '/api/articles?cursor=*'),
  'import.not-found': (stage) => call(stage, 'GET', '/api/imports/none'),
  'import.unknown-format': (stage) => importFile(stage, 'x', 'application/pdf'),
  'import.bad-form': (stage) => importFile(stage, 'no parts at all', 'multipart/form-data; boundary=b'),
  'import.one-file-wanted': (stage) =>
    importFile(stage, multipart('--b\nContent-Disposition: form-data; name="note"\n\nhello\n'), 'multipart/form-data; boundary=b'),
  'import.bad-header': (stage) => importFile(stage, '问题,备注\n怎么退货,无\n', 'text/csv'),
  'import.unknown-encoding': (stage) => importFile(stage, Uint8Array.of(0x71, 0xff, 0xff, 0xff), 'text/csv'),
  'import.unreadable-file': (stage) => importFile(stage, 'PK\x03\x04 not a workbook', XLSX),
  'import.file-too-heavy': (stage) => importFile(stage, makeHeavyZip(), XLSX),
  'import.file-too-large': (stage) => importFile(stage, Buffer.alloc(20 * 1024 * 1024 + 1, ' '), 'application/x-ndjson'),
  'import.too-many-rows': (stage) => importFile(stage, '{}\n'.repeat(50_001), 'application/x-ndjson'),
  'conversations.unknown': (stage) => call(stage, 'GET', '/api/conversations/none'),
  'conversations.wrong-state': async (stage) => {
    const chat = await openChat(stage.house.url)
    await chat.ask('你好')
    return call(stage, 'POST', `/api/conversations/${await conversationOf(stage, chat)}/return-to-bot`, {})
  },
  'conversations.ended': async (stage) => {
    const { conversationId, token } = await startChat(stage)
    const post = (body: unknown) =>
      directLine(stage, 'POST', `/conversations/${conversationId}/activities`, { bearer: token, origin: stage.house.url, body })
    await post({ type: 'endOfConversation', from: { id: 'me' } })
    return post(say('还在吗'))
  },
  // Two customers who start the same conversation in the same moment: one of them owns it.
  'conversations.not-yours': (stage) =>
    eventually(async () => {
      const { token } = await visit(stage)
      const start = (bearer: string) => directLine(stage, 'POST', '/conversations', { bearer, origin: stage.house.url })
      const signed = await directLine(stage, 'POST', '/tokens/generate', {
        bearer: token,
        origin: stage.house.url,
        body: { identity: signIdentity('c-1001') },
      })
      // Both have asked who owns it before either is let in.
      const answers = await whileHeld(stage, () => Promise.all([start(token), start(signed.body.token)]))
      return answers.find((answer) => answer.code === 'conversations.not-yours')
    }),
  'conversations.unknown-address': (stage) => callback(stage, 'letterbox', 'nobody-started-this'),
  'conversations.bad-feedback': (stage) =>
    post(stage, { type: 'event', name: 'zhike/feedback', from: { id: 'me' }, value: { messageId: 'x', helpful: 'yes' } }),
  'settings.bad-hours': (stage) =>
    call(stage, 'PUT', '/api/settings/hours', {
      timeZone: 'Asia/Shanghai',
      weekly: { mon: [['18:00', '09:00']] },
      holidays: [],
      workdays: [],
    }),
  'channel.unknown': (stage) => callback(stage, 'pigeon', 'x'),
  'web-chat.credentials-missing': (stage) => directLine(stage, 'POST', '/conversations'),
  'web-chat.token-invalid': (stage) => directLine(stage, 'POST', '/conversations', { bearer: 'not.a.token' }),
  'web-chat.token-expired': async (stage) => {
    const { conversationId } = await startChat(stage)
    return directLine(stage, 'GET', `/conversations/${conversationId}/activities`, { bearer: makeExpiredToken(conversationId) })
  },
  'web-chat.identity-invalid': (stage) =>
    directLine(stage, 'POST', '/tokens/generate', { bearer: stage.house.webChatSecret, body: { identity: 'e30.e30.e30' } }),
  'web-chat.not-allowed': (stage) => directLine(stage, 'POST', '/tokens/generate', { origin: 'https://elsewhere.example.com' }),
  'web-chat.origin-refused': async (stage) => {
    const { token } = await visit(stage)
    return directLine(stage, 'POST', '/conversations', { bearer: token, origin: 'https://elsewhere.example.com' })
  },
  'web-chat.other-conversation': async (stage) => {
    const [mine, theirs] = [await startChat(stage), await startChat(stage)]
    return directLine(stage, 'GET', `/conversations/${theirs.conversationId}/activities`, { bearer: mine.token, origin: stage.house.url })
  },
  'web-chat.conversation-unknown': (stage) =>
    directLine(stage, 'GET', '/conversations/none/activities', { bearer: stage.house.webChatSecret }),
  'web-chat.file-unknown': async (stage) => {
    const { conversationId, token } = await startChat(stage)
    return directLine(stage, 'GET', `/conversations/${conversationId}/attachments/none`, { bearer: token, origin: stage.house.url })
  },
  'files.scope-full': async (stage) => {
    const { conversationId, token } = await startChat(stage)
    const limits = (await stage.house.call('GET', '/api/settings/limits')).body
    await stage.house.call('PUT', '/api/settings/limits', { ...limits, 'web-chat-post': { perSecond: 100, burst: 100 } })
    const file = 'x'.repeat(4 * 1024 * 1024)
    for (let sent = 0; ; sent++) {
      const raised = await directLine(stage, 'POST', `/conversations/${conversationId}/upload?userId=me`, {
        bearer: token,
        origin: stage.house.url,
        body: file,
        headers: { 'content-type': 'application/octet-stream' },
      })
      // 25 files of 4 MiB fit; whatever ends it is what the test looks at.
      if (raised.status === 200 && sent <= 25) continue
      await stage.house.call('PUT', '/api/settings/limits', limits)
      return raised
    }
  },
  'web-chat.property-missing': (stage) => post(stage, { type: 'message', text: '没有 from' }),
  'web-chat.bad-request': (stage) => post(stage, 'no JSON'),
  'web-chat.too-large': (stage) => post(stage, say('长'.repeat(256 * 1024 + 1))),
}

async function post(stage: Stage, body: unknown): Promise<Raised> {
  const { conversationId, token } = await startChat(stage)
  return directLine(stage, 'POST', `/conversations/${conversationId}/activities`, { bearer: token, origin: stage.house.url, body })
}
