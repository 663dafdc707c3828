import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startFakePlatform } from './fake-platform.ts'
import { type HouseProcess, startHouseProcess } from './house-process.ts'
import { importArticles, processEnv } from './killed.ts'
import { KNOWN_ARTICLES, knownArticlesAsNdjson } from './known-articles.ts'
import { createRandom, percentile } from './random.ts'

/** several processes over one Postgres get the same callbacks; one of them is killed in the middle. */

export interface ManyFigures {
  readonly seed: number
  readonly messages: number
  readonly callbacks: number
  readonly replies: number
  readonly repeatedKeys: number
  readonly longestAnswerMs: number
  /** Longest wait of a customer for a reply; the ones a kill fell into are the longest. */
  readonly longestWaitMs: number
  readonly complaints: readonly string[]
}

export async function proveManyProcesses(options: {
  entry: string
  databaseUrl: string
  messages: number
  addresses: number
}): Promise<ManyFigures> {
  const random = createRandom()
  const platform = await startFakePlatform()
  const folder = mkdtempSync(join(tmpdir(), 'zhike-many-'))
  const complaints: string[] = []
  const env = processEnv(folder, options.databaseUrl)
  const start = () => startHouseProcess({ entry: options.entry, env, platformUrl: platform.url })
  const houses: HouseProcess[] = []
  try {
    const first = await start()
    houses.push(first)
    const loaded = await importArticles(first.url, knownArticlesAsNdjson())
    if (loaded.status !== 200) throw new Error(`the articles could not be imported: ${JSON.stringify(loaded.body)}`)
    houses.push(...(await Promise.all([start(), start(), start()])))

    const perAddress = Math.ceil(options.messages / options.addresses)
    let sent = 0
    let callbacks = 0
    let longestAnswerMs = 0
    let killedAtMs = 0
    const waits: number[] = []
    const customers = Array.from({ length: options.addresses }, async (_, place) => {
      const address = `many-${place}`
      const expected: string[] = []
      for (let n = 0; n < perAddress; n++) {
        const article = random.pick(KNOWN_ARTICLES)
        const message = { address, user: address, msgid: `${address}-${n}`, text: article.question }
        sent++
        if (killedAtMs === 0 && sent >= options.messages / 2) {
          killedAtMs = performance.now()
          await houses[1]?.kill()
        }
        const askedMs = performance.now()
        expected.push(article.answer)
        // Seen by itself: a callback to a process that dies at this moment goes on being repeated after the reply has come.
        const replied = (async () => {
          const until = askedMs + 120_000
          while (platform.seenBy(address).length < expected.length && performance.now() < until)
            await new Promise((resolve) => setTimeout(resolve, 10))
          waits.push(performance.now() - askedMs)
        })()
        // The same callback to every living process; the dead one is not repeated to.
        const answers = await Promise.all(
          houses.map((house) =>
            platform.deliver([message], () => house.callback, { giveUpMs: house.isAlive() ? 20_000 : 0 }).catch(() => null),
          ),
        )
        for (const answer of answers) {
          if (!answer) continue
          callbacks += answer.attempts
          longestAnswerMs = Math.max(longestAnswerMs, answer.longestAnswerMs)
        }
        if (answers.every((answer) => answer === null)) complaints.push(`${address}: nobody took message ${n}`)
        await replied
      }
      return { address, expected }
    })
    const done = await Promise.all(customers)
    // What came too much would come now.
    const living = houses.filter((house) => house.isAlive())
    await Promise.all(living.map((house) => house.stop()))
    for (const { address, expected } of done) {
      const told = platform.seenBy(address).map((send) => send.text)
      if (JSON.stringify(told) !== JSON.stringify(expected))
        complaints.push(`${address}: expected ${expected.length} replies in order, saw ${told.length}`)
      const to = platform.seenBy(address).map((send) => send.replyToId)
      if (new Set(to).size !== to.length) complaints.push(`${address}: two replies to one message`)
    }
    if (living.length !== 3) complaints.push(`${living.length} processes lived to the end instead of 3`)
    return {
      seed: random.seed,
      messages: sent,
      callbacks,
      replies: platform.seen.length,
      repeatedKeys: platform.repeats.length,
      longestAnswerMs: Math.round(longestAnswerMs),
      longestWaitMs: Math.round(percentile(waits, 1)),
      complaints,
    }
  } finally {
    await Promise.all(houses.filter((house) => house.isAlive()).map((house) => house.kill()))
    await platform.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}
