import type { JSX } from 'preact'
import { parseMarkdown } from '../markdown.ts'

/** An answer's text as elements of few kinds: b, a, ul/ol/li and p. Text stays text. */
export function drawText(text: string): JSX.Element {
  return (
    <div class="text" dir="auto">
      {parseMarkdown(text).map(({ list, start, items }) => {
        const Item = list ? 'li' : 'p'
        const lines = items.map((item) => (
          <Item>
            {item.map((part) =>
              part.href ? (
                <a href={part.href} target="_blank" rel="noopener noreferrer nofollow">
                  {part.text}
                </a>
              ) : part.bold ? (
                <b>{part.text}</b>
              ) : (
                part.text
              ),
            )}
          </Item>
        ))
        return list === 'ol' ? <ol start={start}>{lines}</ol> : list ? <ul>{lines}</ul> : lines
      })}
    </div>
  )
}
