import { randomUUID } from 'node:crypto'

/** A customer on Direct Line, over HTTP: what they send and what they see. */

export interface Seen {
  readonly id: string
  readonly text: string
  readonly from: { id: string; role?: string }
  readonly replyToId?: string
  readonly suggestedActions?: { actions: { title: string; value: string }[] }
  readonly channelData: { zhike?: { kind: string; aiGenerated: boolean; evidence: { articleId: string; version: number }[] } }
}

export interface Chat {
  readonly conversationId: string
  readonly token: string
  /** Sends and returns the Message id. */
  post(text: string, extra?: Record<string, unknown>): Promise<string>
  /** Everything stored so far. */
  seen(): Promise<Seen[]>
  /** Waits until the house has said something after the Message with this id. */
  replyTo(id: string): Promise<Seen>
  /** `post`, then `replyTo`. */
  ask(text: string, extra?: Record<string, unknown>): Promise<Seen>
}

/** Polls until `look` gives something; fails after `forMs`. */
export async function eventually<T>(look: () => Promise<T | null | undefined | false>, forMs = 15_000): Promise<T> {
  const until = performance.now() + forMs
  for (;;) {
    const found = await look()
    if (found) return found
    if (performance.now() > until) throw new Error(`nothing came within ${forMs} ms`)
    await new Promise((resolve) => setTimeout(resolve, 15))
  }
}

/** @param secret with a `user`, opens as that trusted customer; otherwise as an anonymous visitor of the house's own page. */
export async function openChat(url: string, options: { user?: string; secret?: string; locale?: string } = {}): Promise<Chat> {
  const base = `${url}/v3/directline`
  const post = async (path: string, headers: Record<string, string>, body?: unknown) => {
    const response = await fetch(base + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`)
    return (await response.json()) as { conversationId: string; token: string; id: string }
  }
  const first =
    options.user && options.secret
      ? await post('/tokens/generate', { authorization: `Bearer ${options.secret}` }, { user: { id: options.user } })
      : await post('/tokens/generate', { origin: url })
  const started = await post(
    '/conversations',
    { authorization: `Bearer ${first.token}`, origin: url },
    options.locale ? { locale: options.locale } : undefined,
  )
  const { conversationId, token } = started
  const seen = async (): Promise<Seen[]> => {
    const all: Seen[] = []
    let watermark = ''
    for (;;) {
      const response = await fetch(`${base}/conversations/${conversationId}/activities?watermark=${watermark}`, {
        headers: { authorization: `Bearer ${token}`, origin: url },
      })
      if (!response.ok) throw new Error(`activities: ${response.status}`)
      const page = (await response.json()) as { activities: Seen[]; watermark: string }
      if (page.activities.length === 0) return all
      all.push(...page.activities)
      watermark = page.watermark
    }
  }
  const send = async (text: string, extra: Record<string, unknown> = {}) =>
    (
      await post(
        `/conversations/${conversationId}/activities`,
        { authorization: `Bearer ${token}`, origin: url },
        { type: 'message', from: { id: 'me' }, text, channelData: { clientActivityID: randomUUID() }, ...extra },
      )
    ).id
  const replyTo = (id: string) => eventually(async () => (await seen()).find((activity) => activity.replyToId === id))
  return {
    conversationId,
    token,
    post: send,
    seen,
    replyTo,
    ask: async (text, extra) => replyTo(await send(text, extra)),
  }
}
