import type { RawRequest } from '../../conversations/channel.ts'
import { SECRET, startDirectLine } from '../support/direct-line.ts'
import { describeChannel } from './channel.ts'

describeChannel('web-chat', async () => {
  const service = await startDirectLine()
  const customer = await service.open('c-1')
  const visitor = await service.open()
  const post = (conversation: string, bearer: string, body: unknown, change: Partial<RawRequest> = {}): RawRequest => ({
    method: 'POST',
    path: `/v3/directline/conversations/${conversation}/activities`,
    query: {},
    headers: { authorization: `Bearer ${bearer}`, 'content-type': 'application/json' },
    body: new TextEncoder().encode(JSON.stringify(body)),
    ...change,
  })
  const message = (text: string, n: number) => ({ type: 'message', from: { id: 'me' }, text, channelData: { clientActivityID: `a${n}` } })
  const fair = [
    { request: post(customer.id, customer.token, message('怎么退货？', 1)), text: '怎么退货？', address: customer.id, trusted: true },
    { request: post(customer.id, customer.token, message('怎么退货？', 2)), text: '怎么退货？', address: customer.id, trusted: true },
    { request: post(visitor.id, visitor.token, message('在吗 😀', 1)), text: '在吗 😀', address: visitor.id, trusted: false },
    { request: post(customer.id, SECRET, message('by the secret', 3)), text: 'by the secret', address: customer.id, trusted: true },
  ]
  const said = message('x', 9)
  const flawed = [
    { why: 'no credentials', request: post(customer.id, '', said, { headers: {} }) },
    { why: 'garbage', request: post(customer.id, 'garbage', said) },
    { why: 'the token of another conversation', request: post(customer.id, visitor.token, said) },
    { why: 'an unknown conversation', request: post('no-such-conversation', SECRET, said) },
    { why: 'no type', request: post(customer.id, customer.token, { from: { id: 'me' } }) },
    { why: 'no sender', request: post(customer.id, customer.token, { type: 'message' }) },
    { why: 'not JSON', request: post(customer.id, customer.token, said, { body: new Uint8Array([1, 2]) }) },
    { why: 'too long', request: post(customer.id, customer.token, message('x'.repeat(300_000), 9)) },
    { why: 'another place', request: post(customer.id, customer.token, said, { path: '/v3/directline/tokens/generate' }) },
  ]
  return { channel: service.directLine, fair, flawed, close: () => service.stop() }
})
