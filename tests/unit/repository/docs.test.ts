import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { VARIABLES } from '../../../platform/config.ts'

const read = (path: string) => readFileSync(path, 'utf8')
const pages = [
  'README.md',
  'README.zh-CN.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  'CHANGELOG.md',
  ...readdirSync('docs', { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
]

/** GitHub's name for a heading: lower case, punctuation dropped, blanks to hyphens. */
const anchorOf = (heading: string) =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s-]/gu, '')
    .trim()
    .replace(/\s/g, '-')

describe('the texts', () => {
  test.each(pages)('%s links only to files and headings that exist', (page) => {
    const links = [...read(page).matchAll(/\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)/g)]
    const broken = links.filter(([, path, anchor]) => {
      const target = path ? join(dirname(page), path) : page
      if (!existsSync(target)) return true
      if (!anchor) return false
      return ![...read(target).matchAll(/^#+ (.+)$/gm)].some(([, heading]) => anchorOf(heading ?? '') === anchor)
    })
    expect(broken.map(([link]) => link)).toEqual([])
  })

  test('both languages of operations.md explain every variable that is read, and no other', () => {
    const [chinese = '', english = ''] = read('docs/operations.md').split(/^# Operations$/m)
    const names = VARIABLES.map(({ name }) => name).sort()
    for (const text of [chinese, english]) expect([...new Set(text.match(/ZHIKE_[A-Z_]*[A-Z]/g))].sort()).toEqual(names)
  })

  test('both languages of operations.md name the default of every variable in use', () => {
    const rows = read('docs/operations.md')
      .split('\n')
      .filter((line) => line.startsWith('| `ZHIKE_'))
    for (const { name, fallback } of VARIABLES.filter(({ later }) => !later)) {
      const its = rows.filter((row) => row.startsWith(`| \`${name}\``))
      expect([name, its.length]).toEqual([name, 2])
      if (fallback !== '') for (const row of its) expect(row).toContain(`| \`${fallback}\` |`)
    }
  })

  test('.env.example holds every variable with its default', () => {
    const lines = read('.env.example').split('\n')
    const set = lines.filter((line) => line.startsWith('ZHIKE_')).sort()
    expect(set).toEqual(VARIABLES.map(({ name, fallback }) => `${name}=${fallback}`).sort())
  })

  test('both READMEs give the same commands', () => {
    const commands = (page: string) =>
      [...read(page).matchAll(/```(?:sh|html)\n([\s\S]*?)```/g)].map(([, text]) => text?.replace(/^export TOKEN=.*$/m, 'export TOKEN='))
    expect(commands('README.zh-CN.md')).toEqual(commands('README.md'))
  })

  test('the test line stands in the README once', () => {
    expect(read('README.md').match(/^npm ci && npm run test:setup && npm test$/gm)).toHaveLength(1)
  })
})

test('the repository names no package registry and no folder of the machine it was written on', () => {
  const files = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { encoding: 'utf8' }).split('\0')
  // Written in two parts, so that this file does not hold what it looks for.
  const registries = ['npmjs.org', 'npmmirror.com', 'yarnpkg.com', 'debian.org', 'pypi.org'].map((host) => host.replace('.', '\\.'))
  const wanted = new RegExp(`https?://[^\\s"']*(${registries.join('|')})|["'\\s(](/home/|/Users/|/work/)`)
  const texts = files.filter((file) => /\.(ts|mjs|cjs|json|md|yaml|sh|html|css)$|^\.|Dockerfile$/.test(file) && existsSync(file))
  expect(texts.length).toBeGreaterThan(10)
  expect(texts.filter((file) => file !== 'tests/unit/repository/docs.test.ts' && wanted.test(read(file)))).toEqual([])
})
