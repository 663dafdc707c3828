import type { ProbePoint } from '../../platform/probe.ts'
import { startFakePlatform } from './fake-platform.ts'
import { type HouseProcess, StartFailed, startHouseProcess } from './house-process.ts'
import { knownArticlesAsNdjson } from './known-articles.ts'
import { createRandom, percentile } from './random.ts'
import { startTraffic } from './traffic.ts'

/** a real house under traffic, killed at random moments and at every named place, started again each time. */

export const NAMED_POINTS: readonly ProbePoint[] = [
  'inbox.before-commit',
  'inbox.after-commit',
  'inbox.after-acknowledge',
  'turn.after-claim',
  'turn.after-search',
  'turn.before-commit',
  'turn.after-commit',
  'outbox.after-claim',
  'outbox.after-send',
  'outbox.after-mark',
  'import.before-commit',
  'import.after-commit',
]

export const PROCESS_TOKEN = 'test-token-0123456789-0123456789-abcdef'
export const PROCESS_SECRET = 'test-web-chat-secret-0123456789-abcdef'

/** Variables of a house in a process of its own. */
export function processEnv(dataDir: string, databaseUrl?: string): Record<string, string> {
  return {
    ZHIKE_PORT: '0',
    ZHIKE_DATA_DIR: dataDir,
    ZHIKE_DEMO: 'off',
    ZHIKE_LOG_LEVEL: 'silent',
    ZHIKE_DRAIN_SECONDS: '4',
    ZHIKE_API_TOKEN: PROCESS_TOKEN,
    ZHIKE_WEB_CHAT_SECRET: PROCESS_SECRET,
    ...(databaseUrl === undefined ? {} : { ZHIKE_DATABASE_URL: databaseUrl }),
  }
}

/** Repeats while the house says that it is busy. */
export async function importArticles(url: string, ndjson: string): Promise<{ status: number; body: any }> {
  for (let attempt = 1; ; attempt++) {
    const response = await fetch(`${url}/api/articles/import`, {
      method: 'POST',
      headers: { authorization: `Bearer ${PROCESS_TOKEN}`, 'content-type': 'application/x-ndjson' },
      body: ndjson,
    })
    if (response.status !== 503 || attempt === 30) return { status: response.status, body: await response.json() }
    await response.arrayBuffer()
    await new Promise((resolve) => setTimeout(resolve, 500))
  }
}

type Plan =
  | { readonly kind: 'random'; readonly afterMs: number }
  | { readonly kind: 'starting'; readonly afterMs: number }
  | { readonly kind: 'named'; readonly point: ProbePoint; readonly nth: number }

export interface KilledFigures {
  readonly seed: number
  readonly kills: number
  readonly messages: number
  readonly turns: number
  /** Turns that a kill fell into. */
  readonly interrupted: number
  /** From the last kill that fell into a Turn to its answer, the restart included: 99th percentile, and longest. */
  readonly resumeP99Ms: number
  readonly resumeMaxMs: number
  /** Time a house was up between the first of several kills that fell into a Turn and its answer. */
  readonly upP99Ms: number
  readonly startP50Ms: number
  /** Sends that the platform saw again under the same key, and dropped. */
  readonly repeatedKeys: number
  readonly complaints: readonly string[]
}

export interface KilledOptions {
  readonly entry: string
  readonly env: Readonly<Record<string, string>>
  readonly randomKills: number
  /** How often each named place is killed at. */
  readonly namedRounds: number
  readonly seed?: number
}

export async function proveKilled(options: KilledOptions): Promise<KilledFigures> {
  const random = createRandom(options.seed)
  const platform = await startFakePlatform()
  const complaints: string[] = []
  const starts: number[] = []
  const killTimes: number[] = []
  /** When a house was up; the last one is open. */
  const up: { from: number; to: number }[] = []
  let current: HouseProcess | null = null

  const start = async (kill?: { point: ProbePoint; nth: number }, onSpawn?: (end: () => void) => void): Promise<HouseProcess> => {
    const house = await startHouseProcess(
      { entry: options.entry, env: options.env, platformUrl: platform.url, ...(kill ? { kill } : {}) },
      onSpawn,
    )
    starts.push(house.startedInMs)
    const interval = { from: performance.now(), to: Number.POSITIVE_INFINITY }
    up.push(interval)
    current = house
    void house.exited.then(() => {
      interval.to = performance.now()
      if (current === house) current = null
    })
    return house
  }

  const plans = random.shuffle<Plan>([
    ...Array.from(
      { length: options.randomKills },
      (_, n): Plan => (n % 6 === 5 ? { kind: 'starting', afterMs: random.below(2_500) } : { kind: 'random', afterMs: random.below(2_500) }),
    ),
    ...Array.from({ length: options.namedRounds }, () =>
      NAMED_POINTS.map((point): Plan => ({ kind: 'named', point, nth: 1 + random.below(point.startsWith('import') ? 1 : 3) })),
    ).flat(),
  ])

  try {
    const first = await start()
    const loaded = await importArticles(first.url, knownArticlesAsNdjson())
    if (loaded.status !== 200) throw new Error(`the articles could not be imported: ${JSON.stringify(loaded.body)}`)
    await first.kill()
    killTimes.push(performance.now())

    const traffic = startTraffic({
      random,
      platform,
      reach: () => current,
      webChatSecret: PROCESS_SECRET,
      patient: 7,
      hasty: 3,
      webChat: 3,
      pauseMs: 150,
    })

    for (const [index, plan] of plans.entries()) {
      if (plan.kind === 'starting') {
        await start(undefined, (end) => setTimeout(end, plan.afterMs)).then(
          (house) => house.exited,
          (error) => {
            // Killed before it served; anything else it says on the way is a failed start.
            if (!(error instanceof StartFailed) || error.stderr !== '') complaints.push(`start ${index}: ${String(error)}`)
          },
        )
      } else if (plan.kind === 'random') {
        const house = await start()
        await new Promise((resolve) => setTimeout(resolve, plan.afterMs))
        await house.kill()
      } else {
        const house = await start({ point: plan.point, nth: plan.nth }).catch((error) => {
          // What the last life left is taken up before the house serves: it may come to the place while it starts.
          if (error instanceof StartFailed && error.signal === 'SIGKILL') return null
          throw error
        })
        if (house === null) {
          killTimes.push(performance.now())
          continue
        }
        const rows = Array.from({ length: 3 }, (_, n) => ({
          id: `extra-${index}-${n}`,
          question: `第${index}批第${n}号说明书在哪里下载`,
          answer: `第${index}批第${n}号说明书在下载中心。`,
        }))
        const ndjson = rows.map((row) => JSON.stringify(row)).join('\n')
        if (plan.point.startsWith('import')) void importArticles(house.url, ndjson).catch(() => undefined)
        const died = await Promise.race([
          house.exited.then(() => true),
          new Promise<false>((resolve) => setTimeout(() => resolve(false), 45_000)),
        ])
        if (!died) {
          complaints.push(`the house never came to ${plan.point} for the ${plan.nth}. time`)
          await house.kill()
        }
        if (plan.point.startsWith('import')) {
          // The same import again completes what was begun, and changes nothing that was done.
          killTimes.push(performance.now())
          const next = await start()
          const { status, body } = await importArticles(next.url, ndjson)
          const wanted = plan.point === 'import.before-commit' ? { created: 3, unchanged: 0 } : { created: 0, unchanged: 3 }
          if (status !== 200 || body.created !== wanted.created || body.unchanged !== wanted.unchanged)
            complaints.push(`import killed at ${plan.point}, repeated: ${status} ${JSON.stringify(body)}`)
          await next.kill()
        }
      }
      killTimes.push(performance.now())
    }

    const last = await start()
    await traffic.finish()
    await last.stop()
    const { code } = await last.exited
    if (code !== 0) complaints.push(`the last house ended with ${code}`)
    if (platform.repeats.some((repeat) => !repeat.sameText)) complaints.push('a key was sent again with another text')

    const upWithin = (from: number, to: number) =>
      up.reduce((sum, span) => sum + Math.max(0, Math.min(to, span.to) - Math.max(from, span.from)), 0)
    const resumes: number[] = []
    const ups: number[] = []
    for (const turn of traffic.turns) {
      const hits = killTimes.filter((time) => time > turn.askedAtMs && time < turn.answeredAtMs)
      const [first] = hits
      const last = hits.at(-1)
      if (first === undefined || last === undefined) continue
      resumes.push(turn.answeredAtMs - last)
      ups.push(upWithin(first, turn.answeredAtMs))
    }
    return {
      seed: random.seed,
      kills: killTimes.length - 1,
      messages: traffic.messages(),
      turns: traffic.turns.length,
      interrupted: resumes.length,
      resumeP99Ms: Math.round(percentile(resumes, 0.99)),
      resumeMaxMs: Math.round(percentile(resumes, 1)),
      upP99Ms: Math.round(percentile(ups, 0.99)),
      startP50Ms: Math.round(percentile(starts, 0.5)),
      repeatedKeys: platform.repeats.length,
      complaints: [...complaints, ...traffic.complaints].slice(0, 12),
    }
  } finally {
    await (current as HouseProcess | null)?.kill()
    await platform.stop()
  }
}
