import type { HeardFeedback, Utterance } from '../conversations/index.ts'
import type { KnowledgeBase } from '../knowledge-base/index.ts'
import { scriptOf, toTraditional } from '../language/index.ts'
import type { Tx } from '../platform/database.ts'
import type { Desk } from './desk.ts'
import { button, HUMAN, phrase } from './wording.ts'

/** What customers say of answers: a Gap for the curators, and once the offer of a human. */

const REASON = 'not-helpful'

export interface FeedbackDeps {
  readonly knowledgeBase: Pick<KnowledgeBase, 'recordGap' | 'withdrawGap'>
  readonly desk: () => Desk
}

/** To be called in the transaction that stores the event: it happens whole, and once, or not at all. */
export function createFeedbackHearer({ knowledgeBase, desk }: FeedbackDeps) {
  return async (tx: Tx, heard: HeardFeedback): Promise<Utterance | null> => {
    const { question, turnId, conversationId, channel, tier } = heard
    if (heard.helpful) {
      if (heard.before === false) await knowledgeBase.withdrawGap(tx, { question, turnId, reason: REASON })
      return null
    }
    if (heard.before !== false) await knowledgeBase.recordGap(tx, { question, tier, channel, conversationId, turnId, reason: REASON })
    // Where a human has it, or is waited for, there is nothing to offer.
    if (!heard.firstUnhelpful || heard.state === 'queue' || heard.state === 'agent') return null
    const script = scriptOf(heard.asked)
    const language = script === 'other' ? 'zh-Hans' : script
    return {
      kind: 'courtesy',
      text: phrase('notHelpful', language, { desk: desk(), place: null }, toTraditional),
      evidence: [],
      choices: [button(HUMAN, language, toTraditional)],
      aiGenerated: false,
    }
  }
}
