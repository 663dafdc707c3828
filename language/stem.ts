/*
 * Light English stemming: plural, -ing, -ed and -ly only, so that no two words of different meaning meet. Steps 1a and 1b
 * of Porter's algorithm (1980) without the later suffix tables.
 */
const vowel = /[aeiouy]/

/** The stem of a lower-case Latin word; words of three letters or fewer come back as they are. */
export function stem(word: string): string {
  let base = word.endsWith("'s") ? word.slice(0, -2) : word
  base = base.replaceAll("'", '')
  if (base.length <= 3) return base
  if (base.endsWith('ies') && base.length > 4) base = `${base.slice(0, -3)}y`
  else if (base.endsWith('sses') || base.endsWith('xes') || base.endsWith('ches') || base.endsWith('shes')) base = base.slice(0, -2)
  else if (base.endsWith('s') && !base.endsWith('ss') && !base.endsWith('us') && !base.endsWith('is')) base = base.slice(0, -1)
  for (const suffix of ['ing', 'ed']) {
    if (!base.endsWith(suffix)) continue
    const rest = base.slice(0, -suffix.length)
    if (rest.length < 3 || !vowel.test(rest)) continue
    return undouble(rest)
  }
  if (base.endsWith('ly') && base.length > 5) return base.slice(0, -2)
  return dropSilentE(base)
}

function undouble(rest: string): string {
  const last = rest.at(-1) as string
  if (rest.length > 3 && last === rest.at(-2) && !'lsz'.includes(last)) return rest.slice(0, -1)
  return dropSilentE(rest)
}

// 'activate' and 'activat(ing)' must meet, so a final e goes from both.
function dropSilentE(word: string): string {
  return word.length > 4 && word.endsWith('e') && !word.endsWith('ee') ? word.slice(0, -1) : word
}
