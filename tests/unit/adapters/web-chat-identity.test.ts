import { generateKeyPairSync, sign } from 'node:crypto'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { HS256, makeJwt, SECRET, SITE, seconds, signIdentity, startDirectLine, tokenKey } from '../../support/direct-line.ts'

let service: Awaited<ReturnType<typeof startDirectLine>>
beforeAll(async () => {
  service = await startDirectLine()
})
afterAll(() => service.stop())

const identify = (identity: unknown, bearer?: string) =>
  service.call('POST', '/tokens/generate', { origin: SITE, body: { identity }, ...(bearer ? { bearer } : {}) })

const b64 = (text: string) => Buffer.from(text).toString('base64url')

/** The same flaw, once as a signed identity and once as one of our own tokens. */
function forgeries(claims: Record<string, unknown>, key: string | Uint8Array, clock: { now: Date }): [string, unknown][] {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const publicPem = publicKey.export({ type: 'spki', format: 'pem' }) as string
  const good = makeJwt(HS256, claims, key)
  const [head = '', body = '', signature = ''] = good.split('.')
  const rsa = (header: unknown) => {
    const text = `${b64(JSON.stringify(header))}.${body}`
    return `${text}.${sign('sha256', Buffer.from(text), privateKey).toString('base64url')}`
  }
  const at = (ahead: number) => seconds(clock, ahead)
  const other = (changed: Record<string, unknown>, header: unknown = HS256) => makeJwt(header, { ...claims, ...changed }, key)
  const without = (name: string) => makeJwt(HS256, Object.fromEntries(Object.entries(claims).filter(([entry]) => entry !== name)), key)
  const lastChanged = signature.slice(0, -1) + String.fromCharCode(signature.charCodeAt(signature.length - 1) ^ 1)
  return [
    ['alg none, no signature', `${b64('{"alg":"none"}')}.${body}.`],
    ['alg none, old signature', `${b64('{"alg":"none","typ":"JWT"}')}.${body}.${signature}`],
    ['alg None', `${b64('{"alg":"None"}')}.${body}.${signature}`],
    ['alg NONE', `${b64('{"alg":"NONE"}')}.${body}.`],
    ['alg empty', makeJwt({ alg: '' }, claims, key)],
    ['alg null', makeJwt({ alg: null }, claims, key)],
    ['alg a list', makeJwt({ alg: ['HS256'] }, claims, key)],
    ['alg missing', makeJwt({ typ: 'JWT' }, claims, key)],
    ['alg lower case', makeJwt({ alg: 'hs256' }, claims, key)],
    ['HS384 with the right key', makeJwt({ alg: 'HS384', typ: 'JWT' }, claims, key, 'sha384')],
    ['HS512 with the right key', makeJwt({ alg: 'HS512', typ: 'JWT' }, claims, key, 'sha512')],
    ['HS512 named, HS256 made', makeJwt({ alg: 'HS512', typ: 'JWT' }, claims, key)],
    ['RS256 with a key of its own', rsa({ alg: 'RS256', typ: 'JWT' })],
    ['RS256 with its key in the header', rsa({ alg: 'RS256', typ: 'JWT', jwk: publicKey.export({ format: 'jwk' }) })],
    ['PS256 named', rsa({ alg: 'PS256', typ: 'JWT' })],
    ['EdDSA named', makeJwt({ alg: 'EdDSA' }, claims, key)],
    ['ES256 named', makeJwt({ alg: 'ES256' }, claims, key)],
    ['HS256 keyed with a public key', makeJwt(HS256, claims, publicPem)],
    ['HS256 keyed with nothing', makeJwt(HS256, claims, '')],
    ['HS256 keyed with a zero byte', makeJwt(HS256, claims, new Uint8Array(1))],
    ['HS256 keyed with "secret"', makeJwt(HS256, claims, 'secret')],
    ['kid that is a path to an empty file', makeJwt({ ...HS256, kid: '../../../../dev/null' }, claims, '')],
    ['kid that is SQL', makeJwt({ ...HS256, kid: "x' union select 'k" }, claims, 'k')],
    ['jku to another place', makeJwt({ ...HS256, jku: 'https://evil.example/keys' }, claims, 'k')],
    ['x5u to another place', makeJwt({ ...HS256, x5u: 'https://evil.example/cert' }, claims, 'k')],
    ['an own symmetric key in the header', makeJwt({ ...HS256, jwk: { kty: 'oct', k: b64('k') } }, claims, 'k')],
    ['a critical extension', makeJwt({ ...HS256, crit: ['b64'], b64: false }, claims, key)],
    ['an unknown critical extension', makeJwt({ ...HS256, crit: ['x'], x: 1 }, claims, key)],
    ['signature empty', `${head}.${body}.`],
    ['signature missing', `${head}.${body}`],
    ['signature cut', `${head}.${body}.${signature.slice(0, -2)}`],
    ['signature longer', `${good}AA`],
    ['signature with unused bits changed', `${head}.${body}.${lastChanged}`],
    ['signature padded', `${good}=`],
    ['signature of another token', `${head}.${body}.${makeJwt(HS256, { ...claims, x: 1 }, key).split('.')[2]}`],
    ['claims changed after signing', `${head}.${b64(JSON.stringify({ ...claims, sub: 'c-2', user: 'c-2', conv: 'other' }))}.${signature}`],
    ['four parts', `${good}.x`],
    ['five parts, as if encrypted', `${b64('{"alg":"dir","enc":"A256GCM"}')}.....`],
    ['claims that are no object', makeJwt(HS256, '"c-1001"', key)],
    ['claims that are a list', makeJwt(HS256, [claims], key)],
    ['header that is no JSON', `${b64('{alg:HS256}')}.${body}.${signature}`],
    ['exp missing', without('exp')],
    ['exp as text', other({ exp: String(at(600)) })],
    ['exp null', other({ exp: null })],
    ['exp just now', other({ exp: at(0) })],
    ['exp a second ago', other({ exp: at(-1) })],
    ['exp long ago', other({ exp: 1 })],
    ['exp negative', other({ exp: -1 })],
    ['nbf in a minute', other({ nbf: at(60) })],
    ['nbf as text', other({ nbf: 'now' })],
    ['aud missing', without('aud')],
    ['aud of somebody else', other({ aud: 'zhike-desk' })],
    ['aud longer', other({ aud: 'zhike-web-chat-2' })],
    ['aud in other case', other({ aud: 'ZHIKE-WEB-CHAT' })],
    ['aud empty', other({ aud: '' })],
    ['aud an object', other({ aud: { 0: claims.aud } })],
  ]
}

const SUBS: [string, unknown][] = [
  ['missing', undefined],
  ['null', null],
  ['empty', ''],
  ['blank', ' '],
  ['a number', 1001],
  ['a list', ['c-1001']],
  ['an object', { id: 'c-1001' }],
  ['true', true],
  ['with a NUL', 'c-1001\u0000'],
  ['with a line break', 'c-1001\n'],
  ['with a space after it', 'c-1001 '],
  ['with a zero-width space', 'c-10\u200b01'],
  ['with a right-to-left mark', '\u202ec-1001'],
  ['with a soft hyphen', 'c\u00ad-1001'],
  ['with a byte order mark', '\ufeffc-1001'],
  ['in full-width letters', 'ｃ-１００１'],
  ['with a Cyrillic letter among Latin ones', 'c-vіp'],
  ['with a Greek letter among Latin ones', 'c-νip'],
  ['not composed', 'cafe\u0301'],
  ['with half a character', 'c-\ud800'],
  ['with a private character', 'c-\ue000'],
  ['longer than 256', 'c'.repeat(257)],
  ['of the form of a visitor', `dl_visitor-${'0'.repeat(32)}`],
  ['of the form of an unnamed visitor', 'visitor:abc'],
]

test('accepts none of the flawed identities, and makes no visitor out of any', async () => {
  const claims = { sub: 'c-1001', aud: 'zhike-web-chat', exp: seconds(service.clock, 600) }
  const flawed: [string, unknown][] = [
    ...forgeries(claims, SECRET, service.clock),
    ['exp two hours ahead', makeJwt(HS256, { ...claims, exp: seconds(service.clock, 7_200) }, SECRET)],
    ['exp without end', makeJwt(HS256, { ...claims, exp: 1e15 }, SECRET)],
    ['iat tomorrow', makeJwt(HS256, { ...claims, iat: seconds(service.clock, 86_400) }, SECRET)],
    ['iat as text', makeJwt(HS256, { ...claims, iat: 'now' }, SECRET)],
    ['two audiences', makeJwt(HS256, { ...claims, aud: ['zhike-web-chat', 'other'] }, SECRET)],
    ['a key in the header beside the right signature', makeJwt({ ...HS256, jwk: { kty: 'oct', k: 'aw' } }, claims, SECRET)],
    ['kid with a path beside the right signature', makeJwt({ ...HS256, kid: '../../secret' }, claims, SECRET)],
    ['typ of another kind of token', makeJwt({ alg: 'HS256', typ: 'at+jwt' }, claims, SECRET)],
    ['signed with our token key', makeJwt(HS256, claims, tokenKey())],
    ['one of our own tokens', (await service.open('c-1001')).token],
    ['the secret itself', SECRET],
    ['the empty text', ''],
    ['a number', 7],
    ['an object', { sub: 'c-1001' }],
    ['a list', [signIdentity(service.clock)]],
    ['true', true],
    ['very long', `${'a'.repeat(20_000)}.b.c`],
    ...SUBS.map(([name, sub]): [string, unknown] => [`sub ${name}`, makeJwt(HS256, { ...claims, sub }, SECRET)]),
  ]
  expect(flawed.length).toBeGreaterThanOrEqual(60)
  const visitor = await service.open()
  for (const [name, identity] of flawed)
    for (const bearer of [undefined, visitor.token]) {
      const answer = await identify(identity, bearer)
      expect([name, answer.status], name).toEqual([name, 401])
      expect(answer.body, name).not.toHaveProperty('token')
    }
  expect(await service.mailbox.ownerOf(visitor.id)).toMatch(/^dl_visitor-/)
})

test('accepts none of the forged tokens on any call of the conversation', async () => {
  const { id } = await service.open('c-1001')
  const claims = { conv: id, user: 'c-1001', trusted: true, aud: 'zhike-direct-line', exp: seconds(service.clock, 600), jti: 'j' }
  expect((await service.call('GET', `/conversations/${id}/activities`, { bearer: makeJwt(HS256, claims, tokenKey()) })).status).toBe(200)
  const forged: [string, unknown][] = [
    ...forgeries(claims, tokenKey(), service.clock),
    ['a signed identity', signIdentity(service.clock)],
    ['signed with the secret itself', makeJwt(HS256, claims, SECRET)],
    ['a stream ticket', makeJwt(HS256, { ...claims, aud: 'zhike-direct-line-stream', after: 0 }, tokenKey())],
    ['a file ticket', makeJwt(HS256, { ...claims, aud: 'zhike-direct-line-file' }, tokenKey())],
    ['another conversation', makeJwt(HS256, { ...claims, conv: 'another-conversation-of-ours' }, tokenKey())],
    ['another user', makeJwt(HS256, { ...claims, user: 'c-1002' }, tokenKey())],
    ['no user', makeJwt(HS256, { ...claims, user: undefined }, tokenKey())],
    ['no jti', makeJwt(HS256, { ...claims, jti: undefined }, tokenKey())],
    ['the secret with one letter less', SECRET.slice(0, -1)],
    ['the secret in capitals', SECRET.toUpperCase()],
  ]
  for (const [name, bearer] of forged) {
    if (bearer === '') continue
    const calls = [
      service.call('GET', `/conversations/${id}/activities`, { bearer: String(bearer) }),
      service.call('GET', `/conversations/${id}`, { bearer: String(bearer) }),
      service.call('POST', `/conversations/${id}/activities`, {
        bearer: String(bearer),
        body: { type: 'message', from: { id: 'x' }, text: 'x' },
      }),
      service.call('GET', `/conversations/${id}/attachments/f1`, { bearer: String(bearer) }),
    ]
    for (const answer of await Promise.all(calls))
      expect([name, [401, 403].includes(answer.status)], `${name}: ${answer.text}`).toEqual([name, true])
  }
  expect(service.mailbox.taken).toEqual([])
})

test('an arbitrary identity is never accepted and never an error of ours', async () => {
  const visitor = await service.open()
  await fc.assert(
    fc.asyncProperty(fc.oneof(fc.jsonValue(), fc.string({ unit: 'binary' })), async (identity) => {
      const { status } = await identify(identity === null ? 'null' : identity, visitor.token)
      return status === 401 || status === 400
    }),
    { numRuns: 60 },
  )
})

test('takes a signed identity in every fair form', async () => {
  const ahead = (by: number) => seconds(service.clock, by)
  for (const [claims, header] of [
    [{}, HS256],
    [{ exp: ahead(3_600) }, HS256],
    [{ aud: ['zhike-web-chat'] }, HS256],
    [
      { nbf: ahead(-5), iat: ahead(-5) },
      { ...HS256, kid: 'key-2' },
    ],
    [{ sub: '客户-88', name: '王女士' }, { alg: 'HS256' }],
  ] as [Record<string, unknown>, unknown][]) {
    const full = { sub: 'c-1001', aud: 'zhike-web-chat', exp: ahead(600), ...claims }
    const answer = await identify(makeJwt(header, full, SECRET))
    expect(answer.status, JSON.stringify(claims)).toBe(200)
    const started = await service.call('POST', '/conversations', { bearer: answer.body.token })
    expect(started.status).toBe(201)
    expect(await service.mailbox.ownerOf(answer.body.conversationId)).toBe(full.sub)
  }
})
