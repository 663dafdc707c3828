import type { Config } from '../platform/config.ts'
import { ZhikeError } from '../platform/errors.ts'

/** What keeps a house from starting is a configuration to mend, not a bug of ours: each message names the variable and the cure. */

function codeOf(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code
  if (typeof code === 'string') return code
  // A database that did not answer arrives wrapped, with the reason as its cause.
  const { cause } = error as { cause?: unknown }
  return cause === undefined || cause === null ? '' : codeOf(cause)
}

export function listenFailure(error: unknown, { host, port }: Config): unknown {
  const code = codeOf(error)
  if (code === 'EADDRINUSE')
    return new ZhikeError(
      'misconfigured',
      'config.port-in-use',
      `Port ${port} is taken by another program; stop it or set ZHIKE_PORT (0 picks a free one).`,
      { cause: error },
    )
  return new ZhikeError(
    'misconfigured',
    'config.cannot-listen',
    `Cannot listen on ${host}:${port} (${code}); mend ZHIKE_HOST or ZHIKE_PORT.`,
    {
      cause: error,
    },
  )
}

/** SQLSTATEs of PostgreSQL (manual, appendix A) that a person has to mend, with the cure. */
const CURES: Readonly<Record<string, string>> = {
  '28P01': 'the password is wrong',
  '28000': 'this account may not connect',
  '3D000': 'there is no database of that name; make it first',
  '42501': 'this account lacks a right; let it create tables, and create the extension "vector" as an administrator',
  '0A000': 'the extension pgvector is not installed on that server',
  '58P01': 'the extension pgvector is not installed on that server',
}

export function databaseFailure(error: unknown, config: Config): unknown {
  if (error instanceof ZhikeError && error.kind === 'misconfigured') return error
  const code = codeOf(error)
  if (config.databaseUrl !== null) {
    const cure =
      CURES[code] ??
      (error instanceof ZhikeError || /^E[A-Z]+$/.test(code) ? 'it does not answer there; is it running, and is the address right?' : null)
    return cure === null
      ? error
      : new ZhikeError('misconfigured', 'database.cannot-connect', `ZHIKE_DATABASE_URL: ${cure} (${code || 'no answer'}).`, {
          cause: error,
        })
  }
  return /^E[A-Z]+$/.test(code)
    ? new ZhikeError(
        'misconfigured',
        'config.data-folder',
        `The data folder cannot be used (${code}); make it writable for this account or set ZHIKE_DATA_DIR to one that is.`,
        { cause: error },
      )
    : error
}
