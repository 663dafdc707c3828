import type { TestProject } from 'vitest/node'
import { postgresAvailable, startPostgres } from './postgres.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Of the one server all files of the project share; empty when there is none, and then `postgresMissing` says why. */
    postgresUrl: string
    postgresMissing: string
  }
}

/** One server for the whole project; files take a database each (`describeWithPostgres`). */
export async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const available = postgresAvailable()
  if (available !== true) {
    project.provide('postgresUrl', '')
    project.provide('postgresMissing', available.missing)
    return undefined
  }
  const postgres = await startPostgres()
  project.provide('postgresUrl', postgres.url)
  project.provide('postgresMissing', '')
  return postgres.stop
}
