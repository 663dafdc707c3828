import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { openBrowser } from '../tests/support/browser.ts'
import { buildPages } from '../tests/support/pages.ts'

/**
 * `npx tsx bench/host-page.ts`: what the widget costs the page that embeds it. Total blocking time (parts of long tasks beyond 50 ms) and
 * cumulative layout shift of one page with and without it, in Chromium slowed down four times, as phones are. Goal: TBT ≤ 50 ms, CLS 0.
 */

const VISITS = 7
const SLOWER = 4
const SETTLE_MS = 2_500

const WATCH = `
  window.blocked = 0
  window.shift = 0
  new PerformanceObserver((list) => { for (const { duration } of list.getEntries()) window.blocked += Math.max(0, duration - 50) }).observe({ type: 'longtask', buffered: true })
  new PerformanceObserver((list) => { for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shift += entry.value }).observe({ type: 'layout-shift', buffered: true })
`

const built = await buildPages()
const widget = readFileSync(join(built.folder, 'widget.js'))
const page = (script: string) =>
  `<!doctype html><html lang="zh-CN"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>一家小店</title><link rel="icon" href="data:,">${script}<h1>一家小店</h1>${'<p>手工陶器，每件都不一样。满 199 元包邮，七天无理由退货。</p>'.repeat(200)}`
const server = createServer((request, response) => {
  if (request.url === '/widget.js')
    return response.writeHead(200, { 'content-type': 'text/javascript', 'content-encoding': 'gzip' }).end(gzipSync(widget, { level: 9 }))
  response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' })
  return response.end(page(request.url === '/with' ? '<script async src="/widget.js" data-site="shop"></script>' : ''))
})
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
const browser = await openBrowser()

const median = (values: readonly number[]) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0

console.log(`widget.js ${gzipSync(widget, { level: 9 }).length} bytes gzipped; ${VISITS} visits, CPU ${SLOWER}× slower`)
for (const kind of ['without', 'with']) {
  const blocked: number[] = []
  const shift: number[] = []
  for (let n = 0; n < VISITS; n++) {
    const context = await browser.newContext({ viewport: { width: 390, height: 780 } })
    const tab = await context.newPage()
    await tab.addInitScript(WATCH)
    const session = await context.newCDPSession(tab)
    await session.send('Emulation.setCPUThrottlingRate', { rate: SLOWER })
    await tab.goto(`${url}/${kind}`)
    if (kind === 'with') await tab.locator('.launcher').waitFor()
    await tab.waitForTimeout(SETTLE_MS)
    blocked.push((await tab.evaluate('window.blocked')) as number)
    shift.push((await tab.evaluate('window.shift')) as number)
    await context.close()
  }
  console.log(
    `${kind.padEnd(8)} TBT median ${median(blocked).toFixed(0)} ms, worst ${Math.max(...blocked).toFixed(0)} ms; CLS worst ${Math.max(...shift).toFixed(4)}`,
  )
}
await browser.close()
server.close()
built.remove()
