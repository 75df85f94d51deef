/** In milliseconds: if the cluster requests a longer wait, the request fails at once and the user decides. */
export const LONGEST_WAIT = 60_000

const DAY = '(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]{0,6}'
const MONTH = '(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)'
const TIME = '\\d{2}:\\d{2}:\\d{2}'

/** A date in any of HTTP's three forms (https://www.rfc-editor.org/rfc/rfc9110#section-5.6.7). */
export const HTTP_DATE = new RegExp(
  `^${DAY},? (?:\\d{2}[ -]${MONTH}[ -]\\d{2,4} ${TIME} GMT|${MONTH} [ \\d]\\d ${TIME} \\d{4})$`,
)

/**
 * Milliseconds to wait by a `Retry-After` header, which is seconds or a date; undefined if it is neither
 * (https://www.rfc-editor.org/rfc/rfc9110#field.retry-after).
 */
export function parseRetryAfter(header: unknown, now: number): number | undefined {
  if (typeof header !== 'string') return undefined
  if (/^\d{1,7}$/.test(header)) return Number(header) * 1000
  return HTTP_DATE.test(header) ? Math.max(0, Date.parse(header) - now) : undefined
}
