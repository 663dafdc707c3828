import { bot, type Script, says, silence, somebodyElseWaits, stands, taps } from './script.ts'

const GREETING = bot('courtesy', { has: '机器人' })
const script = (title: string, steps: Script['steps'], at?: string): Script => ({
  title,
  script: '简',
  ...(at === undefined ? {} : { at }),
  steps: [GREETING, ...steps],
})

const OPEN = { open: true, opensAt: null }
const TOMORROW = '2026-03-04T01:00:00.000Z'

/** Asking for a human, by day and by night. */
export const HUMANS: readonly Script[] = [
  script('asking for a human is granted at once; messages are kept; the way back is open', [
    stands({ state: 'none', place: null, ...OPEN }),
    says('我要人工客服'),
    bot('handoff', { has: '您排在第 1 位', buttons: ['继续问机器人'], queue: { place: 1, ...OPEN } }),
    stands({ state: 'queue', place: 1, ...OPEN }),
    says('我的订单少发了一件'),
    bot('queue', { has: ['留言已收到', '您排在第 1 位'], queue: { place: 1, ...OPEN } }),
    says('两件只到了一件'),
    silence(),
    says('转人工'),
    bot('queue', { has: '您排在第 1 位', buttons: ['继续问机器人'] }),
    taps('继续问机器人'),
    bot('courtesy', { has: '已回到机器人' }),
    stands({ state: 'bot', place: null, ...OPEN }),
  ]),
  script('the place in the queue is told, and moves up', [
    somebodyElseWaits(),
    says('转人工'),
    bot('handoff', { has: '您排在第 2 位', queue: { place: 2, ...OPEN } }),
    stands({ state: 'queue', place: 2, ...OPEN }),
    says('手机 13800138000'),
    bot('queue', { has: ['联系方式已收到', '第 2 位'] }),
  ]),
  script('who goes back to the bot with a question gets its answer', [
    says('转人工'),
    bot('handoff'),
    says('继续问机器人', '运费怎么算'),
    bot('answer', { from: ['freight'] }),
    stands({ state: 'bot', place: null, ...OPEN }),
  ]),
  script(
    'in the evening the handoff says when people are back and asks how to reach the customer',
    [
      stands({ state: 'none', place: null, open: false, opensAt: TOMORROW }),
      says('转人工'),
      bot('handoff', {
        has: ['不是服务时间', '明天 9:00 上班', '手机号或邮箱', '保存'],
        lacks: '正在排队',
        queue: { place: 1, open: false, opensAt: TOMORROW },
      }),
      says('留言：收到的杯子碎了\n联系方式：13800138000'),
      bot('queue', { has: ['留言和联系方式已收到并保存', '明天 9:00'], lacks: '还请写下' }),
      says('是蓝色的那个'),
      silence(),
    ],
    '2026-03-03T22:15:00+08:00',
  ),
  script(
    'a message without a way to reach the customer is kept, and the way is asked for',
    [says('人工'), bot('handoff', { has: '明天 9:00' }), says('杯子碎了'), bot('queue', { has: ['已收到并保存', '手机号或邮箱'] })],
    '2026-03-03T22:15:00+08:00',
  ),
  script(
    'who gave a number before is not asked for it again',
    [
      says('我的电话是 13800138000，什么时候发货'),
      bot('answer', { from: ['ship'] }),
      says('转人工'),
      bot('handoff', { has: ['联系方式都已保存', '今天 13:30'], lacks: '手机号' }),
    ],
    '2026-03-03T12:10:00+08:00',
  ),
  script('at noon people are back the same day', [says('转人工'), bot('handoff', { has: '今天 13:30 上班' })], '2026-03-03T12:10:00+08:00'),
  script(
    'on Friday evening people are back on Monday, by its date',
    [says('转人工'), bot('handoff', { has: '3 月 9 日（周一）9:00 上班' })],
    '2026-03-06T19:00:00+08:00',
  ),
  script(
    'over a holiday the first day of service is named, and a Saturday worked in exchange is served',
    [says('转人工'), bot('handoff', { has: '10 月 8 日（周四）9:00 上班' })],
    '2026-09-30T20:00:00+08:00',
  ),
  script(
    'on the Saturday worked in exchange people are there',
    [says('转人工'), bot('handoff', { has: '正在排队', lacks: '上班' })],
    '2026-10-10T10:00:00+08:00',
  ),
  script(
    'at night the offer of a human is that of a message',
    [
      says('量子引力的前沿进展有哪些'),
      bot('courtesy', { has: ['没有查到', '留言', '明天 9:00 上班'], buttons: ['转人工'] }),
      says('帮我写一首关于大海的诗歌'),
      bot('courtesy', { has: ['没能答上来', '先留言', '明天 9:00 上班'], buttons: ['转人工'] }),
    ],
    '2026-03-03T22:15:00+08:00',
  ),
]
