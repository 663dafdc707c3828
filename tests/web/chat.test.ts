import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { build } from 'vite'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { ARTICLES, importArticles } from '../support/articles.ts'
import { describeInBrowser, openBrowser } from '../support/browser.ts'
import { type CutProxy, openCutProxy } from '../support/cut-proxy.ts'
import { startHouse, TEST_SECRET, type TestHouse } from '../support/house.ts'

/** The /chat page in Chromium, against a started house and behind its content policy. */

const [RETURN, INVOICE] = ARTICLES

describeInBrowser('the chat page', [], () => {
  let folder: string
  let proxy: CutProxy
  let house: TestHouse
  let browser: Browser
  let context: BrowserContext
  let page: Page
  let complaints: string[]

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'zhike-pages-'))
    await build({
      configFile: fileURLToPath(new URL('../../vite.config.ts', import.meta.url)),
      logLevel: 'silent',
      build: { outDir: folder, emptyOutDir: true },
    })
    proxy = await openCutProxy(folder)
    house = await startHouse({ ZHIKE_PUBLIC_URL: `http://127.0.0.1:${proxy.port}` })
    proxy.forward((house.app.fastify.server.address() as AddressInfo).port)
    await importArticles(house)
    browser = await openBrowser()
  })
  afterAll(async () => {
    await browser?.close()
    await house?.stop()
    await proxy?.close()
    rmSync(folder, { recursive: true, force: true })
  })
  beforeEach(async () => {
    proxy.refuseSockets(false)
    complaints = []
    context = await browser.newContext({ locale: 'zh-CN' })
    page = await context.newPage()
    page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()))
    page.on('pageerror', (error) => complaints.push(error.message))
    page.on('dialog', () => complaints.push('a dialog'))
  })
  afterEach(() => context?.close())

  const open = async () => {
    await page.goto(`${house.url}/chat`)
    await page.locator('.bot').first().waitFor()
  }
  const box = () => page.getByLabel('输入您的问题')
  const ask = async (text: string) => {
    await box().fill(text)
    await box().press('Enter')
  }
  const answer = (article: (typeof ARTICLES)[number] | undefined) => page.locator('.bot', { hasText: article?.answer ?? '' })
  const conversationId = async () =>
    JSON.parse((await page.evaluate(`sessionStorage.getItem('zhike.chat')`)) as string).conversationId as string
  const sayElsewhere = async (text: string) => {
    const response = await fetch(`${house.url}/v3/directline/conversations/${await conversationId()}/activities`, {
      method: 'POST',
      headers: { authorization: `Bearer ${TEST_SECRET}`, 'content-type': 'application/json' },
      body: JSON.stringify({ type: 'message', from: { id: 'elsewhere' }, text }),
    })
    expect(response.status).toBe(200)
  }

  test('greets, answers with its source, and weighs less than 12 kB', async () => {
    await open()
    await ask('怎么退货')
    await answer(RETURN).waitFor()
    expect(await answer(RETURN).locator('.basis').first().textContent()).toBe(`依据《${RETURN?.question}》`)
    await expect.poll(() => page.locator('.own .status').textContent()).toBe('已发送')
    expect(complaints).toEqual([])
    const html = readFileSync(join(folder, 'index.html'), 'utf8')
    const assets = [...html.matchAll(/\/assets\/[\w.-]+/g)].map(([path]) => readFileSync(join(folder, path)))
    const weight = [html, ...assets].reduce((sum, body) => sum + gzipSync(body).length, 0)
    expect(assets.length).toBe(2)
    expect(weight).toBeLessThan(12_000)
  })

  test('hands over at a click and shows a hostile text as text', async () => {
    await open()
    const hostile = '<img src=x onerror=alert(1)><script>alert(2)</script>'
    await ask(hostile)
    await page.locator('.own', { hasText: hostile }).waitFor()
    await page.locator('.bot').nth(1).waitFor()
    await page.locator('#human').click()
    await page.locator('.own', { hasText: '转人工' }).waitFor()
    await page.locator('.bot').nth(2).waitFor()
    const handedOver = await house.call('GET', `/api/conversations?state=queue&address=${await conversationId()}`)
    expect(handedOver.body.items).toHaveLength(1)
    expect(await page.locator('#log img').count()).toBe(0)
    expect(complaints).toEqual([])
  })

  test('keeps the conversation over a reload', async () => {
    await open()
    await ask('怎么退货')
    await answer(RETURN).waitFor()
    const before = await conversationId()
    await page.reload()
    await answer(RETURN).waitFor()
    expect(await conversationId()).toBe(before)
    expect(await page.locator('.own').count()).toBe(1)
    expect(await page.locator('.own .status').textContent()).toBe('已发送')
  })

  test('comes back after a cut, and has everything once', async () => {
    await open()
    await ask('怎么退货')
    await answer(RETURN).waitFor()
    await expect.poll(() => proxy.cut()).toBeGreaterThan(0)
    await sayElsewhere('怎么开发票')
    await answer(INVOICE).waitFor()
    expect(await page.locator('.own').count()).toBe(2)
    expect(await answer(RETURN).count()).toBe(1)
  })

  test('reads by polling where no WebSocket gets through', async () => {
    proxy.refuseSockets(true)
    await page.goto(`${house.url}/chat`)
    await page.locator('.bot').first().waitFor()
    await ask('怎么开发票')
    await answer(INVOICE).waitFor()
    expect(await page.locator('.own').count()).toBe(1)
  })

  test('sends nothing while an input method composes, and a new line with Shift', async () => {
    await open()
    await box().focus()
    const session = await context.newCDPSession(page)
    await session.send('Input.imeSetComposition', { text: 'tuihuo', selectionStart: 6, selectionEnd: 6 })
    await session.send('Input.dispatchKeyEvent', { type: 'rawKeyDown', windowsVirtualKeyCode: 229, key: 'Enter', code: 'Enter' })
    expect(await page.locator('.own').count()).toBe(0)
    await session.send('Input.insertText', { text: '退货' })
    await box().press('Shift+Enter')
    await box().pressSequentially('第二行')
    expect(await box().inputValue()).toBe('退货\n第二行')
    expect(await page.locator('.own').count()).toBe(0)
    await box().press('Enter')
    await expect.poll(() => page.locator('.own .text').textContent()).toBe('退货\n第二行')
    expect(await box().inputValue()).toBe('')
  })

  test('says when a message did not arrive, and sends it again at a click', async () => {
    await open()
    let broken = true
    await context.route(/\/activities$/, (route) => (broken ? route.fulfill({ status: 400, json: {} }) : route.continue()))
    await ask('怎么退货')
    await page.getByText('未送达').waitFor()
    broken = false
    await page.getByRole('button', { name: '重试' }).click()
    await answer(RETURN).waitFor()
    expect(await page.locator('.own').count()).toBe(1)
    await expect.poll(() => page.locator('.own .status').textContent()).toBe('已发送')
  })

  test('begins anew when the conversation can no longer be read', async () => {
    await page.goto(`${house.url}/chat`)
    await page.locator('.bot').first().waitFor()
    await page.evaluate(`sessionStorage.setItem('zhike.chat', JSON.stringify({ token: 'gone', conversationId: 'gone' }))`)
    await page.reload()
    await page.locator('.bot').first().waitFor()
    expect(await conversationId()).not.toBe('gone')
    await page.getByText('会话已过期').waitFor()
  })

  test('fits 320 px, in the dark and in English too', async () => {
    await page.setViewportSize({ width: 320, height: 568 })
    await page.emulateMedia({ colorScheme: 'dark' })
    await open()
    await ask(`https://example.com/${'long'.repeat(60)}`)
    await page.locator('.own').waitFor()
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(320)
    expect(await page.evaluate('getComputedStyle(document.body).backgroundColor')).toBe('rgb(17, 23, 26)')
    const english = await browser.newContext({ locale: 'en-US' })
    const other = await english.newPage()
    await other.goto(`${house.url}/chat`)
    await other.getByRole('button', { name: 'Send' }).waitFor()
    expect(await other.evaluate('document.documentElement.lang')).toBe('en')
    await english.close()
  })
})
