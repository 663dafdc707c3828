import { ZhikeError } from '../platform/errors.ts'
import { isStorable } from '../platform/storable-text.ts'

export interface Page<T> {
  readonly items: readonly T[]
  /** What to pass as `cursor` for the rest; null at the end. */
  readonly next: string | null
}

/** @param items one more than `limit` when there is a rest. */
export function cursorOf<T>(items: readonly T[], limit: number, idOf: (item: T) => string): Page<T> {
  const page = items.slice(0, limit)
  const last = page.at(-1)
  return { items: page, next: items.length > limit && last ? Buffer.from(idOf(last)).toString('base64url') : null }
}

/** @throws ZhikeError `invalid` `knowledge.bad-cursor` */
export function readCursor(cursor: string): string {
  const id = Buffer.from(cursor, 'base64url')
  if (id.length === 0 || id.toString('base64url') !== cursor || !isStorable(id.toString()))
    throw new ZhikeError('invalid', 'knowledge.bad-cursor', 'The cursor is not one that this list gave; start without one.')
  return id.toString()
}
