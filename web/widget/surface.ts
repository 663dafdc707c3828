import { render } from 'preact'
import { type Chat, type ChatOptions, createChat } from './chat.ts'
import { drawLauncher, drawPanel } from './view/panel.tsx'
import type { View } from './view/view.ts'
import type { Words } from './words.ts'

/** Draws a chat into a root, and does what a drawing cannot: scroll, focus, and follow the keyboard of a phone. */

export interface Surface {
  readonly chat: Chat
  open(): void
  close(): void
  /** Shows nothing at all while hidden. */
  hide(hidden: boolean): void
}

export interface SurfaceOptions extends Omit<ChatOptions, 'onChange' | 'expired'> {
  /** Where styles are adopted: a shadow root, or the page. */
  readonly root: ShadowRoot | Document
  readonly container: HTMLElement
  readonly words: Words
  /** The chat is the page, always open. */
  readonly page: boolean
  /** CSS beyond what a page links itself. */
  readonly css: string
}

export function createSurface({ root, container, page, css, words, ...options }: SurfaceOptions): Surface {
  // A style element would be dropped under a strict content policy; an adopted sheet is not, nor what it sets at run time.
  const [sheet, moving] = [new CSSStyleSheet(), new CSSStyleSheet()]
  sheet.replaceSync(css)
  root.adoptedStyleSheets = [sheet, moving]
  container.lang = words.lang
  const small = matchMedia('(max-width: 480px)')
  const find = (selector: string) => container.querySelector<HTMLElement>(selector)

  let opened = page
  let hidden = false
  let drawing = false
  let drawn = 0
  const redraw = () => {
    if (!drawing) queueMicrotask(draw)
    drawing = true
  }
  const chat = createChat({ ...options, expired: words.expired, onChange: redraw })
  const toEnd = () => {
    view.atEnd = true
    redraw()
  }
  const draw = () => {
    drawing = false
    const { length } = chat.items
    view.below = view.atEnd ? 0 : view.below + length - drawn
    drawn = length
    view.full = small.matches
    const { activeElement } = root
    render(hidden ? null : opened ? drawPanel(view) : drawLauncher(view, open), container)
    // A button that did its work and went takes nobody's place with it.
    if (activeElement?.isConnected === false) find('.scroll')?.focus()
    if (view.atEnd) find('.scroll')?.scrollTo(0, 1e9)
  }
  const look = () => chat.look(opened && !hidden && !document.hidden)
  const turn = (next: boolean) => {
    if (page || next === opened) return
    opened = next
    look()
    draw()
    // On a phone the keyboard would cover the greeting.
    find(next ? (small.matches ? '.scroll' : 'textarea') : '.launcher')?.focus()
  }
  const open = () => {
    hidden = false
    view.atEnd = true
    chat.start(true)
    turn(true)
    // After the drawings that opening asked for, which go to the end.
    queueMicrotask(() => find('.newer')?.scrollIntoView())
  }
  const close = () => turn(false)
  const view: View = {
    chat,
    words,
    house: options.house,
    page,
    full: false,
    files: [],
    warning: '',
    atEnd: true,
    below: 0,
    redraw,
    close,
    toEnd,
  }

  // The keyboard of a phone covers the page without shrinking it; what is left is the visual viewport.
  const screen = visualViewport
  const follow = () => {
    if (screen) moving.replaceSync(`.panel{--tall:${screen.height}px;--top:${screen.offsetTop}px}`)
    redraw()
  }
  for (const moved of ['resize', 'scroll']) screen?.addEventListener(moved, follow)
  document.addEventListener('visibilitychange', look)

  container.addEventListener('keydown', (event) => {
    if (page || !opened || event.isComposing || event.keyCode === 229) return
    if (event.key === 'Escape') close()
    // Whoever covers the whole page keeps the focus.
    if (event.key !== 'Tab' || !small.matches) return
    const stops = [...container.querySelectorAll<HTMLElement>('button,input,textarea,a,[tabindex]')]
    if (event.shiftKey) stops.reverse()
    if (root.activeElement !== stops.at(-1)) return
    event.preventDefault()
    stops[0]?.focus()
  })

  chat.start(page)
  look()
  follow()
  return {
    chat,
    open,
    close,
    hide(next) {
      hidden = next
      look()
    },
  }
}
