/** In milliseconds: if the cluster requests a longer wait, the request fails at once and the user decides. */
export const LONGEST_WAIT = 60_000

/**
 * Milliseconds to wait by a `Retry-After` header, which is seconds or a date; undefined if it is neither
 * (https://www.rfc-editor.org/rfc/rfc9110#field.retry-after).
 */
export function parseRetryAfter(header: unknown, now: number): number | undefined {
  if (typeof header !== 'string') return undefined
  if (/^\d+$/.test(header)) return Number(header) * 1000
  if (!/^[A-Z][a-z]{2}/.test(header)) return undefined // Date.parse takes `-1` for a year
  const date = Date.parse(header)
  return Number.isNaN(date) ? undefined : Math.max(0, date - now)
}
