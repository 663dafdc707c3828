import tokens from '../shared/tokens.css?inline'
import isolation from './isolation.css?inline'
import css from './style.css?inline'
import { createSurface } from './surface.ts'
import { wordsFor } from './words.ts'

/**
 * `<script async src="https://house/widget.js" data-site="…" data-z-index="…" data-lang="…"></script>`: one file that needs nothing
 * else. It lives in a shadow root, speaks to the house it came from, and asks for nothing before it is opened.
 */

export interface Zhike {
  open(): void
  close(): void
  /** Shows the launcher again after `hide`. */
  show(): void
  hide(): void
  /** @param identity a signed identity (JWT), or null when the customer signs out. Rejects when the house refuses it. */
  identify(identity: string | null): Promise<void>
  on(event: 'unread', listener: (count: number) => void): void
}

declare global {
  interface Window {
    zhike?: Zhike
  }
}

function start({ src, dataset: { site = '', zIndex = '', lang } }: HTMLScriptElement): void {
  const locale = lang || document.documentElement.lang || navigator.language
  const listeners: ((count: number) => void)[] = []
  const host = document.createElement('zhike-chat')
  const root = host.attachShadow({ mode: 'open' })
  const container = document.createElement('div')
  container.className = 'zk'
  root.append(container)
  const { open, close, hide, chat } = createSurface({
    root,
    container,
    page: false,
    css: `${isolation + tokens + css}.zk{--layer:${+zIndex || 2e9}}`,
    house: new URL(src).origin,
    site,
    locale,
    words: wordsFor(locale),
    onUnread(count) {
      for (const listener of listeners) listener(count)
    },
  })
  // Beside the body, where neither its transforms nor its filters reach.
  document.documentElement.append(host)
  window.zhike = {
    open,
    close,
    show: () => hide(false),
    hide: () => hide(true),
    identify: chat.identify,
    on: (_event, listener) => void listeners.push(listener),
  }
}

const { currentScript, body } = document
const begin = () => {
  try {
    // A page may name an element "zhike", and may load this twice.
    if (!window.zhike?.open) start(currentScript as HTMLScriptElement)
  } catch {
    // A browser too old for this shows no chat, and the page goes on.
  }
}
if (body) begin()
else addEventListener('DOMContentLoaded', begin)
