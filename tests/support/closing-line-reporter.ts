import { stripVTControlCharacters } from 'node:util'
import type { Reporter, SerializedError, TestModule, TestRunEndReason } from 'vitest/node'

interface Counts {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
}

/** `N passed, N failed, N skipped`: the form that `.ci/run` reads back. */
export function closingLine(counts: Counts): string {
  return `${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`
}

/** What is counted, as far as it is needed here. */
type Module = Pick<TestModule, 'errors' | 'children' | 'moduleId' | 'state'>

/**
 * Every test counts once; beside them, a file that could not be read or whose hooks threw, an unhandled error and an interrupted
 * run count as one failure each, so that a run that did not do its work never reads as green. A test without a result is a failure too.
 */
export function countRun(
  modules: readonly Module[],
  unhandledErrors: readonly SerializedError[],
  reason: TestRunEndReason,
): Counts & { readonly skips: readonly string[] } {
  let passed = 0
  let failed = unhandledErrors.length + (reason === 'interrupted' ? 1 : 0)
  const skips: string[] = []
  for (const module of modules) {
    failed += module.errors().length
    for (const suite of module.children.allSuites()) failed += suite.errors().length
    for (const test of module.children.allTests()) {
      const result = test.result()
      if (result.state === 'passed') passed += 1
      else if (result.state === 'skipped') skips.push(result.note ? `${test.fullName}: ${result.note}` : test.fullName)
      else failed += 1
    }
  }
  // Vitest itself says the run failed (for example: no test was found), though nothing above did.
  if (reason === 'failed' && failed === 0) failed = 1
  return { passed, failed, skipped: skips.length, skips }
}

/** A Vitest reporter to stand beside another one: it lists what was skipped and prints the closing line as the very last thing. */
export function createClosingLineReporter(write: (text: string) => void = (text) => process.stdout.write(text)): Reporter {
  let ending = closingLine({ passed: 0, failed: 1, skipped: 0 })
  let skips: readonly string[] = []
  const printEnding = () => {
    const shown = skips.slice(0, 50).map((skip) => `skipped: ${stripVTControlCharacters(skip)}\n`)
    const more = skips.length > shown.length ? `skipped: and ${skips.length - shown.length} more\n` : ''
    write(`\n${shown.join('')}${more}${ending}\n`)
  }
  return {
    onInit() {
      // At exit, because other reporters, coverage and the teardown of servers still write after the end of the run.
      process.once('exit', printEnding)
    },
    onTestRunEnd(modules, unhandledErrors, reason) {
      const counts = countRun(modules, unhandledErrors, reason)
      ending = closingLine(counts)
      skips = counts.skips
    },
  }
}
