import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))))

export interface CompiledHouse {
  /** The program of `house-process.ts`, as plain JavaScript. */
  readonly entry: string
  /** The program of `folder-writer.ts`. */
  readonly writer: string
  remove(): void
}

/**
 * Compiles the house with its test entry into a temporary folder. Tests that start a process dozens of times do it once: a start
 * through a loader costs three times the processor time.
 */
export async function compileHouse(): Promise<CompiledHouse> {
  const folder = mkdtempSync(join(tmpdir(), 'zhike-compiled-'))
  const out = join(folder, 'out')
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({
      extends: join(ROOT, 'tsconfig.json'),
      compilerOptions: {
        noEmit: false,
        noCheck: true,
        allowImportingTsExtensions: false,
        rewriteRelativeImportExtensions: true,
        rootDir: ROOT,
        outDir: out,
        types: [],
      },
      // The import worker is started by its file name, so no import leads to it.
      files: [
        join(ROOT, 'tests/support/house-process.ts'),
        join(ROOT, 'tests/support/folder-writer.ts'),
        join(ROOT, 'knowledge-base/import-worker.ts'),
      ],
      include: [],
      exclude: [],
    }),
  )
  await promisify(execFile)(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', folder])
  cpSync(join(ROOT, 'package.json'), join(out, 'package.json'))
  symlinkSync(join(ROOT, 'node_modules'), join(out, 'node_modules'))
  symlinkSync(join(ROOT, 'web'), join(out, 'web'))
  mkdirSync(join(out, 'demo'), { recursive: true })
  for (const name of readdirSync(join(ROOT, 'demo')).filter((file) => file.endsWith('.jsonl')))
    cpSync(join(ROOT, 'demo', name), join(out, 'demo', name))
  return {
    entry: join(out, 'tests/support/house-process.js'),
    writer: join(out, 'tests/support/folder-writer.js'),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}
