import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { readConfig, VARIABLES } from '../../../platform/config.ts'
import { ZhikeError } from '../../../platform/errors.ts'

const LONG = 'x'.repeat(32)

/** Each start that is refused: the code, what the message must name, and the environment. */
const REFUSALS: readonly { code: string; names: string; env: Record<string, string> }[] = [
  { code: 'config.unknown-variable', names: 'ZHIKE_PROT', env: { ZHIKE_PROT: '1' } },
  { code: 'config.not-allowed', names: 'ZHIKE_ROLE', env: { ZHIKE_ROLE: 'boss' } },
  { code: 'config.not-allowed', names: 'ZHIKE_DEMO', env: { ZHIKE_DEMO: 'perhaps' } },
  { code: 'config.not-allowed', names: 'ZHIKE_LOG_LEVEL', env: { ZHIKE_LOG_LEVEL: 'loud' } },
  { code: 'config.not-a-number', names: 'ZHIKE_PORT', env: { ZHIKE_PORT: '65536' } },
  { code: 'config.not-a-number', names: 'ZHIKE_PORT', env: { ZHIKE_PORT: '-1' } },
  { code: 'config.not-a-number', names: 'ZHIKE_DRAIN_SECONDS', env: { ZHIKE_DRAIN_SECONDS: '1.5' } },
  { code: 'config.not-a-url', names: 'ZHIKE_PUBLIC_URL', env: { ZHIKE_PUBLIC_URL: 'chat.example.com' } },
  {
    code: 'config.not-an-origin',
    names: 'ZHIKE_WEB_CHAT_ORIGINS',
    env: { ZHIKE_WEB_CHAT_ORIGINS: 'https://a.example,https://b.example/path' },
  },
  { code: 'config.unknown-time-zone', names: 'ZHIKE_TIME_ZONE', env: { ZHIKE_TIME_ZONE: 'Mars/Olympus' } },
  { code: 'config.not-a-database-url', names: 'ZHIKE_DATABASE_URL', env: { ZHIKE_DATABASE_URL: 'mysql://h/x' } },
  { code: 'config.role-needs-postgres', names: 'ZHIKE_DATABASE_URL', env: { ZHIKE_ROLE: 'worker' } },
  { code: 'config.token-too-short', names: 'ZHIKE_API_TOKEN', env: { ZHIKE_API_TOKEN: 'short' } },
  { code: 'config.not-an-address', names: 'ZHIKE_TRUSTED_PROXIES', env: { ZHIKE_TRUSTED_PROXIES: '10.0.0.0/33' } },
]

function refusalOf(env: Record<string, string>): ZhikeError {
  try {
    readConfig(env)
  } catch (error) {
    if (error instanceof ZhikeError) return error
    throw error
  }
  throw new Error('the start was not refused')
}

for (const { code, names, env } of REFUSALS)
  test(`refuses ${JSON.stringify(env)} with ${code} and names ${names}`, () => {
    const error = refusalOf(env)
    expect(error).toMatchObject({ kind: 'misconfigured', code })
    expect(error.message).toContain(names)
  })

test('raises every code that the reader of the environment knows', () => {
  const source = readFileSync(new URL('../../../platform/config.ts', import.meta.url), 'utf8')
  const known = new Set([...source.matchAll(/'(config\.[a-z-]+)'/g)].map((match) => match[1]))
  expect([...new Set(REFUSALS.map((refusal) => refusal.code))].sort()).toEqual([...known].sort())
})

test('never repeats a secret in a refusal', () => {
  for (const name of VARIABLES.filter((variable) => variable.secret).map((variable) => variable.name)) {
    const secret = 'hunter2!'
    try {
      readConfig({ [name]: secret })
    } catch (error) {
      expect((error as Error).message).not.toContain(secret)
    }
  }
})

test('makes a running house of an empty environment', () => {
  const config = readConfig({})
  expect(config).toMatchObject({
    host: '127.0.0.1',
    port: 3000,
    databaseUrl: null,
    role: 'all',
    demo: 'auto',
    timeZone: 'Asia/Shanghai',
    drainMs: 10_000,
    warnings: [],
    secrets: [],
  })
  expect(Object.isFrozen(config)).toBe(true)
})

test('takes an empty value as not set, and warns of what is known but not used yet', () => {
  expect(readConfig({ ZHIKE_PORT: ' ' }).port).toBe(3000)
  const config = readConfig({ ZHIKE_CHAT_MODEL_KEY: 'a-model-key', ZHIKE_API_TOKEN: LONG })
  expect(config.warnings).toEqual([expect.stringContaining('ZHIKE_CHAT_MODEL_KEY')])
  expect(config.secrets).toEqual(expect.arrayContaining(['a-model-key', LONG]))
})
