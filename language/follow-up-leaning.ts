import type { SaidLine } from './follow-up-facts.ts'
import { areRelated, isContent, kindsOfWord, type LineWord, type ReadLine } from './follow-up-reading.ts'
import { probabilityOf } from './follow-up-trees.ts'
import { leaningTrees } from './follow-up-weights.ts'

/** Does a text lean on what was said before it, or does it stand alone? What the trees of language/follow-up-weights.ts know of it. */

export const leaningFeatures = [
  'bias',
  'own names',
  'rarity of own names',
  'characters of own names',
  'content characters',
  'begins with an own name',
  'shared names',
  'names it again',
  'that, it, the second one',
  'opens with then or and',
  'ends with ne or de',
  'opens another topic',
  'mine or yours',
  'asks with a name of its own',
  'answers a question of the bot',
  'opens with a predicate',
  'short',
  'remark',
  'compares',
  'wish of its own',
  'latin',
  'thing of something',
  'you at the beginning',
  'whole clause of its own',
  'length',
  'time or number only',
  'nothing own',
  'matter of the company',
  'exceeds',
  'fails',
  'how',
  'where',
  'how much',
  'when',
  'may',
  'also',
  'of me',
  'changes',
  'lines',
  'characters of the talk',
  'words',
  'words known',
  'names',
  'acts',
  'question words',
  'first kind',
  'last kind',
  'first word length',
  'longest name',
  'rarest word',
] as const

/** What a text may be after, each a value of its own. */
export const turns: readonly RegExp[] = [
  /超|过了|過|不到|没到|不够|才|已经|已經|都.*[了天月年点]|只|\b(?:only|already|over|past)\b/u,
  /没用|不行|还是|還是|没反应|弄过|试过|照做|没看见|找不到|没有|不了|沒|\b(?:still|nothing|did)\b/u,
  /怎|咋|如何|点[样算]|\bhow\b/u,
  /哪|边度|邊|谁|誰|\b(?:where|who)\b/u,
  /多少|几|幾|贵|便宜|钱|錢|\b(?:much|many|cost)\b/u,
  /多久|啥时|什么时|几时|几[天点月号]|多长|\b(?:when|long)\b/u,
  /能|可以|可唔可以|行|成不|得|\b(?:can|could|do|does|is)\b/u,
  /也|都|一样|照|\b(?:too|also)\b/u,
  /^(?:我|俺|人家|他|她|i\b|my\b)/u,
  /换|改|退|取消|延|提前|加急|转|\b(?:change|cancel|instead)\b/u,
]
/** What is asked of the company, whatever the talk was about. */
const company =
  /加盟|招聘|招人|附近|周边|投诉|投訴|开票|发票|發票|双十[一二]|雙十|周年[庆慶]|週年|满减|会员|會員|积分|積分|客服|营业|營業|上班|下班|天气|天氣|[吃喝][啥什]|地址|电话|電話|app下载|\b(?:jobs?|hiring|invoice|weather|complain|parking)\b/u

const anaphor =
  /[那这][个种款张台件些项份家边本条]|[那这](?=\p{Script=Han}{2})|它|前者|后者|第[一二三四]|上面|前面|后面|刚才|刚刚|期间|其中|[他她]|\b(?:it|that|this|those|these|they|them|ones?|former|latter|there|she|he|same)\b/u
const opening =
  /^(?:那么?|这|然后|所以|但是?|可是|不过|而|也|还|再|又|都|就|才|已经|可以|能|能不能|要|行|只|and\b|but\b|so\b|then\b|what about|how about|also\b|or\b|already\b|only\b|even\b|被|用|\p{Script=Han}{1,2}[了完过](?!解)|多久|几|最|怎么?\p{Script=Han}$)/u
const anotherTopic =
  /^(?:好的?|嗯+|哦|行|那|谢谢|ok)?[，,。 ]*(?:换个(?:话题|问题|事)|对了|另外|还有[个一件]|再问|再请教|顺便|顺带|再咨询|另一[个件]|我还想问|说到别的|算了|by the way|btw|another (?:question|thing)|different (?:question|topic)|one more|separately|also,? i)/u
const possessive = /(?:我|我们|你|你们|您|贵)(?:的|家|们|司|店|公司|爸|妈|老婆|老公|儿子|女儿)|贵[司店]|\b(?:my|your|our)\b/u
const wish =
  /^(?:请问|我想|我要|想要?|咨询|请教|麻烦|帮我|(?:can|could|do|does|how|what|where|when|is|are) (?:i|you|there|do|can|time|to)\b|i (?:need|want|would|have|lost|forgot)\b|please\b)/u
const compares = /一样|一樣|同样|更|比|便宜|贵|划算|区别|差|\b(?:same|cheaper|better|instead)\b/u
const botAsked = /[?？]\s*$|请(?:提供|选择|告诉|问|输入|说)|哪[个种款里]|还是|\bwhich\b|\bwhat\b/u

/** Names that are always of something: alone they ask about what was spoken of. */
const ofSomething: ReadonlySet<string> = new Set(
  (
    '价格 价钱 费用 运费 邮费 手续费 押金 定金 订金 尾款 利息 利率 额度 期限 有效期 保质期 保修期 质保 保修 时间 日期 地址 地点 位置 颜色 尺寸 大小 重量 材质 材料 型号 规格 功率 电压 容量 长度 宽度 高度 厚度 ' +
    '流程 步骤 条件 名额 折扣 优惠 配件 赠品 说明书 味道 口味 顺序 效果 副作用 好处 坏处 缺点 优点 区别 原因 结果 密码 电话 号码 单号 早餐 午餐 晚餐 交期 工期 周期 次数 人数 年龄 箱子 盒子 盖子 袋子 包装 ' +
    '收费 情况 人 钱 价 款 费 票 照片 合同 证 证书 发票 收据 网址 链接 功能 版本 系统 设备 方案 套餐 座位 位置 空位 名字 身高 体重 速度 声音 电源 电池 线 ' +
    'price cost fee shipping delivery size color colour weight warranty deadline deposit cable battery address password refund discount breakfast lunch dinner drinks parking schedule'
  ).split(' '),
)

/** 罩子 after 隔音罩, 箱子 after 隔音箱: a short name may stand for a longer one; 证件照 does not stand for 婚纱照. */
function refersTo(word: LineWord, said: LineWord): boolean {
  if (word.folded === said.folded || word.tag === 'eng' || said.tag === 'eng') return areRelated(word, said)
  if (word.folded.length > 2) return said.folded.length > 1 && (said.folded.includes(word.folded) || word.folded.endsWith(said.folded))
  return (
    areRelated(word, said) &&
    (said.folded.includes(word.folded) || word.folded.includes(said.folded.at(-1) as string) || said.kind === 'act')
  )
}

/** Values in the order of `leaningFeatures`. */
export function featuresOfText(text: ReadLine, lines: readonly SaidLine[]): number[] {
  const words = text.words
  const content = words.filter(isContent)
  const names = content.filter(({ kind }) => kind === 'name')
  const said = lines.flatMap((line) => line.words.filter(isContent))
  const known = (word: LineWord): boolean => said.some((other) => refersTo(word, other))
  const same = (word: LineWord): boolean => said.some((other) => other.folded === word.folded)
  const fresh = names.filter((word) => !known(word))
  const own = fresh.filter(({ folded }) => !ofSomething.has(folded))
  const chars = (list: readonly LineWord[]): number => list.reduce((sum, { folded, tag }) => sum + (tag === 'eng' ? 2.5 : folded.length), 0)
  const latin = !/\p{Script=Han}/u.test(text.folded)
  const asks = words.some(({ kind }) => kind === 'ask') || /[吗么嘛]|不$|[?？]/.test(text.folded)
  const { folded } = text
  const first = words.find((word) => isContent(word) || word.kind === 'ask')
  const bot = lines.at(-1)
  return [
    1,
    Math.min(4, own.length) / 2,
    own.reduce((sum, { rarity }) => sum + rarity, 0) / Math.max(1, own.length),
    Math.min(12, chars(own)) / 6,
    Math.min(16, chars(content)) / 8,
    Number(first !== undefined && own[0] === first),
    Math.min(2, names.filter(known).length) / 2,
    Math.min(2, content.filter(same).length) / 2,
    Number(anaphor.test(folded)),
    Number(opening.test(folded)),
    Number(/(?:呢|的|了|too|ones?)[\s?？。!！~]*$/.test(folded)),
    Number(anotherTopic.test(folded)),
    Number(possessive.test(folded)) * (own.length > 0 ? 1 : 0.3),
    (Number(asks) * Math.min(2, own.length)) / 2,
    Number(bot?.from === 'bot' && botAsked.test(bot.folded) && !asks),
    Number(first !== undefined && (first.kind === 'act' || first.kind === 'ask' || first.kind === 'quality')),
    1 / (1 + chars(content) / 4),
    Number(!asks),
    Number(compares.test(folded)),
    Number(wish.test(folded)),
    Number(latin),
    Number(fresh.length > own.length),
    Number(/^(?:请问)?(?:你们|您们|贵司|你家|do you|does your|are you)/u.test(folded)),
    Number(asks && own.length > 0 && content.some((word) => word.kind === 'act' && !known(word))),
    Math.min(24, folded.length / (latin ? 2.5 : 1)) / 12,
    Number(content.length > 0 && content.every(({ kind }) => kind === 'time' || kind === 'number' || kind === 'quality')),
    Number(own.length === 0 && content.every(known)),
    Number(company.test(folded)),
    ...turns.map((turn) => Number(turn.test(folded))),
    lines.length,
    lines.reduce((sum, line) => sum + line.text.length, 0),
    words.length,
    content.filter(known).length,
    names.length,
    content.filter(({ kind }) => kind === 'act').length,
    words.filter(({ kind }) => kind === 'ask').length,
    kindsOfWord.indexOf(words[0]?.kind ?? 'empty'),
    kindsOfWord.indexOf(words.at(-1)?.kind ?? 'empty'),
    words[0]?.folded.length ?? 0,
    names.reduce((longest, { folded }) => Math.max(longest, folded.length), 0),
    words.reduce((rarest, { rarity }) => Math.max(rarest, rarity), 0),
  ]
}

/** Probability that a text leans on the lines before it. */
export function leaningOf(text: ReadLine, lines: readonly SaidLine[]): number {
  return probabilityOf(leaningTrees, featuresOfText(text, lines))
}
