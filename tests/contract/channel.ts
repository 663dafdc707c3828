import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Channel, RawRequest } from '../../conversations/channel.ts'
import { ZhikeError } from '../../platform/errors.ts'

/** What every channel owes the house, whatever it speaks outside. */

export interface ChannelUnderTest {
  readonly channel: Channel
  /** Fair requests, each with one thing a customer said. */
  readonly fair: readonly { readonly request: RawRequest; readonly text: string; readonly address: string; readonly trusted: boolean }[]
  /** Requests whose sender is not who they say, or that are not of the channel's form. */
  readonly flawed: readonly { readonly why: string; readonly request: RawRequest }[]
  close(): Promise<void>
}

const REFUSALS = new Set(['unauthenticated', 'forbidden', 'invalid', 'missing', 'too-large'])

export function describeChannel(name: string, open: () => Promise<ChannelUnderTest>): void {
  describe(`the channel ${name}`, () => {
    let it: ChannelUnderTest
    beforeAll(async () => {
      it = await open()
    })
    afterAll(() => it.close())

    const refusalOf = async (request: RawRequest): Promise<unknown> => {
      try {
        await it.channel.receive(request)
        return 'accepted'
      } catch (error) {
        return error instanceof ZhikeError && REFUSALS.has(error.kind) ? 'refused' : error
      }
    }

    test('states its limits in usable numbers', () => {
      const { limits } = it.channel
      expect(it.channel.name).toMatch(/^[a-z][a-z-]+$/)
      expect(limits.textBytes).toBeGreaterThan(100)
      expect(limits.buttons).toBeGreaterThanOrEqual(0)
      expect(limits.replyWindowMs === null).toBe(limits.repliesInWindow === null)
    })

    test('translates what a customer said, who said it and where', async () => {
      for (const { request, text, address, trusted } of it.fair) {
        const { inbound } = await it.channel.receive(request)
        expect(inbound).toHaveLength(1)
        const [only] = inbound
        expect(only).toMatchObject({ address, activity: { type: 'message', text }, identity: { trusted } })
        expect(only?.identity.id).not.toBe('')
        expect(only?.sentAt.getTime()).toBeGreaterThan(0)
      }
    })

    test('gives a second delivery the key of the first, and different messages different keys', async () => {
      const keys = []
      for (const { request } of it.fair) {
        const [first, second] = [await it.channel.receive(request), await it.channel.receive(request)]
        expect(first.inbound[0]?.dedupeKey).toBe(second.inbound[0]?.dedupeKey)
        keys.push(`${first.inbound[0]?.address} ${first.inbound[0]?.dedupeKey}`)
      }
      expect(new Set(keys).size).toBe(keys.length)
      expect(keys.every((key) => key.length < 1_000)).toBe(true)
    })

    test('acknowledges what was stored, and the same way when it was stored before', async () => {
      for (const { request } of it.fair) {
        const received = await it.channel.receive(request)
        const [once, again] = [false, true].map((repeated) =>
          received.acknowledge(received.inbound.map(() => ({ id: 'm-1', seq: 1, repeated }))),
        )
        expect(once?.status).toBeGreaterThanOrEqual(200)
        expect(once?.status).toBeLessThan(300)
        expect(again).toEqual(once)
      }
    })

    test('does not change the request it reads', async () => {
      for (const { request } of it.fair) {
        const before = structuredClone(request)
        await it.channel.receive(request)
        expect(request).toEqual(before)
      }
    })

    test('refuses every flawed request with a ZhikeError that says what is wrong', async () => {
      for (const { why, request } of it.flawed) expect([why, await refusalOf(request)]).toEqual([why, 'refused'])
    })

    test('survives any bytes, any header and any query', async () => {
      const text = fc.string({ unit: 'binary', maxLength: 40 })
      await fc.assert(
        fc.asyncProperty(
          fc.constantFrom(...it.fair.map((entry) => entry.request)),
          fc.uint8Array({ maxLength: 200 }),
          fc.dictionary(fc.constantFrom('authorization', 'content-type', 'origin', 'content-length', 'x-y'), text),
          fc.dictionary(fc.constantFrom('userId', 'watermark', 't', 'timestamp', 'nonce', 'msg_signature'), text),
          async (request, body, headers, query) => {
            const outcomes = [
              await refusalOf({ ...request, body }),
              await refusalOf({ ...request, headers: { ...request.headers, ...headers } }),
              await refusalOf({ ...request, query }),
              await refusalOf({ ...request, body, headers, query, path: `${request.path}/${headers.origin ?? ''}` }),
            ]
            return outcomes.every((outcome) => outcome === 'refused' || outcome === 'accepted')
          },
        ),
        { numRuns: 200 },
      )
    })
  })
}
