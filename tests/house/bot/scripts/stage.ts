import { createHmac, randomUUID } from 'node:crypto'
import { expect } from 'vitest'
import { scriptOf, toTraditional } from '../../../../language/index.ts'
import { eventually, type Seen } from '../../../support/chat.ts'
import { TEST_SECRET, type TestHouse } from '../../../support/house.ts'
import type { Script, Shown, Step } from './script.ts'

/** Performs one script over Direct Line and looks at everything the customer sees. */

interface Line extends Seen {
  readonly type: string
  readonly channelData: Seen['channelData'] & { zhike?: { queue?: Shown['queue'] } }
}

/** ux.md of the product: nothing the bot says may hold these, nor half-width marks after Chinese. */
const BAD_TONE = /亲[，,！!爱]|哦[~～]|请稍等|请稍候|系统繁忙|操作失败|[\u4e00-\u9fff][,?!;:](?!\/)|\{\w+\}|undefined|null/

function signIdentity(sub: string): string {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const text = `${part({ alg: 'HS256', typ: 'JWT' })}.${part({ sub, aud: 'zhike-web-chat', exp: Math.floor(Date.now() / 1_000) + 600 })}`
  return `${text}.${createHmac('sha256', TEST_SECRET).update(text).digest('base64url')}`
}

async function open(url: string, locale: string | undefined) {
  const base = `${url}/v3/directline`
  let token = ''
  const call = async (method: string, path: string, body?: unknown) => {
    const headers = { origin: url, 'content-type': 'application/json', ...(token === '' ? {} : { authorization: `Bearer ${token}` }) }
    // A house that is busy says so, and a client comes again with the same key.
    return eventually(async () => {
      const response = await fetch(base + path, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) })
      const said = (await response.json()) as any
      if (response.status === 503) return null
      if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${JSON.stringify(said)}`)
      return said
    }, 60_000)
  }
  token = (await call('POST', '/tokens/generate')).token
  const { conversationId } = await call('POST', '/conversations', locale ? { locale } : {})
  const path = `/conversations/${conversationId}`
  return {
    conversationId: conversationId as string,
    post: async (activity: Record<string, unknown>): Promise<string> =>
      (
        await call('POST', `${path}/activities`, {
          from: { id: 'me' },
          ...(locale ? { locale } : {}),
          channelData: { clientActivityID: randomUUID() },
          ...activity,
        })
      ).id,
    seen: async (): Promise<Line[]> => (await call('GET', `${path}/activities`)).activities,
    state: () => call('GET', `${path}/state`),
    async signIn(as: string) {
      token = (await call('POST', '/tokens/generate', { identity: signIdentity(as) })).token
    },
  }
}

const listOf = (words: string | readonly string[] | undefined) => (words === undefined ? [] : typeof words === 'string' ? [words] : words)

function expectTone(text: string, script: Script['script']): void {
  expect(text).not.toMatch(BAD_TONE)
  // Chinese Articles may answer an English question; nothing else may mix.
  if (script === '简') expect([text, scriptOf(text)]).not.toEqual([text, 'zh-Hant'])
  if (script === '繁') expect(toTraditional(text)).toBe(text)
}

export async function perform(house: TestHouse, script: Script): Promise<void> {
  const me = await open(house.url, script.locale)
  const others: { conversationId: string }[] = []
  /** Messages of the customer that a Turn must take. */
  const posted: string[] = []
  const ratings: string[] = []
  let heard = 0
  let last: Line | undefined

  const spoken = async () => (await me.seen()).filter((line) => line.from.role === 'bot')
  const listed = async (address = me.conversationId) =>
    (await house.call('GET', `/api/conversations?address=${address}`)).body.items as any[]
  const whole = async () => {
    const items = await listed()
    return Promise.all(items.toReversed().map(async ({ id }) => (await house.call('GET', `/api/conversations/${id}`)).body))
  }
  const turns = async () => (await whole()).flatMap((conversation) => conversation.turns)
  const settled = () =>
    eventually(async () => {
      const taken = new Set((await turns()).flatMap((turn: { messageIds: string[] }) => turn.messageIds))
      return posted.every((id) => taken.has(id))
    })
  const say = async (text: string, extra: Record<string, unknown> = {}) => {
    posted.push(await me.post({ type: 'message', text, ...extra }))
  }
  const endAll = async (address: string) => {
    for (const { id, state } of await listed(address)) if (state !== 'closed') await house.call('POST', `/api/conversations/${id}/close`)
  }

  const hear = async (shown: Shown) => {
    const line = await eventually(async () => (await spoken())[heard], 60_000)
    heard++
    last = line
    const { text, channelData, suggestedActions, replyToId } = line
    expect([text, channelData.zhike?.kind]).toEqual([text, shown.kind])
    for (const word of listOf(shown.has)) expect(text).toContain(word)
    for (const word of listOf(shown.lacks)) expect(text).not.toContain(word)
    if (shown.buttons) expect((suggestedActions?.actions ?? []).map(({ title }) => title)).toEqual(shown.buttons)
    if (shown.from) expect(channelData.zhike?.evidence.map(({ articleId }) => articleId)).toEqual(shown.from)
    if (shown.queue) expect(channelData.zhike?.queue).toEqual(shown.queue)
    if (replyToId !== undefined) expect([...posted, ...ratings]).toContain(replyToId)
    // A human is asked for by this plain text, whatever stands on the button.
    for (const { title, value } of suggestedActions?.actions ?? []) if (/人工|human/.test(title)) expect(value).toBe('转人工')
    expectTone(text, script.script)
    return line
  }

  const act = async (step: Step): Promise<void> => {
    switch (step.does) {
      case 'says': {
        // Of several the house sees all before it thinks of one: its only connection is held until they have come.
        const saying: Promise<void>[] = []
        const sayAll = async () => {
          for (const text of step.texts) {
            saying.push(say(text))
            for (let turn = 0; turn < 200; turn++) await new Promise((resolve) => setImmediate(resolve))
          }
        }
        await (step.texts.length > 1 ? house.database.transaction(sayAll) : sayAll())
        await Promise.all(saying)
        return
      }
      case 'taps': {
        const button = last?.suggestedActions?.actions.find(({ title }) => title === step.title)
        expect([step.title, last?.suggestedActions?.actions.map(({ title }) => title), button !== undefined]).toContain(true)
        return say(button?.value ?? '')
      }
      case 'sends':
        return say(step.text, {
          attachments: [{ contentType: step.contentType, name: 'from-my-phone', contentUrl: 'https://elsewhere.example/file' }],
        })
      case 'rates': {
        const answer = (await spoken()).findLast((line) => line.channelData.zhike?.kind === 'answer')
        ratings.push(await me.post({ type: 'event', name: 'zhike/feedback', value: { messageId: answer?.id, helpful: step.helpful } }))
        return
      }
      case 'signs in':
        return me.signIn(step.as)
      case 'ends':
        await settled()
        return endAll(me.conversationId)
      case 'bot':
        await hear(step.shown)
        return
      case 'silence':
        await settled()
        expect((await spoken()).slice(heard).map(({ text }) => text)).toEqual([])
        return
      case 'somebody else waits': {
        const other = await open(house.url, undefined)
        others.push(other)
        await other.post({ type: 'message', text: '转人工' })
        await eventually(async () => (await listed(other.conversationId))[0]?.state === 'queue')
        return
      }
      case 'understood':
        await settled()
        expect((await turns()).at(-1)?.effectiveQuestion).toMatch(step.question)
        return
      case 'gap': {
        const { items } = (await house.call('GET', '/api/gaps?limit=200')).body
        const found = items.find(({ question }: { question: string }) => question === step.question)
        expect([step.question, found?.reason ?? null]).toEqual([step.question, step.reason])
        return
      }
      case 'belongs':
        expect((await listed())[0].customer.id).toMatch(step.to)
        return
      case 'stands':
        expect(await me.state()).toEqual({ ...step.at, waitMinutes: null })
        return
      case 'rated':
        expect((await turns()).findLast((turn: { decision: string }) => turn.decision === 'answer').helpful).toBe(step.helpful)
    }
  }

  try {
    for (const step of script.steps) await act(step)
    // Nobody is left without a word, and nobody hears more than the script says.
    await act({ does: 'silence' })
  } finally {
    for (const { conversationId } of [me, ...others]) await endAll(conversationId)
  }
}
