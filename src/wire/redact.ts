import type { IncomingHttpHeaders } from 'node:http'

/** Takes secrets out of a text; the longest should come first, so that none is left in part. */
export const redacted = (text: string, secrets: readonly string[] = []): string =>
  secrets.reduce((cleaned, secret) => cleaned.replaceAll(secret, '[redacted]'), text)

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

/** Headers of a reply: a server may send back what it was sent. */
export function withoutSecrets(
  headers: IncomingHttpHeaders,
  redact: (words: string) => string = words => words,
): IncomingHttpHeaders {
  const cleaned = Object.entries(headers).map(([name, value]) => [
    name,
    Array.isArray(value) ? value.map(redact) : value && redact(value),
  ])
  return Object.fromEntries(cleaned)
}
