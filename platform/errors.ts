/**
 * The one error class of the house. What can happen on a good day is a value; what breaks a promise is a ZhikeError.
 * Every code is listed in docs/errors.md; a test compares the two.
 */

export type ErrorKind =
  | 'invalid'
  | 'unauthenticated'
  | 'forbidden'
  | 'missing'
  | 'conflict'
  | 'refused'
  | 'too-large'
  | 'throttled'
  | 'unavailable'
  | 'misconfigured'

/** HTTP status of each kind; `misconfigured` never leaves over HTTP because the house refuses to start. */
export const HTTP_STATUS: Readonly<Record<ErrorKind, number>> = {
  invalid: 400,
  unauthenticated: 401,
  forbidden: 403,
  missing: 404,
  conflict: 409,
  refused: 422,
  'too-large': 413,
  throttled: 429,
  unavailable: 503,
  misconfigured: 500,
}

export interface ErrorContext {
  cause?: unknown
  /** Milliseconds after which the same call may succeed. */
  retryAfterMs?: number
  /** One entry per thing that is wrong, for the caller to show. */
  details?: readonly { path: string; message: string }[]
}

export class ZhikeError extends Error {
  readonly kind: ErrorKind
  /** `module.what-happened`, stable: programs may switch on it. */
  readonly code: string
  readonly retryAfterMs: number | undefined
  readonly details: readonly { path: string; message: string }[] | undefined

  /** @param message says what is wrong and what to do about it; it is shown to the caller. */
  constructor(kind: ErrorKind, code: string, message: string, context: ErrorContext = {}) {
    super(message, context.cause === undefined ? undefined : { cause: context.cause })
    this.name = 'ZhikeError'
    this.kind = kind
    this.code = code
    this.retryAfterMs = context.retryAfterMs
    this.details = context.details
  }
}

/** True when the same call may succeed later without anybody changing anything. */
export function isTransient(error: unknown): boolean {
  return error instanceof ZhikeError ? error.kind === 'unavailable' || error.kind === 'throttled' : true
}
