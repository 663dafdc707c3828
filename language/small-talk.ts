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
  /** Strong abuse stands in it, whatever else it asks. */
  readonly rude: boolean
  /** What the whole text is when nothing else is in it. */
  readonly kind: SmallTalkKind | null
}

/** `puzzled`: question marks alone. `lost`: words that say so. `emoji`, `displeased`: pictures of faces. `no-words`: other marks, or nothing. */
export type SmallTalkKind = WordKind | 'emoji' | 'displeased' | 'puzzled' | 'no-words'

type WordKind =
  | 'greeting'
  | 'thanks'
  | 'farewell'
  | 'abuse'
  | 'are-you-a-bot'
  | 'opener'
  | 'acknowledgement'
  | 'praise'
  | 'laughter'
  | 'lost'

const WANTS_BOT =
  /^(?:继续问机器人|返回机器人|回到机器人|不等了|转回机器人|机器人|取消(?:转)?人工|不用人工了|不转了|back to (?:the )?(?:bot|assistant)|cancel)$/

/** Politeness and particles that carry no question; taken off both ends before looking at what is left. */
const SOFT =
  /^(?:请问|你好|您好|那个|嗯|哦|啊|额|呃|哈喽|hi|hello|hey|亲爱?的?|老板|客服|小姐姐|小哥哥|美女|帅哥|机器人|知客)+|(?:啊|呀|哦|呢|吧|哈|啦|了|哟|喽|嘛|哒|滴|~)+$/g

const WHOLE: readonly (readonly [WordKind, RegExp])[] = [
  [
    'laughter',
    /^(?:哈+|嘿嘿+|嘻嘻+|嘎嘎+|噗+|233+|h{2,}|(?:ha){2,}h?|(?:he){2,}|lo+l|lmao|rofl|xswl|(?:真|太)?(?:好笑|搞笑|逗)(?:了|死了)?|笑死(?:我了?|人了?)?|笑哭了?)(?: ?(?:哈+|233+|h{2,}|lo+l))?$/,
  ],
  [
    'are-you-a-bot',
    /^(?:你|您|这|这边|那你|你们)?(?:是|不是|是不是|到底是|难道是|会不会是)(?:一?个)?(?:机器人|人工智能|ai|真人|人工|人|智能客服|程序|活人)(?:还是(?:机器人|真人|人工|ai|人))?(?:吗|么|嘛|吧|呢|啊)?$|^(?:are you|is this|am i (?:talking|speaking|chatting) (?:to|with)) (?:a |an )?(?:real |live )?(?:bot|robot|human|person|ai|machine|chatbot)(?: or .*)?$|^[你您](?:是谁|是哪位|叫什么(?:名字)?|叫啥|是(?:干什么|干嘛|做什么)的|[能会](?:做|干)?(?:什么|啥))$|^(?:who are you|what are you|what(?:'?s| is) your name|what can you do)$/,
  ],
  [
    'lost',
    /^我?(?:没(?:听|看|太)?懂|[没不](?:太|大)?(?:明白|懂|理解)|[听看]不(?:太)?懂)$|^(?:这|那|你)?(?:是)?(?:什么|啥)意思$|^你?(?:在)?(?:说|讲)的?(?:是)?(?:什么|啥)鬼?$|^i don'?t (?:understand|get it)$|^what do you mean$/,
  ],
  [
    'thanks',
    /^(?:太|非常|真的?|好的?|那|嗯|行|可以|十分|万分|不用了?|算了|ok(?:ay)? |great |perfect |alright )*(?:谢谢|谢了|多谢|感谢|感恩|谢啦|3q|thx|thanks?(?: you)?(?: so much| a lot| very much)?|tks|ty|cheers|xiexie|辛苦|麻烦你?您?了?)(?:你|您|你们|了|啦|帮助|解答|回复|亲|老板|客服|辛苦了?|谢谢|哈|么么哒)*$/,
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
    /^(?:好|好的|好滴|好吧|行|行吧|可以|嗯|嗯嗯|哦|哦哦|噢|收到|知道了?|明白了?|了解了?|懂了|ok(?:ay)?|okk|1|got it|i see|sure|fine|呵呵+|算了|不用了?|没关系|never ?mind|forget it|no(?: thanks?| thank you)?)$/,
  ],
  [
    'praise',
    /^(?:你们?|您|这个?|那|客服|机器人|小?知客|真的?|太|非常|超级?|很|挺|好|确实|服务|态度|回答得?|回复得?|解释得?|讲得?|说得?|you(?: are|'?re)|so|very|really|that'?s|this is| )*(?:厉害|牛|棒|赞|给力|优秀|聪明|专业|贴心|周到|靠谱|强|可爱|暖心|暖|不错|好评|点赞|完美|满意|清楚|详细|快|(?:很|真|太|挺|非常|超级?)好|nb|yyds|6{2,}|good(?: job| bot)?|great(?: job)?|nice(?: one)?|awesome|amazing|perfect|excellent|well done|brilliant|cool|smart|helpful|the best|love (?:it|you))(?:了|啊|呀|哦|的|极了|死了|到家|啦|哈|你|您)*$/,
  ],
  [
    'abuse',
    /^(?:你(?:们|个|这个?|真|是|就是)*)?(?:真|太|就是|什么|个|他妈|特么|tmd|md|妈的|去你的?|去死|滚(?:蛋|开)?|傻[逼比x叉子]?|煞笔|沙比|sb|nt|脑残|智障|白痴|蠢(?:货|猪)?|废物|垃圾|骗子|神经病|有病|混蛋|王八蛋|操你?妈?|草泥马|cnm|nmsl|(?:you|this|it|that)(?: are|'?re|'?s| is)?|such|what|an?|so|the|your|piece of| |fuck(?:ing)?(?: you| off)?|shit|stupid|idiots?|useless|dumb|trash|garbage|assholes?|bastards?|crap|sucks?|bot|service|company|shop|机器人|客服|东西|玩意儿?|公司|店|的|吧|啊|呢)+$/,
  ],
]

const ABUSIVE =
  /他妈|特么|tmd|妈的|去死|滚|傻|煞笔|沙比|\bsb\b|\bnt\b|脑残|智障|白痴|蠢|废物|垃圾|骗子|神经病|有病|混蛋|王八蛋|操你|草泥马|cnm|nmsl|fuck|shit|stupid|idiot|useless|dumb|trash|garbage|asshole|bastard|crap|\bsucks?\b/

/** Abuse that means nothing else in any sentence. */
const RUDE =
  /他妈|特么|\btmd\b|妈的|去死|滚(?:蛋|开|远点)|傻[逼比x叉]|煞笔|沙比|脑残|智障|废物|王八蛋|混蛋|操你|草泥马|cnm|nmsl|骗子|\bfuck|\bidiots?\b|\bbullshit\b|\bassholes?\b/

/** Of several small words the one that asks for the most attention names the whole. */
const WEIGHT: readonly WordKind[] = [
  'abuse',
  'are-you-a-bot',
  'lost',
  'thanks',
  'farewell',
  'praise',
  'laughter',
  'opener',
  'greeting',
  'acknowledgement',
]

/** Longest text that rules may call small talk; above it there is something to look up. */
const MAX_SMALL_TALK = 30
/** Small words in one text, parted by marks. */
const MAX_PIECES = 5

/** Without marks and without blanks around Chinese characters; "that's" stays one word. */
function tighten(text: string): string {
  return text
    .replace(/(?<=[a-z])['’](?=[a-z])/g, '')
    .replace(/[\p{P}\p{S}\s]+/gu, ' ')
    .trim()
    .replace(/ (?=\p{Script=Han})|(?<=\p{Script=Han}) /gu, '')
}

function kindOfWords(tight: string): WordKind | null {
  if (tight.length > MAX_SMALL_TALK) return null
  const bare = tight.replace(SOFT, '').trim()
  const found = WHOLE.find(
    ([name, rule]) => (rule.test(tight) || (bare !== '' && rule.test(bare))) && (name !== 'abuse' || ABUSIVE.test(tight)),
  )
  // Nothing left once politeness is off: it was a greeting.
  return found?.[0] ?? (bare === '' ? 'greeting' : null)
}

/** "好的，谢谢！再见": several small words, parted by marks, and nothing else. */
function kindOfPieces(whole: string): WordKind | null {
  const pieces = whole
    .split(/[，。！？、；：,.!?;:~…\n]+/u)
    .map(tighten)
    .filter((piece) => piece !== '')
  if (pieces.length < 2 || pieces.length > MAX_PIECES) return null
  const kinds = pieces.map(kindOfWords)
  return kinds.includes(null) ? null : (WEIGHT.find((kind) => kinds.includes(kind)) ?? null)
}

/** Stickers as WeChat and QQ write them in text. */
const STICKERS = /^(?:\[[^[\]]{1,8}\] ?)+$/
const FACES: readonly (readonly [SmallTalkKind, RegExp])[] = [
  ['displeased', /[😠😡🤬👿👎🖕💢😤]|\[(?:发怒|生气|抓狂|咒骂|菜刀|弱|炸弹|鄙视|怒骂|便便)\]/u],
  ['thanks', /[🙏🌹💐🤝]|\[(?:玫瑰|抱拳|合十|感谢|谢谢|握手)\]/u],
  ['praise', /[👍👏💯🎉❤💖💕🥰😍🤩💪]|\[(?:强|赞|点赞|鼓掌|爱心|庆祝|鲜花|加油)\]/u],
  ['laughter', /[😂🤣😆😹😄😁]|\[(?:笑哭|破涕为笑|捂脸|偷笑|呲牙|憨笑|大笑|哈哈)\]/u],
  ['acknowledgement', /[👌🆗✅]|\[(?:ok|好的|收到)\]/u],
]

/** What a text without words says by its marks. */
function kindOfMarks(whole: string): SmallTalkKind {
  const face = FACES.find(([, rule]) => rule.test(whole))
  if (face) return face[0]
  if (STICKERS.test(whole) || /\p{Extended_Pictographic}|^[:;=]-?[)(dp]$|^\^[_.o-]?\^$/u.test(whole)) return 'emoji'
  return /^[?？!！\s]*[?？][?？!！\s]*$/.test(whole) ? 'puzzled' : 'no-words'
}

export function readSmallTalk(text: string): SmallTalk {
  // A laugh or a row of marks says no more after the third time, and rules need not walk along it.
  const whole = normalise(text.slice(0, 600)).replace(/(.)\1{3,}/gsu, '$1$1$1')
  const tight = tighten(whole)
  if (tight === '' || STICKERS.test(whole)) return { wantsHuman: false, wantsBot: false, rude: false, kind: kindOfMarks(whole) }
  const wantsBot = WANTS_BOT.test(tight)
  const kind = kindOfWords(tight) ?? kindOfPieces(whole)
  return {
    wantsHuman: kind !== 'are-you-a-bot' && !wantsBot && wantsHuman(whole),
    wantsBot,
    rude: RUDE.test(whole),
    kind,
  }
}
