import { isIP } from 'node:net'
import { resolve } from 'node:path'
import { ZhikeError } from './errors.ts'

/**
 * The only reader of the environment. `readConfig` turns it into one frozen object or refuses the start with a
 * message that names the variable and the cure. `VARIABLES` is the list that .env.example and docs/operations.md
 * are compared with.
 */

export interface Variable {
  readonly name: string
  /** Default as a person writes it; empty when unset means "off". */
  readonly fallback: string
  readonly secret?: true
  /** Known to this version but not used by it: setting it is allowed and warned about. */
  readonly later?: true
  readonly meaning: string
}

const later = (name: string, meaning: string, secret?: true): Variable => ({
  name,
  fallback: '',
  later: true,
  meaning,
  ...(secret ? { secret } : {}),
})

export const VARIABLES: readonly Variable[] = [
  { name: 'ZHIKE_HOST', fallback: '127.0.0.1', meaning: 'address to listen on' },
  { name: 'ZHIKE_PORT', fallback: '3000', meaning: 'port to listen on; 0 picks a free one and prints it' },
  { name: 'ZHIKE_PUBLIC_URL', fallback: '', meaning: 'base of every absolute link; from host and port when empty' },
  { name: 'ZHIKE_DATABASE_URL', fallback: '', secret: true, meaning: 'postgres://… with pgvector; empty: embedded database' },
  { name: 'ZHIKE_DATA_DIR', fallback: './data', meaning: 'embedded database, uploads, generated secrets' },
  { name: 'ZHIKE_ROLE', fallback: 'all', meaning: 'all, web or worker; several processes need ZHIKE_DATABASE_URL' },
  { name: 'ZHIKE_DEMO', fallback: 'auto', meaning: 'demo company: auto, on or off' },
  { name: 'ZHIKE_TIME_ZONE', fallback: 'Asia/Shanghai', meaning: 'time zone of bare dates and opening hours' },
  { name: 'ZHIKE_DRAIN_SECONDS', fallback: '10', meaning: 'seconds running work may take after SIGTERM' },
  { name: 'ZHIKE_LOG_LEVEL', fallback: 'info', meaning: 'trace, debug, info, warn, error or silent' },
  { name: 'ZHIKE_TRUSTED_PROXIES', fallback: '', meaning: 'comma list of proxy addresses whose X-Forwarded-* headers count' },
  { name: 'ZHIKE_API_TOKEN', fallback: '', secret: true, meaning: 'a bearer token with the admin role, at least 32 characters' },
  {
    name: 'ZHIKE_WEB_CHAT_SECRET',
    fallback: '',
    secret: true,
    meaning: 'Direct Line secret and HS256 key of identity tokens; generated when empty',
  },
  { name: 'ZHIKE_WEB_CHAT_ORIGINS', fallback: '', meaning: 'comma list of sites that may embed the chat; own origin when empty' },
  later('ZHIKE_ADMIN_EMAIL', 'first admin'),
  later('ZHIKE_ADMIN_PASSWORD', 'password of the first admin', true),
  later('ZHIKE_OIDC_ISSUER', 'sign-in of staff by OpenID Connect'),
  later('ZHIKE_OIDC_CLIENT_ID', 'OpenID Connect client'),
  later('ZHIKE_OIDC_CLIENT_SECRET', 'OpenID Connect client secret', true),
  later('ZHIKE_CHAT_MODEL_URL', 'OpenAI-compatible chat endpoint'),
  later('ZHIKE_CHAT_MODEL_NAME', 'model name'),
  later('ZHIKE_CHAT_MODEL_KEY', 'model key', true),
  later('ZHIKE_EMBEDDER_URL', 'OpenAI-compatible embeddings endpoint'),
  later('ZHIKE_EMBEDDER_NAME', 'embedding model name'),
  later('ZHIKE_EMBEDDER_KEY', 'embedding key', true),
  later('ZHIKE_WECOM_API_BASE', 'base of every WeCom call'),
  later('ZHIKE_WECOM_CORP_ID', 'turns the WeCom channels on'),
  later('ZHIKE_WECOM_KF_SECRET', '微信客服 API secret', true),
  later('ZHIKE_WECOM_KF_TOKEN', '微信客服 callback token', true),
  later('ZHIKE_WECOM_KF_AES_KEY', '微信客服 EncodingAESKey', true),
  later('ZHIKE_WECOM_APP_SECRET', 'self-built app secret', true),
  later('ZHIKE_WECOM_APP_AGENT_ID', 'self-built app agent id'),
  later('ZHIKE_WECOM_APP_TOKEN', 'self-built app callback token', true),
  later('ZHIKE_WECOM_APP_AES_KEY', 'self-built app EncodingAESKey', true),
  later('ZHIKE_WECOM_CONTACT_SECRET', '客户联系 secret', true),
  later('ZHIKE_WECOM_CONTACT_TOKEN', '客户联系 callback token', true),
  later('ZHIKE_WECOM_CONTACT_AES_KEY', '客户联系 EncodingAESKey', true),
  later('ZHIKE_WECOM_AIBOT_TOKEN', '智能机器人 callback token', true),
  later('ZHIKE_WECOM_AIBOT_AES_KEY', '智能机器人 EncodingAESKey', true),
  later('ZHIKE_BOT_APP_ID', 'Bot Framework app id'),
  later('ZHIKE_BOT_APP_PASSWORD', 'Bot Framework app password', true),
  later('ZHIKE_BOT_TENANT_ID', 'Bot Framework tenant'),
]

export type Role = 'all' | 'web' | 'worker'
export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'silent'

export interface Config {
  readonly host: string
  readonly port: number
  /** Without a trailing slash; null until the port is known when it is derived. */
  readonly publicUrl: string | null
  readonly databaseUrl: string | null
  readonly dataDir: string
  readonly role: Role
  readonly demo: 'auto' | 'on' | 'off'
  readonly production: boolean
  readonly timeZone: string
  readonly drainMs: number
  readonly logLevel: LogLevel
  readonly trustedProxies: readonly string[]
  readonly apiToken: string | null
  readonly webChatSecret: string | null
  readonly webChatOrigins: readonly string[]
  /** Values that must never appear in a log line. */
  readonly secrets: readonly string[]
  /** One sentence each, to be logged once at start. */
  readonly warnings: readonly string[]
}

function misconfigured(code: string, message: string): never {
  throw new ZhikeError('misconfigured', code, message)
}

function oneOf<T extends string>(name: string, value: string, allowed: readonly T[]): T {
  const found = allowed.find((entry) => entry === value)
  if (found === undefined) misconfigured('config.not-allowed', `${name} is "${value}"; set it to one of: ${allowed.join(', ')}`)
  return found
}

function wholeNumber(name: string, value: string, min: number, max: number): number {
  const number = /^\d{1,9}$/.test(value) ? Number(value) : Number.NaN
  if (!(number >= min && number <= max))
    misconfigured('config.not-a-number', `${name} is "${value}"; set it to a whole number from ${min} to ${max}`)
  return number
}

function httpUrl(name: string, value: string): string {
  const url = URL.canParse(value) ? new URL(value) : null
  if (!url || (url.protocol !== 'http:' && url.protocol !== 'https:') || url.search || url.hash || url.username)
    misconfigured('config.not-a-url', `${name} is not a plain http(s) address; write it like https://chat.example.com`)
  return url.href.replace(/\/+$/, '')
}

function list(value: string): string[] {
  return value
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '')
}

function origin(name: string, value: string): string {
  const url = URL.canParse(value) ? new URL(value) : null
  if (!url || (url.protocol !== 'http:' && url.protocol !== 'https:') || (url.pathname !== '/' && url.pathname !== ''))
    misconfigured('config.not-an-origin', `${name} holds "${value}"; write origins like https://shop.example.com, separated by commas`)
  return url.origin
}

/** An address or a range of them, as the proxy check of the HTTP server takes it. */
function proxy(name: string, value: string): string {
  const [address = '', bits, ...more] = value.split('/')
  const most = isIP(address) === 4 ? 32 : 128
  if (isIP(address) === 0 || more.length > 0 || (bits !== undefined && !(/^\d{1,3}$/.test(bits) && Number(bits) <= most)))
    misconfigured(
      'config.not-an-address',
      `${name} holds "${value}"; write addresses like 10.0.0.1 or ranges like 10.0.0.0/8, separated by commas`,
    )
  return value
}

function timeZone(name: string, value: string): string {
  try {
    new Intl.DateTimeFormat('en', { timeZone: value })
    return value
  } catch {
    return misconfigured('config.unknown-time-zone', `${name} is "${value}"; set it to an IANA name such as Asia/Shanghai`)
  }
}

function databaseUrl(value: string): string | null {
  if (value === '') return null
  const url = URL.canParse(value) ? new URL(value) : null
  if (!url || (url.protocol !== 'postgres:' && url.protocol !== 'postgresql:') || url.pathname.length < 2)
    misconfigured('config.not-a-database-url', 'ZHIKE_DATABASE_URL is not of the form postgres://account:password@host:5432/name')
  return value
}

/** @throws ZhikeError `misconfigured`, code `config.…`, naming the variable and the cure; secret values are never repeated. */
export function readConfig(env: Readonly<Record<string, string | undefined>> = process.env): Config {
  const known = new Map(VARIABLES.map((variable) => [variable.name, variable]))
  for (const name of Object.keys(env)
    .filter((name) => name.startsWith('ZHIKE_'))
    .sort())
    if (!known.has(name))
      misconfigured('config.unknown-variable', `${name} is not a variable of zhike; remove it or mend its name (see .env.example)`)

  const value = (name: string): string => {
    const raw = env[name]?.trim()
    return raw === undefined || raw === '' ? (known.get(name)?.fallback ?? '') : raw
  }

  const role = oneOf('ZHIKE_ROLE', value('ZHIKE_ROLE'), ['all', 'web', 'worker'] as const)
  const database = databaseUrl(value('ZHIKE_DATABASE_URL'))
  if (role !== 'all' && !database)
    misconfigured(
      'config.role-needs-postgres',
      `ZHIKE_ROLE=${role} runs beside other processes; set ZHIKE_DATABASE_URL or leave ZHIKE_ROLE at "all"`,
    )
  const apiToken = value('ZHIKE_API_TOKEN') || null
  if (apiToken && apiToken.length < 32)
    misconfigured('config.token-too-short', 'ZHIKE_API_TOKEN is shorter than 32 characters; make one with: openssl rand -hex 32')
  const webChatSecret = value('ZHIKE_WEB_CHAT_SECRET') || null

  const secrets: string[] = []
  const warnings: string[] = []
  for (const variable of VARIABLES) {
    const set = env[variable.name]?.trim()
    if (!set) continue
    if (variable.later) warnings.push(`${variable.name} is set but not yet used by this version`)
    if (variable.secret) secrets.push(set)
  }
  if (webChatSecret && webChatSecret.length < 32)
    warnings.push('ZHIKE_WEB_CHAT_SECRET is shorter than 32 characters and could be guessed; make one with: openssl rand -hex 32')
  const publicUrl = value('ZHIKE_PUBLIC_URL')

  return Object.freeze({
    host: value('ZHIKE_HOST'),
    port: wholeNumber('ZHIKE_PORT', value('ZHIKE_PORT'), 0, 65_535),
    publicUrl: publicUrl === '' ? null : httpUrl('ZHIKE_PUBLIC_URL', publicUrl),
    databaseUrl: database,
    dataDir: resolve(value('ZHIKE_DATA_DIR')),
    role,
    demo: oneOf('ZHIKE_DEMO', value('ZHIKE_DEMO'), ['auto', 'on', 'off'] as const),
    production: env.NODE_ENV === 'production',
    timeZone: timeZone('ZHIKE_TIME_ZONE', value('ZHIKE_TIME_ZONE')),
    drainMs: wholeNumber('ZHIKE_DRAIN_SECONDS', value('ZHIKE_DRAIN_SECONDS'), 0, 600) * 1000,
    logLevel: oneOf('ZHIKE_LOG_LEVEL', value('ZHIKE_LOG_LEVEL'), ['trace', 'debug', 'info', 'warn', 'error', 'silent'] as const),
    trustedProxies: list(value('ZHIKE_TRUSTED_PROXIES')).map((entry) => proxy('ZHIKE_TRUSTED_PROXIES', entry)),
    apiToken,
    webChatSecret,
    webChatOrigins: list(value('ZHIKE_WEB_CHAT_ORIGINS')).map((entry) => origin('ZHIKE_WEB_CHAT_ORIGINS', entry)),
    secrets,
    warnings,
  })
}
