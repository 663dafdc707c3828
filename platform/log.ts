import pino from 'pino'
import type { LogLevel } from './config.ts'

export type Log = pino.Logger

/** Field names whose values never reach a log line, at any depth up to three. */
const SECRET_FIELDS = ['authorization', 'cookie', 'password', 'secret', 'token', 'csrf', 'apiToken', 'databaseUrl', 'identity', 'streamUrl']
const SECRET_PATHS = SECRET_FIELDS.flatMap((field) => [field, `*.${field}`, `*.*.${field}`])

/** Where the program stands on this machine is nobody's business. */
const HERE = process.cwd()

/** Query parameters that carry a credential (the Direct Line stream ticket `t`). */
const SECRET_QUERY = /([?&](?:t|token|secret|access_token)=)[^&\s"']+/g

/**
 * Structured log on standard output (or `destination`). Secret fields are redacted by name, and the given secret values
 * wherever they stand in a line, so that a secret inside an error message does not leave either; the list may grow later
 * (generated secrets). Paths below the working folder are written relative to it.
 */
export function createLog(level: LogLevel, secrets: readonly string[], destination?: pino.DestinationStream): Log {
  const options: pino.LoggerOptions = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: { paths: SECRET_PATHS, censor: '[redacted]' },
    serializers: { err: pino.stdSerializers.err },
    hooks: {
      streamWrite: (line) => {
        let safe = line.replace(SECRET_QUERY, '$1[redacted]')
        for (const secret of secrets) {
          if (secret.length < 8) continue
          // As JSON writes it, since the whole line is searched.
          const value = JSON.stringify(secret).slice(1, -1)
          if (safe.includes(value)) safe = safe.replaceAll(value, '[redacted]')
        }
        return safe.replaceAll(HERE, '.')
      },
    },
  }
  return destination ? pino(options, destination) : pino(options)
}
