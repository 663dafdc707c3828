import { isStorable } from '../platform/storable-text.ts'

/** What cannot be stored is refused at the edge with the place named, rather than changed silently or turned into a server error. */

const MAX_DEPTH = 32

/** Path of the first unstorable text or too deep nesting in a parsed JSON value (`/answer/0`), null when all is well. */
export function findUnstorable(value: unknown, path = '', depth = 0): { path: string; why: string } | null {
  if (typeof value === 'string')
    return isStorable(value) ? null : { path: path || '/', why: 'holds a NUL character or half of a surrogate pair' }
  if (typeof value !== 'object' || value === null) return null
  if (depth >= MAX_DEPTH) return { path: path || '/', why: `is nested deeper than ${MAX_DEPTH} levels` }
  for (const [key, entry] of Object.entries(value)) {
    if (!isStorable(key)) return { path: path || '/', why: 'has a field name with a NUL character or half of a surrogate pair' }
    const found = findUnstorable(entry, `${path}/${key}`, depth + 1)
    if (found) return found
  }
  return null
}
