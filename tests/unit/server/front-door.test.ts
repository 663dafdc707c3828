import { afterEach, describe, expect, it } from 'vitest'
import { createFrontDoor, type FrontDoor } from '../../../server/front-door.ts'

describe('the front door', () => {
  let door: FrontDoor | undefined
  afterEach(() => door?.close(0))

  it('says that the process lives and what it waits for, and turns the rest away for a second', async () => {
    door = createFrontDoor(() => ['database'])
    const url = `http://127.0.0.1:${await door.listen('127.0.0.1', 0)}`
    expect((await fetch(`${url}/healthz`)).status).toBe(200)
    const ready = await fetch(`${url}/readyz`)
    expect([ready.status, await ready.json()]).toEqual([503, { waitingFor: ['database'] }])
    const other = await fetch(`${url}/api/articles`)
    expect(other.status).toBe(503)
    expect(other.headers.get('retry-after')).toBe('1')
    expect(await other.json()).toMatchObject({ error: { code: 'house.starting' } })
  })

  it('hands every request over once the house is there', async () => {
    door = createFrontDoor(() => [])
    const url = `http://127.0.0.1:${await door.listen('127.0.0.1', 0)}`
    door.handOver((_request, response) => void response.end('the house'))
    expect(await (await fetch(`${url}/readyz`)).text()).toBe('the house')
  })

  it('lets a request under way finish and then closes, although its connection would be kept', async () => {
    door = createFrontDoor(() => [])
    const url = `http://127.0.0.1:${await door.listen('127.0.0.1', 0)}`
    let finish = () => {}
    const arrived = new Promise<void>((resolve) => {
      door?.handOver((_request, response) => {
        finish = () => void response.end('done')
        resolve()
      })
    })
    const answer = fetch(url).then((response) => response.text())
    await arrived
    const closed = door.close(5_000)
    finish()
    expect(await answer).toBe('done')
    await closed
    await expect(fetch(url)).rejects.toThrow()
  })
})
