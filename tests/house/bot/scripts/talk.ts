import { bot, type Script, says, sends, taps } from './script.ts'

const GREETING = bot('courtesy', { has: '机器人' })
const script = (title: string, steps: Script['steps']): Script => ({ title, script: '简', steps: [GREETING, ...steps] })
const HUMAN = ['转人工']

/** What is no question. */
export const TALK: readonly Script[] = [
  script('a greeting is returned, and says who is speaking', [says('你好'), bot('courtesy', { has: ['您好', '机器人'] })]),
  script('an opening that nothing follows is met with an open ear', [says('我想咨询个问题'), bot('courtesy', { has: '您请说' })]),
  script('thanks, praise and laughter each get their own short word', [
    says('谢谢'),
    bot('courtesy', { has: '不客气', buttons: [] }),
    says('你真棒'),
    bot('courtesy', { has: '夸奖', buttons: [] }),
    says('哈哈哈哈哈'),
    bot('courtesy', { has: '开心', buttons: [] }),
    says('666'),
    bot('courtesy', { has: '夸奖' }),
    says('2333'),
    bot('courtesy', { has: '开心' }),
    says('好的，谢谢，再见'),
    bot('courtesy', { has: '不客气' }),
    says('再见'),
    bot('courtesy', { has: '再见' }),
  ]),
  script('laughter after a miss is taken for what it is', [
    says('帮我写一首关于大海的诗歌'),
    bot('courtesy', { has: '没有查到' }),
    says('哈哈哈'),
    bot('courtesy', { has: ['没答上来', '转人工'], buttons: HUMAN }),
  ]),
  script('faces and stickers are read', [
    says('😂😂'),
    bot('courtesy', { has: '开心' }),
    says('👍'),
    bot('courtesy', { has: '夸奖' }),
    says('[玫瑰]'),
    bot('courtesy', { has: '不客气' }),
    says('😡'),
    bot('courtesy', { has: ['抱歉', '转人工'], buttons: HUMAN }),
    says('🐱'),
    bot('courtesy', { has: '表情收到了' }),
    sends('image/x-sticker'),
    bot('courtesy', { has: '表情收到了' }),
  ]),
  script('a question mark after an answer asks what was unclear; marks alone are not understood', [
    says('。。。'),
    bot('courtesy', { has: '没有看懂' }),
    says('什么时候发货'),
    bot('answer'),
    says('？？？'),
    bot('courtesy', { has: ['哪里没有说清楚', '转人工'], buttons: HUMAN }),
  ]),
  script('abuse is met calmly: one apology, then short words, and the next question is answered as any', [
    says('傻逼机器人'),
    bot('courtesy', { has: ['抱歉', '转人工'], buttons: HUMAN }),
    says('垃圾'),
    bot('courtesy', { has: '我在听', lacks: '抱歉', buttons: HUMAN }),
    says('你们这群骗子去死吧'),
    bot('courtesy', { has: '我在听', lacks: '抱歉' }),
    says('运费怎么算'),
    bot('answer', { from: ['freight'] }),
  ]),
  script('a question in an insult is still a question', [says('你们这群骗子，退款多久到账'), bot('answer', { from: ['refund'] })]),
  script('the question is found beside an insult that no mark parts from it', [
    says('退款多久到账 你们什么垃圾公司'),
    bot('answer', { from: ['refund'] }),
  ]),
  script('who says that the answer is beside the point is offered a human at once', [
    says('运费怎么算'),
    bot('answer', { from: ['freight'] }),
    says('不是这个意思'),
    bot('courtesy', { has: ['没有查到', '转人工'], buttons: HUMAN }),
  ]),
  script('abuse that ends in a wish for a human is granted', [
    says('废物，转人工'),
    bot('handoff', { has: '已为您转人工', lacks: '我在听' }),
  ]),
  script('a voice message is kept, and words are asked for', [
    sends('audio/amr'),
    bot('courtesy', { has: ['语音已收到并保存', '用文字', '转人工'], lacks: '图片', buttons: HUMAN }),
  ]),
  script('a picture, a video, a file and a place each get a fitting word', [
    sends('image/png'),
    bot('courtesy', { has: ['图片已收到并保存', '转人工'], buttons: HUMAN }),
    sends('video/mp4'),
    bot('courtesy', { has: '视频已收到并保存', lacks: '图片', buttons: HUMAN }),
    sends('application/pdf'),
    bot('courtesy', { has: '文件已收到并保存', lacks: '图片', buttons: HUMAN }),
    sends('application/geo+json'),
    bot('courtesy', { has: ['位置已收到并保存', '地址'], buttons: HUMAN }),
    taps('转人工'),
    bot('handoff'),
  ]),
  script('the bot says that it is one', [says('你是机器人还是真人'), bot('courtesy', { has: ['机器人', '转人工'], buttons: HUMAN })]),
  script('small words around a question do not hide it', [
    says('哈哈哈', '谢谢', '怎么开发票'),
    bot('answer', { from: ['invoice'], lacks: ['不客气', '开心'] }),
  ]),
]
