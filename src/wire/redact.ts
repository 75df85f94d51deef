import type { IncomingHttpHeaders } from 'node:http'

import { REDACTED } from '../config/secrets/secret-headers.ts'
import { isObject } from '../json/members.ts'
import { HTTP_DATE } from './retry-after.ts'

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
 * Replaces secrets in the JSON body of an error, but not in the keys that say what it means: a password may be the
 * same word. What is nested more than 100 deep becomes null.
 */
export function redactBody(body: string, redact: (text: string) => string): string {
  const redacted = redact(body)
  if (redacted === body && !body.includes('\\') && isShallow(body)) return body
  try {
    return JSON.stringify(redactValue(JSON.parse(body), redact))
  } catch {
    return redacted
  }
}

/** The keys of an error that esconn and the client interpret. */
const ERROR_KEYS = new Set(
  'error type reason root_cause caused_by failed_shards status message Message additional_unsuccessful_credentials'.split(
    ' ',
  ),
)

/** Whether a body has too few brackets to be nested deep. */
function isShallow(body: string): boolean {
  const brackets = /[[{]/g
  for (let left = MAX_DEPTH; left > 0; left--) if (!brackets.test(body)) return true
  return false
}

/** No real error is nested so deep; the client would run out of stack. */
const MAX_DEPTH = 100

function redactValue(value: unknown, redact: (text: string) => string, depth = 0): unknown {
  if (typeof value === 'string') return redact(value)
  if (depth === MAX_DEPTH) return null
  if (Array.isArray(value)) return value.map(item => redactValue(item, redact, depth + 1))
  if (!isObject(value)) return value
  const members = Object.entries(value).map(([key, item]) => [
    ERROR_KEYS.has(key) ? key : redact(key),
    redactValue(item, redact, depth + 1),
  ])
  return Object.fromEntries(members)
}

/** Values of headers that are never redacted, even if a password is the same word: esconn and the client interpret them. */
const UNREDACTED_VALUES: Readonly<Record<string, RegExp>> = {
  'content-type':
    /^(?:application|text)\/(?:json|x-ndjson|vnd\.elasticsearch\+(?:x-nd)?json|yaml|cbor|smile|plain|html|csv)(?:; ?(?:charset=utf-8|compatible-with=\d+))*$/i,
  'retry-after': new RegExp(`^\\d{1,7}$|${HTTP_DATE.source}`),
  date: HTTP_DATE,
  'x-elastic-product': /^Elasticsearch$/,
}

/**
 * Replaces secrets in the headers of a reply, as a server may send back what it received. Which headers of a request
 * are secret is decided by the configuration: `secretHeaders` of the settings.
 */
export function redactReplyHeaders(
  headers: IncomingHttpHeaders,
  redact: (text: string) => string = text => text,
): IncomingHttpHeaders {
  const text = Object.entries(headers).join('\n')
  if (redact(text) === text) return headers
  const harmless = Object.entries(headers).filter(([name]) => redact(name) === name)
  const redacted = harmless.map(([name, value]) => [
    name,
    Array.isArray(value)
      ? value.map(redact)
      : value && (UNREDACTED_VALUES[name]?.test(value) ? value : redact(value)),
  ])
  return Object.fromEntries(redacted)
}
