import net from 'node:net'

/** A TCP proxy between the house and its database that misbehaves on demand (Toxiproxy's toxics are the model). */

export type Fault =
  | 'none'
  /** Each answer comes 700 ms late. */
  | 'latency'
  /** Bytes vanish both ways; nobody is told. Connections made meanwhile vanish too. */
  | 'black-hole'
  /** Living connections end with FIN, new ones are refused. */
  | 'cut'
  /** Living connections end with RST, new ones are refused. */
  | 'reset'
  /** Requests arrive, answers vanish: what was committed is committed, and nobody hears of it. */
  | 'answers-lost'
  /** 2 kB/s from the database. */
  | 'throttle'
  /** We may still send, but the database's side has said goodbye. */
  | 'half-close'

export interface FaultProxy {
  /** The url of the database, through the proxy. */
  readonly url: string
  set(fault: Fault): void
  /**
   * The next time the house sends `text`, `fault` begins: before the text is passed on, or after it was (the answer is then the
   * first thing to suffer). Resolves when that has happened.
   */
  when(text: string, fault: Fault, side?: 'before' | 'after'): Promise<void>
  stop(): Promise<void>
}

const LATENCY_MS = 700
const THROTTLE_BYTES_PER_S = 2_000

interface Pair {
  readonly house: net.Socket
  readonly database: net.Socket
  /** Swallowed bytes do not come back: it is reset when the fault ends. */
  dead: boolean
}

export async function startFaultProxy(databaseUrl: string): Promise<FaultProxy> {
  const target = new URL(databaseUrl)
  const pairs = new Set<Pair>()
  let fault: Fault = 'none'
  let trap: { text: string; fault: Fault; side: 'before' | 'after'; sprung: () => void } | null = null

  const end = (pair: Pair, how: 'fin' | 'rst') => {
    pairs.delete(pair)
    if (how === 'rst') pair.house.resetAndDestroy()
    else pair.house.end(() => pair.house.destroy())
    pair.database.destroy()
  }

  const begin = (next: Fault) => {
    fault = next
    for (const pair of [...pairs]) {
      if (next === 'cut') end(pair, 'fin')
      if (next === 'reset') end(pair, 'rst')
      if (next === 'half-close') pair.house.end()
      if (next === 'black-hole' || next === 'answers-lost') pair.dead = true
      // The way is open again: what was sent into nothing is told so at last. A connection that stays silent is a fault that lasts.
      if (next === 'none' && pair.dead) end(pair, 'rst')
    }
  }

  const server = net.createServer({ allowHalfOpen: true }, (house) => {
    house.on('error', () => undefined)
    if (fault === 'cut' || fault === 'reset' || fault === 'half-close') {
      house.resetAndDestroy()
      return
    }
    const database = net.connect({ host: target.hostname, port: Number(target.port) })
    const pair: Pair = { house, database, dead: fault === 'black-hole' || fault === 'answers-lost' }
    pairs.add(pair)
    database.on('error', () => house.destroy())

    house.on('data', (data) => {
      const sprung = trap && data.includes(trap.text) ? trap : null
      if (sprung) trap = null
      if (sprung?.side === 'before') begin(sprung.fault)
      // With lost answers the way to the database still works; in a black hole nothing does.
      if (!house.destroyed && !(pair.dead && fault !== 'answers-lost')) database.write(data)
      if (sprung?.side === 'after') {
        if (sprung.fault === 'cut' || sprung.fault === 'reset')
          // The request must have reached the database before its connection goes.
          setTimeout(() => {
            pair.dead = true
            begin(sprung.fault)
            sprung.sprung()
          }, 100)
        else begin(sprung.fault)
        if (sprung.fault === 'cut' || sprung.fault === 'reset') pair.dead = true
      }
      if (sprung && !(sprung.side === 'after' && (sprung.fault === 'cut' || sprung.fault === 'reset'))) sprung.sprung()
    })
    database.on('data', (data) => {
      if (pair.dead || house.destroyed || house.writableEnded) return
      if (fault === 'latency') setTimeout(() => house.writable && house.write(data), LATENCY_MS)
      else if (fault === 'throttle') setTimeout(() => house.writable && house.write(data), (data.length / THROTTLE_BYTES_PER_S) * 1_000)
      else house.write(data)
    })
    house.on('end', () => database.end())
    house.on('close', () => {
      pairs.delete(pair)
      database.destroy()
    })
    database.on('close', () => {
      if (!pair.dead) house.end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const its = new URL(databaseUrl)
  its.host = `127.0.0.1:${(server.address() as net.AddressInfo).port}`

  return {
    url: its.href,
    set: begin,
    when(text, next, side = 'before') {
      return new Promise((resolve) => {
        trap = { text, fault: next, side, sprung: resolve }
      })
    },
    async stop() {
      for (const pair of [...pairs]) end(pair, 'rst')
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
