/**
 * Text that PostgreSQL can hold and give back as it is. A text value there has no NUL (PostgreSQL, "Character Types"), and UTF-8
 * has no form for half a surrogate pair (RFC 3629, section 3).
 */

// biome-ignore lint/suspicious/noControlCharactersInRegex: NUL is what is looked for.
const UNSTORABLE = /\u0000|[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/

export function isStorable(text: string): boolean {
  return !UNSTORABLE.test(text)
}

/** What cannot be stored is left out. For words that nobody approved, such as a customer's: elsewhere refuse, do not change. */
export function storable(text: string): string {
  return text.replace(new RegExp(UNSTORABLE, 'g'), '')
}
