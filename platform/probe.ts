/**
 * Named places between two lines where a process may be killed. The house runs with `NO_PROBE`; reliability tests pass one
 * that kills the process at a chosen place, to prove that nothing is lost or doubled there.
 */
export type ProbePoint =
  | 'inbox.before-commit'
  | 'inbox.after-commit'
  | 'inbox.after-acknowledge'
  | 'turn.after-claim'
  | 'turn.after-search'
  | 'turn.before-commit'
  | 'turn.after-commit'
  | 'outbox.after-claim'
  | 'outbox.after-send'
  | 'outbox.after-mark'
  | 'import.before-commit'
  | 'import.after-commit'

export type Probe = (point: ProbePoint) => void

export const NO_PROBE: Probe = () => undefined
