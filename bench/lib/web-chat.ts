import WebSocket from 'ws'
import { type Client, expectStatus } from './http.ts'

/** A customer on Direct Line 3.0, as a page has it: token, conversation, stream, post. */

export interface Reply {
  readonly text: string
  readonly kind: string
  /** Milliseconds from the post to the reply on the stream. */
  readonly ms: number
}

export interface Customer {
  /** Posts and waits until the reply has arrived on the stream and the post is answered. @throws after 20 s */
  say(text: string): Promise<Reply>
  close(): void
}

const PATIENCE_MS = 20_000

interface Activity {
  readonly replyToId?: string
  readonly text?: string
  readonly from?: { readonly role?: string }
  readonly channelData?: { readonly zhike?: { readonly kind?: string } }
}

/** Opens a conversation of a customer the site vouches for, and its stream; resolves when the greeting is there. */
export async function openCustomer(client: Client, secret: string, id: string): Promise<Customer> {
  const made = expectStatus(await client.call('POST', '/v3/directline/tokens/generate', { bearer: secret, body: { user: { id } } }), 200)
  const started = expectStatus(await client.call('POST', '/v3/directline/conversations', { bearer: made.token, body: {} }), 200, 201)
  const path = `/v3/directline/conversations/${started.conversationId}/activities`

  const replies = new Map<string, { activity: Activity; at: number }>()
  let hear = () => {}
  const socket = new WebSocket(started.streamUrl, { perMessageDeflate: false })
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('no greeting on the stream')), PATIENCE_MS)
    socket.on('error', reject)
    socket.on('message', (data) => {
      const at = performance.now()
      const text = data.toString()
      if (text === '') return
      for (const activity of (JSON.parse(text) as { activities: Activity[] }).activities) {
        if (activity.from?.role !== 'bot') continue
        if (activity.replyToId === undefined) {
          clearTimeout(timer)
          resolve()
        } else replies.set(activity.replyToId, { activity, at })
      }
      hear()
    })
  })

  return {
    async say(text) {
      const began = performance.now()
      const body = { type: 'message', from: { id }, text, locale: 'zh-CN', channelData: { clientActivityID: crypto.randomUUID() } }
      const posted = expectStatus(await client.call('POST', path, { bearer: started.token, body }), 200)
      const key = posted.id as string
      if (!replies.has(key))
        await new Promise<void>((resolve, reject) => {
          const timer = setTimeout(() => reject(new Error(`no reply to "${text}" in ${PATIENCE_MS / 1000} s`)), PATIENCE_MS)
          hear = () => {
            if (!replies.has(key)) return
            clearTimeout(timer)
            resolve()
          }
        })
      const found = replies.get(key)
      replies.delete(key)
      if (!found) throw new Error('a reply vanished')
      return { text: found.activity.text ?? '', kind: found.activity.channelData?.zhike?.kind ?? '', ms: found.at - began }
    },
    close: () => socket.terminate(),
  }
}
