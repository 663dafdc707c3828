import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { mayDo, PERMISSIONS, ROLES, type Role, type StaffPermission } from '../../staff/index.ts'
import { directLineRoutes } from '../../wire/direct-line.ts'
import type { Route } from '../../wire/route.ts'
import { eventually } from '../support/chat.ts'
import { startHouse, type TestHouse } from '../support/house.ts'

/** Who may call what, by the table of the running house. */

let house: TestHouse
const tokens = {} as Record<Role, string>
let table: readonly Route[]

beforeAll(async () => {
  house = await startHouse()
  for (const role of ROLES) tokens[role] = (await house.call('POST', '/api/tokens', { name: role, role })).body.token
  table = [...house.app.routes, ...Object.values(directLineRoutes)]
})
afterAll(() => house.stop())

const guarded = () => house.app.routes.filter(({ permission }) => permission !== 'public' && permission !== 'channel')
const pathOf = (route: Route) => route.path.replace(/:\w+/g, 'none')

async function ask(route: Route, authorization: string | null) {
  const response = await fetch(house.url + pathOf(route), {
    method: route.method,
    headers: authorization === null ? {} : { authorization },
  })
  const body = await response.text()
  return { status: response.status, code: body.startsWith('{') ? JSON.parse(body).error?.code : undefined, headers: response.headers }
}

describe('the table', () => {
  test('gives every route a permission that the house knows', () => {
    const known = ['public', 'channel', ...PERMISSIONS]
    expect(table.filter(({ permission }) => !known.includes(permission))).toEqual([])
    expect(guarded().length).toBeGreaterThanOrEqual(20)
    expect(new Set(table.map(({ method, path }) => `${method} ${path}`)).size).toBe(table.length)
  })

  test('holds everything that is served, but for pages and documentation, which are named here', () => {
    const open = ['/', '/chat', '/demo-shop', '/widget.js', '/widget/frame', '/docs', '/docs/', '/docs/json', '/docs/yaml', '/openapi.json']
    const pages = ['/docs/static/index.html', '/docs/static/swagger-initializer.js']
    const named = new Set(table.map(({ method, path }) => `${method} ${path}`))
    const unnamed = served().filter(({ method, path }) => !named.has(`${method} ${path}`) && !open.includes(path) && !pages.includes(path))
    expect(unnamed).toEqual([])
    expect(served().length).toBeGreaterThan(table.length)
  })

  test('lets nobody but a channel or anybody at all in without a permission', () => {
    const free = house.app.routes.filter(({ permission }) => permission === 'public').map(({ path }) => path)
    expect(free).toEqual(['/healthz', '/readyz', '/metrics'])
    expect(Object.values(directLineRoutes).every(({ permission }) => permission === 'channel')).toBe(true)
  })
})

/** Method and path of all that the router knows; HEAD goes with GET. */
function served(): { method: string; path: string }[] {
  const found: { method: string; path: string }[] = []
  // The router prints wildcards (files, preflights) without the path before them, so those are left out.
  const above: string[] = []
  for (const line of house.app.fastify.printRoutes({ commonPrefix: false }).split('\n')) {
    const entry = /^([│ ]*)[├└]── (.*?)(?: \(([A-Z, ]+)\))?$/.exec(line)
    if (!entry) continue
    const [, indent = '', part = '', methods = ''] = entry
    const depth = indent.length / 4
    above.length = depth
    above.push(part)
    const path = above.join('').replaceAll('//', '/')
    for (const method of methods.split(', ')) if (method !== '' && method !== 'HEAD' && !path.endsWith('*')) found.push({ method, path })
  }
  return found
}

describe('a route that is not for everybody', () => {
  test('asks for a token', async () => {
    for (const route of guarded())
      for (const authorization of [null, '', 'Bearer', 'Basic eDp5', 'Bearer '])
        expect([route.path, authorization, await ask(route, authorization)]).toMatchObject([
          route.path,
          authorization,
          { status: 401, code: 'auth.missing-token' },
        ])
  })

  test('refuses a token that it does not know', async () => {
    for (const route of guarded())
      for (const token of [`zk_${'A'.repeat(43)}`, tokens.admin.slice(0, -1), `${tokens.admin}A`, house.webChatSecret])
        expect([route.path, await ask(route, `Bearer ${token}`)]).toMatchObject([route.path, { status: 401, code: 'auth.unknown-token' }])
  })

  test('is open to the roles that hold its permission and to no other', async () => {
    let refused = 0
    for (const route of guarded())
      for (const role of ROLES) {
        const { status, code } = await ask(route, `Bearer ${tokens[role]}`)
        const may = mayDo(role, route.permission as StaffPermission)
        if (!may) refused++
        if (may) expect([route.path, role, [401, 403].includes(status)]).toEqual([route.path, role, false])
        else expect([route.path, role, status, code]).toEqual([route.path, role, 403, 'auth.not-allowed'])
      }
    expect(refused).toBeGreaterThan(8)
  })

  test('is closed to a token within 5 s of its revocation', async () => {
    const { body } = await house.call('POST', '/api/tokens', { name: 'soon gone', role: 'admin' })
    const [first] = guarded()
    if (!first) throw new Error('no guarded route')
    expect((await ask(first, `Bearer ${body.token}`)).status).toBe(200)
    expect((await house.call('DELETE', `/api/tokens/${body.id}`)).status).toBe(204)
    await eventually(async () => (await ask(first, `Bearer ${body.token}`)).status === 401, 5_000)
    for (const route of guarded())
      expect([route.path, await ask(route, `Bearer ${body.token}`)]).toMatchObject([
        route.path,
        { status: 401, code: 'auth.unknown-token' },
      ])
  })

  test('does not tell a stranger whether a thing exists', async () => {
    await house.call('POST', '/api/articles/import', '{"id":"here","question":"怎么退货","answer":"请点退货。"}', {
      'content-type': 'application/x-ndjson',
    })
    const answers = await Promise.all(
      ['here', 'none'].map((id) => fetch(`${house.url}/api/articles/${id}`).then(async (said) => [said.status, await said.text()])),
    )
    expect(answers[0]).toEqual(answers[1])
  })
})

describe('/openapi.json', () => {
  /** contract.md, as far as it is built; parameters as the contract writes them. */
  const CONTRACT = [
    'get /healthz',
    'get /readyz',
    'post /api/articles/import',
    'get /api/imports/{importId}',
    'delete /api/imports/{importId}',
    'get /api/articles/{id}',
    'patch /api/articles/{id}',
    'delete /api/articles/{id}',
    'get /api/articles',
    'get /api/articles/export',
    'post /api/knowledge/ask',
    'get /api/conversations',
    'get /api/conversations/{id}',
    'post /api/conversations/{id}/close',
    'post /api/conversations/{id}/return-to-bot',
    'post /v3/directline/tokens/generate',
    'post /v3/directline/tokens/refresh',
    'post /v3/directline/conversations',
    'get /v3/directline/conversations/{conversationId}',
    'get /v3/directline/conversations/{conversationId}/activities',
    'post /v3/directline/conversations/{conversationId}/activities',
    'post /v3/directline/conversations/{conversationId}/upload',
    'get /v3/directline/conversations/{conversationId}/stream',
  ]

  test('describes every route of the table and every path of the contract that is built', async () => {
    const { body } = await house.call('GET', '/openapi.json')
    expect(body.openapi).toBe('3.1.0')
    const described = Object.entries(body.paths as Record<string, object>).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method} ${path}`),
    )
    const wanted = table.map(({ method, path }) => `${method.toLowerCase()} ${path.replace(/:(\w+)/g, '{$1}')}`)
    expect(wanted.filter((entry) => !described.includes(entry))).toEqual([])
    expect(CONTRACT.filter((entry) => !described.includes(entry))).toEqual([])
  })

  test('says of each route whether it wants a token', async () => {
    const { paths } = (await house.call('GET', '/openapi.json')).body
    for (const { method, path, permission } of house.app.routes) {
      const entry = paths[path.replace(/:(\w+)/g, '{$1}')][method.toLowerCase()]
      expect([path, entry.security !== undefined]).toEqual([path, permission !== 'public' && permission !== 'channel'])
      expect(entry.summary).not.toBe('')
    }
  })
})

describe('every answer', () => {
  const PATHS = [
    '/',
    '/chat',
    '/docs',
    '/openapi.json',
    '/healthz',
    '/readyz',
    '/metrics',
    '/api/articles',
    '/api/nothing',
    '/assets/none.js',
    '/v3/directline/nothing',
  ]

  test('carries the headers that keep a browser from being fooled', async () => {
    for (const path of PATHS) {
      const { headers } = await fetch(house.url + path, { redirect: 'manual' })
      const policy = headers.get('content-security-policy') ?? ''
      expect([path, policy]).toEqual([path, expect.stringMatching(/default-src 'none'|default-src 'self'/)])
      expect([path, policy]).not.toEqual([path, expect.stringMatching(/unsafe-eval|\*(?![.\w])/)])
      expect([path, headers.get('x-content-type-options')]).toEqual([path, 'nosniff'])
      expect([path, headers.get('referrer-policy')]).toEqual([path, 'no-referrer'])
      expect([path, headers.get('x-powered-by')]).toEqual([path, null])
      expect([path, headers.get('cross-origin-resource-policy')]).toEqual([path, 'same-site'])
    }
  })

  test('that is a page or data of ours lets it load from us alone, and run nothing inline', async () => {
    for (const path of PATHS.filter((path) => path !== '/docs')) {
      const policy = (await fetch(house.url + path, { redirect: 'manual' })).headers.get('content-security-policy') ?? ''
      expect(policy).toContain("default-src 'none'")
      expect(policy).toContain("script-src 'self'")
      expect(policy).toContain("base-uri 'none'")
      expect(policy).toContain("frame-ancestors 'self'")
      expect([path, policy]).not.toEqual([path, expect.stringMatching(/unsafe-inline|unsafe-eval/)])
    }
  })

  test('of the API stays out of caches and bears a trace id of its own', async () => {
    const [one, two] = await Promise.all([house.call('GET', '/api/articles'), house.call('GET', '/api/articles')])
    expect(one.headers.get('cache-control')).toBe('no-store')
    expect(one.headers.get('x-trace-id')).toMatch(/^[\w-]{36}$/)
    expect(one.headers.get('x-trace-id')).not.toBe(two.headers.get('x-trace-id'))
  })

  test('gives other sites no leave to read it', async () => {
    for (const path of ['/api/articles', '/openapi.json', '/healthz']) {
      const { headers } = await fetch(house.url + path, { headers: { origin: 'https://evil.example' } })
      expect([path, headers.get('access-control-allow-origin')]).toEqual([path, null])
    }
  })
})

test('the house says how it is: healthz, readyz, metrics', async () => {
  expect((await fetch(`${house.url}/healthz`)).status).toBe(200)
  const ready = await fetch(`${house.url}/readyz`)
  expect([ready.status, await ready.json()]).toEqual([200, { waitingFor: [] }])
  const metrics = await fetch(`${house.url}/metrics`)
  expect(metrics.headers.get('content-type')).toContain('text/plain')
  const text = await metrics.text()
  for (const name of [
    'zhike_http_request_seconds_bucket',
    'zhike_http_throttled_total',
    'zhike_turn_seconds',
    'zhike_oldest_work_seconds',
    'zhike_process_cpu_seconds_total',
  ])
    expect(text).toContain(name)
  // Of the route, never of the path: ids must not become names of figures.
  expect(text).toContain('route="/api/articles/:id"')
})

test.each([
  ['GET', '/api/nothing'],
  ['POST', '/healthz'],
  ['DELETE', '/api/articles'],
  ['GET', '/docs/../api/nothing'],
  ['GET', '/api/articles/here/more'],
  ['OPTIONS', '/api/articles'],
])('%s %s: what does not exist is a 404 in the form of all errors', async (method, path) => {
  const { status, body } = await house.call(method, path)
  expect(status).toBe(404)
  expect(body).toEqual({ error: { code: 'request.unknown-route', message: expect.stringContaining('see /docs') } })
})

test.each(['/api/articles/%zz', `/api/articles/${'a'.repeat(2_100)}`, '/docs/%ff'])(
  'an address that cannot be read is a 400 in the form of all errors',
  async (path) => {
    const { status, body, headers } = await house.call('GET', path)
    expect([status, body]).toEqual([400, { error: { code: 'request.malformed', message: expect.any(String) } }])
    expect(headers.get('x-trace-id')).not.toBeNull()
  },
)
