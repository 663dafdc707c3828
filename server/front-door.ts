import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/**
 * The listening socket, open before the house is: it answers /healthz and /readyz while the database opens and the Articles
 * load, turns everything else away with 503, and then hands every request to the house.
 */
export interface FrontDoor {
  readonly server: Server
  /** @throws the error of `listen` (EADDRINUSE, EACCES …). @returns the port. */
  listen(host: string, port: number): Promise<number>
  /** From now on `handler` answers. */
  handOver(handler: RequestListener): void
  /** Takes no new connection and waits for the requests under way, at most `graceMs`; may be called again. */
  close(graceMs: number): Promise<void>
}

const RETRY_SECONDS = 1

function say(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'cache-control': 'no-store',
    ...(status === 503 ? { 'retry-after': String(RETRY_SECONDS) } : {}),
  })
  response.end(JSON.stringify(body))
}

/** Slow or odd clients: a request in 30 s, its headers in 10 s (promises I16). */
const LIMITS = { requestTimeout: 30_000, headersTimeout: 10_000, keepAliveTimeout: 65_000, connectionsCheckingInterval: 5_000 }

export function createFrontDoor(waitingFor: () => readonly string[]): FrontDoor {
  let handler: RequestListener = (request, response) => {
    const path = request.url?.split('?')[0]
    if (path === '/healthz') say(response, 200, { status: 'ok' })
    else if (path === '/readyz') say(response, 503, { waitingFor: waitingFor() })
    else say(response, 503, { error: { code: 'house.starting', message: 'The house is starting; try again in a second.' } })
  }
  const server = createServer(LIMITS, (request, response) => handler(request, response))
  // Until the house takes them, upgrades have nobody to go to.
  server.on('upgrade', (_request, socket) => {
    if (server.listenerCount('upgrade') === 1) socket.destroy()
  })
  return {
    server,
    listen: (host, port) =>
      new Promise((resolve, reject) => {
        server.once('error', reject)
        server.listen(port, host, () => {
          server.off('error', reject)
          resolve((server.address() as AddressInfo).port)
        })
      }),
    handOver(next) {
      handler = next
    },
    close: (graceMs) =>
      new Promise((resolve) => {
        const done = () => {
          clearInterval(idle)
          clearTimeout(late)
          resolve()
        }
        // A connection that was busy a moment ago is idle now, and would otherwise be kept for its next request.
        const idle = setInterval(() => server.closeIdleConnections(), 50)
        const late = setTimeout(() => {
          server.closeAllConnections()
          done()
        }, graceMs)
        server.close(done)
      }),
  }
}
