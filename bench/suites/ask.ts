import type { Asked } from '../lib/corpus.ts'
import { percentile } from '../lib/figures.ts'
import { expectStatus, inParallel } from '../lib/http.ts'
import { type Round, timeRound, toRow } from '../lib/measure.ts'
import type { Contender } from '../lib/stage.ts'
import type { Suite } from './suite.ts'

/** POST /api/knowledge/ask on a started house, beside the same search called in process. */

const CONCURRENCY = [1, 16]

async function ask(house: Contender, one: Asked): Promise<number> {
  const began = performance.now()
  const body = { question: one.question, tier: 'ordinary', channel: 'web-chat' }
  const said = expectStatus(await house.client.call('POST', '/api/knowledge/ask', { bearer: house.apiToken, body }), 200)
  if (said.answer?.text !== one.answer) throw new Error(`"${one.question}" got the wrong answer: ${JSON.stringify(said).slice(0, 300)}`)
  return performance.now() - began
}

export const askSuite: Suite = {
  name: 'ask',
  pglite: false,
  async run(stage, { rounds, quick }) {
    const house = stage.contenders.find((contender) => contender.name === 'house') ?? stage.contenders[0]
    if (!house) throw new Error('no house was started')
    const question = (at: number) => stage.asked[at % stage.asked.length] as Asked
    const count = (concurrency: number) => (concurrency === 1 ? (quick ? 200 : 500) : quick ? 600 : 2_000)
    const round = (concurrency: number, units: number): Promise<Round> =>
      timeRound(house, async () => {
        const times: number[] = []
        await inParallel(units, concurrency, async (at) => {
          times.push(await ask(house, question(at)))
        })
        return { times, errors: 0 }
      })

    await round(8, quick ? 200 : 500)
    const taken = new Map<number, Round[]>(CONCURRENCY.map((concurrency) => [concurrency, []]))
    for (let n = 0; n < rounds; n++)
      for (const concurrency of CONCURRENCY) taken.get(concurrency)?.push(await round(concurrency, count(concurrency)))
    const rows = CONCURRENCY.map((concurrency) => toRow('ask', stage.size, house, concurrency, taken.get(concurrency) ?? []))

    // The same index in a program without the house: what of an ask is search.
    const bare = stage.contenders.find((contender) => contender.name === 'bare')
    if (bare) {
      const questions = Array.from({ length: count(1) }, (_, at) => question(at).question)
      const search = () =>
        timeRound(bare, async () => ({
          times: expectStatus(await bare.client.call('POST', '/search', { body: { questions } }), 200).times as number[],
          errors: 0,
        }))
      await search()
      const searches: Round[] = []
      for (let n = 0; n < rounds; n++) searches.push(await search())
      rows.push({ ...toRow('ask', stage.size, bare, 1, searches), contender: 'search in process' })
    }
    const slowest = percentile(taken.get(1)?.flatMap((one) => one.times) ?? [], 0.99)
    return {
      rows,
      failures: [],
      notes: [
        `${stage.size} Articles: ${(100 * stage.rightShare).toFixed(0)} % of unseen wordings answered rightly; ask p99 at 1: ${slowest.toFixed(1)} ms`,
      ],
    }
  },
}
