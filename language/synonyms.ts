/*
 * Words that mean the same to somebody who asks a service desk, whatever the industry: written for this project from
 * general usage. A group becomes one extra term beside the words themselves, so that 咋退钱 and 如何退款 share something.
 * Normalised spelling.
 */
const groups: readonly string[] = [
  // how, why, when, how much, where, whether
  '怎么 怎样 如何 咋 怎么样 怎么办 咋样 咋办 怎么弄 如何办 怎么操作 方法 步骤 流程 how',
  '为什么 为啥 为何 咋回事 怎么回事 原因 why reason',
  '什么时候 多久 几时 何时 啥时候 几天 多长时间 时间 几点 多少天 when',
  '多少钱 价格 价钱 几块 贵 收费 费用 花费 价位 price cost fee charge',
  '哪里 哪儿 何处 在哪 哪 位置 地址 where location',
  '可以 能 能否 可否 能不能 可不可以 行不行 支持 允许 是否',
  '不能 不了 无法 没法 不可以 用不了 不行 失败 不成功 fail unable failed',
  '没有 没 未 还没 尚未 没能',
  '什么 啥 哪些',
  // actions at an account or a device
  '取消 撤销 撤回 作废 不要了 cancel revoke',
  '修改 更改 变更 改 更换 换 调整 重设 change edit modify update',
  '开通 开启 打开 启用 激活 申请 办理 activate enable open apply',
  '关闭 关掉 停用 停止 停掉 注销 解除 退出 close disable deactivate stop delete',
  '登录 登陆 登入 登不上 login signin',
  '注册 开户 新建 register signup create',
  '忘记 忘了 不记得 找回 forget recover',
  '丢失 丢了 丢 遗失 弄丢 不见 lost lose',
  '开具 出具 开 issue',
  '绑定 关联 绑 bind link',
  '解绑 取消绑定 解除绑定 unbind unlink',
  '密码 口令 password passcode pin',
  '账号 账户 用户 account',
  '电话 手机号 号码 联系方式 热线 phone number contact',
  '查询 查看 查 看 哪里看 查到 找到 check track view find',
  '使用 用 怎么用 操作 use',
  '下载 安装 download install',
  '升级 更新 版本 upgrade',
  '坏 坏了 故障 毛病 有问题 损坏 破损 失灵 broken damaged defective faulty',
  '提示 显示 报错 出现 弹出 error',
  '安全 可靠 放心 靠谱 safe secure',
  // money
  '付款 支付 付钱 结账 买单 交钱 缴费 缴纳 交 缴 pay payment',
  '退款 退钱 退回 返还 返钱 退费 refund reimburse',
  '到账 到帐 收到钱 入账 打款 arrive credited',
  '扣款 扣钱 扣费 划扣 代扣 deduct',
  '还款 还钱 还 偿还 还清 repay',
  '提现 取现 取钱 取出 提款 withdraw withdrawal',
  '充值 充 充钱 topup recharge',
  '借款 借钱 贷款 借 loan borrow',
  '余额 剩余 剩多少 还剩 balance',
  '额度 限额 上限 限制 limit quota',
  '利息 利率 手续费 服务费 interest rate',
  '逾期 过期 超时 迟 晚 overdue expired late',
  '优惠 打折 折扣 便宜 活动 促销 满减 discount deal promotion offer',
  '优惠券 券 红包 代金券 抵用券 coupon voucher',
  '发票 开票 税票 收据 invoice receipt bill',
  '积分 会员 等级 points membership',
  '押金 保证金 定金 deposit',
  '转账 转钱 汇款 transfer remit',
  '卡 银行卡 信用卡 储蓄卡 card',
  '分期 分期付款 期数 instalment installment',
  // goods and delivery
  '订单 单子 单 order purchase',
  '发货 寄出 发出 出货 寄 发 出库 配货 ship dispatch',
  '快递 物流 包裹 快件 运单 配送 派送 送货 package parcel delivery shipping courier shipment',
  '运费 邮费 快递费 包邮 postage',
  '收货 签收 收到 到货 送达 拿到 receive received arrive',
  '退货 退掉 退 寄回 return',
  '换货 调换 换一个 换新 exchange swap replace replacement',
  '尺码 尺寸 大小 码数 号码 多大 size fit',
  '颜色 色 花色 colour color',
  '现货 有货 库存 缺货 断货 补货 没货 stock available availability',
  '质量 品质 做工 材质 材料 面料 quality material',
  '正品 真货 假货 真假 authentic genuine fake',
  '保修 质保 维修 修 修理 售后 warranty repair guarantee',
  '赠品 送 礼物 礼品 gift free',
  '评价 评论 好评 差评 review comment feedback',
  '预订 预约 预定 订 book booking reserve reservation appointment',
  '门店 实体店 店 线下 网点 store shop branch',
  '营业 上班 开门 几点 工作时间 hours',
  '地址 收货地址 住址 address',
  // people and service
  '人工 客服 真人 转人工 agent representative human person',
  '投诉 举报 complain complaint',
  '联系 找 打电话 沟通 contact reach call',
  '身份 实名 认证 验证 身份证 identity verify verification id',
  '多 更多 增加 提高 提升 加 increase raise add',
  '少 减少 降低 减 reduce lower decrease',
  '小孩 孩子 儿童 宝宝 未成年 child kid children',
  '国外 海外 境外 外国 出国 abroad foreign overseas international',
]

const groupsOf = new Map<string, number[]>()
for (const [index, group] of groups.entries()) {
  for (const word of group.split(' ')) groupsOf.set(word, [...(groupsOf.get(word) ?? []), index])
}

/** Longest entry, in characters: how far a reader of running text has to look ahead. */
export const longestSynonym = Math.max(...[...groupsOf.keys()].filter((word) => /\p{Script=Han}/u.test(word)).map((word) => word.length))

const firstChars = new Set([...groupsOf.keys()].map((word) => word[0] as string))

/** Whether any entry starts with this character. */
export function startsSynonym(char: string): boolean {
  return firstChars.has(char)
}

/** Numbers of the groups a word (Chinese, or an English word before stemming) belongs to; empty for most words. */
export function synonymGroups(word: string): readonly number[] {
  return groupsOf.get(word) ?? []
}
