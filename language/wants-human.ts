/**
 * Does the customer, in this text, want to be served or called back by a person? Rules over the normalised text. What merely
 * mentions people (refusals, the past, opening hours, settings) is taken out first; then a wish for any role counts.
 */

/** Who may be meant: any role, named in general or as the customer's own contact. */
const ROLE =
  '(?:人工|真人|活人|专人|人类|真客服|客服(?:人员|专员|经理)?|坐席|座席|专员|顾问|经理|主管|领导|上级|负责人|管事的?人?|师傅|工程师|技术(?:员|人员|支持)?|同事|工作人员|店长|老板|值班(?:员|的)?|接线员|(?:那|这|上)[个位次][^，。,.?？!！]{0,6}(?:人|客服|小[\\u4e00-\\u9fff]|师傅|同事))'

/** Mentions that are no wish. */
const NO_WISH: readonly RegExp[] = [
  // Refused, taken back, or denied.
  /(?:不要|不用|不需要|不想|先不|别|先别|甭|无需|没必要|取消|没说(?:要|想)?|不是(?:要|想|说)?|没(?:想|要))(?:再|给我|帮我|你们?|安排|联系){0,3}(?:转接?|接|找|叫|换|要)?(?:到|入)?(?:人工|真人|客服|人)(?:客服|服务|处理|联系我|来){0,2}(?![^，。,.;；!！?？]{0,4}(?:就)?别)/g,
  /(?:don'?t|do not|no need (?:to|for)|without|not asking for|stop)\b[^.?!]{0,24}\b(?:human|agent|person|representative|someone)\b/g,
  /没有?人(?:给我|跟我|和我|来)?(?:打|联系|回|通知)(?:个|过)?(?:电话|我)?|(?:不想|不要|不用|别)(?:再)?等(?:师傅|人|客服)/g,
  // The past, a condition, or a setting of the customer's own shop.
  /(?:之前|上次|昨天|刚才|前面|以前|已经)[^，。,.?？!！]{0,4}(?:转|找|联系|问|打)(?:了|过|的)?(?:人工|客服)[^，。,.?？!！]{0,8}(?:了|过)/g,
  /(?:如果|要是|假如|万一)[^，。,.?？!！]{0,4}(?:转接?|找)(?:人工|客服)/g,
  /(?:设置|配置|关闭|开启|自动|店铺)[^，。,.?？!！]{0,6}转(?:人工|接)/g,
  // Facts about the service: hours, fees, rules, numbers.
  /(?:人工|客服)(?:客服|服务|坐席|电话|热线){0,2}(?:的)?(?:电话|热线|号码|上班|下班|时间|几点|多久|收费|费用?|规则|周末|节假日|放假)/g,
  /(?:周末|周[一二三四五六日天]|晚上|夜里|节假日|几点|什么时候)[^，。,.?？!！]{0,5}(?:有|到)?(?:人工|客服)/g,
  /(?:自动|系统)[^，。,.?？!！]{0,6}还是(?:要|得|需要)?人工/g,
]

const ASK =
  '(?:要|想要|想|需要|请|求|求求|麻烦|申请|请求|呼叫|呼唤|召唤|等|转接?|接|找|叫|喊|换|派|安排|联系|连线?|切换?|给|来|有请|上|改|出)'
/** What may stand between the wish and the person. */
const BETWEEN =
  '(?:接|转|到|成|入|给|个|一?[个位名下]|你们?(?:家|店|公司)?(?:的)?|我|咱|下|回|懂[^，。,.?？!！]{1,6}的|能[^，。,.?？!！]{1,6}的|会[^，。,.?？!！]{1,6}的|管|平台|在线|专属|售后|投诉(?![你您他她它那这一个])|技术|退款|信贷|风控|财务|安装|装机|业务|部门?|的){0,4}'

const WISH: readonly RegExp[] = [
  new RegExp(`${ASK}${BETWEEN}${ROLE}(?!成本|费|民|员|智能|多|少|家|气|脸|头|们)`),
  // Passing on, wherever to: "转售后", "转接吧", "赶快转".
  /(?:帮我|给我|请|麻烦|快|赶快|赶紧|直接|别的不说了?)+(?:转|接)(?:接|过来|走)?(?:吧|啊|一下|[^，。,.?？!！账款卡单货运入出换发]{0,8})?$/,
  /^(?:转接?|接)(?:到|给|个)?(?:售后|售前|技术|财务|投诉|宽带|报障|仓库|物流|[\u4e00-\u9fff]{2,6}(?:部|组|科|专线|专员|报障|同事))/,
  /(?:转接|接|转)[^，。,.?？!！]{0,8}(?:部门|专线|专员|专家|同事|的人|报障|报修)/,
  // A person is to come, speak, call or go on. Not to the customer's door: a fitter's visit is another matter.
  /(?:让|叫|请|喊|找|派)[^，。,.?？!！]{0,14}(?:(?:来|出来|过来)(?!装|安装|修|维修|上门|量|测|拆|搬|取|收|拿|送|洗|清洗|换|看看)|跟我|和我|与我|同我|给我|继续)(?:说|讲|谈|聊|对接|沟通|联系|打|回|处理|解决)?/,
  /(?:给我|帮我|可以|能不能|能否|能)?(?:回|打)(?:个|一个|我)?(?:电话|電話)(?:吗|么|给我|过来)|给我(?:打|回)(?:个|一个)?电话|(?:专员|客服|经理|人)?(?:联系|联络|聯絡)(?:一?下)?我(?!们|的)|(?:跟|和|与)我(?:联系|联络)/,
  /(?:跟|和|同|与|找)(?:一?[个位])?(?:真?人|人类|活人|客服|你们?(?:的)?(?:人|经理|主管|领导|客服))(?:工)?(?:来)?(?:说|聊|谈|讲|沟通|对话|通话|反映)/,
  /我?(?:要|想)(?:和|跟|同|与)[^，。,.?？!！]{1,10}(?:说|聊|谈|讲|沟通|讲话|对话|通话|对接)/,
  /(?:不想|不要|别|懒得|不愿意?|还要?)(?:再)?(?:和|跟|同|与)(?:你|机器人|机器|ai|电脑)[^，。,.?？!！]{0,4}(?:说|聊|谈|讲|扯|废话|啰嗦)?|(?:关掉|关了|别用|不要)(?:自动回复|机器人)/,
  /(?:你)?(?:给|换|找|叫|来)(?:我)?(?:一?[个位])?(?:能|会|懂)[^，。,.?？!！]{1,6}(?:的|人)/,
  /(?:换|叫|找|来|要)(?:一?个)?人(?:来(?!装|安装|修|维修|上门|量|测|拆|搬|取|收|拿|送|洗|清洗|换|看看)|说|处理|帮|接|确认|教|$|[，。,.!！?？])/,
  // The word alone, or with a particle; "有人工吗", "人工在不在".
  /^(?:[^，。,.?？!！]{0,4}[，,。 ])?(?:人工|真人|活人|人工客服|人工服务|客服|在线客服|真客服)(?:客服|服务|通道|处理|大哥|姐姐)?(?:吧|呢|啊|呀|来|谢谢|救命|在吗|在么|在不在|有没有|有木有|有吗|快来|怎么进|怎么转|过来)*$/,
  /(?:有没有|没有|有|还有|都没有?|是不是没有?)(?:一?[个位])?(?:人工|真人|活人|在线客服)(?:客服|服务|通道)*(?:了|吗|么|啊|呀|在|来|可以|能|帮|理|管|处理|回|$)/,
  /(?:有没有|有)(?:一?[个位])?人(?:在)?(?:理|管|处理|回复?|帮)(?:我|一下)?/,
  /(?:人工|真人|活人)(?:客服|服务|通道)?(?:来|过来|处理|介入|出来|快来|上|吧|救)|(?:客服|平台)介入|专人(?:处理|跟进|对接)|还是(?:真人|人工|跟人说)|(?:怎么|怎样|如何|哪个键)[^，。,.?？!！]{0,6}(?:转|到|进|找|联系)(?:到)?(?:人工|真人|客服)/,
  /客服[^，。,.?？!！]{0,6}(?:出来|死哪|哪去了|去哪|人呢|说句话)/,
  // Typed by sound or with a slip.
  /(?:zhuan|转|z)[ ]?(?:ge|个|jie|接)?[ ]?(?:ren ?gong|rg|人gong|ren工)|^(?:ren ?gong|zhen ?ren)(?: ?(?:ke ?fu|a|ba|ne))?$|^rg|(?:zhen|huo) ?(?:人|ren)|(?:真|活) ?ren|人工克服|真银客服|人工客f/,
  // English.
  /\b(?:talk|speak|chat|connect|transfer|put (?:me )?through|switch|escalate|hand|pass|get|reach|contact)\b[^.?!]{0,30}\b(?:human|person|people|agent|someone|somebody|representative|rep|operator|manager|supervisor|staff|support|advisor|department|team)\b/,
  /\b(?:real|live|actual)\b ?\b(?:human|person|agent|someone|people)\b/,
  /^(?:a |an )?(?:human|agent|operator|representative|customer service|live chat|live agent|transfer me|connect me)(?: please| pls| now)?[.! ]*$/,
  /\b(?:need|want|give me|prefer|get me|looking for)\b (?:a |an |to see a |the |some )?(?:human|person|agent|representative|rep|manager|supervisor|operator)\b/,
  /\b(?:connect|transfer|put) me\b|\bcall me(?: back)?\b|\bgive me a call\b/,
]

/** @param text normalised: 简体, half width, lower case, no character more than three times in a row. */
export function wantsHuman(text: string): boolean {
  const compact = text.replace(/(?<=\p{Script=Han}) +(?=\p{Script=Han})/gu, '')
  // Asked of the bot itself; a wish may still follow after a comma.
  const asked = compact.replace(
    /(?:^|[，,。])(?:你|您|这|你们)?(?:到底)?(?:是|不是|是不是)(?:一?个)?(?:机器人|ai|真人|人工|人)(?:还是(?:机器人|ai|真人|人工|人))?(?:吗|么|吧|呢)?[?？]?/g,
    ' ，',
  )
  let rest = asked
  for (const mention of NO_WISH) rest = rest.replace(mention, ' 。')
  return WISH.some((wish) => wish.test(rest))
}
