import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'

/** S-19: what a container of this repository may and may not do, read from the files that say so. */
const dockerfile = readFileSync('Dockerfile', 'utf8')
const compose = readFileSync('compose.yaml', 'utf8')
const ignored = readFileSync('.dockerignore', 'utf8').split('\n')

/** The instructions of the last stage, continuation lines joined, comments left out. */
const lastStage = (dockerfile.split(/^FROM /m).at(-1) ?? '')
  .replace(/^#.*\n/gm, '')
  .replace(/\\\n\s*/g, ' ')
  .split('\n')
const instruction = (name: string) => lastStage.filter((line) => line.startsWith(`${name} `)).map((line) => line.slice(name.length + 1))

/** The lines of one service of compose.yaml, without comments. */
function service(name: string): string {
  const services = compose.split(/^services:$/m)[1]?.split(/^\S/m)[0] ?? ''
  return (services.split(/^ {2}(?=\S)/m).find((part) => part.startsWith(`${name}:`)) ?? '').replace(/^\s*#.*\n/gm, '')
}

describe('the image', () => {
  test('is built on Node 24 in both stages', () => {
    expect(dockerfile.match(/^FROM \S+/gm)).toEqual(['FROM node:24-bookworm-slim', 'FROM node:24-bookworm-slim'])
  })

  test('does not run as root', () => {
    expect(instruction('USER').at(-1)).toMatch(/^[1-9]\d*:[1-9]\d*$/)
  })

  test('installs what the lock file says and keeps no development package', () => {
    expect(dockerfile).toMatch(/^RUN npm ci$/m)
    expect(dockerfile).toMatch(/npm prune --omit=dev/)
    expect(dockerfile).not.toMatch(/npm (install|i) /)
  })

  test('asks the house itself whether it is ready', () => {
    expect(instruction('HEALTHCHECK').join()).toContain('/readyz')
  })

  test('listens beyond the container, keeps data in a volume and starts the compiled house as process 1', () => {
    const env = instruction('ENV').join(' ')
    expect(env).toContain('NODE_ENV=production')
    expect(env).toContain('ZHIKE_HOST=0.0.0.0')
    expect(env).toContain('ZHIKE_DATA_DIR=/data')
    expect(instruction('VOLUME')).toEqual(['/data'])
    expect(instruction('CMD').at(-1)).toBe('["node", "dist/server/main.js"]')
  })

  test('carries no secret in a layer', () => {
    expect(dockerfile).not.toMatch(/^(ARG|ENV)\b.*(TOKEN|SECRET|PASSWORD|KEY)/im)
    for (const pattern of ['.git', '.env', '.env.*', 'data', 'node_modules']) expect(ignored).toContain(pattern)
  })

  test('ships the licence and the notice', () => {
    expect(lastStage.join('\n')).toMatch(/COPY --from=build .*LICENSE .*NOTICE/)
    expect(existsSync('LICENSE') && existsSync('NOTICE')).toBe(true)
  })
})

describe('the compose file', () => {
  test('starts the house and PostgreSQL with pgvector', () => {
    expect(compose.match(/^ {2}[a-z-]+:$/gm)?.slice(0, 2)).toEqual(['  zhike:', '  postgres:'])
    expect(service('postgres')).toMatch(/image: pgvector\/pgvector:pg17/)
  })

  test.each(['zhike', 'postgres'])('gives %s a read-only root and no new privileges', (name) => {
    expect(service(name)).toMatch(/^ {4}read_only: true$/m)
    expect(service(name)).toMatch(/^ {4}tmpfs:\n {6}- \/tmp$/m)
    expect(service(name)).toMatch(/^ {4}security_opt:\n {6}- no-new-privileges:true$/m)
    expect(service(name)).not.toMatch(/privileged: true|cap_add|network_mode: host|docker\.sock/)
  })

  test('takes every capability from the house', () => {
    expect(service('zhike')).toMatch(/^ {4}cap_drop:\n {6}- ALL$/m)
  })

  test('publishes the house on this machine only and the database nowhere', () => {
    expect(service('zhike')).toMatch(/^ {4}ports:\n {6}- "127\.0\.0\.1:3000:3000"$/m)
    expect(service('postgres')).not.toMatch(/ports:/)
  })

  test('waits for a healthy database and stops later than the house drains', () => {
    expect(service('zhike')).toMatch(/condition: service_healthy/)
    expect(service('postgres')).toMatch(/pg_isready/)
    const drain = Number(/ZHIKE_DRAIN_SECONDS: "(\d+)"/.exec(service('zhike'))?.[1])
    const grace = Number(/stop_grace_period: (\d+)s/.exec(service('zhike'))?.[1])
    expect(grace).toBeGreaterThan(drain)
  })

  test('holds no secret and starts without none of them', () => {
    const secrets = compose.match(/^ +\w*(PASSWORD|TOKEN|SECRET): .*$/gm) ?? []
    expect(secrets.length).toBeGreaterThanOrEqual(3)
    for (const line of secrets) expect(line).toMatch(/: \$\{\w+:\?[^}]+\}$/)
    expect(service('zhike')).toMatch(/postgres:\/\/zhike:\$\{POSTGRES_PASSWORD:\?[^}]+\}@/)
  })
})
