/** Storage of the page, holding JSON. It may be missing, full or forbidden: then the chat works all the same, until the page is left. */

type Kind = 'localStorage' | 'sessionStorage'

/** What was remembered; null when there is nothing, or nothing that can be read. */
export function recall<T>(kind: Kind, key: string): T | null {
  try {
    return JSON.parse(window[kind].getItem(key) ?? 'null')
  } catch {
    return null
  }
}

export function remember(kind: Kind, key: string, value: unknown): void {
  try {
    window[kind].setItem(key, JSON.stringify(value))
  } catch {
    // Nothing is kept over a reload.
  }
}
