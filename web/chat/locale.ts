/** Every word of the page that is not said in the conversation. */

const zh = {
  lang: 'zh-CN',
  title: '在线客服',
  messages: '会话内容',
  input: '输入您的问题',
  send: '发送',
  human: '转人工',
  connecting: '正在连接…',
  online: '',
  reconnecting: '连接中断，正在重连…',
  expired: '会话已过期，已为您开始新的会话。',
  unavailable: '暂时无法连接，请稍后再试。',
  you: '您',
  bot: '智能客服',
  sending: '发送中',
  sent: '已发送',
  failed: '未送达',
  retry: '重试',
  file: '附件',
  generated: 'AI 生成',
  basis: (title: string) => `依据《${title}》`,
}

const en: typeof zh = {
  lang: 'en',
  title: 'Customer service',
  messages: 'Conversation',
  input: 'Type your question',
  send: 'Send',
  human: '转人工 Human agent',
  connecting: 'Connecting…',
  online: '',
  reconnecting: 'Connection lost, reconnecting…',
  expired: 'The conversation expired; a new one was started.',
  unavailable: 'Cannot connect right now; please try again later.',
  you: 'You',
  bot: 'Assistant',
  sending: 'Sending',
  sent: 'Sent',
  failed: 'Not delivered',
  retry: 'Retry',
  file: 'Attachment',
  generated: 'AI generated',
  basis: (title: string) => `Source: ${title}`,
}

export type Words = typeof zh

export function wordsFor(language: string): Words {
  return language.toLowerCase().startsWith('zh') ? zh : en
}
