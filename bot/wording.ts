/**
 * Every phrase the bot says of its own, Chinese and English. Traditional Chinese is made from the Simplified text. What it
 * says happened, what is safe, what to do; 您 to customers; no empty politeness.
 */

export type Language = 'zh-Hans' | 'zh-Hant' | 'en'

interface Phrase {
  readonly zh: string
  readonly en: string
}

export const HUMAN = '转人工'
export const BACK_TO_BOT = '继续问机器人'

export const PHRASES = {
  greetBack: {
    zh: '您好，我是智能客服机器人知客，请直接说您想问什么。需要真人时，随时发送“转人工”。',
    en: 'Hello, I am Zhike, an AI assistant. Just type your question. Send “转人工” any time to reach a human.',
  },
  askAway: { zh: '在的，您请说，想问什么？', en: 'I am here. What would you like to know?' },
  thanksBack: { zh: '不客气，很高兴帮到您。还有问题随时问我。', en: 'You are welcome. Ask me any time.' },
  farewell: { zh: '好的，再见。有问题随时来问我。', en: 'Goodbye. Come back any time.' },
  acknowledged: { zh: '好的。还有其他想问的，直接告诉我。', en: 'All right. If there is anything else, just tell me.' },
  areYouABot: {
    zh: '我是智能客服机器人知客，回答都来自人工审核过的知识库。想和真人沟通，发送“转人工”即可。',
    en: 'I am Zhike, an AI assistant. My answers come from a knowledge base that people approved. Send “转人工” to talk to a human.',
  },
  calm: {
    zh: '很抱歉让您不满意。请告诉我遇到了什么问题，我马上查；也可以直接转人工处理。',
    en: 'I am sorry about this. Tell me what went wrong and I will look it up, or switch to a human right away.',
  },
  noWords: {
    zh: '我没有看懂这条消息。请用一句话写下您的问题，例如“什么时候发货”。',
    en: 'I could not read that message. Please write your question in a sentence.',
  },
  cannotSee: {
    zh: '文件已收到并保存，但我看不懂图片和附件。请用文字说明您的问题，或者转人工查看。',
    en: 'I have received and kept your file, but I cannot read pictures or attachments. Describe your question in words, or switch to a human.',
  },
  whichOne: { zh: '您想问的是下面哪一个？点选或者换个说法告诉我。', en: 'Which of these do you mean? Tap one, or put it another way.' },
  notFound: {
    zh: '这个问题我没有查到确切的答案，不敢乱说。您可以换个说法，或者转人工。',
    en: 'I found no reliable answer to this, and I will not guess. Put it another way, or switch to a human.',
  },
  offerHuman: {
    zh: '抱歉，连续两次没能答上来。要转人工吗？点“转人工”，客服会看到我们的对话，您不用重复说明。',
    en: 'Sorry, that is twice without an answer. Switch to a human? Tap “转人工”: the agent will see our conversation, so you need not repeat anything.',
  },
  handedOff: {
    zh: '已为您转人工，正在排队。您可以先在这里留言，客服会看到完整的对话并在这里回复您。',
    en: 'You are now in the queue for a human. Leave a message here meanwhile: the agent will see the whole conversation and answer here.',
  },
  stillQueued: {
    zh: '留言已收到。您还在人工队列中，客服会在这里回复您。',
    en: 'Your message is kept. You are still in the queue, and an agent will answer here.',
  },
  backToBot: { zh: '好的，已回到机器人。请说您想问什么。', en: 'All right, you are back with the bot. What would you like to know?' },
  failed: {
    zh: '抱歉，我这边出了故障，没能处理您的消息。消息已保存，现在为您转人工。',
    en: 'Sorry, something failed on our side and your message was not handled. It is kept, and I am passing you to a human.',
  },
} as const satisfies Record<string, Phrase>

export type PhraseName = keyof typeof PHRASES

export function phrase(name: PhraseName, language: Language, toTraditional: (text: string) => string): string {
  const { zh, en } = PHRASES[name]
  if (language === 'en') return en
  return language === 'zh-Hant' ? toTraditional(zh) : zh
}
