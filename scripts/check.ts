import { spawnSync } from 'node:child_process'
import { readdirSync, statSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

/** `npm run check`: types, lint, boundaries, dead code. Each runs even when one before it failed, so that one run shows all. */

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const MODULES = [
  'platform',
  'language',
  'staff',
  'customers',
  'conversations',
  'knowledge-base',
  'bot',
  'adapters',
  'server',
  'wire',
  'demo',
  'migrations',
  'web',
]

function run(title: string, bin: string, args: string[], options: { capture?: true } = {}): { ok: boolean; output: string } {
  const started = performance.now()
  const result = spawnSync(process.execPath, [join(root, 'node_modules', bin), ...args], {
    cwd: root,
    encoding: 'utf8',
    stdio: options.capture ? ['ignore', 'pipe', 'inherit'] : 'inherit',
    maxBuffer: 64 * 1024 * 1024,
  })
  console.log(`${result.status === 0 ? 'ok  ' : 'FAIL'} ${title} (${((performance.now() - started) / 1000).toFixed(1)} s)`)
  return { ok: result.status === 0, output: result.stdout ?? '' }
}

function sourceFiles(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name)
    return statSync(path).isDirectory() ? sourceFiles(path) : name.endsWith('.ts') ? [path] : []
  })
}

/** dependency-cruiser reads TypeScript 7 only through swc; when that breaks it cruises nothing and is green, so it is counted. */
function boundaries(): boolean {
  const { ok, output } = run(
    'boundaries',
    'dependency-cruiser/bin/dependency-cruise.mjs',
    ['--config', '.dependency-cruiser.cjs', '--output-type', 'json', ...MODULES],
    {
      capture: true,
    },
  )
  const cruised = JSON.parse(output) as {
    modules: { source: string }[]
    summary: { violations: { rule: { name: string }; from: string; to: string }[] }
  }
  for (const { rule, from, to } of cruised.summary.violations) console.log(`  ${rule.name}: ${from} → ${to}`)
  const seen = new Set(cruised.modules.map((module) => module.source))
  const unseen = MODULES.flatMap((name) => sourceFiles(join(root, name)))
    .map((path) => relative(root, path))
    .filter((path) => !seen.has(path))
  if (unseen.length > 0) console.log(`  ${unseen.length} source files were not looked at, first ${unseen[0]}`)
  return ok && cruised.summary.violations.length === 0 && unseen.length === 0
}

const results = [
  run('types', 'typescript/bin/tsc', ['-p', 'tsconfig.json']).ok,
  run('types of the pages', 'typescript/bin/tsc', ['-p', 'web/tsconfig.json']).ok,
  run('lint', '@biomejs/biome/bin/biome', ['check', '--error-on-warnings', '.']).ok,
  boundaries(),
  run('dead code', 'knip/bin/knip.js', []).ok,
]
process.exit(results.every(Boolean) ? 0 : 1)
