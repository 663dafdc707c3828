import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Activity } from '../../conversations/channel.ts'
import type { Mailbox } from '../../conversations/mailbox.ts'
import { ZhikeError } from '../../platform/errors.ts'

/** What a mailbox owes a channel whose reader comes to us. */

export interface MailboxUnderTest {
  readonly mailbox: Mailbox
  /** Stores one message of the Address's owner, as the inbox would. */
  say(address: string, owner: { id: string; trusted: boolean }, text: string): Promise<void>
  close(): Promise<void>
}

const VISITOR = { id: 'dl_visitor-1', trusted: false }
const CUSTOMER = { id: 'c-1', trusted: true, name: '王女士' }

export function describeMailbox(name: string, open: () => Promise<MailboxUnderTest>): void {
  describe(`the mailbox ${name}`, () => {
    let it: MailboxUnderTest
    let made = 0
    beforeAll(async () => {
      it = await open()
    })
    afterAll(() => it.close())

    const fresh = () => `address-${++made}-0123456789abcdef`
    const texts = async (address: string, seq = 0, limit = 1_000) =>
      (await it.mailbox.after(address, seq, limit)).map(({ activity }) => activity.text)
    const refusal = (promise: Promise<unknown>) =>
      promise.then(
        () => null,
        (error: unknown) => (error instanceof ZhikeError ? [error.kind, error.code] : error),
      )

    test('knows nothing of an Address before its start', async () => {
      const address = fresh()
      expect(await it.mailbox.ownerOf(address)).toBeNull()
      expect(await it.mailbox.lastSeq(address)).toBe(0)
      expect(await it.mailbox.after(address, 0, 10)).toEqual([])
    })

    test('greets once, before the start returns', async () => {
      const address = fresh()
      expect(await it.mailbox.start(address, VISITOR, 'zh-CN')).toBe('created')
      const [greeting] = await it.mailbox.after(address, 0, 10)
      expect(greeting?.activity).toMatchObject({
        type: 'message',
        from: { role: 'bot' },
        channelData: { zhike: { kind: 'courtesy', aiGenerated: false } },
      })
      expect(greeting?.activity.replyToId).toBeUndefined()
      expect(await it.mailbox.start(address, VISITOR)).toBe('existing')
      expect(await it.mailbox.after(address, 0, 10)).toHaveLength(1)
      expect(await it.mailbox.ownerOf(address)).toBe(VISITOR.id)
    })

    test('is started by one of many who come at the same time', async () => {
      const address = fresh()
      const outcomes = await Promise.all(Array.from({ length: 8 }, () => it.mailbox.start(address, VISITOR)))
      expect(outcomes.filter((outcome) => outcome === 'created')).toHaveLength(1)
      expect(await it.mailbox.after(address, 0, 10)).toHaveLength(1)
    })

    test('is not started by somebody else', async () => {
      const address = fresh()
      await it.mailbox.start(address, VISITOR)
      expect(await refusal(it.mailbox.start(address, CUSTOMER))).toEqual(['forbidden', 'conversations.not-yours'])
      expect(await it.mailbox.ownerOf(address)).toBe(VISITOR.id)
    })

    test('gives complete activities in rising order, after a place and up to a number', async () => {
      const address = fresh()
      await it.mailbox.start(address, CUSTOMER)
      const said = Array.from({ length: 12 }, (_, n) => `第 ${n} 句 😀`)
      for (const text of said) await it.say(address, CUSTOMER, text)
      const letters = await it.mailbox.after(address, 0, 1_000)
      expect(letters.map((letter) => letter.activity.text).slice(1)).toEqual(said)
      expect(letters.every((letter, n) => n === 0 || letter.seq > (letters[n - 1]?.seq ?? 0))).toBe(true)
      for (const { activity } of letters) {
        expect(activity).toMatchObject({
          id: expect.any(String),
          timestamp: expect.stringMatching(/^\d{4}-.*Z$/),
          from: { id: expect.any(String) },
          conversation: { id: address },
        })
      }
      expect(new Set(letters.map(({ activity }) => activity.id)).size).toBe(letters.length)
      const times = letters.map(({ activity }) => Date.parse((activity as Required<Activity>).timestamp))
      expect(times).toEqual([...times].sort((a, b) => a - b))
      expect(await texts(address, letters[3]?.seq, 4)).toEqual(said.slice(3, 7))
      expect(await it.mailbox.lastSeq(address)).toBe(letters.at(-1)?.seq)
      expect(await texts(address, letters.at(-1)?.seq)).toEqual([])
    })

    test('loses nothing and repeats nothing for a reader who pages while others write', async () => {
      const address = fresh()
      await it.mailbox.start(address, CUSTOMER)
      const said = Array.from({ length: 40 }, (_, n) => `同时 ${n}`)
      let writing = true
      const writers = Promise.all(
        [0, 1, 2, 3].map(async (lane) => {
          for (const text of said.filter((_, n) => n % 4 === lane)) await it.say(address, CUSTOMER, text)
        }),
      ).then(() => {
        writing = false
      })
      const seen: string[] = []
      let at = 0
      for (;;) {
        const last = !writing
        const letters = await it.mailbox.after(address, at, 7)
        seen.push(...letters.map(({ activity }) => activity.text ?? ''))
        at = letters.at(-1)?.seq ?? at
        if (letters.length === 0 && last) break
        if (letters.length === 0) await new Promise((resolve) => setImmediate(resolve))
      }
      await writers
      expect(seen.slice(1).sort()).toEqual([...said].sort())
    })

    test('hints at what was stored until nobody listens any more', async () => {
      const address = fresh()
      await it.mailbox.start(address, CUSTOMER)
      let hints = 0
      const end = it.mailbox.watch(address, () => {
        hints++
      })
      await it.say(address, CUSTOMER, '一')
      await expect.poll(() => hints).toBeGreaterThan(0)
      end()
      await new Promise((resolve) => setImmediate(resolve))
      const before = hints
      await it.say(address, CUSTOMER, '二')
      expect(hints).toBe(before)
    })

    test('goes over to the customer who signs in, with all that was said', async () => {
      const address = fresh()
      const visitor = { id: `dl_visitor-${made}-x`, trusted: false }
      await it.mailbox.start(address, visitor)
      await it.say(address, visitor, '登录前')
      await it.mailbox.signIn(address, visitor, CUSTOMER)
      await it.mailbox.signIn(address, visitor, CUSTOMER)
      expect(await it.mailbox.ownerOf(address)).toBe(CUSTOMER.id)
      expect((await texts(address)).slice(1)).toEqual(['登录前'])
      expect(await it.mailbox.start(address, CUSTOMER)).toBe('existing')
      expect(await refusal(it.mailbox.start(address, visitor))).toEqual(['forbidden', 'conversations.not-yours'])
    })

    test('is not signed over by who does not own it, nor before it was started', async () => {
      const address = fresh()
      await it.mailbox.start(address, { id: `dl_visitor-${made}-y`, trusted: false })
      expect(await refusal(it.mailbox.signIn(address, { id: 'dl_visitor-else', trusted: false }, CUSTOMER))).toEqual([
        'forbidden',
        'conversations.not-yours',
      ])
      const never = fresh()
      await it.mailbox.signIn(never, VISITOR, CUSTOMER)
      expect(await it.mailbox.ownerOf(never)).toBeNull()
    })
  })
}
