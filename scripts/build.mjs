import { spawnSync } from 'node:child_process'
import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'

/** `npm run build`: TypeScript to dist/, the pages and widget.js to dist/web/ (packed beside), the demo rows beside their reader. */

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const run = (name, ...args) => {
  const { status } = spawnSync(process.execPath, [join(root, 'node_modules', name), ...args], { cwd: root, stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? 1)
}

rmSync(join(root, 'dist'), { recursive: true, force: true })
run('typescript/bin/tsc', '-p', 'tsconfig.build.json')
run('vite/bin/vite.js', 'build', '--logLevel', 'warn')
// Fails when widget.js weighs more than a host page should pay for it.
run('vite/bin/vite.js', 'build', '--mode', 'widget', '--logLevel', 'warn')
const web = join(root, 'dist', 'web')
for (const name of readdirSync(web, { recursive: true }).filter((name) => /\.(js|css|html|svg)$/.test(name)))
  writeFileSync(join(web, `${name}.gz`), gzipSync(readFileSync(join(web, name)), { level: 9 }))
for (const name of readdirSync(join(root, 'demo')).filter((name) => name.endsWith('.jsonl')))
  cpSync(join(root, 'demo', name), join(root, 'dist', 'demo', name))
writeFileSync(join(root, 'dist', 'built'), '')
