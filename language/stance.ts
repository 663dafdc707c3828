import { normalise } from './normalise.ts'

/*
 * On which side of an act a text stands: to open or to close, to import or to export. Two sentences that share every other
 * word are opposite questions when they stand on opposite sides. Written for this project from general usage.
 */

/** For each pair of opposite acts -1, 0 (neither or both) or 1. */
export type Stance = readonly number[]

interface Opposites {
  /** The sides as patterns over normalised text. */
  readonly one: string
  readonly other: string
  /** To undo wins over to do: 取消预约 is an undoing. */
  readonly otherWins?: true
}

const en = (words: string): string =>
  words
    .split(' ')
    .map((word) => `\\b${word.replaceAll('_', '[ -]?').replaceAll('~', '(?:s|d|ed|ing|al|als|ation|ations)?')}\\b`)
    .join('|')

const pairs: readonly Opposites[] = [
  {
    one:
      '申请|开通|开启|打开|启用|激活|办理|预约|预订|预定|订阅|绑定|注册|开户|安装|加入|添加|续费|续订|续期|续保|续约|续租|投保|报名|参加|提交|下单|创建|' +
      en(
        'renew~ activat(?:e|ed|ing|ion) enabl(?:e|ed|ing) open~ subscri(?:be|bed|bing|ption) sign_up regist(?:er|ered|ering|ration) creat(?:e|ed|ing) add~ install~ link~ book reserv(?:e|ed|ing) appl(?:y|ied|ying|ication) start~ turn_on switch_on opt_in join~ extend~ enrol(?:l|led|ling)?',
      ),
    other:
      '取消|撤销|撤回|撤掉|关闭|关掉|停用|停止|停掉|禁用|退订|解绑|解除|注销|销户|删除|删掉|移除|卸载|退出|终止|中止|解约|退保|退租|退学|退会|退团|' +
      en(
        'cancel(?:s|led|ed|ling|ing|lation)? unsubscrib(?:e|ed|ing) delet(?:e|ed|ing|ion) remov(?:e|ed|ing|al) deactivat(?:e|ed|ing|ion) disabl(?:e|ed|ing) clos(?:e|ed|ing|ure) terminat(?:e|ed|ing|ion) uninstall~ unlink~ stop(?:ped|ping)? turn_off switch_off opt_out leav(?:e|ing) end~ drop~',
      ),
    otherWins: true,
  },
  { one: `导入|${en('import~')}`, other: `导出|${en('export~')}` },
  { one: `上传|${en('upload~')}`, other: `下载|${en('download~')}` },
  { one: `充值|存入|存钱|存款|${en('deposit~ top_up')}`, other: `提现|取现|取出|取钱|取款|提取|${en('withdraw~ cash_out')}` },
  { one: '转入|汇入|买入|上架|进口|接入', other: '转出|汇出|卖出|下架|出口|断开' },
  {
    one: `冻结|锁定|上锁|拉黑|${en('lock~ freez(?:e|ing) frozen block~')}`,
    other: `解冻|解锁|解封|${en('unlock~ unfreez(?:e|ing) unblock~')}`,
  },
  { one: '入职|入住|入学|入园|入院|入会', other: '离职|辞职|退房|退学|退园|出院|退会' },
  { one: en('check_in'), other: en('check_out') },
  { one: en('log_in sign_in login'), other: `退出登录|登出|${en('log_out sign_out logout')}` },
  {
    one: `增加|提高|提升|调高|升级|升舱|扩容|${en('increas(?:e|ed|ing) rais(?:e|ed|ing) upgrad(?:e|ed|ing)')}`,
    other: `减少|降低|调低|降级|降舱|缩容|${en('decreas(?:e|ed|ing) reduc(?:e|ed|ing) lower(?:ed|ing)? downgrad(?:e|ed|ing)')}`,
  },
  { one: `暂停|${en('paus(?:e|ed|ing) suspend~')}`, other: `恢复|${en('resum(?:e|ed|ing) restor(?:e|ed|ing) reactivat(?:e|ed|ing)')}` },
  { one: `显示|公开|${en('show~ unhid(?:e|ing)')}`, other: `隐藏|${en('hid(?:e|ing)')}` },
  { one: en('connect~ attach~'), other: en('disconnect~ detach~') },
  { one: en('send~'), other: en('receiv(?:e|ed|ing)') },
]

/** A wish not to: it turns the act that follows at once into its opposite. Not being able to does not. */
const notWanted =
  '(?:不想要?|不要|不需要|不用|不必|不打算|不再|不让|别|无需|无须|先不)(?:再|继续|给我|帮我|自动|被|你们?|它|系统|办理?|去|的){0,3}|' +
  "(?:\\b(?:(?:do|does|did|would)(?:n'?t| not)|never|no longer|not) (?:want|wish|plan|intend|mean|need|like|trying|going|looking)(?:ed|ing)? (?:(?:you|it|this|them|us) )?(?:to )?(?:be )?(?:have )?(?:my \\w+ )?|\\b(?:without|instead of|rather than|avoid|prevent|stop) )(?:it |them )?(?:from )?(?:being )?(?:auto(?:matically)?[ -]?)?"

const readers = pairs.map(({ one, other, otherWins }) => ({
  pattern: new RegExp(`(${notWanted})?(?:(${one})|(${other}))`, 'g'),
  otherWins: otherWins === true,
}))

/** Reads the sides of a text; the first 500 characters count. Normalises itself. */
export function readStance(text: string): Stance {
  const folded = normalise(text.slice(0, 500))
  return readers.map(({ pattern, otherWins }) => {
    let one = false
    let other = false
    for (const [, negated, isOne] of folded.matchAll(pattern)) {
      if ((isOne === undefined) === (negated === undefined)) other = true
      else one = true
    }
    if (one && other) return otherWins ? -1 : 0
    return one ? 1 : other ? -1 : 0
  })
}

/** Whether two stances are on opposite sides of any act. */
export function areOpposed(one: Stance, other: Stance): boolean {
  return one.some((side, i) => side * (other[i] ?? 0) < 0)
}
