import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { ARTICLES, importArticles } from '../support/articles.ts'
import { describeInBrowser, openBrowser } from '../support/browser.ts'
import { type CutProxy, openCutProxy } from '../support/cut-proxy.ts'
import { startHouse, TEST_SECRET, type TestHouse } from '../support/house.ts'

/** An unmodified botframework-webchat on a page of another site, against a started house. */

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url))
const WEB_CHAT = at('./web-chat-peer/node_modules/botframework-webchat/dist/webchat.js')
const FILES: Record<string, [string, string]> = {
  '/': [at('../fixtures/web-chat/page.html'), 'text/html'],
  '/page.js': [at('../fixtures/web-chat/page.js'), 'text/javascript'],
  '/webchat.js': [WEB_CHAT, 'text/javascript'],
}
const [RETURN, INVOICE] = ARTICLES
const PNG = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64')

interface Seen {
  id: string
  type: string
  text?: string
  from: { role?: string }
  replyToId?: string
  channelData: { clientActivityID?: string; zhike?: { kind: string; evidence: { articleId: string }[] } }
  attachments?: { contentUrl: string }[]
}

describeInBrowser('Bot Framework Web Chat', [WEB_CHAT], () => {
  let site: Server
  let siteUrl: string
  let proxy: CutProxy
  let house: TestHouse
  let browser: Browser
  let page: Page
  let sockets: number

  beforeAll(async () => {
    site = createServer((request, response) => {
      const file = FILES[new URL(request.url ?? '/', 'http://x').pathname]
      if (!file) return response.writeHead(404).end()
      return response.writeHead(200, { 'content-type': `${file[1]}; charset=utf-8` }).end(readFileSync(file[0]))
    })
    await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve))
    siteUrl = `http://127.0.0.1:${(site.address() as AddressInfo).port}`
    proxy = await openCutProxy()
    house = await startHouse({ ZHIKE_PUBLIC_URL: `http://127.0.0.1:${proxy.port}`, ZHIKE_WEB_CHAT_ORIGINS: siteUrl })
    proxy.forward((house.app.fastify.server.address() as AddressInfo).port)
    await importArticles(house)
    browser = await openBrowser()
  })
  afterAll(async () => {
    await browser?.close()
    await house?.stop()
    await proxy?.close()
    site?.close()
  })
  afterEach(() => page?.close())

  const open = async (socket: 'yes' | 'no') => {
    page = await browser.newPage({ locale: 'zh-CN' })
    sockets = 0
    page.on('websocket', () => {
      sockets++
    })
    await page.goto(`${siteUrl}/?socket=${socket}&house=${encodeURIComponent(house.url)}`)
    await page.getByText('智能客服').first().waitFor()
  }
  const ask = async (text: string) => {
    const box = page.locator('[data-id="webchat-sendbox-input"], .webchat__send-box-text-box__input').first()
    await box.fill(text)
    await box.press('Enter')
  }
  const seen = async () => (await page.evaluate('window.seen')) as Seen[]
  const messages = async () => (await seen()).filter((activity) => activity.type === 'message' && activity.id)

  const expectAnswered = async (question: string, article: (typeof ARTICLES)[number] | undefined) => {
    await page
      .getByText(article?.answer ?? '')
      .first()
      .waitFor()
    const all = await messages()
    const echo = all.find((activity) => activity.text === question && activity.from.role === 'user')
    expect(echo?.channelData.clientActivityID).toBeTruthy()
    const answer = all.find((activity) => activity.text?.includes(article?.answer ?? ''))
    expect(answer).toMatchObject({
      from: { role: 'bot' },
      replyToId: echo?.id,
      channelData: { zhike: { kind: 'answer', evidence: [{ articleId: article?.id }] } },
    })
    // Sent, as the person sees it: no bubble is still on its way and none has failed.
    await expect.poll(() => page.getByText(/正在发送|发送失败|无法发送/).count()).toBe(0)
  }

  test('asks and is answered over the WebSocket', async () => {
    await open('yes')
    await ask('怎么退货')
    await expectAnswered('怎么退货', RETURN)
    expect(sockets).toBe(1)
  })

  test('asks and is answered by polling', async () => {
    await open('no')
    await ask('怎么开发票')
    await expectAnswered('怎么开发票', INVOICE)
    expect(sockets).toBe(0)
  })

  test('sends a picture and sees it again', async () => {
    await open('yes')
    await page.locator('input[type="file"]').first().setInputFiles({ name: '照片.png', mimeType: 'image/png', buffer: PNG })
    // Web Chat makes a thumbnail first; a click before its paper clip is ticked sends nothing.
    await page.locator('.webchat__attachment-icon__checkmark-icon').waitFor()
    await page.locator('[data-testid="send box send button"], .webchat__send-button, button[title="发送"]').first().click()
    await expect.poll(async () => (await messages()).some((activity) => activity.attachments?.length === 1), { timeout: 15_000 }).toBe(true)
    const url = (await messages()).find((activity) => activity.attachments)?.attachments?.[0]?.contentUrl ?? ''
    expect(url).toContain(`${house.url}/v3/directline/conversations/`)
    const width = await page.evaluate(
      `new Promise((resolve) => { const image = new Image(); image.onload = () => resolve(image.naturalWidth); image.onerror = () => resolve(0); image.src = ${JSON.stringify(url)} })`,
    )
    expect(width).toBe(1)
  })

  test('comes back after a cut and has missed nothing', async () => {
    await open('yes')
    await ask('怎么退货')
    await expectAnswered('怎么退货', RETURN)
    expect(proxy.cut()).toBeGreaterThan(0)
    const id = (await page.evaluate('window.conversationId')) as string
    const posted = await fetch(`${house.url}/v3/directline/conversations/${id}/activities`, {
      method: 'POST',
      headers: { authorization: `Bearer ${TEST_SECRET}`, 'content-type': 'application/json' },
      body: JSON.stringify({ type: 'message', from: { id: 'elsewhere' }, text: '怎么开发票' }),
    })
    expect(posted.status).toBe(200)
    // The real client waits 3 to 15 s before it reconnects.
    await page
      .getByText(INVOICE?.answer ?? '')
      .first()
      .waitFor({ timeout: 40_000 })
    const ids = (await messages()).map((activity) => activity.id)
    expect(new Set(ids).size).toBe(ids.length)
    expect(sockets).toBeGreaterThan(1)
  })
})
