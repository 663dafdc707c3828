import type { Acknowledgement, Activity, Address, Channel, Identity, Inbound, RawRequest, Stored } from '../../conversations/channel.ts'
import type { Letter, Mailbox } from '../../conversations/mailbox.ts'
import { ZhikeError } from '../../platform/errors.ts'

interface Box {
  owner: string
  ended: boolean
  letters: Letter[]
  /** dedupeKey → id. */
  keys: Map<string, string>
}

export interface MemoryMailbox extends Mailbox {
  /** What the house says. */
  append(address: Address, activity: Activity): Letter
  /** The house's entry, without a house. */
  accept(channel: Channel, request: RawRequest): Promise<Acknowledgement>
  readFile(address: Address, fileId: string): Promise<{ name: string; contentType: string; bytes: Uint8Array } | null>
  /** Every Inbound that got as far as the store. */
  readonly taken: Inbound[]
}

/** A mailbox that keeps nothing: what the contract says, in the fewest lines. */
export function createMemoryMailbox(now: () => Date = () => new Date()): MemoryMailbox {
  const boxes = new Map<Address, Box>()
  const watchers = new Map<Address, Set<() => void>>()
  const files = new Map<string, { name: string; contentType: string; bytes: Uint8Array }>()
  const taken: Inbound[] = []

  const append = (address: Address, activity: Activity): Letter => {
    const box = boxes.get(address)
    if (!box) throw new Error('no such address')
    const seq = box.letters.length + 1
    const id = `${address}|${String(seq).padStart(7, '0')}`
    const letter = { seq, activity: { ...activity, id, timestamp: now().toISOString(), conversation: { id: address } } }
    box.letters.push(letter)
    for (const look of watchers.get(address) ?? []) queueMicrotask(look)
    return letter
  }

  const store = (inbound: Inbound): Stored => {
    const box = boxes.get(inbound.address)
    if (!box) throw new ZhikeError('missing', 'conversations.unknown-address', 'never started')
    if (inbound.activity.type === 'typing') return { id: `${inbound.address}|0000000`, seq: null, repeated: false }
    const earlier = box.keys.get(inbound.dedupeKey)
    if (earlier) return { id: earlier, seq: 0, repeated: true }
    if (box.ended) throw new ZhikeError('conflict', 'conversations.ended', 'ended')
    taken.push(inbound)
    const attachments = [...(inbound.activity.attachments ?? [])]
    inbound.files.forEach((file, index) => {
      const fileId = `f${files.size + 1}`
      files.set(`${inbound.address}/${fileId}`, { name: file.name, contentType: file.contentType, bytes: file.content as Uint8Array })
      const contentUrl = `/v3/directline/conversations/${inbound.address}/attachments/${fileId}`
      attachments[index] = { ...attachments[index], contentType: file.contentType, name: file.name, contentUrl }
    })
    const { seq, activity } = append(inbound.address, attachments.length > 0 ? { ...inbound.activity, attachments } : inbound.activity)
    box.keys.set(inbound.dedupeKey, activity.id ?? '')
    if (activity.type === 'endOfConversation') box.ended = true
    return { id: activity.id ?? '', seq, repeated: false }
  }

  return {
    taken,
    append,
    async accept(channel, request) {
      const received = await channel.receive(request)
      return received.acknowledge(received.inbound.map(store))
    },
    readFile: async (address, fileId) => files.get(`${address}/${fileId}`) ?? null,
    async start(address, identity: Identity) {
      const box = boxes.get(address)
      if (box && box.owner !== identity.id) throw new ZhikeError('forbidden', 'conversations.not-yours', 'somebody else')
      if (box) return 'existing'
      boxes.set(address, { owner: identity.id, ended: false, letters: [], keys: new Map() })
      append(address, {
        type: 'message',
        from: { id: 'bot', role: 'bot' },
        text: '您好',
        channelData: { zhike: { kind: 'courtesy', aiGenerated: false, evidence: [] } },
      })
      return 'created'
    },
    ownerOf: async (address) => boxes.get(address)?.owner ?? null,
    async signIn(address, was, signed) {
      const box = boxes.get(address)
      if (!box || box.owner === signed.id) return
      if (box.owner !== was.id) throw new ZhikeError('forbidden', 'conversations.not-yours', 'somebody else')
      box.owner = signed.id
    },
    after: async (address, seq, limit) => (boxes.get(address)?.letters ?? []).filter((letter) => letter.seq > seq).slice(0, limit),
    lastSeq: async (address) => boxes.get(address)?.letters.at(-1)?.seq ?? 0,
    watch(address, look) {
      const set = watchers.get(address) ?? new Set()
      watchers.set(address, set.add(look))
      return () => {
        set.delete(look)
      }
    },
  }
}
