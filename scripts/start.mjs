import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** `npm start`: builds when the build is missing or older than its sources, then runs it in this process. */

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const stamp = join(root, 'dist', 'built')
const SOURCES = [
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
  'web',
  'demo',
  'migrations',
  'package.json',
  'tsconfig.json',
  'tsconfig.build.json',
  'package-lock.json',
  'scripts/build.mjs',
  'vite.config.ts',
]

/** Newest change below a path, milliseconds. */
function newest(path) {
  if (!existsSync(path)) return 0
  const stat = statSync(path)
  if (!stat.isDirectory()) return stat.mtimeMs
  return readdirSync(path).reduce((latest, name) => Math.max(latest, newest(join(path, name))), 0)
}

const sourcesPresent = existsSync(join(root, 'tsconfig.build.json'))
if (sourcesPresent && (!existsSync(stamp) || statSync(stamp).mtimeMs < Math.max(...SOURCES.map((name) => newest(join(root, name)))))) {
  process.stdout.write('building …\n')
  const { status } = spawnSync(process.execPath, [join(root, 'scripts', 'build.mjs')], { cwd: root, stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? 1)
}
// npm passes a signal on to the shell between us, and that shell dies without passing it on: then it is ours all the same.
if (process.env.npm_lifecycle_event === 'start') {
  const parent = process.ppid
  setInterval(() => {
    if (process.ppid !== parent) process.kill(process.pid, 'SIGTERM')
  }, 500).unref()
}
await import('../dist/server/main.js')
