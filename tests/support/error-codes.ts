import { readFileSync } from 'node:fs'

interface DocumentedCode {
  readonly code: string
  readonly kind: string
  /** Null for what stops the start. */
  readonly status: number | null
}

/** What docs/errors.md promises. */
export function readErrorsPage(): { codes: DocumentedCode[]; rowCodes: string[] } {
  const page = readFileSync('docs/errors.md', 'utf8')
  const codes = [...page.matchAll(/^\| `([a-z-]+\.[a-z-]+)` \| `([a-z-]+)` \| (\d{3}|–) \| ([^|]+) \| ([^|]+) \|$/gm)]
  const rows = [...page.matchAll(/^\| `([a-z-]+\.[a-z-]+)` \| ([^|]+) \| ([^|]+) \|$/gm)]
  return {
    codes: codes.map(([, code = '', kind = '', status = '']) => ({ code, kind, status: status === '–' ? null : Number(status) })),
    rowCodes: rows.map(([, code = '']) => code),
  }
}
