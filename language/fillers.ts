/*
 * Words that carry politeness, address or grammar but not the subject of a question. They are weighted down, never
 * deleted: a question made of nothing else still has terms. Normalised spelling (Simplified, lower case).
 */

/** Whole phrases, longest first within the text, that open or close a question without saying what it is about. */
export const fillerPhrases: readonly string[] = [
  '我想要问一下', '我想请问一下', '我想咨询一下', '我想了解一下', '想咨询一下', '想了解一下', '麻烦问一下', '麻烦帮我看一下',
  '能不能帮我看一下', '可以帮我看一下吗', '帮我看一下', '帮忙看一下', '我想问一下', '我想问下', '想问一下', '想请问下', '请问一下',
  '请教一下', '咨询一下', '打扰一下', '麻烦问下', '你好我想问', '不好意思', '劳驾', '谢谢你', '谢谢您', '谢谢啦', '多谢', '拜托了',
  '怎么回事', '是怎么回事', '在吗', '在不在', '有人吗', '您好', '你好', '哈喽', '亲亲', '请问', '请教', '想问', '谢谢',
].sort((a, b) => b.length - a.length)

/** Single words. */
export const fillerWords: ReadonlySet<string> = new Set([
  // address and politeness
  '请', '亲', '客服', '小姐姐', '老板', '麻烦', '您', '你', '你们', '您们', '咱们', '咱', '我', '我们', '俺', '本人', '自己', '人家',
  // particles and modal words
  '吗', '嘛', '么', '呢', '啊', '呀', '吧', '哦', '喔', '噢', '哈', '哎', '唉', '诶', '嗯', '啦', '咯', '喽', '哇', '的', '地', '得', '了', '着', '过',
  // grammar and hedges
  '是', '就', '都', '也', '还', '又', '再', '才', '那', '那个', '这', '这个', '这边', '那边', '一下', '一下下', '下', '一个', '个', '有点', '好像', '到底', '究竟',
  '然后', '因为', '所以', '但是', '可是', '而且', '如果', '的话', '比如', '其实', '就是', '还是', '或者', '以及', '和', '跟', '与', '把', '被', '给', '让', '在', '对',
  '想', '要', '想要', '需要', '知道', '看看', '看下', '问下', '问问', '帮', '帮忙', '帮我', '告诉', '说', '现在', '目前', '已经', '刚刚', '刚才', '有没有', '是不是',
])

/** English function and courtesy words, before stemming. */
export const englishFillers: ReadonlySet<string> = new Set(
  (
    'a an the this that these those it its it\'s i i\'m i\'ve i\'d i\'ll me my mine we us our you your yours he she they them their am is are was were be been being ' +
    'do does did doing done have has had having will would shall should can could may might must to of in on at by for from with about into as and or but so if then than ' +
    'please pls plz hi hello hey dear thanks thank thx sir madam kindly just really actually also very there here some any now want wanted wanna like need needed know let tell ' +
    'help assist give get got getting gotten go going what which who whom whose how when where why yes no ok okay well still yet already again'
  ).split(' '),
)

/** Question words say what is asked (how long, why, where), so they keep more than a filler's weight. */
export const questionWords: ReadonlySet<string> = new Set([
  '怎么', '怎样', '如何', '咋', '咋样', '怎么样', '怎么办', '为什么', '为啥', '为何', '什么', '啥', '哪', '哪里', '哪儿', '哪个', '谁', '几', '多少', '多久', '何时', '什么时候',
  '能', '能不能', '能否', '可以', '可不可以', '可否', '会', '会不会', '不', '没', '没有', '不能', '不了', '不会', '有', '无法', '是否', '行', '行不行',
  'what', 'which', 'who', 'how', 'when', 'where', 'why', 'no', 'not', 'cannot', 'can\'t', 'never',
])
