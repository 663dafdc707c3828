import type { Callback, FakePlatform } from './fake-platform.ts'
import { KNOWN_ARTICLES } from './known-articles.ts'
import type { Random } from './random.ts'

/** Customers who ask known questions, wait for the answers, and notice anything that is lost, doubled, wrong or out of order. */

/** Where the house can be reached at the moment; null while it is down. */
export interface Reach {
  readonly url: string
  readonly callback: string
}

/** One question (or a burst of them) and what became of it. Times are `performance.now()`. */
export interface AskedTurn {
  readonly address: string
  readonly askedAtMs: number
  readonly answeredAtMs: number
}

export interface Traffic {
  readonly turns: readonly AskedTurn[]
  readonly messages: () => number
  /** What customers would complain about; empty when all is well. */
  readonly complaints: readonly string[]
  /** Until a callback or a post to the web chat was answered, whatever the answer was. */
  readonly longestAnswerMs: () => number
  /** Everybody finishes the question they are at; resolves when all are answered. */
  finish(): Promise<void>
}

export interface TrafficOptions {
  readonly random: Random
  readonly platform: FakePlatform
  /** Any process that is up; called before each attempt. */
  readonly reach: () => Reach | null
  readonly webChatSecret: string
  /** Customers on the fake channel who wait for each answer, those who ask two questions at once, and those on the web chat. */
  readonly patient: number
  readonly hasty: number
  readonly webChat: number
  /** Keeps the customers of one wave of traffic apart from those of another. */
  readonly label?: string
  /** Longest pause between two questions of one customer. */
  readonly pauseMs: number
  /** Longest a customer waits for an answer before it counts as lost. */
  readonly patienceMs?: number
}

const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))

export function startTraffic(options: TrafficOptions): Traffic {
  const { random, platform, reach } = options
  const label = options.label === undefined ? '' : `${options.label}-`
  const patienceMs = options.patienceMs ?? 300_000
  const turns: AskedTurn[] = []
  const complaints: string[] = []
  let messages = 0
  let longestAnswerMs = 0
  let finishing = false

  const callbackUrl = () => reach()?.callback ?? null
  const notice = (callback: Callback) => {
    longestAnswerMs = Math.max(longestAnswerMs, callback.longestAnswerMs)
  }

  const runFake = async (name: string, burst: number) => {
    const address = `fake-${name}`
    let expected = 0
    for (let n = 0; !finishing; n++) {
      const asked = random.shuffle(KNOWN_ARTICLES).slice(0, burst)
      const askedAtMs = performance.now()
      for (const [index, article] of asked.entries()) {
        messages++
        const message = { address, user: `user-${name}`, msgid: `${address}-${n}-${index}`, text: article.question }
        const deliveries = [platform.deliver([message], callbackUrl)]
        // A platform that did not hear our 200 delivers again, at times while the first delivery is still under way.
        if (random.below(4) === 0) deliveries.push(platform.deliver([message], callbackUrl))
        for (const callback of await Promise.all(deliveries)) notice(callback)
      }
      const whole = asked.map((article) => article.answer).join('\n\n')
      const said = () =>
        platform
          .seenBy(address)
          .slice(expected)
          .map((send) => send.text)
          .join('\n\n')
      const answered = await waitFor(() => said().length >= whole.length)
      if (!answered) {
        complaints.push(`${address}: no answer to message ${n} in ${patienceMs} ms`)
        return
      }
      if (said() !== whole) complaints.push(`${address}: asked ${asked.map((article) => article.question).join(' + ')}, was told ${said()}`)
      const replies = platform.seenBy(address).slice(expected)
      expected += replies.length
      turns.push({ address, askedAtMs, answeredAtMs: replies.at(-1)?.atMs ?? performance.now() })
      await sleep(random.below(options.pauseMs))
    }
    // Nothing comes afterwards that was not asked for; looked at once everybody is done.
    afterwards.push(() => {
      const extra = platform.seenBy(address).slice(expected)
      if (extra.length > 0)
        complaints.push(`${address}: ${extra.length} more sends than questions: ${extra.map((send) => send.text).join(' | ')}`)
    })
  }
  const afterwards: (() => void | Promise<void>)[] = []

  const waitFor = async (met: () => boolean | Promise<boolean>): Promise<boolean> => {
    const until = performance.now() + patienceMs
    while (!(await met())) {
      if (performance.now() > until) return false
      await sleep(25)
    }
    return true
  }

  /** Repeats until the house answers; a client of the web chat does the same. */
  const callHouse = async (method: string, path: string, bearer: string, body?: unknown): Promise<any> => {
    const until = performance.now() + patienceMs
    // What a customer says is answered in time; what a reader polls may take longer.
    const says = method === 'POST' && path.endsWith('/activities')
    for (;;) {
      const url = reach()?.url
      const began = performance.now()
      if (url !== undefined)
        try {
          const response = await fetch(url + path, {
            method,
            headers: { authorization: `Bearer ${bearer}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
            ...(body === undefined ? {} : { body: JSON.stringify(body) }),
            signal: AbortSignal.timeout(20_000),
          })
          const answer = await response.json()
          if (says) longestAnswerMs = Math.max(longestAnswerMs, performance.now() - began)
          if (response.ok) return answer
          if (response.status < 500 && response.status !== 429)
            throw new Error(`${method} ${path}: ${response.status} ${JSON.stringify(answer)}`)
        } catch (error) {
          if (error instanceof Error && error.message.startsWith(method)) throw error
          if (says && (error as Error).name === 'TimeoutError') longestAnswerMs = Math.max(longestAnswerMs, performance.now() - began)
        }
      if (performance.now() > until) throw new Error(`${method} ${path}: no answer in ${patienceMs} ms`)
      await sleep(50)
    }
  }

  const runWebChat = async (name: string) => {
    const base = '/v3/directline'
    const opened = await callHouse('POST', `${base}/tokens/generate`, options.webChatSecret, { user: { id: `web-${name}` } })
    const { conversationId, token } = await callHouse('POST', `${base}/conversations`, opened.token)
    const path = `${base}/conversations/${conversationId}/activities`
    const asked: { client: string; id: string; answer: string }[] = []
    const all = async () => {
      const activities: any[] = []
      let watermark = ''
      for (;;) {
        const page = await callHouse('GET', `${path}?watermark=${watermark}`, token)
        if (page.activities.length === 0) return activities
        activities.push(...page.activities)
        watermark = page.watermark
      }
    }
    let watermark = ''
    for (let n = 0; !finishing; n++) {
      const article = random.pick(KNOWN_ARTICLES)
      const client = `${name}-${n}`
      const askedAtMs = performance.now()
      messages++
      const activity = { type: 'message', from: { id: `web-${name}` }, text: article.question, channelData: { clientActivityID: client } }
      const posts = [callHouse('POST', path, token, activity)]
      if (random.below(4) === 0) posts.push(callHouse('POST', path, token, activity))
      const ids = (await Promise.all(posts)).map((answer) => answer.id as string)
      if (new Set(ids).size !== 1) complaints.push(`${name}: one message got the ids ${ids.join(', ')}`)
      const id = ids[0] as string
      asked.push({ client, id, answer: article.answer })
      const answered = await waitFor(async () => {
        const page = await callHouse('GET', `${path}?watermark=${watermark}`, token)
        if (page.activities.length > 0) watermark = page.watermark
        return page.activities.some((each: any) => each.replyToId === id)
      })
      if (!answered) {
        complaints.push(`${name}: no answer to ${client} in ${patienceMs} ms`)
        return
      }
      turns.push({ address: conversationId, askedAtMs, answeredAtMs: performance.now() })
      await sleep(200 + random.below(options.pauseMs + 300))
    }
    afterwards.push(async () => {
      const [, ...said] = await all()
      const shown = said.map((each: any) =>
        each.replyToId === undefined ? `q ${each.channelData?.clientActivityID}` : `a ${each.replyToId} ${each.text}`,
      )
      const wanted = asked.flatMap(({ client, id, answer }) => [`q ${client}`, `a ${id} ${answer}`])
      if (JSON.stringify(shown) !== JSON.stringify(wanted))
        complaints.push(`${name}: expected ${wanted.join(' / ')}, shown ${shown.join(' / ')}`)
    })
  }

  const running = [
    ...Array.from({ length: options.patient }, (_, n) => runFake(`${label}patient-${n}`, 1)),
    ...Array.from({ length: options.hasty }, (_, n) => runFake(`${label}hasty-${n}`, 2)),
    ...Array.from({ length: options.webChat }, (_, n) => runWebChat(`${label}chat-${n}`)),
  ].map((customer) =>
    customer.catch((error) => {
      complaints.push(String(error))
    }),
  )

  return {
    turns,
    messages: () => messages,
    complaints,
    longestAnswerMs: () => longestAnswerMs,
    async finish() {
      finishing = true
      await Promise.all(running)
      for (const look of afterwards) await look()
    },
  }
}
