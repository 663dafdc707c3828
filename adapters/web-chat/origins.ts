/** Which sites may talk to the web chat from a browser. */

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]'])

/** One spelling for an origin; the names of the own machine count as one. Null for what is no origin of a web page. */
export function originKey(origin: string | undefined): string | null {
  if (origin === undefined || !URL.canParse(origin)) return null
  const url = new URL(origin)
  // An Origin header is scheme, host and port and nothing else (RFC 6454); `null` and look-alikes with a path are not one.
  if (!/^https?:$/.test(url.protocol) || url.origin !== origin.toLowerCase()) return null
  const host = LOOPBACK.has(url.hostname) ? 'localhost' : url.hostname
  return `${url.protocol}//${host}:${url.port || (url.protocol === 'https:' ? '443' : '80')}`
}

/** Every spelling of an origin that counts as the same site, for headers that a browser compares letter by letter. */
export function spellings(origin: string): string[] {
  const url = new URL(origin)
  if (!LOOPBACK.has(url.hostname)) return [url.origin]
  return [...LOOPBACK].map((name) => `${url.protocol}//${name}${url.port ? `:${url.port}` : ''}`)
}

/** True when both are the same site. */
export function sameOrigin(a: string | undefined, b: string | undefined): boolean {
  const key = originKey(a)
  return key !== null && key === originKey(b)
}

/** @param publicUrl base of our own pages; may be known only after listening. @param sites origins such as `https://shop.example.com`. */
export function createAllowedOrigins(publicUrl: () => string, sites: readonly string[]): (origin: string | undefined) => boolean {
  const keys = new Set(sites.map((site) => originKey(site)))
  return (origin) => {
    const key = originKey(origin)
    return key !== null && (keys.has(key) || sameOrigin(origin, new URL(publicUrl()).origin))
  }
}
