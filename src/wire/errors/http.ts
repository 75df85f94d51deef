import type { TransportResult } from '@elastic/elasticsearch'
import { type Fault, WireError } from '../../errors.ts'

/** Statuses of a node that is overloaded or unavailable for the moment: another attempt may succeed. */
const OVERLOADED: ReadonlySet<number> = new Set([429, 502, 503, 504])

export const isOverloaded = (status: number): boolean => OVERLOADED.has(status)

const isRedirect = (status: number): boolean => status >= 300 && status < 400

interface ResponseContext {
  /** The reply's `Retry-After` header. */
  retryAfter?: string | undefined
  /** Whether the alias has no credentials. */
  anonymous?: boolean
}

/** The error for a reply that is not a success; `body` is without secrets. */
export function responseError(
  status: number,
  body: string,
  { retryAfter, anonymous = false }: ResponseContext = {},
): WireError {
  const fault = faultOf(status, body)
  const what = reasonOf(body) ?? DEFAULT_REASON[fault] ?? foreignReason(status)
  const advice = status === 401 && anonymous ? NO_CREDENTIALS_ADVICE : STATUS_ADVICE[fault]
  return new WireError(fault, `${what} (${status})`, { status, retryAfter, advice })
}

function faultOf(status: number, body: string): Fault {
  if (status === 408) return 'timeout'
  if (status === 401 || status === 403) return 'denied'
  if (isOverloaded(status)) return 'overloaded'
  if (status < 400) return 'foreign'
  return reasonOf(body) === undefined ? 'foreign' : 'refused'
}

/** What a message says if the body contains no error. */
const DEFAULT_REASON: Partial<Record<Fault, string>> = {
  timeout: 'the cluster timed out',
  denied: 'access denied',
  overloaded: 'the cluster is overloaded or unavailable',
}

const foreignReason = (status: number): string =>
  isRedirect(status)
    ? 'the reply is a redirect; redirects are not followed'
    : 'the reply is not from Elasticsearch or OpenSearch'

const NO_CREDENTIALS_ADVICE = 'add `auth` to the alias: it has none'

export const WRONG_ADDRESS_ADVICE =
  'check `node` of the alias: the server at that address is neither Elasticsearch nor OpenSearch'

const STATUS_ADVICE: Partial<Record<Fault, string>> = {
  timeout: 'the cluster may be overloaded; request less, or try again later',
  overloaded: 'try again later; `retries` of the alias allows more attempts',
  denied: 'check `auth` of the alias, and the rights of its user or key',
  foreign: WRONG_ADDRESS_ADVICE,
}

/**
 * Rejects a reply that the client would accept, as it does for every status below 400.
 *
 * @throws {WireError} `foreign` for a redirect or an HTML page
 */
export function rejectForeignReply({ statusCode = 0, headers, body }: TransportResult): void {
  const isHtml = String(headers?.['content-type']).startsWith('text/html')
  if (isHtml || isRedirect(statusCode)) throw responseError(statusCode, String(body))
}

/** The `error` of a reply of Elasticsearch as `type: reason`; undefined if it has none. */
function reasonOf(body: string): string | undefined {
  const { error } = parseObject(body)
  if (error === undefined || error === null) return undefined
  const description = describeError(error)
  const cause = deepestReason(Object(error).failed_shards?.[0]?.reason ?? error)
  return cause === undefined || description.includes(cause)
    ? description
    : shorten(`${description}: ${cause}`)
}

/** `type: reason` of an error object, or of its first root cause; at most 500 characters. */
export function describeError(error: unknown, redact = (text: string) => text): string {
  if (typeof error === 'string') return shorten(redact(error))
  const { root_cause, type, reason } = error as Record<string, unknown>
  const root = Array.isArray(root_cause) ? root_cause[0] : undefined
  if (typeof root?.type === 'string') return describeError({ type: root.type, reason: root.reason }, redact)
  const description = [type, reason].filter(part => typeof part === 'string').join(': ')
  return shorten(redact(description) || 'an error without a reason')
}

/** The first line of the reason at the end of the `caused_by` chain. */
function deepestReason(error: unknown): string | undefined {
  if (!error) return undefined
  const { caused_by } = Object(error)
  const { reason } = Object(caused_by)
  return deepestReason(caused_by) ?? (typeof reason === 'string' ? reason.split('\n')[0] : undefined)
}

/** The longest text of a server that a message repeats, in characters. */
const MAX_REASON = 500

const shorten = (text: string): string =>
  text.length > MAX_REASON ? `${text.slice(0, MAX_REASON).replace(HALF_A_CHARACTER, '')}…` : text

const HALF_A_CHARACTER = /[\ud800-\udbff]$/

/** A JSON text as an object; an empty one if it is not valid JSON. */
export function parseObject(text: string): Record<string, unknown> {
  try {
    return Object(JSON.parse(text))
  } catch {
    return {}
  }
}
