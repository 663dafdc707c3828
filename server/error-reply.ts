import type { Socket } from 'node:net'
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { HTTP_STATUS, ZhikeError } from '../platform/errors.ts'

/** Errors → answers. Every code is in docs/errors.md. */

interface ErrorBody {
  error: { code: string; message: string; details?: readonly { path: string; message: string }[] }
}

/** Any thrown value → what the caller may see. What we did not foresee is our bug: logged whole, shown as a trace id. */
export function toErrorReply(error: unknown, traceId: string): { status: number; body: ErrorBody; retryAfterMs: number | undefined } {
  if (error instanceof ZhikeError)
    return {
      status: HTTP_STATUS[error.kind],
      body: { error: { code: error.code, message: error.message, ...(error.details ? { details: error.details } : {}) } },
      retryAfterMs: error.retryAfterMs,
    }
  const { statusCode, code, validation, message } = error as FastifyError
  if (validation)
    return {
      status: 400,
      body: {
        error: {
          code: 'request.invalid',
          message: 'The request is not of the form this route takes; see details.',
          details: validation
            .slice(0, 20)
            .map((entry) => ({ path: entry.instancePath || '/', message: entry.message ?? 'is not allowed' })),
        },
      },
      retryAfterMs: undefined,
    }
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE')
    return {
      status: 413,
      body: { error: { code: 'request.too-large', message: 'The body is larger than this route takes.' } },
      retryAfterMs: undefined,
    }
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE')
    return {
      status: 400,
      body: { error: { code: 'request.unknown-media-type', message: 'This route does not take a body of this content-type.' } },
      retryAfterMs: undefined,
    }
  if (typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500)
    return { status: 400, body: { error: { code: 'request.malformed', message: message.slice(0, 200) } }, retryAfterMs: undefined }
  return {
    status: 500,
    body: { error: { code: 'house.internal', message: `Something went wrong on our side. It was logged as ${traceId}.` } },
    retryAfterMs: undefined,
  }
}

/** Answers with what the caller may see; what is our fault is logged whole. */
export function sendError(reply: FastifyReply, request: FastifyRequest, error: unknown): FastifyReply {
  const { status, body, retryAfterMs } = toErrorReply(error, request.id)
  if (status >= 500) request.log.error({ err: error }, 'a request failed')
  if (retryAfterMs !== undefined) reply.header('retry-after', String(Math.max(1, Math.ceil(retryAfterMs / 1000))))
  return reply.code(status).type('application/json; charset=utf-8').serializer(JSON.stringify).send(body)
}

/** Bytes that are not HTTP at all, headers past all measure, or a request that never ends: answered on the bare socket. */
export function answerBrokenRequest(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return
  const body = JSON.stringify({ error: { code: 'request.malformed', message: 'This is not a whole HTTP request that can be read.' } })
  if (socket.writable)
    socket.write(
      `HTTP/1.1 400 Bad Request\r\nContent-Length: ${Buffer.byteLength(body)}\r\nContent-Type: application/json; charset=utf-8\r\nCache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n${body}`,
    )
  socket.destroy(error)
}
