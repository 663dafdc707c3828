import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { ARTICLES } from '../support/articles.ts'
import { describeInBrowser } from '../support/browser.ts'
import { axe, openStage, sayElsewhere, type Visit, visit, type WebStage } from '../support/web-stage.ts'

/** The /chat page in Chromium, against a started house and behind its content policy. */

const pages = vi.hoisted(() => ({ folder: '' }))
vi.mock('../../server/pages.ts', async (original) => {
  const real = await original<typeof import('../../server/pages.ts')>()
  return { registerPages: (app: Parameters<typeof real.registerPages>[0]) => real.registerPages(app, `${pages.folder}/chat`) }
})

const [RETURN, INVOICE] = ARTICLES

describeInBrowser('the chat page', [], () => {
  let stage: WebStage
  let context: BrowserContext
  let page: Page
  let complaints: string[]
  let ask: Visit['ask']
  let conversationId: Visit['conversationId']

  beforeAll(async () => {
    stage = await openStage(pages)
  })
  afterAll(() => stage?.close())
  beforeEach(async () => {
    stage.proxy.refuseSockets(false)
    ;({ context, page, complaints, ask, conversationId } = await visit(stage))
  })
  afterEach(() => context?.close())

  const open = async () => {
    await page.goto(`${stage.house.url}/chat`)
    await page.locator('.bot').first().waitFor()
  }
  const box = () => page.getByLabel('输入您的问题')
  const answer = (article: (typeof ARTICLES)[number] | undefined) => page.locator('.bot', { hasText: article?.answer ?? '' })
  test('greets, answers with its source, and weighs less than 13 kB', async () => {
    await open()
    await ask('怎么退货')
    await answer(RETURN).waitFor()
    expect(await answer(RETURN).locator('.basis').first().textContent()).toMatch(
      new RegExp(`^依据《${RETURN?.question}》 · \\d{4}-\\d{2}-\\d{2}$`),
    )
    await expect.poll(() => page.locator('.own .status').textContent()).toBe('已读')
    expect(complaints).toEqual([])
    const html = readFileSync(join(pages.folder, 'chat', 'index.html'), 'utf8')
    const assets = [...html.matchAll(/\/assets\/[\w.-]+/g)].map(([path]) => readFileSync(join(pages.folder, path)))
    const weight = [html, ...assets].reduce((sum, body) => sum + gzipSync(body).length, 0)
    expect(assets.length).toBe(2)
    // All that the widget is, and a page around it, packed in three.
    expect(weight).toBeLessThan(13_000)
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
    const handedOver = await stage.house.call('GET', `/api/conversations?state=queue&address=${await conversationId()}`)
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
    expect(await page.locator('.own .status').textContent()).toBe('已读')
  })

  test('comes back after a cut, and has everything once', async () => {
    await open()
    await ask('怎么退货')
    await answer(RETURN).waitFor()
    await expect.poll(() => stage.proxy.cut()).toBeGreaterThan(0)
    await sayElsewhere(stage.house, await conversationId(), '怎么开发票')
    await answer(INVOICE).waitFor()
    expect(await page.locator('.own').count()).toBe(2)
    expect(await answer(RETURN).count()).toBe(1)
  })

  test('reads by polling where no WebSocket gets through', async () => {
    stage.proxy.refuseSockets(true)
    await page.goto(`${stage.house.url}/chat`)
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
    const again = page.getByRole('button', { name: '未发出，点此重试' })
    await again.waitFor()
    broken = false
    await again.click()
    await answer(RETURN).waitFor()
    expect(await page.locator('.own').count()).toBe(1)
    await expect.poll(() => page.locator('.own .status').textContent()).toBe('已读')
  })

  test('begins anew when the conversation can no longer be read', async () => {
    await page.goto(`${stage.house.url}/chat`)
    await page.locator('.bot').first().waitFor()
    await page.evaluate(`localStorage.setItem('zhike:' + location.origin + ':', JSON.stringify({ token: 'gone', conversationId: 'gone' }))`)
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
    const english = await stage.browser.newContext({ locale: 'en-US' })
    const other = await english.newPage()
    await other.goto(`${stage.house.url}/chat`)
    await other.getByRole('button', { name: 'Send' }).waitFor()
    expect(await other.evaluate('document.documentElement.lang')).toBe('en')
    await english.close()
  })

  test('breaks no rule of WCAG 2.2 AA, light or dark, here or in a frame', async () => {
    for (const path of ['/chat', '/widget/frame'])
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme })
        await page.goto(`${stage.house.url}${path}`)
        await page.locator('.bot').first().waitFor()
        expect(await axe(page)).toEqual([])
      }
  })

  test('may be framed by the sites that were named, and loads nothing but its own', async () => {
    await page.goto(stage.hostPage('plain'))
    await page.evaluate(
      `document.body.append(Object.assign(document.createElement('iframe'), { src: '${stage.house.url}/widget/frame?lang=en' }))`,
    )
    const frame = page.frameLocator('iframe')
    await frame.locator('.bot').first().waitFor()
    await frame.getByRole('button', { name: 'Send' }).waitFor()
    const policy = (await fetch(`${stage.house.url}/widget/frame`)).headers.get('content-security-policy') ?? ''
    expect(policy).toContain(`frame-ancestors 'self' ${new URL(stage.hostPage('plain')).origin}`)
    expect(policy).not.toContain('unsafe')
  })
})
