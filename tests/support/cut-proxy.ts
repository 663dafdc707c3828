import net, { type AddressInfo } from 'node:net'

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
  const all = new Set<net.Socket>()
  const upgraded = new Set<net.Socket>()
  const server = net.createServer((client) => {
    const house = net.connect(target, '127.0.0.1')
    all.add(client)
    client.on('data', (chunk) => {
      if (!/\r\nupgrade: *websocket/i.test(chunk.toString('latin1'))) return
      if (refuse) client.destroy()
      else upgraded.add(client)
    })
    client.pipe(house)
    house.pipe(client)
    const end = () => {
      all.delete(client)
      upgraded.delete(client)
      client.destroy()
      house.destroy()
    }
    for (const socket of [client, house]) socket.on('error', end).on('close', end)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    forward(port) {
      target = port
    },
    cut() {
      const count = upgraded.size
      for (const socket of [...upgraded]) socket.destroy()
      return count
    },
    refuseSockets(next) {
      refuse = next
    },
    async close() {
      for (const socket of [...all]) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
