import type { JSX } from 'preact'
import { HUMAN } from '../chat.ts'
import { recall, remember } from '../storage.ts'
import { fill } from '../words.ts'
import { previewOf } from './message.tsx'
import { localTime } from './time.ts'
import type { View } from './view.ts'

/** The box one writes in. Its text belongs to the browser, not to the view, so that no key press draws anything. */

/** As the house takes them (adapters/web-chat/upload.ts). */
const MOST_FILES = 5
const LARGEST_FILE_BYTES = 4 * 1024 * 1024
const DRAFT = 'zhike:draft'

/** Takes what may be sent and says why the rest was not; the browser keeps its hands off files. */
export function takeFiles(view: View, event: Event, list: FileList | null | undefined): void {
  view.warning = ''
  for (const file of list ?? []) {
    event.preventDefault()
    if (view.files.length < MOST_FILES && file.size <= LARGEST_FILE_BYTES) view.files.push(file)
    else view.warning = fill(view.words.notTaken, file.name)
  }
  view.redraw()
}

function drawChosen(view: View, file: File): JSX.Element {
  return (
    <div class="chosen">
      {/* A site may allow pictures of the house only: then the name must do. */}
      {file.type.startsWith('image/') && <img src={previewOf(file)} alt="" />}
      <span>{file.name}</span>
      <button
        type="button"
        class="quiet"
        aria-label={fill(view.words.remove, file.name)}
        onClick={() => {
          view.files = view.files.filter((each) => each !== file)
          view.redraw()
        }}
      >
        ✕
      </button>
    </div>
  )
}

function fitRows(box: HTMLTextAreaElement): void {
  remember('sessionStorage', DRAFT, box.value)
  box.rows = Math.min(6, box.value.split('\n').length)
}

let composing = false
const compose = ({ type }: Event) => {
  composing = type.endsWith('start')
}

export function drawComposer(view: View): JSX.Element {
  const { chat, words } = view
  const { state, open, place, opensAt } = chat.standing ?? {}
  const submit = (event: Event) => {
    event.preventDefault()
    const form = (event.target as HTMLElement).closest('form') as HTMLFormElement
    const [box, contact] = [form.text as HTMLTextAreaElement, form.contact as HTMLInputElement | undefined]
    chat.say(box.value, view.files, contact?.value)
    view.files = []
    view.warning = box.value = ''
    fitRows(box)
    box.focus()
    view.toEnd()
  }
  return (
    <form class="composer" onSubmit={submit}>
      {state === 'queue' && (
        <p>{opensAt ? fill(words.away, localTime(opensAt).slice(5, 16)) : place ? fill(words.place, place) : words.queued}</p>
      )}
      {state === 'queue' && !open && !chat.left && <input name="contact" aria-label={words.contact} placeholder={words.contact} />}
      {view.warning && (
        <p class="failed" role="alert">
          {view.warning}
        </p>
      )}
      {view.files.map((file) => drawChosen(view, file))}
      <textarea
        name="text"
        rows={1}
        maxLength={20_000}
        aria-label={words.input}
        placeholder={words.input}
        defaultValue={recall<string>('sessionStorage', DRAFT) ?? ''}
        onInput={({ currentTarget }) => fitRows(currentTarget)}
        onCompositionStart={compose}
        onCompositionEnd={compose}
        onKeyDown={(event) => {
          // While an input method composes, Enter takes its proposal; some browsers only say so by key code 229.
          if (event.key === 'Enter' && !event.shiftKey && !event.isComposing && event.keyCode !== 229 && !composing) submit(event)
        }}
        onPaste={(event) => takeFiles(view, event, event.clipboardData?.files)}
      />
      <div class="row">
        <button
          type="button"
          id="human"
          onClick={() => {
            chat.say(HUMAN)
            view.toEnd()
          }}
        >
          {words.human}
        </button>
        <label class="attach">
          <input
            type="file"
            class="hidden"
            multiple
            aria-label={words.attach}
            onChange={(event) => {
              takeFiles(view, event, event.currentTarget.files)
              event.currentTarget.value = ''
            }}
          />
          <svg viewBox="0 0 24 24" aria-hidden="true">
            <path d="m20 11-8 8a5 5 0 0 1-7-7l8-8a3 3 0 0 1 5 5l-8 8a1 1 0 0 1-3-3l7-7" />
          </svg>
        </label>
        <button type="submit" id="send">
          {words.send}
        </button>
      </div>
    </form>
  )
}
