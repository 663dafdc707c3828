import http from 'node:http'

/** A thin JSON client over kept-alive connections: the load must cost less than what it loads. */

export interface Answer {
  readonly status: number
  /** Looked into field by field. */
  readonly body: any
}

export interface Client {
  call(method: string, path: string, options?: { bearer?: string; body?: unknown; contentType?: string }): Promise<Answer>
  close(): void
}

export function createClient(url: string): Client {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 64 })
  const { hostname, port } = new URL(url)
  return {
    call: (method, path, { bearer, body, contentType = 'application/json' } = {}) =>
      new Promise((resolve, reject) => {
        const text = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body)
        const headers = {
          ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }),
          ...(text === undefined ? {} : { 'content-type': contentType, 'content-length': Buffer.byteLength(text) }),
        }
        const request = http.request({ agent, hostname, port, method, path, headers }, (response) => {
          const parts: Buffer[] = []
          response.on('data', (part: Buffer) => parts.push(part))
          response.on('error', reject)
          response.on('end', () => {
            const said = Buffer.concat(parts).toString()
            const json = response.headers['content-type']?.includes('json') && said !== ''
            resolve({ status: response.statusCode ?? 0, body: json ? JSON.parse(said) : said })
          })
        })
        request.on('error', reject)
        request.end(text)
      }),
    close: () => agent.destroy(),
  }
}

/** The body of an answer with one of these statuses. @throws with what came instead */
export function expectStatus(answer: Answer, ...statuses: readonly number[]): Answer['body'] {
  if (!statuses.includes(answer.status)) throw new Error(`status ${answer.status}: ${JSON.stringify(answer.body).slice(0, 400)}`)
  return answer.body
}

/** Runs `task` for 0 … count-1, at most `concurrency` at once. */
export async function inParallel(count: number, concurrency: number, task: (index: number) => Promise<void>): Promise<void> {
  let next = 0
  const worker = async () => {
    while (next < count) await task(next++)
  }
  await Promise.all(Array.from({ length: Math.min(concurrency, count) }, worker))
}
