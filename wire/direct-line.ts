import { Type } from 'typebox'
import { route } from './route.ts'
import { Nullable } from './schema.ts'

/**
 * Direct Line 3.0 (Bot Framework), as much of it as Web Chat speaks. Bodies are read and checked by the channel itself: the schemas
 * here describe, and what they do not name is kept.
 */

const open = { additionalProperties: true }

const token = Type.Object({ conversationId: Type.String(), token: Type.String(), expires_in: Type.Integer({ description: 'Seconds.' }) })
const conversation = Type.Object({
  ...token.properties,
  streamUrl: Type.String({ description: 'WebSocket; open it within 60 s, without a header.' }),
})
const account = Type.Object({ id: Type.String(), name: Type.Optional(Type.String()) }, open)
const activity = Type.Object(
  { type: Type.String(), from: account, text: Type.Optional(Type.String()), channelData: Type.Optional(Type.Object({}, open)) },
  open,
)
const activitySet = Type.Object({ activities: Type.Array(activity), watermark: Type.String() })
const posted = Type.Object({ id: Type.String() })
const standing = Type.Object({
  state: Type.Union([Type.Literal('none'), Type.Literal('bot'), Type.Literal('queue'), Type.Literal('agent')]),
  place: Nullable(Type.Integer({ minimum: 1, description: '1 is next; null unless it waits.' })),
  waitMinutes: Nullable(Type.Integer({ description: 'Not estimated yet.' })),
  open: Type.Boolean({ description: 'By service hours.' }),
  opensAt: Nullable(Type.String({ description: 'ISO 8601; null while open, and when no opening is known.' })),
})
const inConversation = Type.Object({ conversationId: Type.String() })
const since = Type.Object({ watermark: Type.Optional(Type.String({ description: 'As it was last given; empty: from the beginning.' })) })

const BASE = '/v3/directline'
/** 256 K characters are at most three times as many bytes. */
const LONGEST_ACTIVITY_BYTES = 1024 * 1024
/** Five files of 4 MiB, one Activity, and what stands between them. */
const LARGEST_UPLOAD_BYTES = 22 * 1024 * 1024

export const directLineRoutes = {
  generateToken: route({
    method: 'POST',
    path: `${BASE}/tokens/generate`,
    permission: 'channel',
    summary: 'A token for one new conversation: by the secret, from an allowed site, or with a signed identity',
    body: Type.Object({
      user: Type.Optional(account),
      trustedOrigins: Type.Optional(Type.Array(Type.String())),
      identity: Type.Optional(Type.String({ description: 'JWT, HS256 with the web-chat secret.' })),
    }),
    ok: { status: 200, schema: token },
    raw: true,
    bodyLimit: 64 * 1024,
  }),
  refreshToken: route({
    method: 'POST',
    path: `${BASE}/tokens/refresh`,
    permission: 'channel',
    summary: 'A new token for the same conversation, before the old one expires',
    ok: { status: 200, schema: token },
    raw: true,
    bodyLimit: 64 * 1024,
  }),
  startConversation: route({
    method: 'POST',
    path: `${BASE}/conversations`,
    permission: 'channel',
    summary: 'Starts the conversation of the token; 200 when it was started before',
    body: Type.Object(
      { user: Type.Optional(account), locale: Type.Optional(Type.String()), trustedOrigins: Type.Optional(Type.Array(Type.String())) },
      open,
    ),
    ok: { status: 201, schema: conversation, also: { 200: conversation } },
    raw: true,
    bodyLimit: 64 * 1024,
  }),
  reconnect: route({
    method: 'GET',
    path: `${BASE}/conversations/:conversationId`,
    permission: 'channel',
    summary: 'A new streamUrl that replays what came after the watermark',
    params: inConversation,
    query: since,
    ok: { status: 200, schema: conversation },
  }),
  readActivities: route({
    method: 'GET',
    path: `${BASE}/conversations/:conversationId/activities`,
    permission: 'channel',
    summary: 'Activities after the watermark, oldest first; page until the list is empty',
    params: inConversation,
    query: since,
    ok: { status: 200, schema: activitySet },
  }),
  readState: route({
    method: 'GET',
    path: `${BASE}/conversations/:conversationId/state`,
    permission: 'channel',
    summary: 'Who holds the conversation, the place in the queue, and whether humans serve now (ours, not Bot Framework)',
    params: inConversation,
    ok: { status: 200, schema: standing },
  }),
  postActivity: route({
    method: 'POST',
    path: `${BASE}/conversations/:conversationId/activities`,
    permission: 'channel',
    summary: 'One Activity of the customer; the same channelData.clientActivityID again answers with the first id',
    params: inConversation,
    body: activity,
    ok: { status: 200, schema: posted },
    raw: true,
    bodyLimit: LONGEST_ACTIVITY_BYTES,
  }),
  upload: route({
    method: 'POST',
    path: `${BASE}/conversations/:conversationId/upload`,
    permission: 'channel',
    summary: 'Files with or without an Activity: one as the raw body, or multipart/form-data',
    params: inConversation,
    query: Type.Object({ userId: Type.String() }),
    ok: { status: 200, schema: posted },
    raw: true,
    bodyLimit: LARGEST_UPLOAD_BYTES,
  }),
  stream: route({
    method: 'GET',
    path: `${BASE}/conversations/:conversationId/stream`,
    permission: 'channel',
    summary: 'WebSocket of activity sets; opened by its own short ticket',
    params: inConversation,
    query: Type.Object({ t: Type.String(), watermark: Type.Optional(Type.String()) }),
    ok: { status: 101, schema: null },
  }),
  readFile: route({
    method: 'GET',
    path: `${BASE}/conversations/:conversationId/attachments/:fileId`,
    permission: 'channel',
    summary: 'A file of the conversation, by the ticket in its link',
    params: Type.Object({ conversationId: Type.String(), fileId: Type.String() }),
    query: Type.Object({ t: Type.Optional(Type.String()) }),
    ok: { status: 200, schema: null },
  }),
}
