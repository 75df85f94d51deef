import { WireError } from '../../errors.ts'
import { escapeCharacter } from '../../text.ts'
import { isBodyAllowed, isNotKept, keepsResults } from './bodies.ts'
import { isReadEndpoint } from './endpoints.ts'

/** A request as the client represents it. */
interface RequestParts {
  method: string
  path: string
  querystring?: unknown
  headers?: unknown
  body?: unknown
  bulkBody?: unknown
}

/** Options of a client method that are sent with the request. */
export type RequestExtras = Pick<RequestParts, 'querystring' | 'headers'>

/** Whether a request only reads, by its method, path, query, headers and body. */
export const isReadOnly = (request: RequestParts, extras: RequestExtras = {}): boolean =>
  findWrite(request, extras) === undefined

/**
 * Refuses a request that may change something in the cluster.
 *
 * @throws {WireError} `denied`, without the name of the alias
 */
export function refuseWrite(request: RequestParts, extras: RequestExtras = {}): void {
  const part = findWrite(request, extras)
  if (part === undefined) return
  const [path = ''] = String(request.path).split('?')
  const shown = [String(request.method).toUpperCase(), path].map(abbreviate).join(' ') + abbreviate(part)
  throw new WireError('denied', `${shown} is refused: ${READONLY_REASON}`, { advice: READONLY_ADVICE })
}

const READONLY_REASON = 'the alias is readonly, and this is not on the list of read-only requests'
const READONLY_ADVICE = "use another alias, or remove `readonly` from the alias's configuration"

/** The start of a text, with all but printable ASCII escaped: a letter that looks like another could hide the reason. */
const abbreviate = (text: string): string =>
  text.replace(/^(.{150}).+/su, '$1...').replace(/[^ -~]/g, escapeCharacter)

/** Finds the part of a request that may write, as a message shows it after method and path; undefined if none does. */
function findWrite(request: RequestParts, extras: RequestExtras): string | undefined {
  if (typeof request.method !== 'string' || typeof request.path !== 'string') return ''
  const method = request.method.toUpperCase()
  const [sent = '', ...query] = request.path.split('?')
  const path = isGet(method) ? sent.replace(TRAILING_SLASHES, '') : sent
  if (!isUnambiguousPath(method, path) || !isReadEndpoint(method, path)) return ''
  const queries = [query.join('?'), request.querystring, extras.querystring]
  const parameter = queries.flatMap(pairsIn).find(isForbiddenParameter(method, path))
  if (parameter !== undefined) return `?${parameter[0]}`
  const headers = [request.headers, extras.headers].flatMap(pairsIn)
  const header = headers.find(([name]) => FORBIDDEN_HEADER.test(name))
  if (header !== undefined) return ` with the header ${header[0]}`
  return isBodyAllowed(method, path, { ...request, headers }) ? undefined : ' with this body'
}

const isGet = (method: string): boolean => method === 'GET' || method === 'HEAD'

/** Every server ignores them, one or two, and proxies drop them. */
const TRAILING_SLASHES = /(?<=[^/])\/{1,2}$/

type Pair = [name: string, value: unknown]

/** Query parameters or headers that are sent. */
function pairsIn(pairs: unknown): Pair[] {
  const entries: Iterable<Pair> =
    typeof pairs === 'string'
      ? new URLSearchParams(pairs.replaceAll(';', '&'))
      : Object.entries(Object(pairs))
  return [...entries].filter(([, value]) => value !== undefined)
}

/** Parameters and headers that make some proxies use another method. */
const OVERRIDE = /^(?:x[-_])?_?(?:http[-_])?method(?:[-_]override)?$/i

/** Headers that would change the address, or the end of the body, from what was checked. */
const FORBIDDEN_HEADER = new RegExp(
  `${OVERRIDE.source}|^(?:x-(?:original|rewrite)-url|content-length|transfer-encoding|upgrade)$`,
  'i',
)

const isForbiddenParameter =
  (method: string, path: string) =>
  ([name, value]: Pair): boolean =>
    OVERRIDE.test(name) ||
    (STORING.test(name) && String(value) !== 'false' && !(name === 'refresh' && isGet(method))) ||
    (name === 'source' && keepsResults(path) && !isNotKept(String(value))) ||
    (method === 'DELETE' && CLOSING.test(name))

/**
 * Parameters that make a read write: `refresh` creates segments, `keep_on_completion` stores the result, and with
 * `task` OpenSearch's anomaly detection repairs its records. A `GET` may refresh: what can be read is seen sooner.
 */
const STORING = /^(?:refresh|keep_on_completion|task)$/

/** With an id in the query `DELETE` could close everything. */
const CLOSING = /^(?:source|\w*id)$/

/**
 * Segments of the characters that RFC 3986 allows, except `;`, at which some servers cut the segment. Empty segments
 * are not allowed: Elasticsearch 7 finds an empty name there, 8 no endpoint, and OpenSearch takes `//name` for a host.
 */
const SEGMENTS = /^(?:\/|(?:\/(?:[\w.~!$&'()*+,=:@-]|%[\dA-F]{2})+)+)$/i

/** Encoded characters that need no encoding and so hide something; and controls, `/`, `%` and `\`, which change the meaning once decoded. */
const HIDDEN = /%(?:[01]|7F|2[5F]|5C|2[DE]|3\d|4[1-9A-F]|5[\dAF]|6[1-9A-F]|7[\dAE])/i

const DATE_MATH = /(?<=[/,:-]|%2C|%3A)%3C(?:(?!%3[CE])[^/])*%3E(?=[/,]|%2C|$)/gi

/** As in `<logs-{now/d}>`: the only slash that an index name can contain. */
const ROUNDING = /%2[Ff](?=[yMwdhHms](?:[+-]|%(?:7[BbDd]|2[BbFf])))/g

/** The id of a document, which may be any text: a URL, for example. */
const ID = /(?<=^\/[^/]+\/_(?:doc|source|explain|termvectors)\/)[^/]+$/

/** Whether every server and proxy reads the path in the same way, however often it is decoded. */
function isUnambiguousPath(method: string, path: string): boolean {
  const id = isGet(method) ? (ID.exec(path)?.[0] ?? '') : ''
  const names = path.slice(0, path.length - id.length)
  if (!SEGMENTS.test(path) || /\/\.{1,2}(?:\/|$)/.test(path)) return false
  return (
    !HIDDEN.test(names.replace(DATE_MATH, math => math.replace(ROUNDING, ''))) &&
    isPlainText(names) &&
    isPlainId(id)
  )
}

const CONTROL = /[\0-\x1f\x7f-\x9f]/

function isPlainText(encoded: string): boolean {
  try {
    return !CONTROL.test(decodeURIComponent(encoded))
  } catch {
    return false
  }
}

/** What an id must not become: another directory, or an endpoint after a slash; some servers cut segments at `;`. */
const OTHER_PATH = /\\|(?:^|\/)\.{1,2}(?:[/;?#]|$)|\/_/

/** Whether an id stays one, as it is and decoded up to three times; a percent sign may stand alone then. */
function isPlainId(id: string): boolean {
  const decode = (text: string) => text.replace(/(?:%[\dA-F]{2})+/gi, decodeURIComponent)
  try {
    const once = decode(id)
    const twice = decode(once)
    return [once, twice, decode(twice)].every(text => !CONTROL.test(text) && !OTHER_PATH.test(text))
  } catch {
    return false
  }
}
