/** Articles whose questions have nothing in common, so that a right answer is the answer to that question and to no other. */
export const KNOWN_ARTICLES: readonly { readonly id: string; readonly question: string; readonly answer: string }[] = [
  { id: 'k-invoice', question: '怎么开增值税发票', answer: '您可以在订单详情里点“申请发票”，一个工作日内开出电子发票。' },
  { id: 'k-refund', question: '退款多久到账', answer: '退款审核通过后，三到五个工作日退回您的原支付账户。' },
  { id: 'k-address', question: '下单后能修改收货地址吗', answer: '发货之前可以修改：打开订单，点“修改地址”即可。' },
  { id: 'k-battery', question: '扫地机器人电池能用几年', answer: '正常使用下，电池可以用三年左右，之后您可以单独购买更换。' },
  { id: 'k-warranty', question: '保修期是多长时间', answer: '整机保修两年，从您签收当天算起。' },
  { id: 'k-coupon', question: '优惠券为什么不能叠加', answer: '同一笔订单只能用一张优惠券，系统会自动选最划算的那张。' },
  { id: 'k-password', question: '忘记登录密码怎么办', answer: '在登录页点“忘记密码”，用手机验证码重新设置即可。' },
  { id: 'k-express', question: '支持哪些快递公司', answer: '我们默认发顺丰，偏远地区发邮政，您不需要另付运费。' },
  { id: 'k-member', question: '会员积分怎么兑换礼品', answer: '进入会员中心的积分商城，选好礼品后点“兑换”。' },
  { id: 'k-install', question: '空调上门安装要收费吗', answer: '空调免费上门安装，高空作业和加长铜管另外计费。' },
]

/** As the import takes them. */
export function knownArticlesAsNdjson(): string {
  return KNOWN_ARTICLES.map((article) => JSON.stringify({ ...article, status: 'published' })).join('\n')
}
