import { createRandom } from './figures.ts'

/**
 * A made-up shop's Articles in Chinese, from a seed: brand × thing × matter, drawn by Zipf's law so that a few words are
 * everywhere and most are rare, as in a real base. Each matter has wordings that are stored and others that are only asked.
 */

export interface Row {
  readonly id: string
  readonly question: string
  readonly similar: readonly string[]
  readonly answer: string
}

export interface Asked {
  /** A wording that is stored nowhere. */
  readonly question: string
  readonly articleId: string
  readonly answer: string
}

export interface Corpus {
  readonly rows: readonly Row[]
  /** In random order, one an Article, at most 2 000. */
  readonly asked: readonly Asked[]
}

const SYLLABLES = Array.from('云禾星澜木棠溪予朗青岚栖野沐辰知微千屿半夏清欢晚舟长庚北辰南枝玉衡素问归鹿凌霄')
const THINGS = (
  '净水器 扫地机 电饭煲 空气炸锅 加湿器 吹风机 电动牙刷 台灯 床垫 枕头 羽绒服 跑步鞋 双肩包 行李箱 保温杯 儿童座椅 婴儿车 奶粉 洗面奶 面膜 ' +
  '防晒霜 香水 咖啡机 茶具 猫粮 狗窝 瑜伽垫 哑铃 帐篷 登山杖 耳机 音箱 键盘 显示器 路由器 充电宝 手表 相机 投影仪 打印机 书桌 办公椅 窗帘 地毯 ' +
  '热水器 油烟机 洗碗机 烘干机 电风扇 取暖器 血压计 体脂秤 按摩椅 足浴盆 自行车 头盔 滑板 吉他 画架 拼图'
).split(' ')

interface Matter {
  readonly stored: readonly string[]
  readonly asked: readonly string[]
  readonly answer: (subject: string, number: number) => string
}

const matter = (stored: string, asked: string, answer: Matter['answer']): Matter => ({
  stored: stored.split(' '),
  asked: asked.split(' '),
  answer,
})

const MATTERS: readonly Matter[] = [
  matter(
    '怎么申请退货 如何办理退货 想退货要怎么操作 退货流程是什么',
    '不喜欢可以退货吗 退货该从哪里弄',
    (s, n) => `${s}签收后 ${7 + (n % 24)} 天内可以在“我的订单”里提交退货申请，审核通过后请按页面地址寄回。`,
  ),
  matter(
    '保修多久 质保期是多长时间 保修期有几年 质保到什么时候',
    '质保一共几年 能保修多长时间',
    (s, n) => `${s}自签收之日起保修 ${6 + (n % 30)} 个月，保修期内非人为故障免费维修。`,
  ),
  matter(
    '什么时候发货 下单后多久发货 几天可以发货 发货时间是多久',
    '付完款多久能发货 今天买几时发货',
    (s, n) => `${s}在付款后 ${12 + (n % 60)} 小时内从仓库发出，预售款以页面标注的日期为准。`,
  ),
  matter(
    '怎么清洗 如何清洁保养 日常清洗方法 脏了怎么清洗',
    '用脏了该怎样清洗 平时怎么清洁',
    (s, n) => `${s}每 ${2 + (n % 20)} 天清洁一次即可，请用软布蘸清水擦拭，不要使用含酒精的清洁剂。`,
  ),
  matter(
    '怎么开发票 如何申请发票 可以开电子发票吗 发票在哪里开',
    '需要一张发票怎么弄 发票要去哪申请',
    (s, n) => `${s}确认收货后可在订单页申请电子发票，${1 + (n % 9)} 个工作日内发到您填写的邮箱。`,
  ),
  matter(
    '支持分期付款吗 可以分期吗 怎么分期付款 分期有几期',
    '想分期买可以么 最多能分期多少期',
    (s, n) => `${s}支持 3 至 ${6 + 3 * (n % 7)} 期分期付款，结算时选择“分期”即可看到每期金额。`,
  ),
  matter(
    '怎么安装 安装步骤是什么 如何安装使用 有上门安装吗',
    '自己能安装吗 收到以后怎样安装',
    (s, n) => `${s}可预约免费上门安装，请在收货后 ${2 + (n % 10)} 天内拨打说明书上的预约电话。`,
  ),
  matter(
    '有哪些颜色 颜色可以选吗 都有什么颜色 颜色怎么挑',
    '除了黑色还有别的颜色么 能选什么颜色',
    (s, n) => `${s}目前有 ${2 + (n % 8)} 种颜色可选，以商品页显示有货的颜色为准。`,
  ),
  matter(
    '尺寸是多大 规格尺寸是多少 尺码怎么选 大小怎么选择',
    '该买多大尺寸的 尺码偏大还是偏小',
    (s, n) => `${s}的尺寸见商品页第 ${1 + (n % 12)} 张图，拿不准时建议选大一号。`,
  ),
  matter(
    '降价了可以退差价吗 有没有价格保护 价保怎么申请 买贵了退差价吗',
    '刚买就降价能补差价吗 价格保护申请入口',
    (s, n) => `${s}享受 ${3 + (n % 27)} 天价格保护，请在订单页点“价保”提交，差价原路退回。`,
  ),
  matter(
    '坏了怎么维修 故障了如何报修 哪里可以维修 维修怎么预约',
    '用着用着坏了找谁修 报修要准备什么',
    (s, n) => `${s}出现故障请在“售后服务”里报修，工程师会在 ${4 + (n % 44)} 小时内与您联系。`,
  ),
  matter(
    '配件哪里买 可以单独买配件吗 替换件怎么购买 配件多少钱',
    '配件丢了能单买吗 原装配件上哪买',
    (s, n) => `${s}的原装配件可在旗舰店“配件专区”购买，单件 ${9 + (n % 190)} 元起。`,
  ),
  matter(
    '可以改收货地址吗 怎么修改地址 地址填错了怎么办 换个收货地址',
    '下错地址还能改么 想换到公司地址收货',
    (s, n) => `${s}未出库前可在订单页自行修改地址；出库后请在 ${1 + (n % 6)} 小时内联系快递员改派。`,
  ),
  matter(
    '能用优惠券吗 优惠券怎么使用 优惠券在哪里领 有什么优惠',
    '优惠券为啥用不了 现在买有优惠吗',
    (s, n) => `${s}满 ${100 + 10 * (n % 40)} 元可用一张店铺优惠券，请在结算页勾选，过期不补。`,
  ),
  matter(
    '是正品吗 怎么辨别真假 如何验证正品 有防伪码吗',
    '会不会买到假货 防伪码在哪查',
    (s, n) => `${s}均为品牌直供，盒内 ${8 + (n % 9)} 位防伪码可在官网“正品验证”页查询。`,
  ),
  matter(
    '少发了东西怎么办 漏发了怎么补 收到的少件了 配件没有发全',
    '包裹里少了一件怎么处理 漏发的什么时候补寄',
    (s, n) => `${s}如有漏发，请在签收 ${24 + (n % 48)} 小时内上传开箱照片，核实后当天补寄。`,
  ),
  matter(
    '功率是多少 耗电量大吗 一天用多少度电 费不费电',
    '用电多不多 额定功率多大',
    (s, n) => `${s}的参数见机身铭牌，按日常使用估算每月约 ${1 + (n % 60)} 度电。`,
  ),
  matter(
    '怎么连接手机 如何配对 蓝牙怎么连 连不上手机怎么办',
    '手机总是配对不上 第一次怎样连接',
    (s, n) => `${s}长按电源键 ${3 + (n % 7)} 秒进入配对，再在手机蓝牙列表里选择同名设备。`,
  ),
  matter(
    '可以以旧换新吗 旧的怎么折价 以旧换新怎么参加 换新补贴多少',
    '家里旧的能折多少 换新的活动还有吗',
    (s, n) => `${s}参加以旧换新，旧品估价后最高补贴 ${50 + 10 * (n % 50)} 元，上门取旧免运费。`,
  ),
  matter(
    '适合送人吗 有礼盒包装吗 可以做礼品包装吗 礼盒怎么选',
    '想送长辈有礼盒么 能不能帮忙包装成礼物',
    (s, n) => `${s}可选礼盒包装，加 ${5 + (n % 45)} 元，结算时勾选“礼盒”并可附一张贺卡。`,
  ),
  matter(
    '库存还有吗 什么时候补货 缺货了怎么办 到货会通知吗',
    '一直缺货几时能到 补货以后会提醒我么',
    (s, n) => `${s}每周补货，缺货时点“到货提醒”，预计 ${2 + (n % 15)} 天内到仓。`,
  ),
  matter(
    '运费是多少 包邮吗 邮费怎么算 偏远地区要加运费吗',
    '寄到新疆要运费么 多少钱以上包邮',
    (s, n) => `${s}满 ${39 + (n % 60)} 元包邮，偏远地区按实际运费补差。`,
  ),
  matter(
    '怎么恢复出厂设置 如何重置 重置方法是什么 死机了怎么重启',
    '卡住不动怎样重置 恢复出厂要按哪里',
    (s, n) => `${s}同时按住两侧按键 ${5 + (n % 10)} 秒，指示灯闪烁后松手即恢复出厂设置。`,
  ),
  matter(
    '孕妇可以用吗 小孩能用吗 儿童使用安全吗 几岁可以用',
    '三岁宝宝能不能用 孕期用会有影响么',
    (s, n) => `${s}建议 ${3 + (n % 10)} 岁以上在成人看护下使用，特殊人群请先咨询医生。`,
  ),
  matter(
    '积分怎么算 买了有多少积分 积分可以抵现吗 会员积分规则',
    '买这个给几分积分 积分怎么换钱',
    (s, n) => `购买${s}每消费 1 元积 ${1 + (n % 5)} 分，确认收货后到账，100 分抵 1 元。`,
  ),
]

const FILLERS = ['', '', '', '请问', '你好，', '想问下', '亲，', '麻烦问一下，']

/** A drawer of indexes 0 … n-1 by Zipf's law with exponent 0.8: the k-th weighs 1/k^0.8. */
function zipf(n: number, random: () => number): () => number {
  const sums: number[] = []
  for (let k = 1; k <= n; k++) sums.push((sums.at(-1) ?? 0) + k ** -0.8)
  const total = sums.at(-1) ?? 1
  return () => {
    const wanted = random() * total
    let low = 0
    let high = n - 1
    while (low < high) {
      const middle = (low + high) >> 1
      if ((sums[middle] ?? 0) < wanted) low = middle + 1
      else high = middle
    }
    return low
  }
}

function pick<T>(list: readonly T[], random: () => number): T {
  return list[Math.floor(random() * list.length)] as T
}

const MOST_ASKED = 2_000

export function createCorpus(size: number, seed: number): Corpus {
  const random = createRandom(seed)
  const brands: string[] = []
  for (const taken = new Set<string>(); brands.length < 400; ) {
    const name = pick(SYLLABLES, random) + pick(SYLLABLES, random)
    if (taken.has(name)) continue
    taken.add(name)
    brands.push(name)
  }
  const brandOf = zipf(brands.length, random)
  const thingOf = zipf(THINGS.length, random)
  const seen = new Set<string>()
  const rows: Row[] = []
  const asked: Asked[] = []
  while (rows.length < size) {
    const subject = `${brands[brandOf()]}${THINGS[thingOf()]}`
    const which = Math.floor(random() * MATTERS.length)
    const key = `${subject} ${which}`
    if (seen.has(key)) continue
    seen.add(key)
    const about = MATTERS[which] as Matter
    const [question = '', ...similar] = about.stored.map((wording, at) =>
      at % 2 === 0 ? `${subject}${wording}` : `${pick(FILLERS, random)}${subject}${wording}`,
    )
    const id = `b${String(rows.length).padStart(5, '0')}`
    const answer = about.answer(subject, Math.floor(random() * 1_000))
    rows.push({ id, question, similar, answer })
    asked.push({ question: `${pick(FILLERS, random)}${subject}${pick(about.asked, random)}`, articleId: id, answer })
  }
  for (let at = asked.length - 1; at > 0; at--) {
    const other = Math.floor(random() * (at + 1))
    ;[asked[at], asked[other]] = [asked[other] as Asked, asked[at] as Asked]
  }
  return { rows, asked: asked.slice(0, MOST_ASKED) }
}
