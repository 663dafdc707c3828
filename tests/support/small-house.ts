import pino from 'pino'
import { createBot, wordGreeting } from '../../bot/index.ts'
import { type Channel, type Conversations, createConversations } from '../../conversations/index.ts'
import { createCustomers } from '../../customers/index.ts'
import type { KnowledgeBase } from '../../knowledge-base/index.ts'
import type { Database } from '../../platform/database.ts'
import { createEvents } from '../../platform/events.ts'
import type { Files } from '../../platform/files.ts'
import { NO_PROBE, type Probe } from '../../platform/probe.ts'

/** Conversations and bot without HTTP and without a real knowledge base: every question is answered by an echo of itself. */
export interface SmallHouse {
  readonly conversations: Conversations
  readonly bot: { start(): void; stop(): Promise<void> }
  stop(): Promise<void>
}

const ECHO_ARTICLE = 'echo'

export function echo(question: string): string {
  return `答：${question}`
}

const knowledgeBase: Pick<KnowledgeBase, 'ask' | 'confirmCurrent' | 'recordGap'> = {
  async ask({ question }) {
    const answer = { articleId: ECHO_ARTICLE, version: 1, text: echo(question), question, changedAt: new Date('2026-01-01T00:00:00Z') }
    return { decision: 'answer', confidence: 1, answer, hits: [], candidates: [], effectiveQuestion: question, tookMs: 0 } as never
  },
  confirmCurrent: async () => true,
  recordGap: async () => undefined,
}

const noFiles: Files = {
  put: async () => {
    throw new Error('no files in this house')
  },
  read: async () => null,
}

export async function openSmallHouse(
  database: Database,
  options: { channels: readonly Channel[]; owner?: string; probe?: Probe; deliver?: boolean },
): Promise<SmallHouse> {
  const log = pino({ level: 'silent' })
  const probe = options.probe ?? NO_PROBE
  const events = createEvents(database, log)
  const conversations = createConversations({
    database,
    customers: createCustomers(),
    events,
    files: noFiles,
    log,
    probe,
    owner: options.owner ?? 'test',
    greet: wordGreeting,
  })
  for (const channel of options.channels) conversations.addChannel(channel)
  await events.start()
  await conversations.start({ deliver: options.deliver ?? true })
  const bot = createBot({ conversations, knowledgeBase: knowledgeBase as KnowledgeBase, log, probe })
  return {
    conversations,
    bot,
    async stop() {
      await bot.stop()
      await conversations.stop()
      await events.stop()
    },
  }
}
