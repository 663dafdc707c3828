import { spawnSync } from 'node:child_process'
import { cpSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** `npm run build`: TypeScript to dist/, the pages to dist/web/, the demo rows beside their reader. */

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const run = (name, ...args) => {
  const { status } = spawnSync(process.execPath, [join(root, 'node_modules', name), ...args], { cwd: root, stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? 1)
}

rmSync(join(root, 'dist'), { recursive: true, force: true })
run('typescript/bin/tsc', '-p', 'tsconfig.build.json')
run('vite/bin/vite.js', 'build', '--logLevel', 'warn')
for (const name of readdirSync(join(root, 'demo')).filter((name) => name.endsWith('.jsonl')))
  cpSync(join(root, 'demo', name), join(root, 'dist', 'demo', name))
writeFileSync(join(root, 'dist', 'built'), '')
