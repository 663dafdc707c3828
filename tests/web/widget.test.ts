import type { Request } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { ARTICLES } from '../support/articles.ts'
import { describeInBrowser } from '../support/browser.ts'
import { axe, type HostPage, openStage, sayElsewhere, type Visit, visit, type WebStage } from '../support/web-stage.ts'

/** The widget on pages of another site: a plain one, one whose style sheet attacks, one whose content policy forbids nearly all. */

const pages = vi.hoisted(() => ({ folder: '' }))
vi.mock('../../server/pages.ts', async (original) => {
  const real = await original<typeof import('../../server/pages.ts')>()
  return { registerPages: (app: Parameters<typeof real.registerPages>[0]) => real.registerPages(app, `${pages.folder}/chat`) }
})

const [RETURN] = ARTICLES
const HOSTS: readonly HostPage[] = ['plain', 'hostile', 'strict']

describeInBrowser('the widget on a host page', [], () => {
  let stage: WebStage
  let guest: Visit

  beforeAll(async () => {
    stage = await openStage(pages)
  })
  afterAll(() => stage?.close())
  afterEach(() => guest?.context.close())

  const arrive = async (host: HostPage, options: Parameters<typeof visit>[1] = {}) => {
    guest = await visit(stage, options)
    await guest.page.goto(stage.hostPage(host))
    await guest.page.locator('.launcher').waitFor()
    return guest
  }
  const open = async (host: HostPage, options: Parameters<typeof visit>[1] = {}) => {
    const { page } = await arrive(host, options)
    await page.locator('.launcher').click()
    await page.locator('.bot').first().waitFor()
    return guest
  }
  const focused = () => guest.page.evaluate(`document.activeElement?.shadowRoot?.activeElement?.className`)

  for (const host of HOSTS)
    test(`answers a question on the ${host} page, and breaks no rule of WCAG 2.2 AA, open or closed, light or dark`, async () => {
      for (const colorScheme of ['light', 'dark'] as const) {
        const { page, ask, complaints, context } = await arrive(host, { colorScheme })
        expect(await axe(page)).toEqual([])
        await page.locator('.launcher').click()
        await ask('怎么退货')
        await page.locator('.bot', { hasText: RETURN?.answer ?? '' }).waitFor()
        expect(await axe(page)).toEqual([])
        expect(complaints).toEqual([])
        await context.close()
      }
    })

  test('looks the same whatever the page does to every element', async () => {
    const look = async (host: HostPage) => {
      const { page, context } = await open(host, { reducedMotion: 'reduce' })
      const seen = await page.evaluate(`(() => {
        const root = document.querySelector('zhike-chat').shadowRoot
        return ['.panel', 'h2', '.bot .text', 'textarea', '#send'].map((selector) => {
          const element = root.querySelector(selector)
          const style = getComputedStyle(element)
          const { width, height, right, bottom } = element.getBoundingClientRect()
          const names = ['fontSize', 'fontFamily', 'color', 'backgroundColor', 'lineHeight', 'letterSpacing', 'direction', 'textAlign', 'visibility', 'opacity']
          return [selector, Math.round(width), Math.round(height), innerWidth - right, innerHeight - bottom, ...names.map((name) => style[name])]
        })
      })()`)
      await context.close()
      return seen
    }
    const plain = await look('plain')
    expect(plain).toContainEqual(expect.arrayContaining(['.panel', 384, 640]))
    expect(await look('hostile')).toEqual(plain)
    expect(await look('strict')).toEqual(plain)
  })

  test('has no box of its own, sits where data-z-index says, and writes no style attribute', async () => {
    const { page } = await open('hostile')
    const facts = await page.evaluate(`(() => {
      const host = document.querySelector('zhike-chat')
      const all = [host, ...host.shadowRoot.querySelectorAll('*')]
      return {
        box: getComputedStyle(host).display,
        layer: getComputedStyle(host.shadowRoot.querySelector('.panel')).zIndex,
        styled: all.filter((element) => element.hasAttribute('style') || element.localName === 'style').length,
      }
    })()`)
    expect(facts).toEqual({ box: 'contents', layer: '5000', styled: 0 })
  })

  test('asks the house for nothing but itself before it is opened, and moves nothing on the page', async () => {
    guest = await visit(stage)
    const { page } = guest
    const asked: string[] = []
    page.on('request', (request: Request) => request.url().startsWith(stage.house.url) && asked.push(new URL(request.url()).pathname))
    page.on('websocket', () => asked.push('a socket'))
    await page.addInitScript(`
      window.shift = 0
      new PerformanceObserver((list) => { for (const entry of list.getEntries()) window.shift += entry.value }).observe({ type: 'layout-shift', buffered: true })
    `)
    await page.goto(stage.hostPage('plain'))
    await page.locator('.launcher').waitFor()
    await page.evaluate('new Promise((resolve) => setTimeout(resolve, 300))')
    expect(asked).toEqual(['/widget.js'])
    await page.locator('.launcher').click()
    await page.locator('.bot').first().waitFor()
    expect(asked.length).toBeGreaterThan(1)
    expect(await page.evaluate('window.shift')).toBe(0)
  })

  test('shows nothing and harms nothing when it cannot be loaded', async () => {
    guest = await visit(stage)
    const { page, context } = guest
    await context.route(/widget\.js$/, (route) => route.abort())
    await page.goto(stage.hostPage('plain'))
    await page.getByRole('heading', { name: '一家小店' }).waitFor()
    expect(await page.locator('zhike-chat').count()).toBe(0)
    expect(await page.evaluate('typeof window.zhike')).toBe('undefined')
  })

  test('can be talked to by keyboard alone', async () => {
    const { page } = await arrive('plain')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Tab')
    expect(await focused()).toBe('launcher')
    await page.keyboard.press('Enter')
    await page.locator('.bot').first().waitFor()
    await page.keyboard.type('怎么退货')
    await page.keyboard.press('Enter')
    await page.locator('.bot', { hasText: RETURN?.answer ?? '' }).waitFor()
    // From the box back to the two buttons of the answer.
    for (let n = 0; n < 2; n++) await page.keyboard.press('Shift+Tab')
    await page.keyboard.press('Enter')
    await page.locator('.bot [aria-pressed=true]').waitFor()
    await page.keyboard.press('Escape')
    await page.locator('.panel').waitFor({ state: 'detached' })
    expect(await focused()).toBe('launcher')
  })

  test('keeps the focus inside while it covers the whole screen', async () => {
    const { page } = await open('plain', { viewport: { width: 390, height: 700 } })
    expect(await page.getByRole('dialog').getAttribute('aria-modal')).toBe('true')
    for (const key of ['Tab', 'Shift+Tab'])
      for (let n = 0; n < 12; n++) {
        await page.keyboard.press(key)
        expect(await page.evaluate('document.activeElement.localName')).toBe('zhike-chat')
      }
    const box = await page.locator('.panel').boundingBox()
    expect(box).toEqual({ x: 0, y: 0, width: 390, height: 700 })
  })

  test('fits 320 px, with targets of 40 px and text of 16 px to type in', async () => {
    const { page, ask } = await open('hostile', { viewport: { width: 320, height: 568 } })
    await ask(`https://example.com/${'long'.repeat(60)}`)
    await page.locator('.own').waitFor()
    await page.locator('.bot').nth(1).waitFor()
    const facts = (await page.evaluate(`(() => {
      const root = document.querySelector('zhike-chat').shadowRoot
      const small = [...root.querySelectorAll('button, textarea, label')].filter((one) => one.getBoundingClientRect().height < 40)
      const wide = [...root.querySelectorAll('*')].filter((one) => one.getBoundingClientRect().right > 320.5)
      return { small: small.map((one) => one.outerHTML), wide: wide.map((one) => one.outerHTML), font: getComputedStyle(root.querySelector('textarea')).fontSize }
    })()`)) as object
    expect(facts).toEqual({ small: [], wide: [], font: '16px' })
  })

  test('rings the focus in two tones, and stands still for who asked for less motion', async () => {
    const { page } = await open('plain', { reducedMotion: 'reduce' })
    await page.keyboard.press('Tab')
    const ring = (await page.evaluate(`(() => {
      const root = document.querySelector('zhike-chat').shadowRoot
      const { outlineWidth, outlineColor, boxShadow } = getComputedStyle(root.activeElement)
      return { outlineWidth, outlineColor, boxShadow, motion: getComputedStyle(root.querySelector('.panel')).animationName }
    })()`)) as Record<string, string>
    expect(ring).toEqual({
      outlineWidth: '2px',
      outlineColor: 'rgb(27, 36, 41)',
      boxShadow: 'rgb(255, 255, 255) 0px 0px 0px 4px',
      motion: 'none',
    })
  })

  test('has one live region, and tells the page how much is unread', async () => {
    const { page, context, ask, conversationId } = await open('plain')
    expect(await page.locator('zhike-chat [aria-live]').count()).toBe(1)
    expect(await page.locator('[role=log]').getAttribute('aria-live')).toBe('polite')
    await page.evaluate(`window.counts = []; zhike.on('unread', (count) => window.counts.push(count))`)
    await ask('多久发货')
    await page.locator('.bot').nth(1).waitFor()
    await page.evaluate('zhike.close()')
    await sayElsewhere(stage.house, await conversationId(), '怎么开发票')
    await page.locator('.launcher b').waitFor()
    expect(await page.locator('.launcher b').textContent()).toBe('1')
    // The kept conversation counts on the next page as well, unopened.
    const other = await context.newPage()
    await other.goto(stage.hostPage('plain'))
    await expect.poll(() => other.locator('.launcher b').textContent()).toBe('1')
    await page.evaluate('zhike.open()')
    await page.getByText('以下为新消息').waitFor()
    expect(await page.evaluate('window.counts')).toEqual([1, 0])
    await page.evaluate('zhike.hide()')
    await page.locator('.panel').waitFor({ state: 'detached' })
    await page.evaluate('zhike.show()')
    await page.locator('.panel').waitFor()
  })

  test('speaks English on an English page', async () => {
    guest = await visit(stage)
    const { page } = guest
    await page.goto(`${stage.hostPage('plain')}?lang=en`)
    await page.getByRole('button', { name: 'Chat with us' }).click()
    await page.getByRole('button', { name: 'Send' }).waitFor()
    await page.locator('.bot').first().waitFor()
    expect(await axe(page)).toEqual([])
  })

  test('is on the demo shop', async () => {
    guest = await visit(stage)
    const { page, ask, complaints } = guest
    await page.goto(`${stage.house.url}/demo-shop`)
    await page.locator('.launcher').click()
    await ask('怎么退货')
    await page.locator('.bot', { hasText: RETURN?.answer ?? '' }).waitFor()
    expect(complaints).toEqual([])
  })
})
