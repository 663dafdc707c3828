import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readSmallTalk } from '../../../language/index.ts'

const kinds: readonly (readonly [string, string | null])[] = [
  ['你好', 'greeting'],
  ['您好！', 'greeting'],
  ['hello', 'greeting'],
  ['在吗', 'opener'],
  ['我想问下', 'opener'],
  ['想咨询个问题', 'opener'],
  ['谢谢', 'thanks'],
  ['好的谢谢您', 'thanks'],
  ['thank you so much', 'thanks'],
  ['謝謝', 'thanks'],
  ['再见', 'farewell'],
  ['好的', 'acknowledgement'],
  ['你是机器人吗', 'are-you-a-bot'],
  ['are you a bot?', 'are-you-a-bot'],
  ['傻逼', 'abuse'],
  ['垃圾客服', 'abuse'],
  ['you stupid bot', 'abuse'],
  ['this service sucks', 'abuse'],
  ['what is this', null],
  ['the bot', null],
  ['你是谁', 'are-you-a-bot'],
  ['what’s your name?', 'are-you-a-bot'],
  ['没听懂', 'lost'],
  ['什么意思？', 'lost'],
  ["I don't understand", 'lost'],
  ['不懂怎么安装', null],
  ["that's all", 'farewell'],
  ['ok thanks, bye', 'thanks'],
  ['算了', 'acknowledgement'],
  ['不用了，谢谢', 'thanks'],
  ['不用了怎么退', null],
  ['no thanks', 'acknowledgement'],
  ['？？？', 'puzzled'],
  ['?!', 'puzzled'],
  ['。。。', 'no-words'],
  ['😂😂', 'laughter'],
  ['👍', 'praise'],
  ['🙏🙏', 'thanks'],
  ['😡', 'displeased'],
  ['🐱', 'emoji'],
  ['[强][强]', 'praise'],
  ['[发怒]', 'displeased'],
  ['[猫]', 'emoji'],
  [':)', 'emoji'],
  ['哈哈哈哈哈哈哈哈哈哈', 'laughter'],
  ['hahaha', 'laughter'],
  ['LOL', 'laughter'],
  ['23333', 'laughter'],
  ['笑死我了', 'laughter'],
  ['哈哈哈，太逗了', 'laughter'],
  ['呵呵', 'acknowledgement'],
  ['666', 'praise'],
  ['你真棒', 'praise'],
  ['太厉害了！', 'praise'],
  ['回答得很好', 'praise'],
  ['服務真好', 'praise'],
  ['great job', 'praise'],
  ['you are awesome!', 'praise'],
  ['不满意', null],
  ['快递', null],
  ['强光手电有吗', null],
  ['好的，谢谢！再见', 'thanks'],
  ['谢谢，你真棒', 'thanks'],
  ['哦，知道了。', 'acknowledgement'],
  ['你好啊啊啊啊啊啊', 'greeting'],
  ['', 'no-words'],
  ['什么时候发货', null],
  ['你好，什么时候发货', null],
  ['谢谢，那运费谁出呢', null],
  ['好的东西在哪买', null],
  ['how do I get a refund', null],
]

const human: readonly string[] = [
  '转人工',
  '人工',
  '我要人工客服',
  '轉人工',
  '转接人工服务',
  '帮我找个真人',
  '叫你们经理来',
  '别跟我扯了，换个人',
  'I want to talk to a human',
  'agent please',
  'zhuan rengong',
  '有人工吗',
  '换你们主管来说',
  '让你们老板来处理',
  '转投诉专员',
]
const notHuman: readonly string[] = [
  '不用转人工',
  '人工客服几点上班',
  '你是真人吗',
  '人工费多少',
  '什么时候发货',
  '机器人保修多久',
  '人脸识别失败',
  'how do I contact my bank account',
  '模特图是真人拍的吗',
  '换来的新机，保修从哪天算',
  '刚换的滤芯出来黑水',
  '净水器到货了，怎么叫人来装',
  '能派人来装吗',
  '我要投诉你们的安装师傅',
]

describe('small talk', () => {
  it.each(kinds)('reads %j as %s', (text, kind) => {
    expect(readSmallTalk(text).kind).toBe(kind)
  })

  it.each(human)('hears a wish for a human in %j', (text) => {
    expect(readSmallTalk(text).wantsHuman).toBe(true)
  })

  it.each(notHuman)('hears no wish for a human in %j', (text) => {
    expect(readSmallTalk(text).wantsHuman).toBe(false)
  })

  it('survives any text', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (text) => void readSmallTalk(text)))
  })

  it('gets through any repetition, which a rule that tries every split would hang on', () => {
    const piece = fc.constantFrom(
      ...'的 会 要 我 你 给 让 叫 请 找 转 接 个 一个 的个 下 有 没有 人 客服 人工 机器人 不要 跟我 在 谢谢 好 哈 嗯 哦 啊 呢 ~ 垃圾 真 问 想 吗 a talk x 1 ， 。'.split(
        ' ',
      ),
    )
    fc.assert(
      fc.property(
        fc.array(piece, { minLength: 1, maxLength: 3 }),
        fc.array(piece, { minLength: 1, maxLength: 3 }),
        piece,
        (head, unit, tail) => {
          for (const times of [8, 30, 300]) readSmallTalk(head.join('') + unit.join('').repeat(times) + tail)
        },
      ),
      { numRuns: 300 },
    )
  })

  it('reads a very long text in bounded time', () => {
    expect(readSmallTalk('我要'.repeat(50_000)).kind).toBeNull()
  })
})
