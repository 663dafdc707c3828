import { defineConfig } from 'vitest/config'
import { createClosingLineReporter } from './tests/support/closing-line-reporter.ts'

const suite = (name: string, options: { globalSetup?: string[]; timeoutMs?: number; long?: true } = {}) => ({
  extends: true as const,
  test: {
    name,
    include: [`tests/${name}/**/*.test.ts`],
    testTimeout: options.timeoutMs ?? 20_000,
    hookTimeout: 120_000,
    ...(options.globalSetup ? { globalSetup: options.globalSetup } : {}),
  },
})

const IMAGE = 'tests/support/image-global-setup.ts'

export default defineConfig({
  test: {
    projects: [
      suite('unit', { globalSetup: [IMAGE] }),
      suite('contract', { globalSetup: [IMAGE, 'tests/support/postgres-global-setup.ts'], timeoutMs: 60_000 }),
      suite('house', { globalSetup: [IMAGE], timeoutMs: 120_000 }),
      suite('postgres', { globalSetup: ['tests/support/postgres-global-setup.ts'], timeoutMs: 600_000 }),
      suite('web', { globalSetup: [IMAGE], timeoutMs: 120_000 }),
      ...(process.env.TEST_LONG
        ? [suite('long', { globalSetup: [IMAGE, 'tests/support/postgres-global-setup.ts'], timeoutMs: 3_600_000 })]
        : []),
    ],
    reporters: ['default', createClosingLineReporter()],
    pool: 'forks',
    maxWorkers: 2,
    exclude: ['dist/**', '**/node_modules/**'],
    coverage: {
      provider: 'v8',
      include: ['{platform,language,staff,customers,conversations,knowledge-base,bot,adapters,server,wire}/**/*.ts'],
      reporter: ['text-summary'],
    },
  },
})
