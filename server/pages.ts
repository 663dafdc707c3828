import { existsSync } from 'node:fs'
import { join } from 'node:path'
import fastifyStatic from '@fastify/static'
import type { FastifyInstance } from 'fastify'
import { ZhikeError } from '../platform/errors.ts'

/** The built pages: /chat, and the hashed files under /assets/ that browsers may keep for a year. */
export async function registerPages(app: FastifyInstance, folder: string): Promise<void> {
  const page = join(folder, 'index.html')
  if (existsSync(folder)) await app.register(fastifyStatic, { root: folder, serve: false, cacheControl: false })
  app.get('/', { schema: { hide: true }, config: { permission: 'public' } }, (_request, reply) => reply.redirect('/chat'))
  app.get('/chat', { schema: { hide: true }, config: { permission: 'public' } }, (_request, reply) => {
    if (!existsSync(page)) throw new ZhikeError('missing', 'page.not-built', 'The chat page is not built yet; run: npm run build')
    return reply.header('cache-control', 'no-cache').sendFile('index.html')
  })
  app.get('/assets/*', { schema: { hide: true }, config: { permission: 'public' } }, (request, reply) => {
    const name = (request.params as Record<string, string>)['*'] ?? ''
    if (!/^[\w.-]+$/.test(name) || !existsSync(join(folder, 'assets', name)))
      throw new ZhikeError('missing', 'request.unknown-route', 'There is no such file; see /docs.')
    return reply.header('cache-control', 'public, max-age=31536000, immutable').sendFile(join('assets', name))
  })
}
