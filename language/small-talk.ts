import { normalise } from './normalise.ts'
import { wantsHuman } from './wants-human.ts'

/**
 * What a short message is when it asks nothing of the knowledge base: greeting, thanks, a call for a human. Rules over the
 * normalised text (简体, half width, lower case), without a model; `knowledge` of an industry is none of its business.
 */
export interface SmallTalk {
  /** Wants to be served by a person. */
  readonly wantsHuman: boolean
  /** Wants the bot back while waiting for a person. */
  readonly wantsBot: boolean
  /** What the whole text is when nothing else is in it. */
  readonly kind: 'greeting' | 'thanks' | 'farewell' | 'abuse' | 'are-you-a-bot' | 'opener' | 'acknowledgement' | 'no-words' | null
}

const WANTS_BOT =
  /^(?:继续问机器人|返回机器人|回到机器人|不等了|转回机器人|机器人|取消(?:转)?人工|不用人工了|不转了|back to (?:the )?(?:bot|assistant)|cancel)$/

/** Politeness and particles that carry no question; taken off both ends before looking at what is left. */
const SOFT =
  /^(?:请问|你好|您好|那个|嗯|哦|啊|额|呃|哈喽|hi|hello|hey|亲爱?的?|老板|客服|小姐姐|小哥哥|美女|帅哥|机器人|知客)+|(?:啊|呀|哦|呢|吧|哈|啦|了|哟|喽|嘛|哒|滴|~)+$/g

const WHOLE: readonly (readonly [Exclude<SmallTalk['kind'], 'no-words' | null>, RegExp])[] = [
  [
    'are-you-a-bot',
    /^(?:你|您|这|这边|那你|你们)?(?:是|不是|是不是|到底是|难道是|会不会是)(?:一?个)?(?:机器人|人工智能|ai|真人|人工|人|智能客服|程序|活人)(?:还是(?:机器人|真人|人工|ai|人))?(?:吗|么|嘛|吧|呢|啊)?$|^(?:are you|is this|am i (?:talking|speaking|chatting) (?:to|with)) (?:a |an )?(?:real |live )?(?:bot|robot|human|person|ai|machine|chatbot)(?: or .*)?$/,
  ],
  [
    'thanks',
    /^(?:太|非常|真的?|好的?|那|嗯|行|可以|十分|万分)*(?:谢谢|谢了|多谢|感谢|感恩|谢啦|3q|thx|thanks?(?: you)?(?: so much| a lot| very much)?|tks|ty|cheers|xiexie|辛苦|麻烦你?您?了?)(?:你|您|你们|了|啦|帮助|解答|回复|亲|老板|客服|辛苦了?|谢谢|哈|么么哒)*$/,
  ],
  [
    'farewell',
    /^(?:好的?|那|行|没事了?|没有?别?的?问题了?|先这样|就这样|不聊了|我走了|下次再聊|没别的了)*(?:再见|拜拜|拜|88|886|bye(?: ?bye)?|goodbye|see you|晚安)$|^(?:没事了|没有了|没问题了|就这样吧?|先这样吧?|没别的了|that'?s all)$/,
  ],
  [
    'greeting',
    /^(?:你好|您好|哈喽|哈啰|嗨|hi|hello|hey|hiya|早|早上好|上午好|中午好|下午好|晚上好|早安|大家好|good (?:morning|afternoon|evening)|nihao|ni hao|在)+(?:there)?$/,
  ],
  [
    'opener',
    /^(?:(?:你好|您好)?(?:在|在吗|在么|在不在|有人吗|有人在吗|有人么|人呢|在线吗|客服在吗|客服呢)|(?:我)?(?:想|要|有)?(?:请)?(?:问|咨询|了解|问问|请教)(?:一?[下个点些])*(?:问题|事|事情|东西)?|(?:有个?|一个?)(?:问题|事|疑问)(?:想|要)?(?:问|咨询)?(?:一?下)?|请问(?:一下)?|那个|帮个忙|anyone there|are you there|i have a question|quick question|can you help(?: me)?|help)$/,
  ],
  [
    'acknowledgement',
    /^(?:好|好的|好滴|好吧|行|行吧|可以|嗯|嗯嗯|哦|哦哦|噢|收到|知道了?|明白了?|了解了?|懂了|ok(?:ay)?|okk|1|got it|i see|sure|fine|哈哈+|呵呵+|嘿嘿+|不错|厉害|真棒|棒|赞|nice|great|good|cool|666)$/,
  ],
  [
    'abuse',
    /^(?:你(?:们|个|这个?|真|是|就是)*)?(?:真|太|就是|什么|个|他妈|特么|tmd|md|妈的|去你的?|去死|滚(?:蛋|开)?|傻[逼比x叉子]?|煞笔|沙比|sb|nt|脑残|智障|白痴|蠢(?:货|猪)?|废物|垃圾|骗子|神经病|有病|混蛋|王八蛋|操你?妈?|草泥马|cnm|nmsl|fuck(?: you| off)?|shit|stupid|idiot|useless|dumb|trash|bot|机器人|客服|东西|玩意儿?|公司|店|的|吧|啊|呢)+$/,
  ],
]

const ABUSIVE =
  /他妈|特么|tmd|妈的|去死|滚|傻|煞笔|沙比|\bsb\b|\bnt\b|脑残|智障|白痴|蠢|废物|垃圾|骗子|神经病|有病|混蛋|王八蛋|操你|草泥马|cnm|nmsl|fuck|shit|stupid|idiot|useless|dumb|trash/

/** Longest text that rules may call small talk; above it there is something to look up. */
const MAX_SMALL_TALK = 30

export function readSmallTalk(text: string): SmallTalk {
  // A laugh or a row of marks says no more after the third time, and rules need not walk along it.
  const whole = normalise(text.slice(0, 600)).replace(/(.)\1{3,}/gsu, '$1$1$1')
  const words = whole.replace(/[\p{P}\p{S}\s]+/gu, ' ').trim()
  const tight = words.replace(/ (?=\p{Script=Han})|(?<=\p{Script=Han}) /gu, '')
  if (tight === '') return { wantsHuman: false, wantsBot: false, kind: 'no-words' }

  const wantsBot = WANTS_BOT.test(tight)

  let kind: SmallTalk['kind'] = null
  if (tight.length <= MAX_SMALL_TALK) {
    const bare = tight.replace(SOFT, '').trim()
    const found = WHOLE.find(
      ([name, rule]) => (rule.test(tight) || (bare !== '' && rule.test(bare))) && (name !== 'abuse' || ABUSIVE.test(tight)),
    )
    // Nothing left once politeness is off: it was a greeting.
    kind = found?.[0] ?? (bare === '' ? 'greeting' : null)
  }
  return { wantsHuman: kind !== 'are-you-a-bot' && !wantsBot && wantsHuman(whole), wantsBot, kind }
}
