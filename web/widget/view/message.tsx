import type { ComponentChildren, JSX } from 'preact'
import type { Item } from '../chat.ts'
import { fill } from '../words.ts'
import { drawText } from './rich-text.tsx'
import { localTime } from './time.ts'
import type { View } from './view.ts'

/** One thing said. */

/** Addresses of pictures on their way, so that a redraw makes no new ones. */
const previews = new WeakMap<File, string>()

export function previewOf(file: File): string {
  const url = previews.get(file) ?? URL.createObjectURL(file)
  previews.set(file, url)
  return url
}

function drawFiles({ words, house, atEnd, toEnd }: View, { activity, files, status, progress }: Item): ComponentChildren {
  const stored = activity.attachments ?? files.map((file) => ({ contentType: file.type, contentUrl: previewOf(file), name: file.name }))
  return [
    stored.map(({ contentType, contentUrl = '', name = contentType }) =>
      // Links of other schemes would run in this page; so would a file of one's own that is not sent yet, hence no link to it.
      !/^(https?|blob):/.test(contentUrl) ? null : (
        <a class="file" {...(/^h/.test(contentUrl) && { href: contentUrl })} target="_blank" rel="noopener noreferrer nofollow">
          {/* A picture from elsewhere would tell others who looks at it. */}
          {contentType.startsWith('image/') && [`${house}/`, 'blob:'].some((own) => contentUrl.startsWith(own)) ? (
            <img src={contentUrl} alt={name} onLoad={() => atEnd && toEnd()} />
          ) : (
            name
          )}
        </a>
      ),
    ),
    files[0] && status === 'sending' && <progress value={progress} aria-label={words.sending} />,
  ]
}

/** @param read the other side answered since. @param last nothing was said since. */
export function drawMessage(view: View, item: Item, read: boolean, last: boolean): JSX.Element {
  const { chat, words } = view
  const { from, activity, status } = item
  const { id = '', text = '', timestamp, channelData, suggestedActions } = activity
  const zhike = channelData?.zhike
  const own = from === 'own'
  return (
    <div class={`message ${from}`}>
      <span class={from === 'agent' ? 'meta' : 'hidden'}>{own ? words.you : from === 'agent' ? activity.from?.name : words.bot}</span>
      <div class="bubble">
        {own ? text && <p class="text">{text}</p> : drawText(text)}
        {drawFiles(view, item)}
        {zhike?.evidence?.map(({ articleId, question, changedAt }) => (
          <p class="basis">
            {fill(words.basis, question ?? articleId)}
            {changedAt && ` · ${localTime(changedAt).slice(0, 10)}`}
          </p>
        ))}
        {zhike?.aiGenerated && <p class="basis">{words.generated}</p>}
      </div>
      <div class="meta">
        <time>{localTime(timestamp).slice(11, 16)}</time>
        {zhike?.kind === 'answer' &&
          [true, false].map((helpful) => (
            <button type="button" class="quiet" aria-pressed={chat.ratings.get(id) === helpful} onClick={() => chat.rate(id, helpful)}>
              {helpful ? words.helpful : words.unhelpful}
            </button>
          ))}
        {status === 'failed' ? (
          <button type="button" class="quiet status failed" onClick={() => chat.retry(item)}>
            {words.failed}
          </button>
        ) : (
          own && <span class="status">{read && status === 'sent' ? words.read : words[status]}</span>
        )}
      </div>
      {!own && last && suggestedActions && (
        <div class="choices">
          {suggestedActions.actions.map(({ title, value }) => (
            <button type="button" onClick={() => chat.say(value)}>
              {title}
            </button>
          ))}
        </div>
      )}
    </div>
  )
}
