import type { TransportResult } from '@elastic/elasticsearch'
import { type Fault, WireError } from '../errors.ts'

/** The longest part of a server's own words that a message repeats, in characters. */
const MAX_WORDS = 500

/** The statuses that say "later": worth another attempt, at another node if there is one. */
const OVERLOADED: ReadonlySet<number> = new Set([429, 502, 503, 504])

export const isOverloaded = (status: number): boolean => OVERLOADED.has(status)

interface Circumstances {
  /** The reply's header of that name. */
  retryAfter?: string | undefined
  /** Whether nobody was to be let in: the alias has no login. */
  anonymous?: boolean
}

/** Judges a reply that is no success; `body` is without secrets. */
export function refusal(
  status: number,
  body: string,
  { retryAfter, anonymous = false }: Circumstances = {},
): WireError {
  const fault = faultOf(status, body)
  const words = reasonOf(body) ?? PLAIN[fault] ?? unknownWords(status)
  const advice = status === 401 && anonymous ? NO_LOGIN : ADVICE[fault]
  return new WireError(fault, `${words} (${status})`, { status, retryAfter, advice })
}

const isRedirect = (status: number): boolean => status >= 300 && status < 400

const unknownWords = (status: number): string =>
  isRedirect(status) ? 'the reply is a redirect, and none is followed' : 'the reply is not of Elasticsearch'

function faultOf(status: number, body: string): Fault {
  if (status === 408) return 'timeout'
  if (status === 401 || status === 403) return 'denied'
  if (isOverloaded(status)) return 'overloaded'
  if (status < 400) return 'foreign'
  return reasonOf(body) === undefined ? 'foreign' : 'refused'
}

/**
 * The client believes any reply below 400; this does not.
 *
 * @throws {WireError} `foreign` for a redirect or a web page
 */
export function refuseStranger({ statusCode = 0, headers, body }: TransportResult): void {
  const page = String(headers?.['content-type']).startsWith('text/html')
  if (page || isRedirect(statusCode)) throw refusal(statusCode, String(body))
}

const PLAIN: Partial<Record<Fault, string>> = {
  timeout: 'the cluster gave up waiting',
  denied: 'access denied',
  overloaded: 'the cluster is overloaded or not available',
}

const NO_LOGIN = 'put `auth` into the alias: none is configured'

export const ANOTHER =
  'check the address of the alias: something else than Elasticsearch or OpenSearch answers there'

const ADVICE: Partial<Record<Fault, string>> = {
  timeout: 'the cluster may be overloaded; ask for less, or again later',
  overloaded: 'ask again later; `retries` of the alias allows more attempts',
  denied: 'check `auth` of the alias, and the rights of its user or key',
  foreign: ANOTHER,
}

/** The `error` of an Elasticsearch reply as `type: reason`, or undefined where there is none. */
function reasonOf(body: string): string | undefined {
  const { error } = objectOf(body)
  if (error === undefined || error === null) return undefined
  const [said, cause] = [
    describeError(error),
    deepestReason(Object(error).failed_shards?.[0]?.reason ?? error),
  ]
  return cause === undefined || said.includes(cause) ? said : shorten(`${said}: ${cause}`)
}

/** `type: reason` of an error object, of its first root cause where it has one; at most 500 characters. */
export function describeError(error: unknown, redact = (words: string) => words): string {
  if (typeof error === 'string') return shorten(redact(error))
  const { root_cause, type, reason } = error as Record<string, unknown>
  const root = Array.isArray(root_cause) ? root_cause[0] : undefined
  if (typeof root?.type === 'string') return describeError({ type: root.type, reason: root.reason }, redact)
  const said = [type, reason].filter(part => typeof part === 'string').join(': ')
  return shorten(redact(said) || 'an error without a reason')
}

/** What was the matter in the first place: the first line at the end of the chain of `caused_by`. */
function deepestReason(error: unknown): string | undefined {
  if (!error) return undefined
  const { caused_by } = Object(error)
  const { reason } = Object(caused_by)
  return deepestReason(caused_by) ?? (typeof reason === 'string' ? reason.split('\n')[0] : undefined)
}

const shorten = (words: string): string =>
  words.length > MAX_WORDS ? `${words.slice(0, MAX_WORDS).replace(HALF_A_CHARACTER, '')}…` : words

const HALF_A_CHARACTER = /[\ud800-\udbff]$/

/** A reply's JSON as an object, empty where it is none. */
export function objectOf(text: string): Record<string, unknown> {
  try {
    return Object(JSON.parse(text))
  } catch {
    return {}
  }
}
