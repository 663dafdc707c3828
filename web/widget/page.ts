import '../shared/tokens.css'
import './style.css'
import './page.css'
import { createSurface } from './surface.ts'
import { wordsFor } from './words.ts'

/** The chat as a page: /chat, and /widget/frame inside a page of another site. `?lang=` asks for a language. */

const locale = new URLSearchParams(location.search).get('lang') || navigator.language
const words = wordsFor(locale)
document.documentElement.lang = words.lang
document.title = `${words.title} · 知客`
const find = (id: string) => document.getElementById(id) as HTMLElement
find('title').textContent = words.title
createSurface({
  root: document,
  container: find('chat'),
  page: true,
  css: '',
  house: location.origin,
  site: '',
  locale,
  words,
  onUnread() {},
})
