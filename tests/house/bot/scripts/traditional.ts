import { bot, ends, rates, type Script, says, sends, stands, taps } from './script.ts'

const script = (title: string, steps: Script['steps'], at?: string): Script => ({
  title,
  script: '繁',
  locale: 'zh-TW',
  ...(at === undefined ? {} : { at }),
  steps: [bot('courtesy', { has: ['您好', '機器人'], buttons: ['什麼時候發貨', '怎麼申請退貨'] }), ...steps],
})

export const TRADITIONAL: readonly Script[] = [
  script('a question in Traditional is answered in Traditional', [
    says('什麼時候發貨'),
    bot('answer', { has: '付款後 48 小時', from: ['ship'] }),
  ]),
  script('a question under the greeting is tapped', [taps('怎麼申請退貨'), bot('answer', { has: '退貨', from: ['return'] })]),
  script('a choice is offered and taken in Traditional, by tap and by place', [
    says('怎麼改'),
    bot('ask', { has: '哪一個', buttons: ['怎麼修改收貨地址', '怎麼修改手機號', '怎麼修改密碼', '轉人工'] }),
    taps('怎麼修改手機號'),
    bot('answer', { from: ['change-phone'] }),
    ends(),
    says('怎麼改'),
    bot('ask'),
    says('第三個'),
    bot('answer', { from: ['change-password'] }),
  ]),
  script('a tap on the human keeps the script', [
    says('量子引力的前沿進展有哪些'),
    bot('courtesy', { has: '沒有查到', buttons: ['轉人工'] }),
    taps('轉人工'),
    bot('handoff', { has: '您排在第 1 位', buttons: ['繼續問機器人'] }),
    taps('繼續問機器人'),
    bot('courtesy', { has: '已回到機器人' }),
  ]),
  script(
    'at night the handoff says when people are back',
    [
      says('轉人工'),
      bot('handoff', { has: ['明天 9:00 上班', '手機號'] }),
      stands({ state: 'queue', place: 1, open: false, opensAt: '2026-03-04T01:00:00.000Z' }),
    ],
    '2026-03-03T22:15:00+08:00',
  ),
  script('abuse, thanks and praise', [
    says('垃圾客服'),
    bot('courtesy', { has: ['抱歉'], buttons: ['轉人工'] }),
    says('謝謝'),
    bot('courtesy', { has: '不客氣' }),
    says('服務真好'),
    bot('courtesy', { has: '誇獎' }),
  ]),
  script('a voice message without a word follows the locale', [sends('audio/mp4'), bot('courtesy', { has: '語音已收到' })]),
  script('an answer that did not help', [
    says('運費怎麼算'),
    bot('answer', { from: ['freight'] }),
    rates(false),
    bot('courtesy', { has: '沒幫到您', buttons: ['轉人工'] }),
  ]),
]
