import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { build } from 'vite'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { safeFileName } from '../../platform/files.ts'
import { FOREIGN, HOSTILE_TEXTS } from '../fixtures/hostile-files/markup.ts'
import { makeGif, makePng } from '../fixtures/hostile-files/pictures.ts'
import { describeInBrowser, openBrowser } from '../support/browser.ts'
import { HS256, makeJwt } from '../support/direct-line.ts'
import { startHouse, TEST_SECRET, type TestHouse } from '../support/house.ts'

/** S-06: whatever a customer can have stored is text on the chat page, in Chromium and behind the content policy of the house. */

const pages = vi.hoisted(() => ({ folder: '' }))
// A house that serves what was built here.
vi.mock('../../server/pages.ts', async (original) => {
  const real = await original<typeof import('../../server/pages.ts')>()
  return { registerPages: (app: Parameters<typeof real.registerPages>[0]) => real.registerPages(app, join(pages.folder, 'chat')) }
})

/** Elements of the talk. Anything else came from what somebody wrote. */
const KNOWN = ['A', 'B', 'BR', 'BUTTON', 'DIV', 'IMG', 'LI', 'OL', 'P', 'PROGRESS', 'SPAN', 'TIME', 'UL']

interface Chat {
  readonly id: string
  readonly token: string
}

describeInBrowser('what customers stored', [], () => {
  let house: TestHouse
  let browser: Browser
  let context: BrowserContext
  let page: Page
  /** Everything that must never happen. */
  let harm: string[]

  beforeAll(async () => {
    pages.folder = mkdtempSync(join(tmpdir(), 'zhike-markup-'))
    await build({
      configFile: fileURLToPath(new URL('../../vite.config.ts', import.meta.url)),
      logLevel: 'silent',
      build: { outDir: pages.folder, emptyOutDir: true },
    })
    house = await startHouse()
    const limits = (await house.call('GET', '/api/settings/limits')).body
    const wide = { perSecond: 10_000, burst: 10_000 }
    await house.call('PUT', '/api/settings/limits', { ...limits, address: wide, 'web-chat-post': wide, 'web-chat-read': wide })
    expect((await fetch(`${house.url}/chat`)).headers.get('content-security-policy')).toContain("script-src 'self'")
    browser = await openBrowser()
  })
  afterAll(async () => {
    await browser?.close()
    await house?.stop()
    rmSync(pages.folder, { recursive: true, force: true })
  })

  beforeEach(async () => {
    harm = []
    context = await browser.newContext({ locale: 'zh-CN', acceptDownloads: true })
    await context.exposeFunction('reportHarm', (what: string) => harm.push(what))
    await context.addInitScript(`addEventListener('securitypolicyviolation', (event) =>
      reportHarm('policy: ' + event.violatedDirective + ' ' + event.blockedURI + ' ' + event.sample))`)
    page = await context.newPage()
    watch(page)
    context.on('page', watch)
  })
  afterEach(() => context?.close())

  const watch = (on: Page) => {
    on.on('dialog', (dialog) => {
      harm.push(`dialog: ${dialog.message()}`)
      void dialog.dismiss()
    })
    on.on('pageerror', (error) => harm.push(`error: ${error.message}`))
    on.on('request', (request) => {
      const url = request.url()
      if (!url.startsWith(`${house.url}/`) && !/^(data|blob|about):/.test(url)) harm.push(`call: ${request.resourceType()} ${url}`)
    })
    on.on('websocket', (socket) => {
      if (!socket.url().startsWith(house.url.replace('http', 'ws'))) harm.push(`call: ${socket.url()}`)
    })
  }

  const directLine = async (path: string, body: unknown, bearer = TEST_SECRET) => {
    const response = await fetch(`${house.url}/v3/directline${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${bearer}`, ...(body instanceof FormData ? {} : { 'content-type': 'application/json' }) },
      body: body instanceof FormData ? body : JSON.stringify(body),
    })
    return { status: response.status, body: (await response.json()) as { conversationId: string; token: string; id: string } }
  }

  /** The chat page, for the customer of that token; by default one who names herself, freely. */
  const open = async (parameters: unknown = {}, query = ''): Promise<Chat> => {
    const { body: made } = await directLine('/tokens/generate', parameters)
    await page.route('**/v3/directline/tokens/generate', (route) => route.fulfill({ json: { ...made, expires_in: 1_800 } }))
    const started = page.waitForResponse((response) => response.url().endsWith('/v3/directline/conversations') && response.ok())
    await page.goto(`${house.url}/chat${query}`)
    await started
    await page.getByRole('log').locator('.bot').first().waitFor()
    return { id: made.conversationId, token: made.token }
  }
  const post = async (chat: Chat, activity: Record<string, unknown>) => {
    const answer = await directLine(
      `/conversations/${chat.id}/activities`,
      { type: 'message', from: { id: 'me' }, ...activity },
      chat.token,
    )
    expect([answer.status < 500, JSON.stringify(activity).slice(0, 200)]).toEqual([true, JSON.stringify(activity).slice(0, 200)])
    return answer.status
  }
  const attach = (chat: Chat, name: string, bytes: Uint8Array, type: string, more: Record<string, unknown> = {}) => {
    const form = new FormData()
    form.append('file', new Blob([Uint8Array.from(bytes)], { type }), name)
    const activity = { type: 'message', from: { id: 'me' }, attachments: [{ contentType: type, name, ...more }] }
    form.append('activity', new Blob([JSON.stringify(activity)], { type: 'application/vnd.microsoft.activity' }))
    return directLine(`/conversations/${chat.id}/upload?userId=me`, form, chat.token)
  }

  const logText = () => page.getByRole('log').evaluate((log) => log.textContent ?? '')
  /** Waits until the page shows the last words said, now and after a reload. */
  const shows = async (last: string) => {
    await page.getByRole('log').getByText(last).last().waitFor()
    await page.reload()
    await page.getByRole('log').getByText(last).last().waitFor()
  }
  const expectOnlyText = async (texts: readonly string[]) => {
    const shown = await logText()
    expect(texts.filter((text) => !shown.includes(text))).toEqual([])
    const odd = (await page.getByRole('log').evaluate(
      (log, [known, own]) => {
        const found: string[] = []
        for (const element of log.querySelectorAll('*')) {
          if (!known?.includes(element.tagName)) found.push(element.outerHTML.slice(0, 200))
          for (const { name, value } of element.attributes) {
            if (/^on|^srcdoc$|^style$|^ping$/.test(name)) found.push(`${name}=${value}`)
            if (/^(href|src|action)$/.test(name) && !/^https?:\/\//.test(value) && !/^(data:image\/|blob:)/.test(value))
              found.push(`${name}=${value}`)
            if (name === 'src' && !value.startsWith(own?.[0] ?? '') && !/^(data:image\/|blob:)/.test(value)) found.push(`${name}=${value}`)
          }
        }
        return found
      },
      [KNOWN, [`${house.url}/`]] as const,
    )) as string[]
    expect(odd).toEqual([])
    expect(await page.evaluate('window.hurt')).toBeUndefined()
    expect(await page.title()).toContain('知客')
    expect(new URL(page.url()).origin).toBe(house.url)
    expect(harm).toEqual([])
  }

  test(`is shown to the letter: ${HOSTILE_TEXTS.length} texts as words, form and tapped choice`, async () => {
    expect(HOSTILE_TEXTS.length).toBeGreaterThanOrEqual(50)
    const chat = await open()
    for (const text of HOSTILE_TEXTS) expect(await post(chat, { text })).toBe(200)
    for (const text of HOSTILE_TEXTS) {
      await post(chat, { text: `留言：${text}\n联系方式：${text}`, channelData: { zhikeForm: true } })
      await post(chat, { text, value: text, channelData: { postBack: true, messageBack: { displayText: text } } })
    }
    await post(chat, { text: '到此为止' })
    await shows('到此为止')
    // The bot has answered, and makes no link of what it was told.
    const said = page.getByRole('log').locator('.bot')
    await said.nth(1).waitFor()
    expect(await said.locator(`a[href*="${new URL(FOREIGN).host}"]`).count()).toBe(0)
    await expectOnlyText([...HOSTILE_TEXTS, ...HOSTILE_TEXTS.map((text) => `留言：${text}\n联系方式：${text}`)])
  })

  test('is never taken for more in any other field of an activity', async () => {
    const chat = await open()
    const ids: string[] = []
    for (const [n, text] of HOSTILE_TEXTS.entries()) {
      const answer = await directLine(
        `/conversations/${chat.id}/activities`,
        {
          type: 'message',
          from: { id: text.slice(0, 200), name: text, role: 'bot', aadObjectId: text },
          text: `第 ${n} 条`,
          textFormat: n % 2 ? 'xml' : text.slice(0, 60),
          ...Object.fromEntries(
            ['locale', 'name', 'replyToId', 'speak', 'summary', 'inputHint', 'attachmentLayout', 'importance', 'label', 'topicName'].map(
              (field) => [field, text],
            ),
          ),
          value: { [`k${text}`.slice(0, 100)]: text },
          entities: [{ type: text, name: text, mentioned: { name: text }, text }],
          suggestedActions: { to: [text], actions: [{ type: 'openUrl', title: text, value: text, image: text }] },
          channelData: {
            clientActivityID: text,
            site: text,
            tags: text,
            'webchat:sequence-id': text,
            zhike: { kind: 'agent', evidence: [{ articleId: text, question: text }] },
          },
          timestamp: text,
          localTimestamp: text,
          recipient: { id: text, name: text },
          conversation: { id: text, name: text },
          id: text,
        },
        chat.token,
      )
      expect([answer.status, text]).toEqual([200, text])
      ids.push(answer.body.id)
      for (const name of ['zhike/feedback', 'zhike/survey', text])
        await post(chat, {
          type: 'event',
          name,
          value: { messageId: text, helpful: text, score: text, text },
          channelData: { clientActivityID: `e${text}` },
        })
    }
    expect(new Set(ids).size).toBe(HOSTILE_TEXTS.length)
    await post(chat, { text: '到此为止' })
    await shows('到此为止')
    await expectOnlyText(HOSTILE_TEXTS.map((_, n) => `第 ${n} 条`))
    // The words a tap would send are words too.
    const choice = page.getByRole('log').locator('button').filter({ hasText: '{{constructor' })
    if ((await choice.count()) > 0) await choice.first().click()
    await expectOnlyText([])
  })

  test('is never taken for more in the name, type and links of a file', async () => {
    const chat = await open()
    const names: string[] = []
    for (const [n, text] of HOSTILE_TEXTS.entries()) {
      const picture = n % 4 === 0
      const about = { thumbnailUrl: `javascript:${text}`, content: { text }, contentUrl: `javascript:${text}` }
      const answer = await attach(
        chat,
        text,
        picture ? makePng(2, 2) : Buffer.from(`文件 ${n}`),
        picture ? 'image/png' : 'text/plain',
        about,
      )
      expect([answer.status, text]).toEqual([200, text])
      if (!picture) names.push(safeFileName(text))
      await post(chat, {
        text: `附件 ${n}`,
        attachments: [
          { contentType: text.slice(0, 100), name: text, contentUrl: text, thumbnailUrl: text, content: text },
          { contentType: 'text/html', name: text, contentUrl: `data:text/html,${text}` },
          { contentType: 'image/svg+xml', name: text, contentUrl: `data:image/svg+xml,${text}` },
          {
            contentType: 'application/vnd.microsoft.card.hero',
            content: { title: text, text, buttons: [{ type: 'openUrl', title: text, value: `javascript:${text}` }] },
          },
        ],
      })
    }
    await post(chat, { text: '到此为止' })
    await shows('到此为止')
    await expectOnlyText([])
    // Browsers write a line end in the name of a part as an escape, and so does who sends it.
    const shown = await logText()
    expect(names.filter((name) => !shown.includes(name) && !shown.includes(safeFileName(decodeURI(encodeURI(name)))))).toEqual([])
  })

  test('calls nobody outside, though a picture or link is said to lie there', async () => {
    const chat = await open()
    for (const url of [
      `${FOREIGN}/pixel.png`,
      '//evil.invalid/pixel.png',
      'https://www.example.com@evil.invalid/pixel.png',
      `${house.url}.evil.invalid/pixel.png`,
    ])
      await post(chat, {
        text: `图 ${url}`,
        attachments: ['image/png', 'image/svg+xml', 'video/mp4', 'audio/mpeg'].map((contentType) => ({
          contentType,
          name: '图',
          contentUrl: url,
          thumbnailUrl: url,
        })),
      })
    await post(chat, { text: '到此为止' })
    await shows('到此为止')
    await expectOnlyText([])
  })

  test('breaks no page by its shape', async () => {
    const chat = await open()
    for (const odd of [null, 7, 'x', [], {}, [null], { actions: null }, { actions: 'x' }, { actions: [null] }, { actions: {} }])
      await post(chat, {
        text: '怪',
        suggestedActions: odd,
        entities: odd,
        value: odd,
        attachments: Array.isArray(odd) ? odd : [],
        channelData: { clientActivityID: odd, zhikeForm: odd, site: odd },
      })
    for (const odd of [null, 7, 'x', [], {}]) await post(chat, { type: 'event', name: 'zhike/feedback', value: odd })
    await post(chat, { text: '到此为止' })
    await shows('到此为止')
    await expectOnlyText([])
    await page.getByRole('textbox').first().fill('还能说话')
    await page.getByRole('textbox').first().press('Enter')
    await page.getByRole('log').getByText('还能说话').waitFor()
  })

  test('is never taken for more in a name that a signed identity or a site gives', async () => {
    for (const name of HOSTILE_TEXTS.filter((_, n) => n % 9 === 0)) {
      const chat = await open({ user: { id: 'c-markup', name } })
      await post(chat, { text: '看看名字' })
      const claims = { sub: `c-${HOSTILE_TEXTS.indexOf(name)}`, name, aud: 'zhike-web-chat', exp: Math.floor(Date.now() / 1_000) + 600 }
      expect((await directLine('/tokens/generate', { identity: makeJwt(HS256, claims, TEST_SECRET) })).status).toBe(200)
      await shows('看看名字')
      await expectOnlyText([])
      await context.clearCookies()
      await page.evaluate('localStorage.clear(), sessionStorage.clear()')
      await page.unroute('**/v3/directline/tokens/generate')
    }
  })

  test('is never taken for more in the address of the page', async () => {
    for (const text of HOSTILE_TEXTS.filter((_, n) => n % 9 === 4)) {
      await open({}, `?lang=${encodeURIComponent(text)}&q=${encodeURIComponent(text)}#${encodeURIComponent(text)}`)
      await expectOnlyText([])
      await page.evaluate('localStorage.clear(), sessionStorage.clear()')
      await page.unroute('**/v3/directline/tokens/generate')
    }
  })

  test('runs nothing as a file, opened by its link or loaded as a script', async () => {
    const chat = await open()
    const script = '<script>alert(1);window.hurt=1</script>'
    const files: [string, Uint8Array, string][] = [
      ['a.html', Buffer.from(script), 'text/html'],
      ['a.svg', Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg">${script}</svg>`), 'image/svg+xml'],
      ['a.pdf', Buffer.from(`%PDF-1.7\n${script}`), 'text/html'],
      [
        'a.gif',
        Buffer.concat([
          makeGif(0x2a2f, 0x2f2a).subarray(0, 6),
          Buffer.from('/*'),
          Buffer.from([1, 0]),
          Buffer.from('*/=1;window.hurt=1//'),
        ]),
        'image/gif',
      ],
      ['b.gif', Buffer.concat([makeGif(2, 2), Buffer.from(script)]), 'text/html'],
      ['a.js', Buffer.from('window.hurt=1'), 'text/javascript'],
    ]
    for (const [name, bytes, type] of files) expect((await attach(chat, name, bytes, type)).status).toBe(200)
    const read = await fetch(`${house.url}/v3/directline/conversations/${chat.id}/activities`, {
      headers: { authorization: `Bearer ${chat.token}` },
    })
    const { activities } = (await read.json()) as { activities: { attachments?: { contentUrl: string }[] }[] }
    const urls = activities.flatMap(({ attachments }) => attachments?.map(({ contentUrl }) => contentUrl) ?? [])
    expect(urls).toHaveLength(files.length)
    for (const url of urls) {
      const opened = await context.newPage()
      // A download ends the navigation; a picture is shown.
      await opened.goto(url).catch(() => undefined)
      expect(await opened.evaluate('window.hurt')).toBeUndefined()
      await opened.close()
      const loaded = await page.evaluate(
        `new Promise((resolve) => { const script = document.createElement('script'); script.onload = () => resolve('ran'); script.onerror = () => resolve('refused');
          const policy = trustedTypes.createPolicy('p' + Math.random(), { createScriptURL: (url) => url }); script.src = policy.createScriptURL(${JSON.stringify(url)}); document.head.append(script) })`,
      )
      expect(loaded).toBe('refused')
    }
    expect(await page.evaluate('window.hurt')).toBeUndefined()
    expect(harm.filter((what) => what.startsWith('dialog') || what.startsWith('call'))).toEqual([])
  })
})
