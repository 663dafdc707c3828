import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readConfig } from '../../platform/config.ts'
import { createLog } from '../../platform/log.ts'
import { type House, type HouseOptions, startHouse as start } from '../../server/house.ts'
import { openTestDatabase } from './database.ts'

export const TEST_TOKEN = 'test-token-0123456789-0123456789-abcdef'
export const TEST_SECRET = 'test-web-chat-secret-0123456789-abcdef'

export type TestHouse = House & {
  /** Calls the API with the admin token. */
  call(
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<{ status: number; body: any; headers: Headers }>
}

/** A whole house in this process over an embedded database in memory; `env` overrides variables. */
export async function startHouse(
  env: Record<string, string> = {},
  options: Partial<Omit<HouseOptions, 'config'>> = {},
): Promise<TestHouse> {
  const folder = mkdtempSync(join(tmpdir(), 'zhike-house-'))
  const config = readConfig({
    ZHIKE_PORT: '0',
    ZHIKE_DATA_DIR: folder,
    ZHIKE_DEMO: 'off',
    ZHIKE_LOG_LEVEL: 'silent',
    ZHIKE_DRAIN_SECONDS: '2',
    ZHIKE_API_TOKEN: TEST_TOKEN,
    ZHIKE_WEB_CHAT_SECRET: TEST_SECRET,
    ...env,
  })
  const database = options.database ?? (config.databaseUrl === null ? await openTestDatabase() : undefined)
  const house = await start({ config, log: createLog(config.logLevel, config.secrets), ...options, ...(database ? { database } : {}) })
  return {
    ...house,
    async stop() {
      await house.stop()
      rmSync(folder, { recursive: true, force: true })
    },
    async call(method, path, body, headers = {}) {
      const text = typeof body === 'string' || body === undefined ? body : JSON.stringify(body)
      const response = await fetch(house.url + path, {
        method,
        headers: {
          authorization: `Bearer ${TEST_TOKEN}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(text === undefined ? {} : { body: text }),
      })
      const said = await response.text()
      return {
        status: response.status,
        body: response.headers.get('content-type')?.includes('json') && said !== '' ? JSON.parse(said) : said,
        headers: response.headers,
      }
    },
  }
}
