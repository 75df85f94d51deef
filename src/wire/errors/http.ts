import type { TransportResult } from '@elastic/elasticsearch'
import { type Fault, WireError } from '../../errors.ts'
import { shorten } from '../../text.ts'
import { formatDuration, formatSize } from '../../units.ts'
import { LONGEST_WAIT, parseRetryAfter } from '../retry-after.ts'

/**
 * Statuses of a node that is overloaded or unavailable for the moment: another attempt may succeed. Those from 520 are
 * a proxy's (https://developers.cloudflare.com/support/troubleshooting/http-status-codes/cloudflare-5xx-errors/).
 */
const OVERLOADED: ReadonlySet<number> = new Set([429, 502, 503, 504, 520, 521, 522, 523, 524])

/** Errors that come with such a status although every further attempt would end in the same way. */
const PERMANENT: ReadonlySet<unknown> = new Set(['too_many_buckets_exception'])

/** Whether another attempt may succeed; `body` is that of the reply, parsed. */
export const isOverloaded = (status: number, body?: unknown): boolean =>
  OVERLOADED.has(status) && !PERMANENT.has(causeOf(Object(body).error).type)

const isRedirect = (status: number): boolean => status >= 300 && status < 400

interface ResponseContext {
  /** The reply's `Retry-After` header. */
  retryAfter?: string | undefined
  /** The reply's `Location` header. */
  location?: string | undefined
  /** Removes the alias's secrets from what the server says, in the form in which it is told. */
  redact?: (text: string) => string
  /** Whether the alias has no credentials. */
  anonymous?: boolean
  /** The size of the request's body, in bytes. */
  sent?: number
  /** Whether the body cannot say why: it has none, or is not JSON. Default: false. */
  isUnreadable?: boolean
}

/** The error for a reply that is not a success. */
export function responseError(
  status: number,
  body: string,
  {
    retryAfter,
    location,
    redact = unchanged,
    anonymous = false,
    sent = 0,
    isUnreadable,
  }: ResponseContext = {},
): WireError {
  const parsed = parseObject(body)
  const reason = parsed.error === undefined ? reasonInPart(body, redact) : reasonOf(parsed.error, redact)
  const fault = faultOf(status, parsed, { reason, isUnreadable })
  const size = status === 413 && sent > 0 ? `: ${formatSize(sent)} were sent` : ''
  const what =
    reason ??
    (isRedirect(status)
      ? redirectReason(redact(location ?? ''))
      : foreignReason(fault, status, foreignMessage(parsed, body, redact)) + size)
  const wait = parseRetryAfter(retryAfter, Date.now())
  const isOwnRefusal = status === 403 && Object(parsed.error).type === 'security_exception'
  const advice =
    waitAdvice(fault, wait) ??
    (status === 401 && anonymous ? NO_CREDENTIALS_ADVICE : undefined) ??
    (isOwnRefusal ? MISSING_RIGHT_ADVICE : statusAdvice(fault, body))
  const understood = wait === undefined ? undefined : retryAfter
  return new WireError(fault, `${what} (${status})`, { status, retryAfter: understood, advice })
}

function faultOf(
  status: number,
  parsed: object,
  { reason, isUnreadable = false }: { reason: string | undefined; isUnreadable: boolean | undefined },
): Fault {
  if (status === 408) return 'timeout'
  if (status === 401 || status === 403) return 'denied'
  if (isOverloaded(status, parsed)) return 'overloaded'
  if (status < 400) return 'foreign'
  return status === 413 || isUnreadable || reason !== undefined ? 'refused' : 'foreign'
}

/** What a message says if the body contains no error. */
const DEFAULT_REASON: Partial<Record<Fault, string>> = {
  timeout: 'the cluster timed out',
  denied: 'access denied',
  overloaded: 'the cluster is overloaded or unavailable',
  refused: 'the cluster refused the request',
}

/** What happened, and what the server says of it: a proxy, a firewall or a cloud in front of the cluster. */
function foreignReason(fault: Fault, status: number, said: string | undefined): string {
  const what = status === 413 ? 'the request is too large' : (DEFAULT_REASON[fault] ?? FOREIGN)
  return said === undefined ? what : `${what}: ${said}`
}

/** Where a redirect leads, without its query, which may contain a token. */
function redirectReason(location: string): string {
  const [target = ''] = location.replace(/^(https?:\/\/)[^/?#]*@/i, '$1').split(/[?#]/)
  return `the reply is a redirect${target && ` to ${shorten(target)}`}; redirects are not followed`
}

const FOREIGN = 'the reply is not from Elasticsearch or OpenSearch'

/** The message of an error that is not in the form of Elasticsearch's: a member of its JSON, its page's title, its line. */
function foreignMessage(
  { message, Message = message }: Record<string, unknown>,
  body: string,
  redact: Redact,
): string | undefined {
  const start = body.slice(0, MAX_START)
  const text = typeof Message === 'string' ? Message : (TITLE.exec(start)?.[1] ?? sentenceIn(body, start))
  return shorten(redact(text?.replace(/\s+/g, ' ').trim() ?? '')) || undefined
}

/** Where a page has its title: searching all of a hostile one would take minutes. */
const MAX_START = 4096

const TITLE = /<title\b[^>]*>([^<]*)/i

/** A body that is a line of plain text, as those of OpenSearch's security are; one word says no more than the status. */
function sentenceIn(body: string, start: string): string | undefined {
  const line = body.length > MAX_START ? '' : start.trim()
  return /^[a-z]/i.test(line) && line.includes(' ') && !/[\n<{]/.test(line) && line.length <= 200
    ? line
    : undefined
}

type Redact = (text: string) => string

const unchanged: Redact = text => text

const NO_CREDENTIALS_ADVICE = 'add `auth` to the alias: it has none'

const MISSING_RIGHT_ADVICE = 'the credentials are accepted, but their user or key lacks this right'

export const WRONG_ADDRESS_ADVICE =
  'check `node` of the alias: the server at that address is neither Elasticsearch nor OpenSearch'

const STATUS_ADVICE: Partial<Record<Fault, string>> = {
  timeout: 'the cluster may be overloaded; request less, or try again later',
  overloaded: 'try again later; `retries` of the alias allows more attempts',
  denied: 'check `auth` of the alias, and the rights of its user or key',
  foreign: WRONG_ADDRESS_ADVICE,
}

const A_DAY = 86_400_000

/** Where the server asks for a longer wait than the retries make, only waiting helps. */
function waitAdvice(fault: Fault, wait: number | undefined): string | undefined {
  if (fault !== 'overloaded' || wait === undefined || wait <= LONGEST_WAIT) return undefined
  const shown = wait > A_DAY ? 'more than a day' : formatDuration(Math.ceil(wait / 1000) * 1000)
  return `the server asks for a wait of ${shown} before the next request`
}

const statusAdvice = (fault: Fault, body: string): string | undefined =>
  fault === 'denied' && /^\s*</.test(body)
    ? 'a proxy or firewall in front of the cluster refused the request: ask those who run it'
    : STATUS_ADVICE[fault]

/** Whether a reply is a web page, whatever its status: no cluster sends one. */
export const isHtml = (headers: TransportResult['headers'] | undefined): boolean =>
  String(headers?.['content-type']).startsWith('text/html')

/**
 * Rejects a reply that the client would accept, as it does for every status below 400.
 *
 * @throws {WireError} `foreign` for a redirect or an HTML page
 */
export function rejectForeignReply({ statusCode = 0, headers, body }: TransportResult, redact: Redact): void {
  if (isHtml(headers) || isRedirect(statusCode))
    throw responseError(statusCode, String(body), { location: headers?.location, redact })
}

/** The `error` of a reply of Elasticsearch as `type: reason`, and the end of its causes. */
function reasonOf(error: unknown, redact: Redact): string {
  const description = describeError(error, redact)
  const { type, reason } = deepestCause(error) ?? {}
  const cause =
    typeof reason === 'string' && reason !== '' ? redact(reason.split('\n', 1)[0] ?? '') : undefined
  if (cause === undefined || description.includes(cause)) return description
  return shorten(redact([description, type, cause].filter(part => typeof part === 'string').join(': ')))
}

/** The same for a body of which only a part was read; undefined if it is not an error of Elasticsearch. */
function reasonInPart(body: string, redact: Redact): string | undefined {
  if (!/^\s*\{\s*"error"\s*:\s*\{/.test(body)) return undefined
  const [type, reason] = ['type', 'reason'].map(key => {
    const string = new RegExp(`"${key}"\\s*:\\s*"${CHARACTERS}`).exec(body)?.[1]
    return string === undefined ? undefined : parseObject(`{"text":"${string}"}`).text
  })
  return describeError({ type, reason }, redact)
}

/** The beginning of a JSON string: more than a message repeats, since a secret at the end must be found whole. */
const CHARACTERS = String.raw`((?:[^"\\]|\\u[\da-fA-F]{4}|\\[^u]){0,2000})`

/** `type: reason` of an error object, or of its first root cause; at most 500 characters. */
export function describeError(error: unknown, redact: Redact = unchanged): string {
  if (typeof error === 'string') return shorten(redact(error))
  const { root_cause, type, ...details } = Object(error)
  const root = Array.isArray(root_cause) ? root_cause[0] : undefined
  if (typeof root?.type === 'string') return describeError({ ...root, root_cause: undefined }, redact)
  // why a key or token was refused; the reason is the same for all of them
  const reason = details.additional_unsuccessful_credentials ?? details.reason
  const description = [type, reason].filter(part => typeof part === 'string' && part !== '').join(': ')
  return shorten(redact(description) || 'an error without a reason')
}

/** What made an error happen in the end. */
const causeOf = (error: unknown): { type?: unknown } => deepestCause(error) ?? Object(error)

/** The end of the `caused_by` chain of an error, or of its first failed shard; undefined if it has no such cause. */
function deepestCause(error: unknown): { type?: unknown; reason?: unknown } | undefined {
  let { caused_by } = Object(Object(error).failed_shards?.[0]?.reason ?? error)
  while (caused_by?.caused_by) caused_by = caused_by.caused_by
  return caused_by ? Object(caused_by) : undefined
}

/** A JSON text as an object; an empty one if it is not valid JSON. */
export function parseObject(text: string): Record<string, unknown> {
  try {
    return Object(JSON.parse(text))
  } catch {
    return {}
  }
}
