import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import { readConfig } from '../../../platform/config.ts'
import { lockFolder } from '../../../platform/pglite.ts'
import { startHouse as start } from '../../../server/house.ts'
import { openTestDatabase } from '../../support/database.ts'
import { startHouse } from '../../support/house.ts'
import type { Stage } from './stage.ts'

/** For each code that stops a start, a start that it stops. The promise rejects. */

const by = (env: Record<string, string>) => async () => void (await startHouse(env, { database: NEVER }))
/** For starts that end before they look at their database. */
const NEVER = { close: async () => undefined } as unknown as NonNullable<Parameters<typeof startHouse>[1]>['database'] & object

async function withFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'zhike-start-'))
  try {
    await run(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const startIn = async (folder: string) =>
  void (await start({ config: readConfig({ ZHIKE_PORT: '0', ZHIKE_DATA_DIR: folder, ZHIKE_DEMO: 'off', ZHIKE_LOG_LEVEL: 'silent' }) }))

export const STARTS: Readonly<Record<string, (stage: Stage, fault: { permission: boolean }) => Promise<void>>> = {
  'config.unknown-variable': by({ ZHIKE_COLOUR: 'red' }),
  'config.not-allowed': by({ ZHIKE_ROLE: 'both' }),
  'config.not-a-number': by({ ZHIKE_PORT: '80a' }),
  'config.not-a-url': by({ ZHIKE_PUBLIC_URL: 'ftp://example.com' }),
  'config.not-an-origin': by({ ZHIKE_WEB_CHAT_ORIGINS: 'https://example.com/shop' }),
  'config.not-a-database-url': by({ ZHIKE_DATABASE_URL: 'mysql://example.com/zhike' }),
  'config.unknown-time-zone': by({ ZHIKE_TIME_ZONE: 'Asia/Nowhere' }),
  'config.role-needs-postgres': by({ ZHIKE_ROLE: 'web' }),
  'config.token-too-short': by({ ZHIKE_API_TOKEN: 'short' }),
  'config.not-an-address': by({ ZHIKE_TRUSTED_PROXIES: '10.0.0.1,proxy.internal' }),
  'config.data-folder': () =>
    withFolder(async (folder) => {
      writeFileSync(join(folder, 'a-file'), '')
      await startIn(join(folder, 'a-file', 'data'))
    }),
  'config.port-in-use': (stage) => by({ ZHIKE_PORT: new URL(stage.house.url).port })(),
  // An address of documentation (RFC 5737) is no machine's own.
  'config.cannot-listen': by({ ZHIKE_HOST: '203.0.113.7' }),
  'database.cannot-connect': async () => void (await startHouse({ ZHIKE_DATABASE_URL: 'postgres://zhike@127.0.0.1:9/zhike' })),
  'database.folder-in-use': () =>
    withFolder(async (folder) => {
      const unlock = await lockFolder(join(folder, 'database'))
      try {
        await startIn(folder)
      } finally {
        await unlock()
      }
    }),
  'database.cannot-open': () =>
    withFolder(async (folder) => {
      mkdirSync(join(folder, 'database'))
      writeFileSync(join(folder, 'database', 'PG_VERSION'), 'not a version\n')
      await startIn(folder)
    }),
  'database.newer-schema': async () => {
    const database = await openTestDatabase()
    await sql`insert into kysely_migration (name, timestamp) values ('9999-of-tomorrow', '2099-01-01')`.execute(database.sql)
    await startHouse({}, { database })
  },
  'route.without-permission': async (_stage, fault) => {
    fault.permission = true
    try {
      await startHouse()
    } finally {
      fault.permission = false
    }
  },
}
