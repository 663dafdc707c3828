/** The states of a Conversation and what moves between them; pure. */

export type ConversationState = 'bot' | 'queue' | 'agent' | 'closed'
export type WorkKind = 'turn' | 'route' | 'suggest'

/** What the house must do next for a Conversation with an unanswered customer Message; null when closed. */
export function workKindFor(state: ConversationState): WorkKind | null {
  switch (state) {
    case 'bot':
      return 'turn'
    case 'queue':
      return 'route'
    case 'agent':
      return 'suggest'
    case 'closed':
      return null
  }
}

const MOVES: Readonly<Record<ConversationState, readonly ConversationState[]>> = {
  bot: ['queue', 'agent', 'closed'],
  queue: ['bot', 'agent', 'closed'],
  agent: ['queue', 'bot', 'agent', 'closed'],
  // A closed Conversation stays closed: the next Message opens another.
  closed: [],
}

export function mayMove(from: ConversationState, to: ConversationState): boolean {
  return MOVES[from].includes(to)
}
