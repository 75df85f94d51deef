import { WireError } from '../../errors.ts'
import { escapeCharacter } from '../../text.ts'
import { isStream } from '../exchange.ts'
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

/** Whether a request only reads, by its method, path, query and headers. */
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
  const [path = '', ...query] = request.path.split('?')
  if (!isUnambiguousPath(path) || !isReadEndpoint(method, path)) return ''
  const queries = [query.join('?'), request.querystring, extras.querystring]
  const parameter = queries.flatMap(namesIn).find(isForbiddenParameter(method))
  if (parameter !== undefined) return `?${parameter}`
  const headers = [request.headers, extras.headers].flatMap(namesIn)
  const header = headers.find(name => FORBIDDEN_HEADER.test(name))
  if (header !== undefined) return ` with the header ${header}`
  return isBodyAllowed(method, path, request) ? undefined : ' with this body'
}

/** The names of query parameters or headers; `refresh=false` has no effect and is left out. */
function namesIn(pairs: unknown): string[] {
  const entries: Iterable<[string, unknown]> =
    typeof pairs === 'string'
      ? new URLSearchParams(pairs.replaceAll(';', '&'))
      : Object.entries(Object(pairs))
  return [...entries].flatMap(([name, value]) =>
    value === undefined || (name === 'refresh' && String(value) === 'false') ? [] : name,
  )
}

/** Parameters and headers that make some proxies use another method. */
const OVERRIDE = /^(?:x[-_])?_?(?:http[-_])?method(?:[-_]override)?$/i

/** Headers that would change the address, or the end of the body, from what was checked. */
const FORBIDDEN_HEADER = new RegExp(
  `${OVERRIDE.source}|^(?:x-(?:original|rewrite)-url|content-length|transfer-encoding|upgrade)$`,
  'i',
)

/** `DELETE` with an id in the query could close everything; `refresh` of a read creates new segments. */
const isForbiddenParameter = (method: string) => (name: string) =>
  OVERRIDE.test(name) || name === 'refresh' || (method === 'DELETE' && /^(?:source|\w*id)$/.test(name))

/** Elasticsearch 7 would index the body of an endpoint that only OpenSearch has. */
function isBodyAllowed(method: string, path: string, { body, bulkBody }: RequestParts): boolean {
  if (method === 'POST' && path.endsWith('/point_in_time')) return !body && !bulkBody
  return method !== 'DELETE' || (!bulkBody && isWithoutAll(body))
}

/** Whether a body does not contain `_all`, which closes the scrolls and points in time of all users. */
function isWithoutAll(body: unknown): boolean {
  if (!body) return true
  if (isStream(body)) return false
  try {
    const text = typeof body === 'string' || Buffer.isBuffer(body) ? String(body) : JSON.stringify(body)
    JSON.parse(text)
    return (text.match(/"(?:[^"\\]|\\.)*"/g) ?? []).every(string => JSON.parse(string) !== '_all')
  } catch {
    return false
  }
}

/**
 * Segments of the characters that RFC 3986 allows, except `;`, at which some servers cut the segment. Empty segments,
 * also at the end, are not allowed: some servers ignore them, others do not.
 */
const SEGMENTS = /^(?:\/|(?:\/(?:[\w.~!$&'()*+,=:@-]|%[\dA-F]{2})+)+)$/i

/** Encoded characters that need no encoding and so hide something; and controls, `/`, `%` and `\`, which change the meaning once decoded. */
const HIDDEN = /%(?:[01]|7F|2[5F]|5C|2[DE]|3\d|4[1-9A-F]|5[\dAF]|6[1-9A-F]|7[\dAE])/i

const DATE_MATH = /(?<=[/,:-]|%2C|%3A)%3C(?:(?!%3[CE])[^/])*%3E(?=[/,]|%2C|$)/gi

/** As in `<logs-{now/d}>`: the only slash that an index name can contain. */
const ROUNDING = /%2[Ff](?=[yMwdhHms](?:[+-]|%(?:7[BbDd]|2[BbFf])))/g

/** The id of a document to read, which may be any text: a URL, for example. */
const ID = /(?<=^\/[^/]+\/_(?:doc|source)\/)[^/]+$/

/** A slash or percent sign in an id, if decoding it once more does not change the path. */
const ID_SIGN = /%2F(?!_|%2E|\.{1,2}(?:%2F|$))|%25(?![\dA-F]{2})/gi

/** Whether every server and proxy reads the path in the same way, however often it is decoded. */
function isUnambiguousPath(path: string): boolean {
  const names = path
    .replace(DATE_MATH, math => math.replace(ROUNDING, ''))
    .replace(ID, id => id.replace(ID_SIGN, ''))
  if (!SEGMENTS.test(path) || HIDDEN.test(names) || /\/\.{1,2}(?:\/|$)/.test(path)) return false
  try {
    return !/[\u0080-\u009f]/.test(decodeURIComponent(path))
  } catch {
    return false
  }
}
