import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { request as httpRequest } from 'node:http'
import { type AddressInfo, connect, createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ESCAPED, type HostileUpload, makeHostileUploads } from '../../fixtures/hostile-files/requests.ts'
import { openChat } from '../../support/chat.ts'
import { startHouse, type TestHouse } from '../../support/house.ts'

/** S-08: what customers upload does no harm to the house, to other customers or to who opens it. */

const SHOWN = ['image/png', 'image/jpeg', 'image/gif', 'image/webp']
/** RSS may grow by this much (promises S-08). */
const MOST_GROWTH = 128 * 1024 * 1024

let above: string
let house: TestHouse
let outside: Server
let calls = 0
let uploads: readonly HostileUpload[]

beforeAll(async () => {
  outside = createServer((socket) => {
    calls++
    socket.destroy()
  })
  await new Promise<void>((resolve) => outside.listen(0, '127.0.0.1', resolve))
  uploads = makeHostileUploads(`http://127.0.0.1:${(outside.address() as AddressInfo).port}`)
  above = mkdtempSync(join(tmpdir(), 'zhike-safety-'))
  mkdirSync(join(above, 'data'))
  house = await startHouse({ ZHIKE_DATA_DIR: join(above, 'data') })
  const limits = (await house.call('GET', '/api/settings/limits')).body
  const wide = { perSecond: 1_000, burst: 1_000 }
  await house.call('PUT', '/api/settings/limits', { ...limits, address: wide, 'web-chat-post': wide, 'web-chat-read': wide })
})
afterAll(async () => {
  await house?.stop()
  outside?.close()
  rmSync(above, { recursive: true, force: true })
})

interface Answer {
  readonly status: number
  readonly headers: NodeJS.Dict<string | string[]>
  readonly body: Buffer
}

/** Without what `fetch` puts right: header values go out as they are. */
function send(method: string, path: string, headers: Record<string, string> = {}, body?: Uint8Array): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(house.url + path, { method, headers, agent: false }, (response) => {
      const pieces: Buffer[] = []
      response.on('data', (piece) => pieces.push(piece))
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(pieces) }))
      response.on('error', reject)
    })
    request.on('error', reject)
    request.end(body)
  })
}

interface Shown {
  readonly contentType: string
  readonly contentUrl: string
  readonly name: string
}

const openVisitor = async () => {
  const { conversationId, token } = await openChat(house.url)
  const bearer = { authorization: `Bearer ${token}`, origin: house.url }
  const path = `/v3/directline/conversations/${conversationId}`
  return {
    bearer,
    path,
    upload: ({ headers, body, query = '?userId=me' }: Pick<HostileUpload, 'headers' | 'body' | 'query'>) =>
      send('POST', `${path}/upload${query}`, { ...headers, ...bearer, 'content-length': String(body.length) }, body),
    async attachments(id: string): Promise<Shown[]> {
      const { activities } = JSON.parse((await send('GET', `${path}/activities`, bearer)).body.toString())
      return activities.find((activity: { id: string }) => activity.id === id)?.attachments ?? []
    },
  }
}
type Visitor = Awaited<ReturnType<typeof openVisitor>>

const kept = async () => (await sql<{ n: number }>`select count(*)::int as n from files`.execute(house.database.sql)).rows[0]?.n ?? -1
const pathOf = (url: string) => url.slice(house.url.length)

/** Bytes of the one file of a raw upload; of a form, what stands between the first part's headers and the next delimiter. */
function contentOf({ headers, body, content }: HostileUpload): Buffer {
  if (content !== undefined) return Buffer.from(content)
  const bytes = Buffer.from(body)
  if (!headers['content-type']?.startsWith('multipart/form-data')) return bytes
  const start = bytes.indexOf('\r\n\r\n') + 4
  return bytes.subarray(start, bytes.indexOf('\r\n------', start))
}

/** Fails unless the link gives the same bytes in a form that nobody can be hurt by. */
async function expectHarmless(upload: HostileUpload, { contentType, contentUrl, name }: Shown, owner: Visitor, stranger: Visitor) {
  const { title } = upload
  expect([title, contentUrl]).toEqual([
    title,
    expect.stringMatching(new RegExp(`^${house.url}${owner.path}/attachments/[0-9a-f]{32}\\?t=`)),
  ])
  expect([title, name]).toEqual([title, expect.not.stringMatching(/[\p{Cc}\p{Cf}\\/"<>]|^\.|^$/u)])
  if (upload.unseen) expect([title, name]).toEqual([title, expect.not.stringMatching(upload.unseen)])
  const file = await send('GET', pathOf(contentUrl))
  expect([title, file.status, file.body.equals(contentOf(upload))]).toEqual([title, 200, true])
  const shown = SHOWN.includes(contentType)
  expect([title, file.headers]).toEqual([
    title,
    expect.objectContaining({
      'content-type': shown ? contentType : 'application/octet-stream',
      'content-disposition': expect.stringMatching(
        shown ? /^inline; filename\*=UTF-8''[\w.~%!#$&+^`|-]+$/ : /^attachment; filename\*=UTF-8''[\w.~%!#$&+^`|-]+$/,
      ),
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'; sandbox",
      'cross-origin-resource-policy': 'cross-origin',
      'cache-control': 'private, max-age=600',
    }),
  ])
  expect([title, file.headers['set-cookie'], file.headers['x-injected']]).toEqual([title, undefined, undefined])

  const [bare = '', ticket] = pathOf(contentUrl).split('?')
  const id = bare.split('/').at(-1)
  for (const [who, path, headers, status] of [
    ['nobody', bare, {}, 401],
    ['a stranger', bare, stranger.bearer, 403],
    ['a stranger by her own address', `${stranger.path}/attachments/${id}`, stranger.bearer, 404],
    ['a stranger by her own address and this link', `${stranger.path}/attachments/${id}?${ticket}`, {}, 403],
  ] as const)
    expect([title, who, (await send('GET', path, headers)).status]).toEqual([title, who, status])
}

test('hostile uploads are refused with a reason, or kept and served so that they harm nobody', { timeout: 300_000 }, async () => {
  expect(uploads.length).toBeGreaterThanOrEqual(60)
  const stranger = await openVisitor()
  // The largest fair upload first: what it takes once is no growth.
  for (let n = 0; n < 3; n++)
    await (await openVisitor()).upload({ headers: { 'content-type': 'image/png' }, body: Buffer.alloc(22 * 1024 * 1024) })
  const before = process.memoryUsage().rss
  let peak = before
  const figures = { uploads: uploads.length, refused: 0, files: 0, shown: 0 }
  for (const upload of uploads) {
    const owner = await openVisitor()
    const files = await kept()
    const answer = await owner.upload(upload)
    peak = Math.max(peak, process.memoryUsage().rss)
    if (answer.status !== 200) {
      expect([upload.title, upload.refused ?? []]).toEqual([upload.title, expect.arrayContaining([answer.status])])
      expect(JSON.parse(answer.body.toString())).toEqual({
        error: { code: expect.any(String), message: expect.stringMatching(/^[A-Z].{10,}\.$/) },
      })
      expect([upload.title, await kept()]).toEqual([upload.title, files])
      figures.refused++
      continue
    }
    const attachments = await owner.attachments(JSON.parse(answer.body.toString()).id)
    expect([upload.title, attachments.map(({ contentType }) => contentType)]).toEqual([upload.title, upload.stored])
    for (const attachment of attachments) await expectHarmless(upload, attachment, owner, stranger)
    figures.files += attachments.length
    figures.shown += attachments.filter(({ contentType }) => SHOWN.includes(contentType)).length
  }
  console.log('S-08', JSON.stringify({ ...figures, grownMiB: Math.round((peak - before) / 1024 / 1024), callsOut: calls }))
  expect(calls).toBe(0)
  expect(peak - before).toBeLessThan(MOST_GROWTH)
})

test('nothing that was uploaded lies anywhere but in the folder of files, under a name of ours', async () => {
  const owner = await openVisitor()
  for (const name of [`../../${ESCAPED}`, `/tmp/${ESCAPED}`])
    await owner.upload({
      headers: { 'content-type': 'text/plain', 'content-disposition': `attachment; filename="${name}"` },
      body: Buffer.from(ESCAPED),
    })
  expect(readdirSync(above)).toEqual(['data'])
  expect(readdirSync(join(above, 'data')).filter((name) => name !== 'files')).toEqual([])
  const names = readdirSync(join(above, 'data', 'files'))
  expect(names.filter((name) => !/^[0-9a-f]{32}$/.test(name))).toEqual([])
  expect(names).toHaveLength(await kept())
  for (const place of ['.', '..', tmpdir(), '/']) expect(readdirSync(place).filter((name) => name.includes(ESCAPED))).toEqual([])
  expect(names.some((name) => readFileSync(join(above, 'data', 'files', name), 'utf8') === ESCAPED)).toBe(true)
})

test('an upload that is cut off, or framed in two ways, leaves nothing behind and breaks nothing', async () => {
  const owner = await openVisitor()
  const files = await kept()
  const head = (more: string) =>
    `POST ${owner.path}/upload?userId=me HTTP/1.1\r\nHost: x\r\nAuthorization: ${owner.bearer.authorization}\r\nOrigin: ${owner.bearer.origin}\r\nContent-Type: image/png\r\n${more}\r\n`
  const talk = (text: string, hangUp: boolean) =>
    new Promise<string>((resolve) => {
      const socket = connect((house.app.fastify.server.address() as AddressInfo).port, '127.0.0.1')
      let heard = ''
      socket.on('data', (data) => {
        heard += data
        if (/\r\n\r\n/.test(heard)) socket.end()
      })
      socket.on('error', () => undefined)
      socket.on('close', () => resolve(heard.split('\r\n')[0] ?? ''))
      socket.write(text, () => hangUp && socket.destroy())
    })
  expect(await talk(`${head('Content-Length: 1000\r\n')}half`, true)).toBe('')
  expect(await talk(`${head('Transfer-Encoding: chunked\r\n')}5\r\nhel`, true)).toBe('')
  for (const framing of [
    'Transfer-Encoding: chunked\r\nContent-Length: 4\r\n',
    'Content-Length: 4\r\nContent-Length: 5\r\n',
    'Content-Length: -1\r\n',
    'Transfer-Encoding: xchunked\r\n',
    `X-Long: ${'a'.repeat(20_000)}\r\n`,
  ])
    expect([framing.slice(0, 60), await talk(`${head(framing)}half`, false)]).toEqual([
      framing.slice(0, 60),
      expect.stringMatching(/^HTTP\/1\.1 4\d\d /),
    ])
  expect(await talk(`${head('Transfer-Encoding: chunked\r\n')}zz\r\nhello\r\n`, false)).toMatch(/^HTTP\/1\.1 4\d\d /)
  expect(await kept()).toBe(files)
  expect((await send('GET', '/healthz')).status).toBe(200)
})

test('uploads at the same moment do not all find room in a conversation that is nearly full', { timeout: 120_000 }, async () => {
  const owner = await openVisitor()
  const body = Buffer.alloc(4 * 1024 * 1024, 'x')
  const headers = { 'content-type': 'text/plain' }
  for (let n = 0; n < 22; n++) expect((await owner.upload({ headers, body })).status).toBe(200)
  const answers = await Promise.all(Array.from({ length: 8 }, () => owner.upload({ headers, body })))
  expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 200, 200, 422, 422, 422, 422, 422])
  const refused = answers.find(({ status }) => status === 422)
  expect(refused?.headers['x-error-code']).toBe('files.scope-full')
  expect(refused?.body.toString()).toContain('100 MiB')
  // Another conversation has room of its own, and what is full still talks.
  expect((await (await openVisitor()).upload({ headers, body })).status).toBe(200)
  const said = await send(
    'POST',
    `${owner.path}/activities`,
    { ...owner.bearer, 'content-type': 'application/json' },
    Buffer.from('{"type":"message","from":{"id":"me"},"text":"您好"}'),
  )
  expect(said.status).toBe(200)
  const onDisk = readdirSync(join(above, 'data', 'files')).length
  expect(onDisk).toBe(await kept())
})
