import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import Fastify, { type FastifyInstance } from 'fastify'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { registerPages } from '../../../server/pages.ts'

/** How the built pages are served: who may keep them, for how long, and from where. */

let folder: string
let app: FastifyInstance

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'zhike-pages-'))
  const put = (name: string, text: string) => {
    mkdirSync(join(folder, name, '..'), { recursive: true })
    writeFileSync(join(folder, name), text)
    writeFileSync(join(folder, `${name}.gz`), gzipSync(text))
  }
  put('chat/index.html', '<p>chat</p>')
  put('frame/index.html', '<p>frame</p>')
  put('widget.js', 'widget()')
  put('assets/page-0123.js', 'page()')
  writeFileSync(join(folder, 'secret.txt'), 'secret')
  app = Fastify()
  await registerPages(app, join(folder, 'chat'))
})
afterAll(async () => {
  await app.close()
  rmSync(folder, { recursive: true, force: true })
})

const get = (url: string, headers: Record<string, string> = {}) => app.inject({ method: 'GET', url, headers })

test('widget.js is for pages everywhere, is looked for again soon, and costs nothing when it is the same', async () => {
  const first = await get('/widget.js')
  expect(first.body).toBe('widget()')
  expect(first.headers).toMatchObject({
    'cache-control': 'public, max-age=300',
    'cross-origin-resource-policy': 'cross-origin',
    'content-type': expect.stringContaining('javascript'),
    etag: expect.any(String),
  })
  expect((await get('/widget.js', { 'if-none-match': String(first.headers.etag) })).statusCode).toBe(304)
})

test('files go out packed to who can unpack them', async () => {
  const packed = await get('/widget.js', { 'accept-encoding': 'gzip' })
  expect(packed.headers).toMatchObject({ 'content-encoding': 'gzip', vary: expect.stringContaining('accept-encoding') })
  expect(gunzipSync(packed.rawPayload).toString()).toBe('widget()')
})

test('pages are never kept, hashed files for a year', async () => {
  expect((await get('/chat')).body).toBe('<p>chat</p>')
  expect((await get('/widget/frame')).headers['cache-control']).toBe('no-cache')
  expect((await get('/assets/page-0123.js')).headers['cache-control']).toBe('public, max-age=31536000, immutable')
  expect((await get('/')).headers.location).toBe('/chat')
})

test('a page that was not built, and a path out of the folder, are missing', async () => {
  for (const path of ['/demo-shop', '/assets/..%2fsecret.txt', '/assets/none.js', '/secret.txt'])
    expect((await get(path)).statusCode).toBeGreaterThanOrEqual(400)
})
