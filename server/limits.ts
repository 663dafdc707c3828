import { ZhikeError } from '../platform/errors.ts'

/** Token buckets: how much a caller may ask for. Per process: they keep one caller from crowding out the others. */

export interface Limit {
  readonly perSecond: number
  readonly burst: number
}

export type LimitName = 'token' | 'address' | 'web-chat-post' | 'web-chat-read'
export type LimitTable = Readonly<Record<LimitName, Limit>>

/** contract.md §3: a bearer token 500/s with bursts of 1 000, an address 200/s, a web chat 20 posts/10 s and 100 reads/s. */
export const DEFAULT_LIMITS: LimitTable = {
  token: { perSecond: 500, burst: 1_000 },
  address: { perSecond: 200, burst: 200 },
  'web-chat-post': { perSecond: 2, burst: 20 },
  'web-chat-read': { perSecond: 100, burst: 100 },
}

export interface Limits {
  /** @throws ZhikeError `throttled` `limits.too-many` with `retryAfterMs`. */
  take(name: LimitName, key: string): void
  table(): LimitTable
  set(table: LimitTable): void
}

interface Bucket {
  tokens: number
  at: number
}

const MAX_BUCKETS = 50_000
/** A rate near nothing would make it endless, which no client can read. */
const LONGEST_WAIT_MS = 3_600_000

export function createLimits(now: () => number = () => performance.now()): Limits {
  let table = DEFAULT_LIMITS
  const buckets = new Map<string, Bucket>()
  return {
    take(name, key) {
      const { perSecond, burst } = table[name]
      const id = `${name} ${key}`
      const at = now()
      const bucket = buckets.get(id)
      const tokens = bucket ? Math.min(burst, bucket.tokens + ((at - bucket.at) * perSecond) / 1000) : burst
      if (tokens < 1)
        throw new ZhikeError('throttled', 'limits.too-many', 'Too many requests; wait a moment and try again.', {
          retryAfterMs: Math.min(LONGEST_WAIT_MS, Math.ceil(((1 - tokens) / perSecond) * 1000)),
        })
      if (bucket) {
        bucket.tokens = tokens - 1
        bucket.at = at
        return
      }
      // A full bucket is as good as none, so the oldest entries may go.
      if (buckets.size >= MAX_BUCKETS) for (const old of [...buckets.keys()].slice(0, MAX_BUCKETS / 10)) buckets.delete(old)
      buckets.set(id, { tokens: tokens - 1, at })
    },
    table: () => table,
    set(next) {
      table = next
    },
  }
}
