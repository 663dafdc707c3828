import { SignJWT } from 'jose'
import type { Page, WebSocketRoute } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { ARTICLES } from '../support/articles.ts'
import { describeInBrowser } from '../support/browser.ts'
import { TEST_SECRET } from '../support/house.ts'
import { openStage, sayElsewhere, type Visit, visit, type WebStage } from '../support/web-stage.ts'

/** Talks in the widget that meet the world: cuts, tabs, reloads, files, input methods, sign-ins. */

const pages = vi.hoisted(() => ({ folder: '' }))
vi.mock('../../server/pages.ts', async (original) => {
  const real = await original<typeof import('../../server/pages.ts')>()
  return { registerPages: (app: Parameters<typeof real.registerPages>[0]) => real.registerPages(app, `${pages.folder}/chat`) }
})

const [RETURN, INVOICE] = ARTICLES
const PNG = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64')

describeInBrowser('a talk in the widget', [], () => {
  let stage: WebStage
  let guest: Visit
  let page: Page

  beforeAll(async () => {
    stage = await openStage(pages)
  })
  afterAll(() => stage?.close())
  beforeEach(async () => {
    stage.proxy.refuseSockets(false)
    guest = await visit(stage)
    page = guest.page
  })
  afterEach(() => guest.context.close())

  const open = async (on = page) => {
    await on.goto(stage.hostPage('strict'))
    await on.locator('.launcher').click()
    await on.locator('.bot').first().waitFor()
  }
  const answer = (article: (typeof ARTICLES)[number] | undefined, on = page) => on.locator('.bot', { hasText: article?.answer ?? '' })
  const texts = (on = page) => on.locator('#log .text').allTextContents()
  const box = () => page.getByLabel('输入您的问题')

  test('resumes after a cut without loss or repeats, and says so only while it lasts', async () => {
    await open()
    await guest.ask('怎么退货')
    await answer(RETURN).waitFor()
    await guest.context.route(/directline/, (route) => route.abort())
    expect(stage.proxy.cut()).toBeGreaterThan(0)
    await page.getByText('网络断开，正在重连').waitFor()
    await sayElsewhere(stage.house, await guest.conversationId(), '怎么开发票')
    await guest.context.unroute(/directline/)
    await answer(INVOICE).waitFor()
    await page.getByText('网络断开，正在重连').waitFor({ state: 'detached' })
    const all = await texts()
    expect(new Set(all).size).toBe(all.length)
    expect(all.slice(1)).toEqual(['怎么退货', RETURN?.answer, '怎么开发票', INVOICE?.answer])
  })

  test('shows the same list in two tabs', async () => {
    await open()
    const other = await guest.context.newPage()
    await open(other)
    expect(await guest.conversationId(other)).toBe(await guest.conversationId())
    await guest.ask('怎么退货')
    await answer(RETURN, other).waitFor()
    await guest.ask('怎么开发票', other)
    for (const tab of [page, other]) await answer(INVOICE, tab).waitFor()
    expect(await texts(other)).toEqual(await texts())
  })

  test('keeps history and draft over a page load', async () => {
    await open()
    await guest.ask('怎么退货')
    await answer(RETURN).waitFor()
    const before = await texts()
    await box().pressSequentially('还没写完的')
    await page.reload()
    await page.locator('.launcher').click()
    await answer(RETURN).waitFor()
    expect(await texts()).toEqual(before)
    expect(await box().inputValue()).toBe('还没写完的')
    await box().press('Enter')
    await page.reload()
    await page.locator('.launcher').click()
    await answer(RETURN).waitFor()
    expect(await box().inputValue()).toBe('')
  })

  test('chats where the page may store nothing', async () => {
    await page.addInitScript(
      `for (const name of ['localStorage', 'sessionStorage']) Object.defineProperty(window, name, { get() { throw new Error('forbidden') } })`,
    )
    await open()
    await guest.ask('怎么退货')
    await answer(RETURN).waitFor()
    expect(guest.complaints).toEqual([])
  })

  test('keeps what could not be sent, and sends it once at a tap', async () => {
    await open()
    await guest.context.route(/\/activities$/, (route) => route.fulfill({ status: 400, json: {} }))
    await guest.ask('怎么退货')
    const again = page.getByRole('button', { name: '未发出，点此重试' })
    await again.waitFor()
    await guest.context.unroute(/\/activities$/)
    await again.click()
    await answer(RETURN).waitFor()
    expect(await page.locator('.own').count()).toBe(1)
    await expect.poll(() => page.locator('.own .status').textContent()).toBe('已读')
  })

  test('sends nothing while an input method composes', async () => {
    await open()
    await box().focus()
    const session = await guest.context.newCDPSession(page)
    await session.send('Input.imeSetComposition', { text: 'tuihuo', selectionStart: 6, selectionEnd: 6 })
    await session.send('Input.dispatchKeyEvent', { type: 'rawKeyDown', windowsVirtualKeyCode: 229, key: 'Enter', code: 'Enter' })
    expect(await page.locator('.own').count()).toBe(0)
    await session.send('Input.insertText', { text: '退货' })
    await box().press('Enter')
    await expect.poll(() => page.locator('.own .text').textContent()).toBe('退货')
  })

  test('sends chosen, pasted and dropped files with their progress, and refuses what is too large', async () => {
    await open()
    const session = await guest.context.newCDPSession(page)
    await session.send('Network.enable')
    await session.send('Network.emulateNetworkConditions', {
      offline: false,
      latency: 0,
      downloadThroughput: -1,
      uploadThroughput: 400_000,
    })
    const input = page.locator('input[type=file]')
    await input.setInputFiles({ name: '太大.bin', mimeType: 'application/octet-stream', buffer: Buffer.alloc(4 * 1024 * 1024 + 1, 1) })
    await page.getByText('没有添加“太大.bin”').waitFor()
    await input.setInputFiles({ name: '说明.txt', mimeType: 'text/plain', buffer: Buffer.from('说明'.repeat(100_000)) })
    const give = (kind: string, name: string) => `(() => {
      const data = new DataTransfer()
      data.items.add(new File([new Uint8Array([${[...PNG]}])], '${name}', { type: 'image/png' }))
      const target = document.querySelector('zhike-chat').shadowRoot.querySelector('textarea')
      const more = { bubbles: true, cancelable: true }
      target.dispatchEvent('${kind}' === 'paste' ? new ClipboardEvent('paste', { ...more, clipboardData: data }) : new DragEvent('drop', { ...more, dataTransfer: data }))
    })()`
    await page.evaluate(give('paste', '粘贴.png'))
    await page.evaluate(give('drop', '拖入.png'))
    await expect.poll(() => page.locator('.chosen').count()).toBe(3)
    await page.getByRole('button', { name: '移除 拖入.png' }).click()
    await guest.ask('请看附件')
    const progress = page.locator('.own progress')
    await expect.poll(async () => Number(await progress.getAttribute('value')), { interval: 20 }).toBeGreaterThan(0)
    await page.locator('.own a.file', { hasText: '说明.txt' }).waitFor()
    await expect.poll(() => progress.count(), { timeout: 20_000 }).toBe(0)
    await expect.poll(() => page.locator('.own a.file[href^="http"]').count()).toBe(2)
    expect(await page.locator('.own a.file img').getAttribute('alt')).toBe('粘贴.png')
    expect(await page.locator('.own .text').textContent()).toBe('请看附件')
  })

  test('rates an answer at one tap, changes it at another, and remembers', async () => {
    await open()
    await guest.ask('怎么退货')
    await answer(RETURN).waitFor()
    const pressed = () => page.locator('.bot [aria-pressed=true]').allTextContents()
    await page.getByRole('button', { name: '没帮助' }).click()
    expect(await pressed()).toEqual(['没帮助'])
    const [{ id }] = (await stage.house.call('GET', `/api/conversations?address=${await guest.conversationId()}`)).body.items
    const rated = async () => (await stage.house.call('GET', `/api/conversations/${id}`)).body.turns[0].helpful
    await expect.poll(rated).toBe(false)
    const reopen = async () => {
      await page.reload()
      await page.locator('.launcher').click()
      await answer(RETURN).waitFor()
    }
    await reopen()
    await expect.poll(pressed).toEqual(['没帮助'])
    await page.getByRole('button', { name: '有帮助' }).click()
    await expect.poll(rated).toBe(true)
    await reopen()
    await expect.poll(pressed).toEqual(['有帮助'])
  })

  test('goes on as the customer who signs in, in the same talk', async () => {
    const sign = (sub: string) =>
      new SignJWT({ name: '林青' })
        .setProtectedHeader({ alg: 'HS256' })
        .setSubject(sub)
        .setAudience('zhike-web-chat')
        .setExpirationTime('30m')
        .sign(new TextEncoder().encode(TEST_SECRET))
    await open()
    await guest.ask('怎么退货')
    await answer(RETURN).waitFor()
    const before = await guest.conversationId()
    await page.evaluate(`zhike.identify(${JSON.stringify(await sign('shop-1'))})`)
    await guest.ask('怎么开发票')
    await answer(INVOICE).waitFor()
    expect(await guest.conversationId()).toBe(before)
    expect((await texts()).slice(1)).toEqual(['怎么退货', RETURN?.answer, '怎么开发票', INVOICE?.answer])
    const { body } = await stage.house.call('GET', `/api/conversations?address=${before}`)
    expect(body.items[0].customer).toMatchObject({ id: 'shop-1', name: '林青' })
    const refused = await page.evaluate(`zhike.identify('broken').then(() => 'taken', () => 'refused')`)
    expect(refused).toBe('refused')
    // Somebody else at the same desk gets a talk of their own.
    await page.evaluate(`zhike.identify(${JSON.stringify(await sign('shop-2'))})`)
    await expect.poll(() => page.getByText('怎么退货').count()).toBe(0)
    expect(await guest.conversationId()).not.toBe(before)
  })

  test('is forgotten in every tab when the customer signs out, even while it is being opened', async () => {
    await open()
    await guest.ask('怎么退货')
    await answer(RETURN).waitFor()
    const before = await guest.conversationId()
    const other = await guest.context.newPage()
    await open(other)
    await page.addInitScript(`Object.defineProperty(window, 'zhike', {
      configurable: true,
      set(value) {
        Object.defineProperty(window, 'zhike', { value })
        queueMicrotask(() => value.identify(null))
      },
    })`)
    await page.reload()
    await expect.poll(() => other.getByText('怎么退货').count()).toBe(0)
    await page.locator('.launcher').click()
    await page.locator('.bot').first().waitFor()
    expect(await texts()).toHaveLength(1)
    await other.locator('.bot').first().waitFor()
    for (const tab of [page, other]) expect(await guest.conversationId(tab)).not.toBe(before)
  })

  test('makes no page of a file that is not sent yet', async () => {
    await open()
    await guest.context.route(/\/upload/, (route) => route.fulfill({ status: 400, json: {} }))
    const input = page.locator('input[type=file]')
    await input.setInputFiles({ name: '图.svg', mimeType: 'image/svg+xml', buffer: Buffer.from('<svg/>') })
    await guest.ask('请看')
    await page.getByRole('button', { name: '未发出，点此重试' }).waitFor()
    expect(await page.locator('.own .file').count()).toBe(1)
    expect(await page.locator('.own .file[href]').count()).toBe(0)
  })

  test('shows an answer while it streams, and announces it once, when it is whole', async () => {
    let wire: WebSocketRoute | undefined
    await page.routeWebSocket(/stream/, (route) => {
      wire = route
      route.connectToServer()
    })
    await open()
    const say = (activity: object) => wire?.send(JSON.stringify({ activities: [{ from: { id: 'bot', role: 'bot' }, ...activity }] }))
    say({ type: 'typing', id: 's', text: '您可以在', channelData: { streamType: 'streaming', streamSequence: 1 } })
    await page.getByText('您可以在').waitFor()
    expect(await page.locator('#log', { hasText: '您可以在' }).count()).toBe(0)
    say({
      type: 'message',
      id: 'whole',
      text: '您可以在**订单页**查看，见 https://example.com/help 。',
      channelData: { streamType: 'final', 'webchat:sequence-id': 999 },
    })
    await page.locator('#log', { hasText: '您可以在订单页查看' }).waitFor()
    expect(await page.getByText('您可以在').count()).toBe(1)
    expect(await page.locator('.bot b').textContent()).toBe('订单页')
    const link = page.getByRole('link', { name: 'https://example.com/help' })
    expect(await link.getAttribute('rel')).toBe('noopener noreferrer nofollow')
  })

  test('asks for a human, and leaves words and contact while nobody serves', async () => {
    const opensAt = new Date(Date.now() + 3_600_000).toISOString()
    await guest.context.route(/\/state$/, (route) =>
      route.fulfill({ json: { state: 'queue', place: 1, waitMinutes: null, open: false, opensAt } }),
    )
    await open()
    await page.getByRole('button', { name: '转人工' }).click()
    await page.getByLabel('电话或邮箱').fill('138 0000 0000')
    await guest.ask('花瓶碎了')
    await page.locator('.own', { hasText: '留言：花瓶碎了' }).waitFor()
    expect(await page.locator('.own .text').last().textContent()).toBe('留言：花瓶碎了\n联系方式：138 0000 0000')
    await expect.poll(() => page.getByLabel('电话或邮箱').count()).toBe(0)
  })

  test('tells the place in the queue', async () => {
    await guest.context.route(/\/state$/, (route) =>
      route.fulfill({ json: { state: 'queue', place: 3, waitMinutes: null, open: true, opensAt: null } }),
    )
    await open()
    await page.getByRole('button', { name: '转人工' }).click()
    await page.getByText('正在排队，您排在第 3 位').waitFor()
  })

  test('offers quick questions under the greeting, and asks one at a tap', async () => {
    const saved = await stage.house.call('PUT', '/api/settings/quick-questions', { 'zh-CN': ['怎么退货'], en: [] })
    expect(saved.status).toBe(200)
    await open()
    await page.getByRole('button', { name: '怎么退货' }).click()
    await answer(RETURN).waitFor()
    expect(await page.locator('.own .text').textContent()).toBe('怎么退货')
    expect(await page.getByRole('button', { name: '怎么退货' }).count()).toBe(0)
  })

  test('tells how many new messages wait below, and jumps to them', async () => {
    await page.setViewportSize({ width: 390, height: 420 })
    await open()
    for (const question of ['怎么退货', '怎么开发票']) {
      await guest.ask(question)
      await page.locator('.own', { hasText: question }).locator('.status', { hasText: '已读' }).waitFor()
    }
    await page.locator('.scroll').evaluate((talk: any) => talk.scrollTo(0, 0))
    await sayElsewhere(stage.house, await guest.conversationId(), '怎么退货')
    const jump = page.getByRole('button', { name: '2 条新消息' })
    await jump.click()
    await jump.waitFor({ state: 'detached' })
    expect(await page.locator('.scroll').evaluate((talk: any) => talk.scrollHeight - talk.scrollTop - talk.clientHeight < 2)).toBe(true)
  })
})
