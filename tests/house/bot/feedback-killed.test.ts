import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { ProbePoint } from '../../../platform/probe.ts'
import { openChat, type Seen } from '../../support/chat.ts'
import { type CompiledHouse, compileHouse } from '../../support/compiled-house.ts'
import { type HouseProcess, type HouseProcessOptions, startHouseProcess } from '../../support/house-process.ts'
import { importArticles, PROCESS_SECRET, PROCESS_TOKEN, processEnv } from '../../support/killed.ts'

/** "Not helpful" under an answer, while the process is killed by the system around the commit. */

let compiled: CompiledHouse
const folder = mkdtempSync(join(tmpdir(), 'zhike-feedback-'))
let house: HouseProcess | undefined
beforeAll(async () => {
  compiled = await compileHouse()
})
afterAll(async () => {
  await house?.stop()
  compiled.remove()
  rmSync(folder, { recursive: true, force: true })
})

async function restart(kill?: HouseProcessOptions['kill']): Promise<HouseProcess> {
  await house?.stop()
  house = await startHouseProcess({
    entry: compiled.entry,
    env: processEnv(folder),
    platformUrl: 'http://127.0.0.1:9',
    ...(kill ? { kill } : {}),
  })
  return house
}

it.each<ProbePoint>(['inbox.before-commit', 'inbox.after-commit'])(
  'is there once and whole after a kill at %s and the repeated delivery',
  async (point) => {
    const { url } = await restart()
    const question = point === 'inbox.before-commit' ? '什么时候发货' : '怎么申请退货'
    await importArticles(url, JSON.stringify({ id: point.replace('.', '-'), question, answer: '付款后 48 小时内处理。' }))
    const chat = await openChat(url, { user: `member-${point}`, secret: PROCESS_SECRET })
    const answer = await chat.ask(question)
    expect(answer.channelData.zhike?.kind).toBe('answer')

    const request = (base: string, path: string, init: RequestInit = {}) =>
      fetch(`${base}/v3/directline/conversations/${chat.conversationId}${path}`, {
        ...init,
        headers: { authorization: `Bearer ${chat.token}`, 'content-type': 'application/json' },
      })
    const tap = (base: string) =>
      request(base, '/activities', {
        method: 'POST',
        body: JSON.stringify({
          type: 'event',
          name: 'zhike/feedback',
          value: { messageId: answer.id, helpful: false },
          from: { id: 'me' },
          channelData: { clientActivityID: 'one-tap' },
        }),
      })
    const dying = await restart({ point, nth: 1 })
    await expect(tap(dying.url)).rejects.toThrow()
    expect((await dying.exited).signal).toBe('SIGKILL')

    const again = await restart()
    for (let time = 0; time < 2; time++) expect((await tap(again.url)).status).toBe(200)
    const { activities } = (await (await request(again.url, '/activities')).json()) as { activities: (Seen & { type: string })[] }
    expect(activities.filter(({ type }) => type === 'event')).toHaveLength(1)
    expect(activities.filter(({ text }) => text?.includes('没帮到您'))).toHaveLength(1)
    const gaps = (await (await fetch(`${again.url}/api/gaps`, { headers: { authorization: `Bearer ${PROCESS_TOKEN}` } })).json()) as {
      items: { question: string; asked: number }[]
    }
    expect(gaps.items.filter((gap) => gap.question === question)).toEqual([expect.objectContaining({ asked: 1, reason: 'not-helpful' })])
  },
)
