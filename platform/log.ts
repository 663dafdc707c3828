import pino from 'pino'
import type { LogLevel } from './config.ts'

export type Log = pino.Logger

/** Field names whose values never reach a log line, at any depth up to three. */
const SECRET_FIELDS = ['authorization', 'cookie', 'password', 'secret', 'token', 'csrf', 'apiToken', 'databaseUrl', 'identity', 'streamUrl']
const SECRET_PATHS = SECRET_FIELDS.flatMap((field) => [field, `*.${field}`, `*.*.${field}`])

/** Query parameters that carry a credential (the Direct Line stream ticket `t`). */
const SECRET_QUERY = /([?&](?:t|token|secret|access_token)=)[^&\s"']+/g

/**
 * Structured log on standard output (or `destination`). Secret fields are redacted by name, and the given secret values
 * wherever they stand in a line, so that a secret inside an error message does not leave either.
 */
export function createLog(level: LogLevel, secrets: readonly string[], destination?: pino.DestinationStream): Log {
  // As JSON writes them, since the whole line is searched.
  const values = secrets.filter((value) => value.length >= 8).map((value) => JSON.stringify(value).slice(1, -1))
  const options: pino.LoggerOptions = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: { paths: SECRET_PATHS, censor: '[redacted]' },
    serializers: { err: pino.stdSerializers.err },
    hooks: {
      streamWrite: (line) => {
        let safe = line.replace(SECRET_QUERY, '$1[redacted]')
        for (const value of values) if (safe.includes(value)) safe = safe.replaceAll(value, '[redacted]')
        return safe
      },
    },
  }
  return destination ? pino(options, destination) : pino(options)
}
