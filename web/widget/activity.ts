/** The part of a Bot Framework Activity that the chat reads and writes. */

export interface Attachment {
  contentType: string
  contentUrl?: string
  name?: string
}

/** Where a Conversation stands, as the house tells it. */
export interface Standing {
  state: 'none' | 'bot' | 'queue' | 'agent'
  /** 1 = next; null when not queued or not known. */
  place: number | null
  /** Whether people serve now. */
  open: boolean
  /** ISO; when they serve again. */
  opensAt: string | null
}

export interface Evidence {
  articleId: string
  question?: string
  changedAt?: string
}

export interface ChatActivity {
  id?: string
  type: string
  timestamp?: string
  from?: { id: string; name?: string; role?: string }
  text?: string
  name?: string
  value?: unknown
  attachments?: Attachment[]
  suggestedActions?: { actions: { title: string; value: string }[] }
  channelData?: {
    clientActivityID?: string
    'webchat:sequence-id'?: number
    streamType?: string
    /** The off-hours form was filled in. */
    zhikeForm?: boolean
    zhike?: { kind?: string; aiGenerated?: boolean; evidence?: Evidence[]; queue?: Partial<Standing> }
  }
}
