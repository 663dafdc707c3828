import { pino } from 'pino'
import { createKnowledgeBase, type ImportResult, type KnowledgeBase, type KnowledgeBaseDeps } from '../../../knowledge-base/index.ts'
import type { Actor } from '../../../platform/audit.ts'
import type { Database } from '../../../platform/database.ts'
import { createEvents } from '../../../platform/events.ts'
import { openTestDatabase } from '../../support/database.ts'

export const CURATOR: Actor = { kind: 'agent', id: 'curator', traceId: 't-1' }

export interface Opened {
  kb: KnowledgeBase
  database: Database
  /** Runs the jobs that were enqueued so far; they run twice when told so. */
  runJobs(times?: number): Promise<void>
  /** A second process over the same tables, without the hints of the first. */
  second(deps?: Partial<KnowledgeBaseDeps>): Promise<KnowledgeBase>
  close(): Promise<void>
}

/** A knowledge base over its own embedded database, with a job queue that runs when told. */
export async function openKnowledgeBase(deps: Partial<KnowledgeBaseDeps> = {}): Promise<Opened> {
  const database = await openTestDatabase()
  const log = pino({ level: 'silent' })
  const waiting: { name: string; data: Record<string, unknown> }[] = []
  const opened: KnowledgeBase[] = []
  const open = async (more: Partial<KnowledgeBaseDeps>) => {
    const kb = createKnowledgeBase({
      database,
      events: createEvents(database, log),
      jobs: {
        async enqueue(_tx, name, data = {}) {
          waiting.push({ name, data })
        },
      },
      log,
      timeZone: 'Asia/Shanghai',
      ...deps,
      ...more,
    })
    await kb.start()
    opened.push(kb)
    return kb
  }
  const kb = await open({})
  return {
    kb,
    database,
    second: (more = {}) => open(more),
    async runJobs(times = 1) {
      for (const job of waiting.splice(0))
        for (let n = 0; n < times; n++) await kb.work.find(({ name }) => name === job.name)?.run(job.data)
    },
    async close() {
      for (const one of opened) await one.stop()
      await database.close()
    },
  }
}

export function lines(rows: readonly Record<string, unknown>[]): Buffer {
  return Buffer.from(rows.map((row) => JSON.stringify(row)).join('\n'))
}

export async function importLines(
  kb: KnowledgeBase,
  rows: readonly Record<string, unknown>[],
  options: { dryRun?: boolean } = {},
): Promise<ImportResult> {
  return wholeResult(await kb.importArticles(CURATOR, { body: lines(rows), contentType: 'application/x-ndjson', ...options }))
}

export function wholeResult(result: ImportResult | { importId: string }): ImportResult {
  if ('importId' in result) throw new Error('the import went to a job')
  return result
}

export async function exported(kb: KnowledgeBase, format: 'jsonl' | 'csv'): Promise<string> {
  let text = ''
  for await (const piece of kb.exportArticles(CURATOR, format)) text += piece
  return text
}
