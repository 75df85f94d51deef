import type { IncomingHttpHeaders } from 'node:http'

/** What finds any of some secrets, made once for each list of them. */
const finders = new WeakMap<readonly string[], RegExp>()

/** Takes secrets out of a text; the longest should come first, so that none is left in part. */
export function redacted(text: string, secrets: readonly string[] = []): string {
  if (secrets.length === 0) return text
  const literal = (secret: string) => secret.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  const finder = finders.get(secrets) ?? new RegExp(secrets.map(literal).join('|'), 'g')
  finders.set(secrets, finder)
  return text.replace(finder, '[redacted]')
}

/**
 * Takes secrets out of the body of an error. Only what the server says is touched, not the keys: a password that is
 * also a word of Elasticsearch's must not change what the error means.
 */
export function redactBody(body: string, redact: (words: string) => string): string {
  const cleaned = redact(body)
  if (cleaned === body && !body.includes('\\')) return body
  try {
    return JSON.stringify(
      JSON.parse(body, (_key, value) => (typeof value === 'string' ? redact(value) : value)),
    )
  } catch {
    return cleaned
  }
}

/** By which a reply is understood: they are not words that a server repeats. */
const UNDERSTOOD = new Set(['content-type', 'retry-after', 'date', 'x-elastic-product'])

/** Headers of a reply: a server may send back what it was sent. */
export function withoutSecrets(
  headers: IncomingHttpHeaders,
  redact: (words: string) => string = words => words,
): IncomingHttpHeaders {
  const cleaned = Object.entries(headers).map(([name, value]) => [
    name,
    UNDERSTOOD.has(name) ? value : Array.isArray(value) ? value.map(redact) : value && redact(value),
  ])
  return Object.fromEntries(cleaned)
}
