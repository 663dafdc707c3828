import { request as ask, createServer } from 'node:http'
import net, { type AddressInfo, type Socket } from 'node:net'

/** A wire between a browser and the house that the test can cut. */
export interface CutProxy {
  readonly port: number
  /** Where connections go; must be set before the first one. */
  forward(port: number): void
  /** Breaks every open WebSocket without a farewell. @returns how many there were. */
  cut(): number
  /** While refused, an upgrade is broken at once; plain HTTP passes. */
  refuseSockets(refuse: boolean): void
  close(): Promise<void>
}

export async function openCutProxy(): Promise<CutProxy> {
  let target = 0
  let refuse = false
  const upgraded = new Set<Socket>()

  const server = createServer((request, response) => {
    const { method, url: path, headers } = request
    const upstream = ask({ host: '127.0.0.1', port: target, method, path, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(response)
    })
    upstream.on('error', () => response.destroy())
    request.pipe(upstream)
  })
  server.on('upgrade', (request, client: Socket, head) => {
    if (refuse) {
      client.destroy()
      return
    }
    const house = net.connect(target, '127.0.0.1')
    upgraded.add(client)
    const lines = [`${request.method} ${request.url} HTTP/1.1`]
    for (let n = 0; n < request.rawHeaders.length; n += 2) lines.push(`${request.rawHeaders[n]}: ${request.rawHeaders[n + 1]}`)
    house.write(`${lines.join('\r\n')}\r\n\r\n`)
    house.write(head)
    client.pipe(house)
    house.pipe(client)
    const end = () => {
      upgraded.delete(client)
      client.destroy()
      house.destroy()
    }
    for (const socket of [client, house]) socket.on('error', end).on('close', end)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const cut = () => {
    const count = upgraded.size
    for (const socket of [...upgraded]) socket.destroy()
    return count
  }
  return {
    port: (server.address() as AddressInfo).port,
    forward(port) {
      target = port
    },
    cut,
    refuseSockets(next) {
      refuse = next
    },
    async close() {
      cut()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
