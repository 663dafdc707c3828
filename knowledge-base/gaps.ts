import { type Actor, recordAudit } from '../platform/audit.ts'
import type { Database, Tx } from '../platform/database.ts'
import { ZhikeError } from '../platform/errors.ts'
import { isStorable, storable } from '../platform/storable-text.ts'
import { ARTICLE_LIMITS } from './article.ts'
import { cursorOf, type Page, readCursor } from './cursor.ts'
import { addGap, type Gap, type GapState, type NewGap, readGaps, takeBackAsking, writeGapState } from './gap-store.ts'
import { searchKey } from './question-key.ts'

function storedQuestion(question: string): string {
  return storable(storable(question).trim().slice(0, ARTICLE_LIMITS.question))
}

/** Takes back what `recordGap` noted for that Turn, unless somebody has worked on the Gap or asked again since. */
export async function withdrawGap(tx: Tx, gap: { question: string; turnId: string; reason: string }): Promise<void> {
  await takeBackAsking(tx, searchKey(storedQuestion(gap.question)), gap.turnId, gap.reason)
}

/** Records a Gap in the caller's Turn. What has no letters or digits is no question and leaves no Gap. */
export async function recordGap(tx: Tx, gap: NewGap): Promise<void> {
  const question = storedQuestion(gap.question)
  const normalised = searchKey(question)
  if (normalised !== '') await addGap(tx, normalised, { ...gap, question })
}

export async function listGaps(database: Database, options: { state?: GapState; limit: number; cursor?: string }): Promise<Page<Gap>> {
  const after = options.cursor === undefined ? null : readCursor(options.cursor)
  const items = await readGaps(database.sql, options.state ?? null, after, options.limit + 1)
  return cursorOf(items, options.limit, (gap) => gap.id)
}

/** @throws ZhikeError `missing` `gap.not-found` */
export async function changeGap(database: Database, by: Actor, id: string, state: GapState): Promise<Gap> {
  const gap = isStorable(id)
    ? await database.transaction(async (tx) => {
        const changed = await writeGapState(tx, id, state)
        if (changed) await recordAudit(tx, by, 'gap.changed', { kind: 'gap', id }, { state })
        return changed
      })
    : null
  if (!gap) throw new ZhikeError('missing', 'gap.not-found', 'There is no such Gap.')
  return gap
}
