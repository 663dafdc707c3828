/** The shop that the conversations of this folder are about. */

export const ARTICLES = [
  {
    id: 'ship',
    question: '什么时候发货',
    similar: ['下单后多久发货', '付款以后几天能寄出'],
    answer: '付款后 48 小时内发货，预售商品以页面标注的日期为准。',
  },
  { id: 'freight', question: '运费怎么算', similar: ['邮费多少钱', '满多少包邮'], answer: '满 99 元包邮，不满收 8 元运费。' },
  {
    id: 'invoice',
    question: '怎么开发票',
    similar: ['可以开电子发票吗', '发票在哪里申请'],
    answer: '在订单详情点“申请发票”，电子发票 24 小时内发到您的邮箱。',
  },
  {
    id: 'return',
    question: '怎么申请退货',
    similar: ['不想要了怎么退', '7 天无理由退货怎么弄'],
    answer: '签收 7 天内在订单里点“申请售后”，选“退货退款”。',
  },
  {
    id: 'refund',
    question: '退款多久到账',
    similar: ['退的钱什么时候到', '退款几天能收到'],
    answer: '审核通过后 1 到 3 个工作日原路退回。',
  },
  {
    id: 'return-freight',
    question: '退货的运费谁出',
    similar: ['退货邮费谁承担'],
    answer: '质量问题由我们承担，无理由退货由您承担。',
  },
  { id: 'price-s10', question: '扫地机 S10 多少钱', similar: ['S10 什么价格', 'S10 卖多少'], answer: '扫地机 S10 现在 1999 元。' },
  { id: 'price-s20', question: '扫地机 S20 多少钱', similar: ['S20 什么价格', 'S20 卖多少'], answer: '扫地机 S20 现在 2999 元。' },
  { id: 'warranty-s10', question: '扫地机 S10 保修多久', similar: ['S10 质保几年'], answer: '扫地机 S10 保修 1 年。' },
  { id: 'warranty-s20', question: '扫地机 S20 保修多久', similar: ['S20 质保几年'], answer: '扫地机 S20 保修 2 年。' },
  {
    id: 'change-address',
    question: '怎么修改收货地址',
    similar: ['地址填错了怎么改'],
    answer: '发货前在订单详情点“修改地址”，发货后请联系客服。',
  },
  { id: 'change-phone', question: '怎么修改手机号', similar: ['换手机号了怎么改'], answer: '在“我的”里打开“账号安全”，点“更换手机号”。' },
  { id: 'change-password', question: '怎么修改密码', similar: ['想换个密码'], answer: '在“我的”里打开“账号安全”，点“修改密码”。' },
  {
    id: 'en-ship',
    question: 'When will my order ship?',
    similar: ['how long until you send my order', 'shipping time'],
    answer: 'Orders ship within 48 hours of payment.',
  },
  {
    id: 'en-return',
    question: 'How do I return an item?',
    similar: ['return policy', 'I want to send it back'],
    answer: 'Open the order within 7 days and tap “Return”.',
  },
  { id: 'en-warranty', question: 'How long is the warranty?', similar: ['warranty period'], answer: 'The warranty is one year.' },
  {
    id: 'en-address',
    question: 'How do I change my address?',
    similar: ['wrong delivery address'],
    answer: 'Open the order before it ships and tap “Change address”.',
  },
  {
    id: 'en-phone',
    question: 'How do I change my phone number?',
    similar: ['new phone number'],
    answer: 'Go to Account, Security, Phone number.',
  },
] as const

/** Two shifts on workdays; the national holiday, and the Saturday worked for it. */
const SHIFTS = [
  ['09:00', '12:00'],
  ['13:30', '18:00'],
] as const
export const HOURS = {
  timeZone: 'Asia/Shanghai',
  weekly: { mon: SHIFTS, tue: SHIFTS, wed: SHIFTS, thu: SHIFTS, fri: SHIFTS },
  holidays: ['2026-10-01', '2026-10-02', '2026-10-05', '2026-10-06', '2026-10-07'],
  workdays: ['2026-10-10'],
}

export const QUICK_QUESTIONS = { 'zh-CN': ['什么时候发货', '怎么申请退货'], en: ['When will my order ship?'] }
