import { type Desk, type Language, wordOpening } from './desk.ts'

/**
 * Every phrase the bot says of its own, Chinese and English. Traditional Chinese is made from the Simplified text. What it
 * says happened, what is safe, what to do; 您 to customers; no empty politeness.
 *
 * `{orHuman}` offers a person as the hours allow, `{place}` is the place in the queue, `{opens}` when people are back, `{named}` what was asked. A phrase that
 * is another one outside service hours has `closed`.
 */

interface Words {
  readonly zh: string
  readonly en: string
}

interface Phrase extends Words {
  readonly closed?: Words
}

/** What the buttons say when tapped; the first is part of the outer surface (contract of the channels). */
export const HUMAN = '转人工'
export const BACK_TO_BOT = '继续问机器人'

/** What stands on them. */
const TITLES: Readonly<Record<string, Words>> = {
  [HUMAN]: { zh: HUMAN, en: 'Talk to a human' },
  [BACK_TO_BOT]: { zh: BACK_TO_BOT, en: 'Back to the bot' },
}

export const PHRASES = {
  greetBack: {
    zh: '您好，我是智能客服机器人知客，请直接说您想问什么。需要真人时，随时发送“转人工”。',
    en: 'Hello, I am Zhike, an AI assistant. Just type your question. For a human, send “human” any time.',
  },
  askAway: { zh: '在的，您请说，想问什么？', en: 'I am here. What would you like to know?' },
  thanksBack: { zh: '不客气，很高兴帮到您。还有问题随时问我。', en: 'You are welcome. Ask me any time.' },
  farewell: { zh: '好的，再见。有问题随时来问我。', en: 'Goodbye. Come back any time.' },
  acknowledged: { zh: '好的。还有其他想问的，直接告诉我。', en: 'All right. If there is anything else, just tell me.' },
  praised: { zh: '谢谢您的夸奖。还有想问的，直接告诉我。', en: 'Thank you, that is kind. If there is anything else, just ask.' },
  laughed: { zh: '能让您开心就好。还有想问的，直接告诉我。', en: 'Glad that made you smile. If there is anything else, just ask.' },
  laughedAt: {
    zh: '刚才没答上来，让您见笑了。请换个说法再问一次，{orHuman}。',
    en: 'I had no answer just now, so you may well laugh. Put it another way, {orHuman}.',
  },
  emoji: {
    zh: '表情收到了。想问什么，请用文字告诉我，例如“什么时候发货”。',
    en: 'I got your emoji. Tell me in words what you would like to know.',
  },
  displeased: {
    zh: '看来您不太满意，抱歉。请告诉我哪里没做好，我马上查，{orHuman}。',
    en: 'I see that you are not happy, and I am sorry. Tell me what went wrong and I will look it up, {orHuman}.',
  },
  puzzled: {
    zh: '刚才哪里没有说清楚？请告诉我您想知道哪一点，{orHuman}。',
    en: 'Was something unclear? Tell me which part, {orHuman}.',
  },
  areYouABot: {
    zh: '我是智能客服机器人知客，回答都来自人工审核过的知识库。想和真人沟通，发送“转人工”即可。',
    en: 'I am Zhike, an AI assistant. My answers come from a knowledge base that people approved. To talk to a human, send “human”.',
  },
  calm: {
    zh: '很抱歉让您不满意。请告诉我遇到了什么问题，我马上查，{orHuman}。',
    en: 'I am sorry about this. Tell me what went wrong and I will look it up, {orHuman}.',
  },
  stayCalm: {
    zh: '我在听。请说具体的问题，{orHuman}。',
    en: 'I am listening. Tell me the problem itself, {orHuman}.',
  },
  noWords: {
    zh: '我没有看懂这条消息。请用一句话写下您的问题，例如“什么时候发货”。',
    en: 'I could not read that message. Please write your question in a sentence.',
  },
  gotPicture: {
    zh: '图片已收到并保存，但我看不懂图片。请用一句话写下您的问题，{orHuman}，客服能看到图片。',
    en: 'Your picture is received and kept, but I cannot read pictures. Write your question in a sentence, {orHuman}; agents can see it.',
  },
  gotVoice: {
    zh: '语音已收到并保存，但我听不懂语音。请用文字写下您的问题，{orHuman}，客服能听到语音。',
    en: 'Your voice message is received and kept, but I cannot listen to it. Type your question, {orHuman}; agents can hear it.',
  },
  gotVideo: {
    zh: '视频已收到并保存，但我看不了视频。请用一句话写下遇到的问题，{orHuman}，客服能看到视频。',
    en: 'Your video is received and kept, but I cannot watch it. Describe the problem in a sentence, {orHuman}; agents can see it.',
  },
  gotFile: {
    zh: '文件已收到并保存，但我打不开文件。请用一句话写下您的问题，{orHuman}，客服能打开文件。',
    en: 'Your file is received and kept, but I cannot open it. Write your question in a sentence, {orHuman}; agents can open it.',
  },
  gotFiles: {
    zh: '附件已收到并保存，但我看不懂附件。请用一句话写下您的问题，{orHuman}，客服能看到附件。',
    en: 'Your files are received and kept, but I cannot read them. Write your question in a sentence, {orHuman}; agents can see them.',
  },
  gotLocation: {
    zh: '位置已收到并保存，但我看不懂地图。请写下地址和您想问的事，例如“能不能送到这里”，{orHuman}。',
    en: 'Your location is received and kept, but I cannot read maps. Write the address and your question, {orHuman}.',
  },
  notFoundWithFiles: {
    zh: '附件已收到并保存，但我看不懂附件；文字里的问题也没有查到确切的答案。请换个说法，{orHuman}，客服能看到附件。',
    en: 'Your files are kept, but I cannot read them, and I found no reliable answer to your words. Put it another way, {orHuman}; agents can see the files.',
  },
  whichOne: { zh: '您想问的是下面哪一个？点选或者换个说法告诉我。', en: 'Which of these do you mean? Tap one, or put it another way.' },
  notFound: {
    zh: '这个问题我没有查到确切的答案，不敢乱说。您可以换个说法，{orHuman}。',
    en: 'I found no reliable answer to this, and I will not guess. Put it another way, {orHuman}.',
  },
  alsoAsked: {
    zh: '另外，{named}我没有查到确切的答案。请换个说法再问一次，{orHuman}。',
    en: 'I found no reliable answer to {named}, though. Put it another way, {orHuman}.',
  },
  noneOfThese: {
    zh: '抱歉，这个问题我没有查到答案。要转人工吗？点“转人工”，客服会看到我们的对话，您不用重复说明。',
    en: 'Sorry, I found no reliable answer to this. Tap “Talk to a human”: the agent will see our conversation, so you need not repeat anything.',
    closed: {
      zh: '抱歉，这个问题我没有查到答案。人工客服{opens}；点“转人工”可以先留言，客服会看到我们的对话，您不用重复说明。',
      en: 'Sorry, I found no reliable answer to this. Our agents {opens}. Tap “Talk to a human” to leave a message: they will see our conversation, so you need not repeat anything.',
    },
  },
  offerHuman: {
    zh: '抱歉，还是没能答上来。要转人工吗？点“转人工”，客服会看到我们的对话，您不用重复说明。',
    en: 'Sorry, still no reliable answer. Switch to a human? Tap “Talk to a human”: the agent will see our conversation, so you need not repeat anything.',
    closed: {
      zh: '抱歉，还是没能答上来。人工客服{opens}；点“转人工”可以先留言，客服会看到我们的对话，您不用重复说明。',
      en: 'Sorry, still no reliable answer. Our agents {opens}. Tap “Talk to a human” to leave a message: they will see our conversation, so you need not repeat anything.',
    },
  },
  notHelpful: {
    zh: '谢谢您告诉我，这条回答没帮到您，我已经记下。请换个说法再问一次，{orHuman}。',
    en: 'Thank you for telling me that this answer did not help; it is noted. Put it another way, {orHuman}.',
  },
  handedOff: {
    zh: '已为您转人工，正在排队，{place}。您可以先在这里留言，客服会看到完整的对话并在这里回复您。',
    en: 'You are now in the queue for a human: {place}. Leave a message here meanwhile: the agent will see the whole conversation and answer here.',
    closed: {
      zh: '已为您登记转人工，但现在不是服务时间，人工客服{opens}。请在这里留言，并写下您的手机号或邮箱；留言会保存好，客服上班后按顺序处理。',
      en: 'You are in the queue for a human, but this is outside our service hours: our agents {opens}. Leave a message here with your phone number or e-mail; it is kept, and messages are answered in order.',
    },
  },
  handedOffReachable: {
    zh: '已为您转人工，正在排队，{place}。客服会看到完整的对话和您的联系方式，并在这里回复您。',
    en: 'You are now in the queue for a human: {place}. The agent will see the whole conversation with your contact details and answer here.',
    closed: {
      zh: '已为您登记转人工，但现在不是服务时间，人工客服{opens}。对话和您的联系方式都已保存，客服上班后按顺序处理；您可以在这里补充留言。',
      en: 'You are in the queue for a human, but this is outside our service hours: our agents {opens}. The conversation and your contact details are kept, and messages are answered in order; you may add to it here.',
    },
  },
  stillQueued: {
    zh: '留言已收到。您还在人工队列中，{place}，客服会在这里回复您。',
    en: 'Your message is kept. You are still in the queue, and an agent will answer here: {place}.',
    closed: {
      zh: '留言已收到并保存。人工客服{opens}，会在这里回复您。还请写下您的手机号或邮箱，方便联系您。',
      en: 'Your message is kept. Our agents {opens} and will answer here. Please add your phone number or e-mail so that they can reach you.',
    },
  },
  stillQueuedReachable: {
    zh: '留言和联系方式已收到。您还在人工队列中，{place}，客服会在这里回复您。',
    en: 'Your message and contact details are kept. You are still in the queue, and an agent will answer here: {place}.',
    closed: {
      zh: '留言和联系方式已收到并保存。人工客服{opens}，上班后会按顺序联系您。',
      en: 'Your message and contact details are kept. Our agents {opens} and will contact you in order.',
    },
  },
  backToBot: { zh: '好的，已回到机器人。请说您想问什么。', en: 'All right, you are back with the bot. What would you like to know?' },
  failed: {
    zh: '抱歉，我这边出了故障，没能处理您的消息。消息已保存，已为您转人工，{place}。',
    en: 'Sorry, something failed on our side and your message was not handled. It is kept, and you are in the queue for a human: {place}.',
    closed: {
      zh: '抱歉，我这边出了故障，没能处理您的消息。消息已保存，已为您登记转人工，人工客服{opens}。请写下您的手机号或邮箱，方便联系您。',
      en: 'Sorry, something failed on our side and your message was not handled. It is kept, and you are in the queue for a human; our agents {opens}. Please add your phone number or e-mail so that they can reach you.',
    },
  },
} as const satisfies Record<string, Phrase>

export type PhraseName = keyof typeof PHRASES

/** Both are looked up by the reader's language. */
const OR_HUMAN: { readonly open: Words; readonly closed: Words } = {
  open: { zh: '或者转人工', en: 'or tap “Talk to a human”' },
  closed: {
    zh: '或者点“转人工”留言（人工客服{opens}）',
    en: 'or tap “Talk to a human” to leave a message – our agents {opens}',
  },
}

function wordPlace(place: number, english: boolean): string {
  return english ? `you are number ${place}` : `您排在第 ${place} 位`
}

function wordReturn(desk: Desk, language: Language): string {
  if (!desk.opensAt) return language === 'en' ? 'are not online at the moment' : '现在不在线'
  const time = wordOpening(desk, desk.opensAt, language)
  return language === 'en' ? `will be back ${time}` : `${time} 上班`
}

export interface Circumstances {
  readonly desk: Desk
  /** Place in the queue, 1 is next; null for phrases that name none. */
  readonly place: number | null
  /** Questions of the Turn that are named; only some phrases do. */
  readonly named?: readonly string[]
}

export function phrase(
  name: PhraseName,
  language: Language,
  { desk, place, named = [] }: Circumstances,
  toTraditional: (text: string) => string,
): string {
  const found: Phrase = PHRASES[name]
  const words = (desk.open ? undefined : found.closed) ?? found
  const key = language === 'en' ? 'en' : 'zh'
  const text = words[key]
    .replace('{orHuman}', OR_HUMAN[desk.open ? 'open' : 'closed'][key])
    .replace('{place}', wordPlace(place ?? 1, language === 'en'))
    .replace('{opens}', wordReturn(desk, language))
    // Last, and by a function: the customer's own words may hold anything.
    .replace('{named}', () => named.map((question) => `“${question}”`).join(language === 'en' ? ', ' : '、'))
  return language === 'zh-Hant' ? toTraditional(text) : text
}

/** The button that says `value` when tapped: what the house acts on stays as it is, the title is the reader's. */
export function button(value: string, language: Language, toTraditional: (text: string) => string): { title: string; value: string } {
  const known = TITLES[value]
  if (language === 'en') return { title: known?.en ?? value, value }
  const title = language === 'zh-Hant' ? toTraditional(known?.zh ?? value) : (known?.zh ?? value)
  return { title, value: known ? value : title }
}
