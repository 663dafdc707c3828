import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import fastifyStatic from '@fastify/static'
import type { FastifyInstance } from 'fastify'
import { ZhikeError } from '../platform/errors.ts'

/** The built pages, the script that other sites embed, and the hashed files that browsers may keep for a year. */

/** Who may frame them is decided by the content policy (app.ts): sites in ZHIKE_WEB_CHAT_ORIGINS. */
const PAGES: Readonly<Record<string, string>> = {
  '/chat': 'chat/index.html',
  '/widget/frame': 'frame/index.html',
}
const DEMO_SHOP = 'demo-shop/index.html'
/** Sites embed the script by one name for ever, so a new one must reach them soon; with its etag a look costs almost nothing. */
const WIDGET_SECONDS = 300

/**
 * @param folder of the built chat page; the other pages, `assets` and widget.js lie beside it.
 * @param demo whether the shop of the demo company is shown.
 */
export async function registerPages(app: FastifyInstance, folder: string, demo = true): Promise<void> {
  const root = dirname(folder)
  const options = { schema: { hide: true }, config: { permission: 'public' as const } }
  if (existsSync(root)) await app.register(fastifyStatic, { root, serve: false, cacheControl: false, preCompressed: true })
  const expectBuilt = (file: string) => {
    if (!existsSync(join(root, file))) throw new ZhikeError('missing', 'page.not-built', 'This page is not built yet; run: npm run build')
  }
  app.get('/', options, (_request, reply) => reply.redirect('/chat'))
  for (const [path, file] of Object.entries(demo ? { ...PAGES, '/demo-shop': DEMO_SHOP } : PAGES))
    app.get(path, options, (_request, reply) => {
      expectBuilt(file)
      return reply.header('cache-control', 'no-cache').sendFile(file)
    })
  app.get('/widget.js', options, (_request, reply) => {
    expectBuilt('widget.js')
    return reply
      .header('cache-control', `public, max-age=${WIDGET_SECONDS}`)
      .header('cross-origin-resource-policy', 'cross-origin')
      .sendFile('widget.js')
  })
  app.get('/assets/*', options, (request, reply) => {
    const name = (request.params as Record<string, string>)['*'] ?? ''
    if (!/^[\w.-]+$/.test(name) || !existsSync(join(root, 'assets', name)))
      throw new ZhikeError('missing', 'request.unknown-route', 'There is no such file; see /docs.')
    return reply.header('cache-control', 'public, max-age=31536000, immutable').sendFile(join('assets', name))
  })
}
