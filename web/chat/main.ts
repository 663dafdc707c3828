import { type ChatActivity, createConnection } from './connection.ts'
import { wordsFor } from './locale.ts'

/** The full-page chat. Everything shown is set as text, never as markup. */

const words = wordsFor(navigator.language)
const find = <T extends HTMLElement>(id: string) => document.getElementById(id) as T
const log = find('log')
const state = find('state')
const form = find<HTMLFormElement>('form')
const text = find<HTMLTextAreaElement>('text')

/** Own messages by clientActivityID, all others by id. */
const shown = new Map<string, HTMLDivElement>()

function make<K extends keyof HTMLElementTagNameMap>(tag: K, className = '', content = ''): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag)
  if (className) element.className = className
  if (content) element.textContent = content
  return element
}

/** True while the newest is in view: then it stays in view, unless the reader scrolls up. */
let atEnd = true

function stay(): void {
  if (atEnd) log.scrollTop = log.scrollHeight
}

function append(item: HTMLElement, always = false): void {
  atEnd ||= always
  log.append(item)
  stay()
}

function note(content: string): void {
  append(make('div', 'note', content))
}

function makeClientId(): string {
  // randomUUID is missing on pages that are not served over https.
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('')
}

function timeOf(activity: ChatActivity): HTMLElement | null {
  const at = new Date(activity.timestamp ?? '')
  if (Number.isNaN(at.getTime())) return null
  const time = make('time', '', at.toLocaleTimeString(words.lang, { hour: '2-digit', minute: '2-digit' }))
  time.dateTime = at.toISOString()
  return time
}

function bubble(kind: string, name: string, content: string): HTMLDivElement {
  const item = make('div', `message ${kind}`)
  item.append(make('span', 'name', name))
  const body = make('p', 'text', content)
  body.dir = 'auto'
  item.append(body)
  return item
}

function mark(item: HTMLDivElement, status: 'sending' | 'sent' | 'failed', retry?: () => void): void {
  item.dataset.status = status
  item.querySelector('.status')?.remove()
  const line = make('span', 'status', words[status])
  if (retry) {
    const again = make('button', '', words.retry)
    again.type = 'button'
    again.addEventListener('click', retry)
    line.append(' ', again)
  }
  item.append(line)
  stay()
}

function dropChoices(): void {
  for (const choices of log.querySelectorAll('.choices')) choices.remove()
}

function showAttachments(item: HTMLElement, activity: ChatActivity): void {
  for (const { contentType, contentUrl, name } of activity.attachments ?? []) {
    // Links of other schemes than the web's would run in this page.
    if (!contentUrl || !/^https?:/.test(contentUrl)) continue
    const link = make('a', 'file', contentType.startsWith('image/') ? '' : (name ?? words.file))
    link.href = contentUrl
    link.target = '_blank'
    link.rel = 'noopener noreferrer'
    if (contentType.startsWith('image/')) {
      const image = make('img')
      image.src = contentUrl
      image.alt = name ?? words.file
      image.addEventListener('load', stay)
      link.append(image)
    }
    item.append(link)
  }
}

function showTheirs(activity: ChatActivity): void {
  const zhike = activity.channelData?.zhike
  const human = zhike?.kind === 'agent'
  const item = bubble(human ? 'agent' : 'bot', activity.from?.name ?? words.bot, activity.text ?? '')
  showAttachments(item, activity)
  for (const { articleId, question } of zhike?.evidence ?? []) item.append(make('p', 'basis', words.basis(question ?? articleId)))
  if (zhike?.aiGenerated) item.append(make('p', 'basis', words.generated))
  const time = timeOf(activity)
  if (time) item.append(time)
  dropChoices()
  const actions = activity.suggestedActions?.actions ?? []
  if (actions.length > 0) {
    const choices = make('div', 'choices')
    for (const { title, value } of actions) {
      const button = make('button', '', title)
      button.type = 'button'
      button.addEventListener('click', () => say(String(value)))
      choices.append(button)
    }
    item.append(choices)
  }
  if (activity.id) shown.set(activity.id, item)
  append(item)
}

const connection = createConnection(
  {
    onActivity(activity) {
      if (activity.type !== 'message') return
      const own = activity.from?.role === 'user'
      const key = (own && activity.channelData?.clientActivityID) || activity.id || ''
      const known = shown.get(key)
      if (known) {
        if (own) mark(known, 'sent')
        return
      }
      if (!own) return showTheirs(activity)
      const item = bubble('own', words.you, activity.text ?? '')
      showAttachments(item, activity)
      mark(item, 'sent')
      shown.set(key, item)
      append(item)
    },
    onState(next) {
      state.textContent = words[next]
      document.body.dataset.state = next
    },
    onExpired: () => note(words.expired),
  },
  words.lang,
)

function deliver(item: HTMLDivElement, content: string, clientId: string): void {
  mark(item, 'sending')
  connection.send(content, clientId).then(
    () => mark(item, 'sent'),
    () => {
      // The echo may have come although the answer was lost.
      if (item.dataset.status !== 'sent') mark(item, 'failed', () => deliver(item, content, clientId))
    },
  )
}

function say(content: string): void {
  if (content.trim() === '') return
  dropChoices()
  const clientId = makeClientId()
  const item = bubble('own', words.you, content)
  shown.set(clientId, item)
  append(item, true)
  deliver(item, content, clientId)
}

function submit(): void {
  const content = text.value
  if (content.trim() === '') return
  text.value = ''
  fitRows()
  say(content)
}

function fitRows(): void {
  text.rows = Math.min(6, Math.max(1, text.value.split('\n').length))
}

document.documentElement.lang = words.lang
document.title = `知客 · ${words.title}`
find('title').textContent = words.title
find('label').textContent = words.input
find('send').textContent = words.send
find('human').textContent = words.human
text.placeholder = words.input
log.setAttribute('aria-label', words.messages)
// What scrolls must be reachable by keyboard.
log.tabIndex = 0

log.addEventListener('scroll', () => {
  atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 80
})
// A keyboard that opens, or a turned phone, must not hide what was just said.
new ResizeObserver(stay).observe(log)
form.addEventListener('submit', (event) => {
  event.preventDefault()
  submit()
  text.focus()
})
text.addEventListener('input', fitRows)
text.addEventListener('keydown', (event) => {
  // While an input method composes, Enter takes its proposal; some browsers only say so by key code 229.
  if (event.key !== 'Enter' || event.shiftKey || event.isComposing || event.keyCode === 229) return
  event.preventDefault()
  submit()
})
find('human').addEventListener('click', () => say('转人工'))
connection.start()
