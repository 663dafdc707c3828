import type { TestHouse } from './house.ts'

/** A small base whose questions lie far apart. */
export const ARTICLES = [
  {
    id: 'return',
    question: '七天无理由退货怎么办理',
    similar: ['怎么退货', '我想退货', '如何申请退货'],
    answer: '您可以在“我的订单”中选择商品，点击“申请退货”，七天内支持无理由退货。',
  },
  {
    id: 'invoice',
    question: '怎么开发票',
    similar: ['如何开具电子发票', '发票在哪里下载'],
    answer: '您可以在订单详情页点击“申请发票”，电子发票会在一个工作日内发到您的邮箱。',
  },
  { id: 'shipping', question: '多久发货', similar: ['什么时候发货', '下单后几天能发出'], answer: '现货商品在付款后 48 小时内发出。' },
  {
    id: 'member',
    question: '会员积分有什么用',
    similar: ['积分怎么兑换', '积分可以抵现金吗'],
    answer: '100 积分可抵 1 元，结算时自动提示。',
  },
  {
    id: 'address',
    question: '怎么修改收货地址',
    similar: ['地址填错了怎么改', '换个收货地址'],
    answer: '发货前您可以在订单详情页修改收货地址。',
  },
  {
    id: 'coupon',
    question: '优惠券为什么用不了',
    similar: ['优惠券无法使用', '券不能用'],
    answer: '请确认优惠券在有效期内并满足使用门槛。',
  },
]

export async function importArticles(house: TestHouse): Promise<void> {
  const rows = ARTICLES.map((article) => JSON.stringify(article)).join('\n')
  for (let tries = 0; ; tries++) {
    const { status, body, headers } = await house.call('POST', '/api/articles/import', rows, { 'content-type': 'application/x-ndjson' })
    if (status === 200 && body.created === ARTICLES.length) return
    if (status !== 503 || tries > 10) throw new Error(`import: ${status} ${JSON.stringify(body)}`)
    // A machine that is loaded by other tests says so; the house asks to come back.
    await new Promise((resolve) => setTimeout(resolve, Number(headers.get('retry-after') ?? 1) * 1_000))
  }
}
