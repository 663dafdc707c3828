import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core'
import { expect } from 'vitest'
import { importArticles } from './articles.ts'
import { openBrowser } from './browser.ts'
import { type CutProxy, openCutProxy } from './cut-proxy.ts'
import { startHouse, TEST_SECRET, type TestHouse } from './house.ts'
import { buildPages } from './pages.ts'

/** A house with built pages, a shop of another origin that embeds the widget, and a browser. */

const FIXTURES = fileURLToPath(new URL('../fixtures/host-pages/', import.meta.url))
const AXE = readFileSync(fileURLToPath(new URL('../../node_modules/axe-core/axe.min.js', import.meta.url)), 'utf8')
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']

export type HostPage = 'plain' | 'hostile' | 'strict'

export interface WebStage {
  readonly house: TestHouse
  readonly proxy: CutProxy
  readonly browser: Browser
  /** Address of a host page; of another origin than the house. `?lang=` is the language it says it has. */
  hostPage(name: HostPage): string
  close(): Promise<void>
}

/** @param pages told where the built pages are before the house starts; the test file makes the house serve them. */
export async function openStage(pages: { folder: string }): Promise<WebStage> {
  const built = await buildPages()
  pages.folder = built.folder
  const proxy = await openCutProxy()
  const houseUrl = `http://127.0.0.1:${proxy.port}`
  const site = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://site')
    const name = pathname.slice(1)
    if (!/^(plain|hostile|strict)$/.test(name)) return response.writeHead(404).end()
    const page = readFileSync(`${FIXTURES}${name === 'hostile' ? name : 'plain'}.html`, 'utf8')
      .replaceAll('%HOUSE%', houseUrl)
      .replace('lang="zh-CN"', `lang="${searchParams.get('lang') ?? 'zh-CN'}"`)
    const strict = `default-src 'none'; script-src ${houseUrl}; connect-src ${houseUrl} ${houseUrl.replace('http', 'ws')}; img-src ${houseUrl} data:`
    return response
      .writeHead(200, { 'content-type': 'text/html; charset=utf-8', ...(name === 'strict' ? { 'content-security-policy': strict } : {}) })
      .end(page)
  })
  await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve))
  const siteUrl = `http://localhost:${(site.address() as AddressInfo).port}`
  const house = await startHouse({ ZHIKE_PUBLIC_URL: houseUrl, ZHIKE_WEB_CHAT_ORIGINS: siteUrl })
  proxy.forward((house.app.fastify.server.address() as AddressInfo).port)
  await importArticles(house)
  const browser = await openBrowser()
  return {
    house,
    proxy,
    browser,
    hostPage: (name) => `${siteUrl}/${name}`,
    async close() {
      await browser.close()
      await house.stop()
      await proxy.close()
      site.close()
      built.remove()
    },
  }
}

/** One person's browser, and what its pages complained about. */
export interface Visit {
  readonly context: BrowserContext
  readonly page: Page
  readonly complaints: string[]
  ask(text: string, page?: Page): Promise<void>
  /** The address of the chat on the page. */
  conversationId(page?: Page): Promise<string>
}

export async function visit(stage: WebStage, options: BrowserContextOptions = {}): Promise<Visit> {
  const context = await stage.browser.newContext({ locale: 'zh-CN', ...options })
  const complaints: string[] = []
  context.on('page', (page) => {
    page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()))
    page.on('pageerror', (error) => complaints.push(error.message))
    page.on('dialog', () => complaints.push('a dialog'))
  })
  const page = await context.newPage()
  const kept = `JSON.parse(Object.entries(localStorage).find(([key]) => key.startsWith('zhike:') && !key.endsWith(':read'))[1]).conversationId`
  return {
    context,
    page,
    complaints,
    async ask(text, on = page) {
      const box = on.getByLabel('输入您的问题')
      await box.fill(text)
      await box.press('Enter')
    },
    conversationId: (on = page) => on.evaluate(kept) as Promise<string>,
  }
}

/** Says something in a conversation from elsewhere, as another tab or device would. */
export async function sayElsewhere(house: TestHouse, conversationId: string, text: string): Promise<void> {
  const response = await fetch(`${house.url}/v3/directline/conversations/${conversationId}/activities`, {
    method: 'POST',
    headers: { authorization: `Bearer ${TEST_SECRET}`, 'content-type': 'application/json' },
    body: JSON.stringify({ type: 'message', from: { id: 'elsewhere' }, text }),
  })
  expect(response.status).toBe(200)
}

/** Rules of WCAG 2.2 AA that a page breaks, by axe, shadow roots included. */
export async function axe(page: Page): Promise<string[]> {
  await page.evaluate(AXE)
  const { violations } = (await page.evaluate(`axe.run({ runOnly: ${JSON.stringify(TAGS)} })`)) as {
    violations: { id: string; nodes: { html: string; failureSummary: string }[] }[]
  }
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => `${node.html} ${node.failureSummary}`).join(' | ')}`)
}
