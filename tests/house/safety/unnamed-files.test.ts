import { existsSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { findNamedFiles } from '../../../conversations/named-files-store.ts'
import type { Database } from '../../../platform/database.ts'
import { createFiles, type FileKey, type KeptFiles } from '../../../platform/files.ts'
import { openChat } from '../../support/chat.ts'
import { openTestDatabase } from '../../support/database.ts'
import { startHouse, type TestHouse } from '../../support/house.ts'

/** Files that an upload kept and no Message ever named. */

let folder: string
let database: Database
let house: TestHouse
let files: KeptFiles

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'zhike-unnamed-'))
  database = await openTestDatabase()
  house = await startHouse({ ZHIKE_DATA_DIR: folder }, { database })
})
afterAll(async () => {
  await house.stop()
  rmSync(folder, { recursive: true, force: true })
})
beforeEach(() => {
  files = createFiles(database, folder)
})

const named = (keys: readonly FileKey[]) => findNamedFiles(database.sql, keys)
const sweep = async (by = files) => {
  let lookedAt = 0
  for (let step = -1; step !== 0; lookedAt += step) step = await by.removeUnnamed(named)
  return lookedAt
}
const makeOld = (ids: readonly string[], hours = 25) =>
  sql`update files set made_at = now() - make_interval(hours => ${hours}::int) where id = any(${[...ids]}::text[])`.execute(database.sql)
const put = async (scope: string) => (await files.put({ scope, name: 'a.txt', bytes: Buffer.from('x') })).id
const rowsOf = async (ids: readonly string[]) =>
  (await sql<{ id: string }>`select id from files where id = any(${[...ids]}::text[])`.execute(database.sql)).rows.map(({ id }) => id)
const onDisk = (id: string) => existsSync(join(folder, 'files', id))

/** An upload over HTTP that a Message names. */
async function upload() {
  const chat = await openChat(house.url)
  const headers = { authorization: `Bearer ${chat.token}`, origin: house.url }
  const answer = await fetch(`${house.url}/v3/directline/conversations/${chat.conversationId}/upload?userId=me`, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'text/plain', 'content-disposition': 'attachment; filename="a.txt"' },
    body: '内容',
  })
  expect(answer.status).toBe(200)
  const { id } = (await answer.json()) as { id: string }
  const shown = (await chat.seen()).find((activity) => activity.id === id) as unknown as { attachments: { contentUrl: string }[] }
  const url = shown.attachments[0]?.contentUrl ?? ''
  return { url, id: /attachments\/([0-9a-f]{32})/.exec(url)?.[1] ?? '', scope: `web-chat/${chat.conversationId}` }
}

test('after a day goes what nobody names, and nothing else', async () => {
  const sent = await upload()
  const [old, fresh, elsewhere, unknown] = [
    await put(sent.scope),
    await put(sent.scope),
    await put('wecom-kf/wk1/wm2'),
    await put('no-slash'),
  ]
  await makeOld([sent.id, old, elsewhere, unknown])
  await sweep()
  expect(await rowsOf([sent.id, old, fresh, elsewhere, unknown])).toEqual(expect.arrayContaining([sent.id, fresh]))
  expect(await rowsOf([old, elsewhere, unknown])).toEqual([])
  expect([sent.id, old, fresh, elsewhere].map(onDisk)).toEqual([true, false, true, false])
  const read = await fetch(sent.url)
  expect([read.status, await read.text()]).toEqual([200, '内容'])
})

test('what is named in another conversation counts as named by nobody', async () => {
  const [mine, theirs] = [await upload(), await upload()]
  const stray = await put(theirs.scope)
  await sql`update messages set activity = activity || jsonb_build_object('value', ${stray}::text)
    where channel || '/' || address = ${mine.scope} and activity->'attachments' is not null`.execute(database.sql)
  await makeOld([stray, mine.id, theirs.id])
  await sweep()
  expect((await rowsOf([stray, mine.id, theirs.id])).toSorted()).toEqual([mine.id, theirs.id].toSorted())
})

test('a process looks at each file once, in small steps, and another takes its turn without harm', async () => {
  const ids: string[] = []
  for (let n = 0; n < 250; n++) ids.push(await put('web-chat/nobody'))
  await makeOld(ids, 48)
  const steps: number[] = []
  const counting = (keys: readonly FileKey[]) => {
    steps.push(keys.length)
    return named(keys)
  }
  const [one, two] = [createFiles(database, folder), createFiles(database, folder)]
  // Both at the same moment, each step of one beside a step of the other.
  const run = async (by: KeptFiles) => {
    while ((await by.removeUnnamed(counting)) > 0);
  }
  await Promise.all([run(one), run(two)])
  expect(await rowsOf(ids)).toEqual([])
  expect(Math.max(...steps)).toBeLessThanOrEqual(100)
  const before = steps.length
  await run(one)
  expect(steps.length).toBe(before)
})

test('bytes that were written without their row go too, when they are old', async () => {
  const at = (name: string) => join(folder, 'files', name)
  const [old, half, young] = ['a'.repeat(32), `${'b'.repeat(32)}.new`, 'c'.repeat(32)]
  for (const name of [old, half, young, 'README']) writeFileSync(at(name), 'x')
  const yesterday = new Date(Date.now() - 25 * 3_600_000)
  for (const name of [old, half, 'README']) utimesSync(at(name), yesterday, yesterday)
  const kept = await put('web-chat/nobody')
  utimesSync(at(kept), yesterday, yesterday)
  await sweep()
  const names = readdirSync(join(folder, 'files'))
  expect([old, half, young, 'README', kept].map((name) => names.includes(name))).toEqual([false, false, true, true, true])
})

test('a failure to find out who names them deletes nothing', async () => {
  const id = await put('web-chat/nobody')
  await makeOld([id])
  await expect(files.removeUnnamed(() => Promise.reject(new Error('gone')))).rejects.toThrow('gone')
  expect([await rowsOf([id]), onDisk(id)]).toEqual([[id], true])
  await sweep()
  expect([await rowsOf([id]), onDisk(id)]).toEqual([[], false])
})
