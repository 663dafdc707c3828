import { Converter } from 'opencc-js/t2cn'

/*
 * The folding that stored wordings and questions go through before they are compared.
 * The original text is what people are shown; the folded one is only indexed and matched.
 */

const loneSurrogates = /[\ud800-\udfff]/gu
// Control and format characters (zero-width joiners, BOM, bidi marks, soft hyphen) and variation selectors carry no
// meaning for matching; line breaks and tabs are white space and fold into one blank.
const lineBreaks = /[\t\n\v\f\r\u0085\u2028\u2029]/g
const invisible = /\p{Cc}|\p{Cf}|\p{Variation_Selector}/gu
const blanks = /\s+/g
const han = /[\u3400-\u9fff]/

/*
 * 'twp' maps Taiwan words too (軟體 → 软件). On Traditional spellings of three Simplified question sets it gave back the
 * original in 99 % of the lines, 't', 'tw' and 'hk' in 92 to 94 %. Its one harmful phrase is 查詢 → 查找: in customer
 * service 查询 is the common word on both sides, so it is spelled out before the phrases run.
 */
let phrases: ((text: string) => string) | undefined
const keptAsSpelled: readonly (readonly [string, string])[] = [['查詢', '查询']]

let traditionalOnly: Uint8Array | undefined

function markTraditionalOnly(): Uint8Array {
  const convert = Converter({ from: 't', to: 'cn' })
  const marks = new Uint8Array(0x10000)
  for (let code = 0x3400; code <= 0x9fff; code++) {
    const char = String.fromCharCode(code)
    if (convert(char) !== char) marks[code] = 1
  }
  return marks
}

/** How many characters of the text exist in Traditional spelling only. */
export function countTraditionalOnly(text: string): number {
  if (!han.test(text)) return 0
  traditionalOnly ??= markTraditionalOnly()
  let count = 0
  for (let i = 0; i < text.length; i++) count += traditionalOnly[text.charCodeAt(i)] as number
  return count
}

/** Traditional Chinese to Simplified, Taiwan words included. A text without a Traditional character comes back as it is. */
export function toSimplified(text: string): string {
  if (countTraditionalOnly(text) === 0) return text
  phrases ??= Converter({ from: 'twp', to: 'cn' }) as (text: string) => string
  let spelled = text
  for (const [from, to] of keptAsSpelled) {
    if (spelled.includes(from)) spelled = spelled.replaceAll(from, to)
  }
  return phrases(spelled)
}

/**
 * Folds width (NFKC), case, Traditional to Simplified, invisible characters and white space. Pure, total over every string
 * (lone surrogates and NULs are dropped) and idempotent for practical text; punctuation stays.
 */
export function normalise(text: string): string {
  const visible = text.replace(loneSurrogates, '').normalize('NFKC').replace(lineBreaks, ' ').replace(invisible, '')
  // 帐 and 账 are one word in two spellings, and customers use both (帐号, 账号).
  return toSimplified(visible.toLowerCase()).replaceAll('帐', '账').replace(blanks, ' ').trim()
}
