import type { JSX } from 'preact'
import { fill } from '../words.ts'
import { drawComposer, takeFiles } from './composer.tsx'
import { drawMessage } from './message.tsx'
import { drawText } from './rich-text.tsx'
import type { View } from './view.ts'

/** The chat itself: head, talk and composer. */

function drawTalk(view: View): JSX.Element {
  const { chat, words } = view
  const { items, typing } = chat
  const answered = items.findLastIndex(({ from }) => from !== 'own')
  return (
    <div
      class="scroll"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard.
      tabIndex={0}
      onScroll={({ currentTarget: { scrollHeight, scrollTop, clientHeight } }) => {
        view.atEnd = scrollHeight - scrollTop - clientHeight < 80
        if (view.atEnd && view.below) view.redraw()
      }}
    >
      <p class="note">{words.privacy}</p>
      {/* Only whole Messages are announced: what is still being written stands outside. */}
      <div id="log" role="log" aria-live="polite" aria-relevant="additions" aria-label={words.messages}>
        {items.map((item, index) => (
          <div key={item.key}>
            {item.key === chat.newFrom && <p class="note newer">{words.newer}</p>}
            {item.from === 'note' ? (
              <p class="note">{item.activity.text}</p>
            ) : (
              drawMessage(view, item, answered > index, index === items.length - 1)
            )}
          </div>
        ))}
      </div>
      {typing && (
        <div class="message" aria-hidden="true">
          <div class="bubble">{typing === true ? <span class="dots">●●●</span> : drawText(typing)}</div>
        </div>
      )}
    </div>
  )
}

export function drawPanel(view: View): JSX.Element {
  const { chat, words, page } = view
  return (
    <section
      class="panel"
      role={page ? 'group' : 'dialog'}
      aria-label={words.title}
      {...(view.full && !page && { 'aria-modal': true })}
      onDragOver={(event) => event.preventDefault()}
      onDrop={(event) => takeFiles(view, event, event.dataTransfer?.files)}
    >
      <header>
        <span class="mark" aria-hidden="true">
          知
        </span>
        <div>
          <h2>{words.title}</h2>
          <p>{chat.standing?.state === 'agent' ? words.agent : words.bot}</p>
        </div>
        {!page && (
          <button type="button" class="close" aria-label={words.close} onClick={view.close}>
            ✕
          </button>
        )}
      </header>
      <p class="banner" role="status">
        {chat.away && words.offline}
      </p>
      {drawTalk(view)}
      {view.below > 0 && (
        <button type="button" class="jump" onClick={view.toEnd}>
          ↓ {fill(words.jump, view.below)}
        </button>
      )}
      {drawComposer(view)}
    </section>
  )
}

/** The pill that opens the chat, with words on it. */
export function drawLauncher({ words, chat: { unread } }: View, open: () => void): JSX.Element {
  return (
    <button type="button" class="launcher" onClick={open}>
      {words.launch}
      {unread > 0 && (
        <b role="img" aria-label={fill(words.jump, unread)}>
          {unread}
        </b>
      )}
    </button>
  )
}
