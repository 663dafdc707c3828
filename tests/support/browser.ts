import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'
import { describe } from 'vitest'

const EXECUTABLE = process.env.CHROMIUM ?? '/usr/bin/chromium'
/** As a container needs it, and quiet: the browser itself asks nobody outside for anything. */
const ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

export function openBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: EXECUTABLE, args: ARGS, headless: true })
}

/**
 * A `describe` for tests in a real browser. Without Chromium, or one of the named files, the tests inside are reported as skipped
 * with the reason in their title, never as passed.
 */
export function describeInBrowser(title: string, needs: readonly string[], suite: () => void): void {
  const missing = [EXECUTABLE, ...needs].find((path) => !existsSync(path))
  if (missing) describe.skip(`${title} (skipped: there is no ${missing}; run npm run test:setup)`, suite)
  else describe(title, suite)
}
