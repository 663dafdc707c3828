import { mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { lockFolder } from '../../../platform/pglite.ts'

const root = mkdtempSync(join(tmpdir(), 'zhike-lock-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

test('gives a folder to one owner, names that owner to the second, and frees it again', async () => {
  const folder = join(root, 'one')
  const unlock = await lockFolder(folder)
  await expect(lockFolder(folder)).rejects.toMatchObject({
    kind: 'misconfigured',
    code: 'database.folder-in-use',
    message: expect.stringContaining(String(process.pid)),
  })
  await unlock()
  await (await lockFolder(folder))()
})

test('knows a folder by where it is, not by how it is called', async () => {
  const folder = join(root, 'two')
  const unlock = await lockFolder(folder)
  symlinkSync(folder, join(root, 'alias'))
  await expect(lockFolder(join(root, 'alias'))).rejects.toMatchObject({ code: 'database.folder-in-use' })
  const other = await lockFolder(join(root, 'three'))
  await other()
  await unlock()
})

test('lets exactly one of many through who come at the same moment', async () => {
  const folder = join(root, 'many')
  const tries = await Promise.allSettled(Array.from({ length: 20 }, () => lockFolder(folder)))
  const won = tries.filter((each) => each.status === 'fulfilled')
  expect(won).toHaveLength(1)
  for (const each of won) await each.value()
})
