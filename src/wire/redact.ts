import type { IncomingHttpHeaders } from 'node:http'

import { REDACTED } from '../config/secrets/secret-headers.ts'

/** One pattern for each list of secrets. */
const patterns = new WeakMap<readonly string[], RegExp>()

/** Replaces secrets in a text. The longest secret should come first, so that no part of one is left. */
export function redact(text: string, secrets: readonly string[] = []): string {
  if (secrets.length === 0) return text
  const escaped = (secret: string) => secret.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  const pattern = patterns.get(secrets) ?? new RegExp(secrets.map(escaped).join('|'), 'g')
  patterns.set(secrets, pattern)
  return text.replace(pattern, REDACTED)
}

/**
 * Replaces secrets in the JSON body of an error. Only string values are changed, not the keys: a password that is also
 * a key of Elasticsearch's error must not change what the error means.
 */
export function redactBody(body: string, redact: (text: string) => string): string {
  const redacted = redact(body)
  if (redacted === body && !body.includes('\\')) return body
  try {
    return JSON.stringify(
      JSON.parse(body, (_key, value) => (typeof value === 'string' ? redact(value) : value)),
    )
  } catch {
    return redacted
  }
}

/** Headers of a reply that are never redacted: esconn and the client depend on their values. */
const UNREDACTED_REPLY_HEADERS = new Set(['content-type', 'retry-after', 'date', 'x-elastic-product'])

/**
 * Replaces secrets in the headers of a reply, as a server may send back what it received. Which headers of a request
 * are secret is decided by the configuration: `secretHeaders` of the settings.
 */
export function redactReplyHeaders(
  headers: IncomingHttpHeaders,
  redact: (text: string) => string = text => text,
): IncomingHttpHeaders {
  const redacted = Object.entries(headers).map(([name, value]) => [
    name,
    UNREDACTED_REPLY_HEADERS.has(name)
      ? value
      : Array.isArray(value)
        ? value.map(redact)
        : value && redact(value),
  ])
  return Object.fromEntries(redacted)
}
