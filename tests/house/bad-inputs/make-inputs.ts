import { gzipSync } from 'node:zlib'
import type { Route } from '../../../wire/route.ts'
import { BAD_TEXTS, BAD_VALUES, type Random } from './bad-values.ts'

/** One request. */
export interface Input {
  readonly route: string
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer | null
  /** What the JSON body says, when it is one; for comparing it with what was stored. */
  readonly sent: unknown
}

/** The JSON Schema below a TypeBox schema, as far as our routes use it. */
interface Shape {
  readonly type?: string
  readonly const?: unknown
  readonly anyOf?: readonly Shape[]
  readonly items?: Shape
  readonly properties?: Readonly<Record<string, Shape>>
  readonly minimum?: number
  readonly minLength?: number
}

/** What stands for a thing that exists, by the name of the parameter or field. */
export interface Known {
  readonly ids: Readonly<Record<string, readonly string[]>>
  /** A good Authorization for the route. */
  bearer(route: Route, random: Random): string | null
  /** An allowed site. */
  readonly origin: string
}

function sample(shape: Shape, random: Random): unknown {
  if (shape.const !== undefined) return shape.const
  if (shape.anyOf) return sample(random.pick(shape.anyOf), random)
  switch (shape.type) {
    case 'string':
      return random.pick(['退货', 'a plain text', '2026-03-01', 'x'])
    case 'integer':
      return Math.max(1, shape.minimum ?? 1)
    case 'number':
      return 1_000
    case 'boolean':
      return random.chance(0.5)
    case 'array':
      return shape.items ? [sample(shape.items, random)] : []
    case 'object':
      return Object.fromEntries(Object.entries(shape.properties ?? {}).map(([name, inner]) => [name, sample(inner, random)]))
    default:
      return null
  }
}

/** Every place in a value, as a list of keys. */
function placesOf(value: unknown, at: (string | number)[] = []): (string | number)[][] {
  if (typeof value !== 'object' || value === null) return [at]
  const inner = Object.entries(value).flatMap(([key, entry]) => placesOf(entry, [...at, Array.isArray(value) ? Number(key) : key]))
  return [at, ...inner]
}

function replaceAt(value: unknown, place: readonly (string | number)[], change: (was: unknown) => unknown): unknown {
  const [key, ...rest] = place
  if (key === undefined) return change(value)
  if (Array.isArray(value)) return value.map((entry, i) => (i === key ? replaceAt(entry, rest, change) : entry))
  const entries = Object.entries(value as Record<string, unknown>)
  return Object.fromEntries(entries.map(([name, entry]) => [name, name === key ? replaceAt(entry, rest, change) : entry]))
}

/** A good value with one to three things wrong. */
export function spoil(good: unknown, random: Random): unknown {
  let value = good
  for (let times = 1 + random.below(3); times > 0; times--) {
    const place = random.pick(placesOf(value))
    const how = random.below(10)
    if (how < 7) value = replaceAt(value, place, () => random.pick(BAD_VALUES))
    else if (how === 7) {
      const last = place.at(-1)
      if (typeof last === 'string')
        value = replaceAt(value, place.slice(0, -1), (was) =>
          Object.fromEntries(Object.entries(was as object).filter(([name]) => name !== last)),
        )
    } else
      value = replaceAt(value, place, (was) =>
        typeof was === 'object' && was !== null && !Array.isArray(was)
          ? { ...was, [random.pick(BAD_TEXTS)]: random.pick(BAD_VALUES) }
          : [was, was],
      )
  }
  return value
}

const toBytes = (value: unknown) => Buffer.from(JSON.stringify(value) ?? 'undefined')

/** Bytes that are not what they say. */
export function breakBytes(good: Buffer, random: Random): Buffer {
  const cut = random.below(good.length + 1)
  switch (random.below(12)) {
    case 0:
      return good.subarray(0, cut)
    case 1:
      return Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), good])
    case 2:
      return Buffer.from(good.toString(), 'utf16le')
    case 3:
      return gzipSync(good)
    case 4:
      return Buffer.concat([good.subarray(0, cut), Buffer.from([0xff, 0xfe, 0xc0, 0x80, 0xed, 0xa0, 0x80]), good.subarray(cut)])
    case 5:
      return Buffer.concat([good, good])
    case 6:
      return Buffer.concat([good.subarray(0, cut), Buffer.alloc(1), good.subarray(cut)])
    case 7:
      return Buffer.from('['.repeat(20_000))
    case 8:
      return Buffer.from(`${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}`)
    case 9:
      return Buffer.alloc(0)
    case 10:
      return Buffer.from(Array.from({ length: 1 + random.below(400) }, () => random.below(256)))
    default:
      return Buffer.from(good.toString().replaceAll('"', "'").replace(/}$/, ',}'))
  }
}

const MEDIA_TYPES = [
  'application/json',
  'application/json; charset=utf-16',
  'application/json; charset=nonsense',
  'text/plain',
  'text/html',
  'application/xml',
  'application/x-www-form-urlencoded',
  'multipart/form-data',
  'application/octet-stream',
  'application/vnd.microsoft.activity',
  'a/b; c=d; ;;',
  '/',
  '',
  '*/*',
  '__proto__',
]

/** The path with its parameters filled in: things that exist, or things that cannot. */
function fill(route: Route, known: Known, random: Random, spoilPath: boolean): string {
  const names = [...route.path.matchAll(/:(\w+)/g)].map(([, name = '']) => name)
  const spoilt = spoilPath && names.length > 0 ? random.pick(names) : ''
  return route.path.replace(/:(\w+)/g, (_, name: string) => {
    const ids = known.ids[`${route.path.split('/')[2]}.${name}`] ?? known.ids[name] ?? ['none']
    if (name !== spoilt) return encodeURIComponent(random.pick(ids))
    const broken = [
      '%',
      '%zz',
      '%00',
      '%ff%fe',
      '%c0%ae',
      '..%2f..%2f',
      '%2e%2e',
      '-',
      '%20',
      'a'.repeat(300),
      'a'.repeat(2_100),
      '%F0%9F%92%A9',
    ]
    if (random.chance(0.4)) return random.pick(broken)
    return encodeURIComponent(random.pick(BAD_TEXTS.filter((text) => text.length < 700 && text.isWellFormed() && text !== '')))
  })
}

function queryOf(route: Route, random: Random, spoilQuery: boolean): string {
  const shape = route.query as Shape | undefined
  const pairs: [string, string][] = []
  for (const [name, inner] of Object.entries(shape?.properties ?? {}))
    if (random.chance(0.3)) pairs.push([name, String(sample(inner, random))])
  if (spoilQuery) {
    const names = [
      ...Object.keys(shape?.properties ?? {}),
      'unknown',
      '__proto__',
      '__proto__[polluted]',
      'constructor.prototype.polluted',
      'limit[]',
    ]
    for (let times = 1 + random.below(3); times > 0; times--) pairs.push([random.pick(names), random.pick(BAD_TEXTS).slice(0, 1_500)])
  }
  if (pairs.length === 0) return ''
  const text = pairs.map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value.toWellFormed())}`).join('&')
  return `?${spoilQuery && random.chance(0.2) ? `${text}&${random.pick(['%', '=', '&&&', '%ff', 'a=%zz', 'q', 'limit=1&limit=2', 'a%00b=c'])}` : text}`
}

export interface Body {
  readonly type: string
  readonly bytes: Buffer
  readonly sent: unknown
}

/**
 * A request to the route with something wrong in it: in the path, the query, the headers or the body.
 * @param bodyOf makes a body for routes that read their own bytes.
 */
export function makeInput(route: Route, known: Known, random: Random, bodyOf?: (random: Random) => Body): Input {
  const has = { path: route.path.includes(':'), body: route.body !== undefined || bodyOf !== undefined }
  const where = random.pick([
    'query',
    'headers',
    ...(has.path ? ['path', 'path'] : []),
    ...(has.body ? ['body', 'body', 'body', 'body', 'bytes'] : ['query']),
  ])
  const headers: Record<string, string> = {}
  const bearer = known.bearer(route, random)
  if (bearer !== null) headers.authorization = `Bearer ${bearer}`
  if (route.permission === 'channel' && random.chance(0.8)) headers.origin = known.origin
  let body: Buffer | null = null
  let sent: unknown
  if (has.body) {
    const good = sample((route.body ?? {}) as Shape, random)
    const made = bodyOf?.(random) ?? {
      type: 'application/json',
      bytes: Buffer.alloc(0),
      sent: where === 'body' ? spoil(good, random) : good,
    }
    sent = made.sent
    body = bodyOf ? made.bytes : toBytes(sent)
    headers['content-type'] = made.type
  }
  if (where === 'bytes' && body) {
    body = breakBytes(body, random)
    sent = undefined
    if (random.chance(0.3)) headers['content-encoding'] = random.pick(['gzip', 'br', 'nonsense'])
  }
  let method: string = route.method
  if (where === 'headers') {
    const how = random.below(6)
    if (how === 0)
      headers.authorization = random.pick([
        'Bearer',
        'Bearer  ',
        'bearer x',
        `Basic ${'QQ'.repeat(40)}`,
        'Bearer a b c',
        `Bearer ${'x'.repeat(5_000)}`,
        'null',
      ])
    else if (how === 1) headers['content-type'] = random.pick(MEDIA_TYPES)
    else if (how === 2)
      headers.origin = random.pick(['null', 'https://evil.example', 'http://', 'x', 'file://', 'https://user:pass@evil.example'])
    else if (how === 3)
      Object.assign(headers, { 'x-forwarded-for': "1.2.3.4, '; --", 'x-forwarded-proto': 'gopher', 'x-http-method-override': 'DELETE' })
    else if (how === 4)
      Object.assign(headers, {
        accept: random.pick(['', '*', 'text/\u00ff', 'application/xml;q=NaN']),
        range: 'bytes=9999-1',
        'if-none-match': '*',
      })
    else method = random.pick(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND', 'TRACE'])
  }
  return {
    route: `${route.method} ${route.path}`,
    method,
    url: fill(route, known, random, where === 'path') + queryOf(route, random, where === 'query'),
    headers,
    body: method === 'GET' || method === 'HEAD' ? null : body,
    sent: where === 'headers' ? undefined : sent,
  }
}
