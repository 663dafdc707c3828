import { spawnSync } from 'node:child_process'
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { closingLine, countRun } from '../../support/closing-line-reporter.ts'

type Modules = Parameters<typeof countRun>[0]
type State = 'passed' | 'failed' | 'skipped' | 'pending'

function moduleOf(states: readonly State[], errors = 0, suiteErrors = 0): Modules[number] {
  const tests = states.map((state, index) => ({ fullName: `test ${index}`, result: () => ({ state, note: undefined }) }))
  return {
    moduleId: 'a.test.ts',
    state: () => 'passed',
    errors: () => Array.from({ length: errors }, () => ({ message: 'broken' })),
    children: {
      allTests: () => tests,
      allSuites: () => [{ errors: () => Array.from({ length: suiteErrors }, () => ({ message: 'hook' })) }],
    },
  } as unknown as Modules[number]
}

test('counts each test once', () => {
  const counts = countRun([moduleOf(['passed', 'passed', 'failed']), moduleOf(['skipped'])], [], 'failed')
  expect(closingLine(counts)).toBe('2 passed, 1 failed, 1 skipped')
  expect(counts.skips).toEqual(['test 0'])
})

test.each([
  ['a file that cannot be read', [moduleOf([], 1)], []],
  ['a hook that throws', [moduleOf(['passed'], 0, 1)], []],
  ['an unhandled error', [moduleOf(['passed'])], [{ message: 'nobody caught it' }]],
  ['a test that never ended', [moduleOf(['pending'])], []],
  ['a run in which no test was found', [], []],
] as const)('counts %s as a failure', (_, modules, unhandled) => {
  expect(countRun(modules, [...unhandled], 'failed').failed).toBe(1)
})

const folders: string[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

/** Runs the real .ci/run in a little repository whose `npm test` prints the given text. */
function runCi(output: string, status = 0, readme = 'npm ci && npm run test:setup && npm test') {
  const folder = mkdtempSync(join(tmpdir(), 'zhike-ci-'))
  folders.push(folder)
  mkdirSync(join(folder, '.ci'))
  mkdirSync(join(folder, 'bin'))
  cpSync('.ci/run', join(folder, '.ci/run'))
  writeFileSync(join(folder, 'README.md'), `# x\n\n\`\`\`sh\n${readme}\n\`\`\`\n`)
  writeFileSync(join(folder, 'output.txt'), output)
  writeFileSync(join(folder, 'bin/npm'), `#!/bin/sh\necho "npm $*"\nif [ "$1" = test ]; then cat output.txt; exit ${status}; fi\n`)
  chmodSync(join(folder, 'bin/npm'), 0o755)
  const result = spawnSync('bash', ['.ci/run'], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, PATH: `${join(folder, 'bin')}${delimiter}${process.env.PATH}` },
  })
  return { status: result.status, lines: result.stdout.trimEnd().split('\n') }
}

test('runs the line of the README and ends with its counts', () => {
  const { status, lines } = runCi('noise\n7 passed, 0 failed, 0 skipped\n')
  expect(lines).toEqual(expect.arrayContaining(['npm ci', 'npm run test:setup', 'npm test']))
  expect(lines.at(-1)).toBe('7 passed, 0 failed, 0 skipped')
  expect(status).toBe(0)
})

test('sums all runners', () => {
  const { status, lines } = runCi('7 passed, 0 failed, 0 skipped\n2 passed, 0 failed, 0 skipped\n')
  expect(lines.at(-1)).toBe('9 passed, 0 failed, 0 skipped')
  expect(status).toBe(0)
})

test.each([
  ['a skipped test', '7 passed, 0 failed, 1 skipped\n', 0, '7 passed, 0 failed, 1 skipped'],
  ['a failed test', '7 passed, 1 failed, 0 skipped\n', 1, '7 passed, 1 failed, 0 skipped'],
  ['a step before the tests', 'types do not fit\n', 2, '0 passed, 1 failed, 0 skipped'],
  ['a run that counted nothing', 'fine\n', 0, '0 passed, 1 failed, 0 skipped'],
])('fails on %s', (_, output, exit, last) => {
  const { status, lines } = runCi(output, exit)
  expect(status).not.toBe(0)
  expect(lines.at(-1)).toBe(last)
})

test('fails when the README has no test line', () => {
  expect(runCi('7 passed, 0 failed, 0 skipped\n', 0, 'make test').status).not.toBe(0)
})
