import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readUpload } from '../../../adapters/web-chat/upload.ts'
import { ZhikeError } from '../../../platform/errors.ts'
import { SITE, startDirectLine } from '../../support/direct-line.ts'

let service: Awaited<ReturnType<typeof startDirectLine>>
beforeAll(async () => {
  service = await startDirectLine()
})
afterAll(() => service.stop())

const PNG = new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 1, 2, 13, 10, 45, 45])
const upload = (id: string, bearer: string, body: unknown, headers: Record<string, string> = {}, query = '?userId=c-1') =>
  service.call('POST', `/conversations/${id}/upload${query}`, { bearer, body, headers })

async function form(entries: readonly [string, Blob, string][]): Promise<{ body: Uint8Array; headers: Record<string, string> }> {
  const data = new FormData()
  for (const [name, blob, file] of entries) data.append(name, blob, file)
  const request = new Request('http://x', { method: 'POST', body: data })
  return { body: new Uint8Array(await request.arrayBuffer()), headers: { 'content-type': request.headers.get('content-type') ?? '' } }
}
const activityPart = (activity: unknown) =>
  ['activity', new Blob([JSON.stringify(activity)], { type: 'application/vnd.microsoft.activity' }), 'blob'] as [string, Blob, string]
const echoOf = async (id: string, bearer: string) =>
  (await service.call('GET', `/conversations/${id}/activities`, { bearer })).body.activities.at(-1)

test('a single file becomes an attachment whose link works without a header', async () => {
  const { id, token } = await service.open('c-1')
  const posted = await upload(id, token, PNG, {
    'content-type': 'image/png',
    'content-disposition': 'name="file"; filename*=UTF-8\'\'%E5%9B%BE%201.png',
  })
  expect(posted.status).toBe(200)
  const echo = await echoOf(id, token)
  expect(echo).toMatchObject({ id: posted.body.id, type: 'message', from: { id: 'c-1' }, attachments: [{ contentType: 'image/png' }] })
  const file = await fetch(echo.attachments[0].contentUrl)
  expect(new Uint8Array(await file.arrayBuffer())).toEqual(PNG)
  expect(Object.fromEntries(file.headers)).toMatchObject({
    'content-type': 'image/png',
    'x-content-type-options': 'nosniff',
    'content-security-policy': "default-src 'none'; sandbox",
    'content-disposition': expect.stringMatching(/^inline/),
    'cross-origin-resource-policy': 'cross-origin',
  })
})

test('files and their activity come together, as the real client sends them', async () => {
  const { id, token } = await service.open('c-1')
  const sent = await form([
    ['file', new Blob([PNG], { type: 'image/png' }), 'a"b.png'],
    ['file', new Blob(['<svg onload="alert(1)"/>'], { type: 'image/svg+xml' }), '../../etc/x.svg'],
    activityPart({
      type: 'message',
      from: { id: 'forged' },
      text: '看图',
      channelData: { clientActivityID: 'u1' },
      attachments: [
        { contentType: 'image/png', name: 'a"b.png', thumbnailUrl: 'data:,' },
        { contentType: 'image/svg+xml', name: '../../etc/x.svg' },
      ],
    }),
  ])
  const [first, second] = [await upload(id, token, sent.body, sent.headers), await upload(id, token, sent.body, sent.headers)]
  expect([first.status, second.body.id]).toEqual([200, first.body.id])
  const echo = await echoOf(id, token)
  expect(echo).toMatchObject({ text: '看图', from: { id: 'c-1' }, channelData: { clientActivityID: 'u1' } })
  expect(echo.attachments).toHaveLength(2)
  expect(echo.attachments[0]).toMatchObject({ name: 'a"b.png', thumbnailUrl: 'data:,' })
  const svg = await fetch(echo.attachments[1].contentUrl)
  expect(svg.headers.get('content-type')).toBe('application/octet-stream')
  expect(svg.headers.get('content-disposition')).toMatch(/^attachment; filename\*=UTF-8''/)
})

test('a link is for its file, its conversation, its owner and half an hour', async () => {
  const { id, token } = await service.open('c-1')
  await upload(id, token, PNG, { 'content-type': 'image/png' })
  const url = (await echoOf(id, token)).attachments[0].contentUrl as string
  const other = await service.open('c-2')
  await upload(other.id, other.token, PNG, { 'content-type': 'image/png' })
  const otherUrl = (await echoOf(other.id, other.token)).attachments[0].contentUrl as string
  const [place = '', ticket = ''] = url.split('?t=')
  const [otherPlace = ''] = otherUrl.split('?t=')
  const get = async (address: string, bearer?: string) => (await service.call('GET', address, bearer ? { bearer } : {})).status
  expect(await get(`${otherPlace}?t=${ticket}`)).toBe(403)
  expect(await get(`${place.replace(/[^/]+$/, 'f999')}?t=${ticket}`)).toBe(403)
  expect(await get(place)).toBe(401)
  expect(await get(`${place}?t=${token}`)).toBe(401)
  expect(await get(place, other.token)).toBe(403)
  expect(await get(place, token)).toBe(200)
  expect(await get(place.replace(/[^/]+$/, 'f999'), token)).toBe(404)
  const before = service.clock.now
  service.clock.now = new Date(before.getTime() + 1_801_000)
  expect(await get(url)).toBe(403)
  service.clock.now = before
})

test('a client cannot have a file of another conversation signed', async () => {
  const victim = await service.open('c-2')
  await upload(victim.id, victim.token, PNG, { 'content-type': 'image/png' })
  const url = new URL((await echoOf(victim.id, victim.token)).attachments[0].contentUrl)
  const { id, token } = await service.open('c-1')
  const base = `/v3/directline/conversations/${id}/attachments/`
  const urls = [url.pathname, `${base}../../${victim.id}/attachments/f1`, `${base}f1?x=`, `${base}f1#`]
  await service.call('POST', `/conversations/${id}/activities`, {
    bearer: token,
    body: { type: 'message', from: { id: 'c-1' }, attachments: urls.map((contentUrl) => ({ contentType: 'image/png', contentUrl })) },
  })
  expect((await echoOf(id, token)).attachments.map((attachment: { contentUrl: string }) => attachment.contentUrl)).toEqual(urls)
})

test('what is missing, too much or broken is refused with the reason', async () => {
  const { id, token } = await service.open('c-1')
  const before = service.mailbox.taken.length
  const file = (n: number): [string, Blob, string] => ['file', new Blob(['x']), `${n}.txt`]
  const six = await form([0, 1, 2, 3, 4, 5].map(file))
  const none = await form([activityPart({ type: 'message', from: { id: 'c-1' } })])
  const badActivity = await form([file(1), ['activity', new Blob(['{'], { type: 'application/vnd.microsoft.activity' }), 'blob']])
  const multipart = { 'content-type': 'multipart/form-data; boundary=b' }
  for (const [body, headers, query, status, code] of [
    [PNG, { 'content-type': 'image/png' }, '', 400, 'MissingProperty'],
    [new Uint8Array(), { 'content-type': 'image/png' }, '?userId=c-1', 400, 'BadArgument'],
    [new Uint8Array(4 * 1024 * 1024 + 1), { 'content-type': 'image/png' }, '?userId=c-1', 413, 'MessageSizeTooBig'],
    [new Uint8Array(23 * 1024 * 1024), { 'content-type': 'image/png' }, '?userId=c-1', 413, 'MessageSizeTooBig'],
    [six.body, six.headers, '?userId=c-1', 413, 'MessageSizeTooBig'],
    [none.body, none.headers, '?userId=c-1', 400, 'BadArgument'],
    [badActivity.body, badActivity.headers, '?userId=c-1', 400, 'BadArgument'],
    ['x', { 'content-type': 'multipart/form-data' }, '?userId=c-1', 400, 'BadArgument'],
    ['--b\r\n', multipart, '?userId=c-1', 400, 'BadArgument'],
    ['--b\r\nContent-Type: text/plain\r\n\r\nx', multipart, '?userId=c-1', 400, 'BadArgument'],
    ['--b--', multipart, '?userId=c-1', 400, 'BadArgument'],
  ] as [unknown, Record<string, string>, string, number, string][]) {
    const answer = await upload(id, token, body, headers, query)
    expect([answer.status, answer.body.error?.code], `${headers['content-type']} ${query}`).toEqual([status, code])
  }
  expect(service.mailbox.taken).toHaveLength(before)
})

test('five files of four megabytes pass', async () => {
  const { id, token } = await service.open('c-1')
  const sent = await form([1, 2, 3, 4, 5].map((n) => ['file', new Blob([new Uint8Array(4 * 1024 * 1024).fill(n)]), `${n}.bin`]))
  expect((await upload(id, token, sent.body, sent.headers)).status).toBe(200)
  expect((await echoOf(id, token)).attachments).toHaveLength(5)
})

test('every multipart body that a browser makes is taken apart as it was put together', async () => {
  const bytes = fc.uint8Array({ minLength: 1, maxLength: 200 })
  await fc.assert(
    fc.asyncProperty(fc.array(bytes, { minLength: 1, maxLength: 5 }), async (files) => {
      const { body, headers } = await form(
        files.map((content, n) => ['file', new Blob([Uint8Array.from(content)], { type: 'application/x-y' }), `文 ${n}.bin`]),
      )
      const read = await readUpload(headers, body)
      expect(read.files.map((file) => [...(file.content as Uint8Array)])).toEqual(files.map((content) => [...content]))
      expect(read.files.map((file) => [file.name, file.contentType])).toEqual(files.map((_, n) => [`文 ${n}.bin`, 'application/x-y']))
    }),
    { numRuns: 100 },
  )
})

test('no bytes make it fail in any other way than by saying so', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(
        fc.uint8Array({ maxLength: 300 }),
        fc
          .array(fc.constantFrom('--b', '--', '\r\n', '\r\n\r\n', 'content-disposition: form-data; name="activity"', 'x', ':'))
          .map((pieces) => Buffer.from(pieces.join(''))),
      ),
      async (body) => {
        try {
          await readUpload({ 'content-type': 'multipart/form-data; boundary=b' }, body)
          return true
        } catch (error) {
          return error instanceof ZhikeError
        }
      },
    ),
    { numRuns: 500 },
  )
})

test('a visitor of an allowed site may send a file too', async () => {
  const { id, token } = await service.open()
  const sent = await service.call('POST', `/conversations/${id}/upload?userId=x`, {
    bearer: token,
    origin: SITE,
    body: PNG,
    headers: { 'content-type': 'image/png' },
  })
  expect([sent.status, sent.headers.get('access-control-allow-origin')]).toEqual([200, SITE])
})

test('a file name in a header is read as its client wrote it', async () => {
  const name = async (disposition: string) =>
    (await readUpload({ 'content-type': 'image/png', 'content-disposition': disposition }, PNG)).files[0]?.name
  const asNodeReadsIt = (text: string) => Buffer.from(text, 'utf8').toString('latin1')
  expect(await name(asNodeReadsIt('name="file"; filename="照片 1.png"'))).toBe('照片 1.png')
  expect(await name('name="file"; filename*=UTF-8\'\'%E7%85%A7.png')).toBe('照.png')
  expect(await name('name="file"; filename=plain.png')).toBe('plain.png')
  expect(await name('name="file"; filename="caf\u00e9.png"')).toBe('café.png')
  expect(await name('name="file"; filename*=UTF-8\'\'%ZZ')).toBe('file')
  expect(await name('')).toBe('file')
})
