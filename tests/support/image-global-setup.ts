import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { MIGRATIONS } from '../../migrations/index.ts'
import { createDatabase } from '../../platform/database.ts'
import { migrate } from '../../platform/migrate.ts'
import { createPgliteEngine } from '../../platform/pglite.ts'

/**
 * PGlite takes seconds to be born: one is migrated here and dumped; each test file loads the dump. Several projects name this
 * set-up, so the first one makes the image and the others use it.
 */

declare module 'vitest' {
  export interface ProvidedContext {
    databaseImage: string
  }
}

/** Each project loads this file for itself, so what is shared stands on the process. */
interface Shared {
  users: number
  made: Promise<{ path: string; folder: string }> | undefined
}
const onProcess = globalThis as unknown as Record<symbol, Shared | undefined>
const KEY = Symbol.for('zhike.image')
onProcess[KEY] ??= { users: 0, made: undefined }
const shared = onProcess[KEY]

async function makeImage(): Promise<{ path: string; folder: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'zhike-image-'))
  const engine = await createPgliteEngine({ folder: null })
  const database = createDatabase(engine)
  await migrate(database, MIGRATIONS)
  const path = join(folder, 'image.tar')
  writeFileSync(path, Buffer.from(await (await engine.dumpImage()).arrayBuffer()))
  await database.close()
  return { path, folder }
}

export async function setup(project: TestProject): Promise<() => void> {
  shared.users++
  shared.made ??= makeImage()
  const { path, folder } = await shared.made
  project.provide('databaseImage', path)
  return () => {
    if (--shared.users === 0) rmSync(folder, { recursive: true, force: true })
  }
}
