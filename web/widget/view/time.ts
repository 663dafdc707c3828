/** Local time as `2026-10-02 14:03:05`, the Swedish custom, whose parts are good in every language. '' for no time. */
export function localTime(at: string | null | undefined): string {
  return at ? new Date(at).toLocaleString('sv') : ''
}
