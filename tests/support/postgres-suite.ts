import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { describe, inject } from 'vitest'
import type {} from './postgres-global-setup.ts'

/** What a suite over the shared server gets. */
interface PostgresSuite {
  /** A fresh, empty database with pgvector; returns its url. Databases go with the server at the end of the run. */
  createDatabase(): Promise<string>
}

/**
 * A `describe` for the vitest project `postgres`. Without a server the tests inside are reported as skipped, with the
 * reason in their title, never as passed.
 */
export function describeWithPostgres(title: string, suite: (postgres: PostgresSuite) => void): void {
  const url = inject('postgresUrl')
  const createDatabase = async () => {
    const name = `zhike_${randomBytes(6).toString('hex')}`
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    try {
      await client.query(`create database ${name}`)
    } finally {
      await client.end()
    }
    const its = new URL(url)
    its.pathname = `/${name}`
    return its.href
  }
  if (url === '') describe.skip(`${title} (skipped: ${inject('postgresMissing')})`, () => suite({ createDatabase }))
  else describe(title, () => suite({ createDatabase }))
}
