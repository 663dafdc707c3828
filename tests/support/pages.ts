import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'

/** The pages and widget.js, built from their sources into a folder of their own. */
export interface BuiltPages {
  readonly folder: string
  remove(): void
}

export async function buildPages(): Promise<BuiltPages> {
  const folder = mkdtempSync(join(tmpdir(), 'zhike-pages-'))
  const configFile = fileURLToPath(new URL('../../vite.config.ts', import.meta.url))
  await build({ configFile, logLevel: 'silent', build: { outDir: folder, emptyOutDir: true } })
  await build({ configFile, mode: 'widget', logLevel: 'silent', build: { outDir: folder, emptyOutDir: false } })
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) }
}
