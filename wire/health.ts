import { Type } from 'typebox'
import { route } from './route.ts'

export const healthz = route({
  method: 'GET',
  path: '/healthz',
  permission: 'public',
  summary: 'The process lives',
  ok: { status: 200, schema: Type.Object({ status: Type.Literal('ok') }) },
})

const Waiting = Type.Object({ waitingFor: Type.Array(Type.String()) })

export const readyz = route({
  method: 'GET',
  path: '/readyz',
  permission: 'public',
  summary: 'The house serves; 503 with what it waits for before that and while draining',
  ok: { status: 200, schema: Waiting, also: { 503: Waiting } },
})

export const metrics = route({
  method: 'GET',
  path: '/metrics',
  permission: 'public',
  summary: 'Prometheus figures of this process',
  ok: { status: 200, schema: null },
})
