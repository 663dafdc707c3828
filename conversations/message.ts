import type { Activity, SuggestedAction } from './channel.ts'

/** Message ↔ Activity: what the house says, in the wire shape of every channel; pure. */

export type Sender = 'customer' | 'bot' | 'agent' | 'system'
export type MessageKind = 'answer' | 'ask' | 'handoff' | 'courtesy' | 'survey' | 'agent' | 'queue'

export interface Evidence {
  readonly articleId: string
  readonly version: number
  /** The Article's question and day of change, for the line 依据《…》. */
  readonly question?: string
  readonly changedAt?: string
}

/** A button: what stands on it, and what the customer says by tapping it. */
export interface Choice {
  readonly title: string
  readonly value: string
}

/** Where somebody who waits for a human stands. */
export interface QueueNote {
  /** 1 is next. */
  readonly place: number
  /** By service hours. */
  readonly open: boolean
  /** ISO 8601; null while open, or when no opening is known. */
  readonly opensAt: string | null
}

/** Something the house wants to say. */
export interface Utterance {
  readonly kind: MessageKind
  readonly text: string
  readonly evidence: readonly Evidence[]
  /** A plain text is its own title. */
  readonly choices: readonly (string | Choice)[]
  /** Of replies to somebody who waits for a human. */
  readonly queue?: QueueNote
  /** True when a model worded it; the bot's own phrases and approved answers are not. */
  readonly aiGenerated: boolean
}

export const BOT_NAME = '知客'

/** Message id: the Address and a seven-digit counter, as Direct Line clients expect (`C|0000007`). */
export function messageIdOf(address: string, seq: number): string {
  return `${address}|${String(seq).padStart(7, '0')}`
}

/** Longest label of a button (Bot Framework clients cut longer ones). */
const CHOICE_LENGTH = 60

function button(choice: string | Choice): SuggestedAction {
  const { title, value } = typeof choice === 'string' ? { title: choice, value: choice } : choice
  return { type: 'imBack', title: Array.from(title).slice(0, CHOICE_LENGTH).join(''), value }
}

/** Id, timestamp and conversation are added when the Activity is read (`complete`). */
export function toActivity(utterance: Utterance, replyToId: string | null): Activity {
  return {
    type: 'message',
    from: { id: 'bot', name: BOT_NAME, role: 'bot' },
    text: utterance.text,
    textFormat: 'plain',
    inputHint: 'acceptingInput',
    ...(replyToId === null ? {} : { replyToId }),
    ...(utterance.choices.length === 0 ? {} : { suggestedActions: { actions: utterance.choices.map(button) } }),
    channelData: {
      zhike: {
        kind: utterance.kind,
        aiGenerated: utterance.aiGenerated,
        evidence: utterance.evidence,
        ...(utterance.queue ? { queue: utterance.queue } : {}),
      },
    },
  }
}

/** The Channel whose clients know it by the name Direct Line gives it. */
const WEB_CHAT = 'web-chat'

/** The stored Activity with what only its row knows. */
export function complete(activity: Activity, row: { id: string; seq: number; channel: string; address: string; at: Date }): Activity {
  return {
    ...activity,
    id: row.id,
    timestamp: row.at.toISOString(),
    channelId: activity.channelId ?? (row.channel === WEB_CHAT ? 'directline' : row.channel),
    conversation: { id: row.address },
    channelData: { ...activity.channelData, 'webchat:sequence-id': row.seq },
  }
}

/** Splits at sentence ends so that no part is longer than `maxBytes` in UTF-8; never inside a character. */
export function splitText(text: string, maxBytes: number): string[] {
  if (Buffer.byteLength(text) <= maxBytes) return [text]
  const parts: string[] = []
  let part = ''
  // Sentences first; a sentence that is too long alone goes by characters.
  for (const sentence of text.match(/[^。！？!?\n]*[。！？!?\n]*/gu) ?? [text]) {
    const pieces = Buffer.byteLength(sentence) > maxBytes ? Array.from(sentence) : [sentence]
    for (const piece of pieces) {
      if (part !== '' && Buffer.byteLength(part) + Buffer.byteLength(piece) > maxBytes) {
        parts.push(part)
        part = ''
      }
      part += piece
    }
  }
  if (part.trim() !== '' || parts.length === 0) parts.push(part)
  return parts
}
