import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type ConversationState, mayMove, workKindFor } from '../../../conversations/conversation.ts'
import { complete, messageIdOf, splitText, toActivity } from '../../../conversations/message.ts'

const STATES: readonly ConversationState[] = ['bot', 'queue', 'agent', 'closed']

describe('the states of a Conversation', () => {
  test('give each holder its own kind of work, and a closed Conversation none', () => {
    expect(STATES.map(workKindFor)).toEqual(['turn', 'route', 'suggest', null])
  })

  test('let every open Conversation be closed, and a closed one never move again', () => {
    for (const state of STATES) {
      expect(mayMove(state, 'closed')).toBe(state !== 'closed')
      expect(mayMove('closed', state)).toBe(false)
    }
  })

  test('let an agent pass a Conversation to another agent, but nobody else to themselves', () => {
    expect(STATES.filter((state) => mayMove(state, state))).toEqual(['agent'])
  })
})

describe('a text that is too long for a channel', () => {
  const text = fc
    .array(fc.oneof(fc.constantFrom('。', '！', '？', '\n', ' ', '好', 'a', '😀', '𠮷', '，'), fc.string({ unit: 'binary' })), {
      maxLength: 400,
    })
    .map((parts) => parts.join(''))

  test('is cut into parts of which none is longer than allowed, and which together say the same', () => {
    fc.assert(
      fc.property(text, fc.integer({ min: 4, max: 200 }), (whole, maxBytes) => {
        const parts = splitText(whole, maxBytes)
        for (const part of parts) expect(Buffer.byteLength(part)).toBeLessThanOrEqual(maxBytes)
        // Only white space at the very end may go.
        expect(whole.startsWith(parts.join(''))).toBe(true)
        expect(whole.slice(parts.join('').length).trim()).toBe('')
      }),
      { numRuns: 2_000 },
    )
  })

  test('is never cut inside a character', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('😀', '𠮷', '好', 'é', '。'), { minLength: 1, maxLength: 100 }),
        fc.integer({ min: 4, max: 40 }),
        (characters, maxBytes) => {
          const parts = splitText(characters.join(''), maxBytes)
          expect(parts.flatMap((part) => Array.from(part))).toEqual(characters)
        },
      ),
    )
  })

  test('is cut at the end of a sentence where one fits, and left whole when it fits', () => {
    expect(splitText('第一句。第二句。', 12)).toEqual(['第一句。', '第二句。'])
    expect(splitText('第一句。第二句。', 24)).toEqual(['第一句。第二句。'])
    expect(splitText('', 24)).toEqual([''])
  })

  test('is said at least in one part, even when it is nothing but white space', () => {
    expect(splitText(' '.repeat(30), 10).length).toBeGreaterThan(0)
  })
})

describe('a Message on the wire', () => {
  test('has an id that sorts in the order of its Address', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9_999_998 }), (seq) => {
        expect(messageIdOf('a', seq) < messageIdOf('a', seq + 1)).toBe(true)
      }),
    )
  })

  test('carries what stands behind it, what it answers and what can be tapped', () => {
    const activity = toActivity(
      { kind: 'answer', text: '三天。', evidence: [{ articleId: 'x', version: 2 }], choices: ['转人工'], aiGenerated: false },
      'a|0000001',
    )
    expect(activity).toMatchObject({
      type: 'message',
      replyToId: 'a|0000001',
      suggestedActions: { actions: [{ type: 'imBack', title: '转人工', value: '转人工' }] },
      channelData: { zhike: { kind: 'answer', aiGenerated: false, evidence: [{ articleId: 'x', version: 2 }] } },
    })
  })

  test('gets its id, place and time from its row, and keeps everything else', () => {
    const at = new Date('2026-03-01T08:00:00.000Z')
    const whole = complete(
      { type: 'message', text: '好', channelData: { clientActivityID: 'c' } },
      { id: 'a|0000003', seq: 3, channel: 'web-chat', address: 'a', at },
    )
    expect(whole).toMatchObject({
      id: 'a|0000003',
      timestamp: at.toISOString(),
      conversation: { id: 'a' },
      text: '好',
      channelData: { clientActivityID: 'c', 'webchat:sequence-id': 3 },
    })
  })
})
