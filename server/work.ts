import type { Conversations } from '../conversations/index.ts'
import type { KnowledgeBase } from '../knowledge-base/index.ts'
import { chainAudit } from '../platform/audit.ts'
import type { Database } from '../platform/database.ts'
import type { KeptFiles } from '../platform/files.ts'
import type { Jobs } from '../platform/jobs.ts'

/** What runs by the clock. Each may run twice or late without harm. */
export function registerSchedule(
  jobs: Jobs,
  deps: { conversations: Conversations; database: Database; files: KeptFiles; knowledgeBase: KnowledgeBase },
): void {
  jobs.handle(
    'close-idle-conversations',
    async () => {
      // Until a step finds nothing more.
      while ((await deps.conversations.closeIdle()) > 0);
    },
    { cron: '* * * * *' },
  )
  jobs.handle(
    'chain-audit',
    async () => {
      while ((await chainAudit(deps.database)) > 0);
    },
    { cron: '* * * * *' },
  )
  jobs.handle(
    'remove-unnamed-files',
    async () => {
      while ((await deps.files.removeUnnamed(deps.conversations.findNamedFiles)) > 0);
    },
    { cron: '17 3 * * *' },
  )
  for (const { name, run, cron } of deps.knowledgeBase.work) jobs.handle(name, run, cron === undefined ? {} : { cron })
}
