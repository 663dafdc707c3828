import type { Row } from '../lib/measure.ts'
import type { Stage } from '../lib/stage.ts'

export interface SuiteOptions {
  readonly rounds: number
  readonly quick: boolean
}

export interface Suite {
  readonly name: string
  /** Whether it also looks at the embedded database. */
  readonly pglite: boolean
  /** @throws when an answer is wrong: figures of wrong answers say nothing. */
  run(stage: Stage, options: SuiteOptions): Promise<{ rows: Row[]; notes: string[]; failures: string[] }>
}
