import { WireError } from '../errors.ts'
import { isPlain } from './plain.ts'
import { isListed } from './reads.ts'

/** A request as the client has it. */
interface Asked {
  method: string
  path: string
  querystring?: unknown
  headers?: unknown
  body?: unknown
  bulkBody?: unknown
}

/** What the client takes beside a request, and sends with it. */
export type Beside = Pick<Asked, 'querystring' | 'headers'>

/** Whether a request can change nothing in a cluster, as far as its outside tells. */
export const isReading = (asked: Asked, beside: Beside = {}): boolean =>
  objection(asked, beside) === undefined

/**
 * Lets nothing pass that may change something.
 *
 * @throws {WireError} `denied`, without the alias's name
 */
export function refuseWrite(asked: Asked, beside: Beside = {}): void {
  const part = objection(asked, beside)
  if (part === undefined) return
  const [path = ''] = String(asked.path).split('?')
  const request = [String(asked.method).toUpperCase(), path].map(shown).join(' ') + shown(part)
  throw new WireError('denied', `${request} is refused: ${WHY}`, { advice: ADVICE })
}

const WHY = 'the alias is readonly, and this is not on the list of what only reads'
const ADVICE = "use another alias, or take `readonly` out of the alias's configuration"

/** The start of a text, in which nothing can command a terminal. */
const shown = (text: string): string =>
  text
    .replace(/^(.{150}).+/su, '$1...')
    .replace(/[^ -~]/g, character => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)

/** What of a request speaks against it, as it is shown behind method and path; undefined if nothing does. */
function objection(asked: Asked, beside: Beside): string | undefined {
  if (typeof asked.method !== 'string' || typeof asked.path !== 'string') return ''
  const method = asked.method.toUpperCase()
  const [path = '', ...query] = asked.path.split('?')
  if (!isPlain(path) || !isListed(method, path)) return ''
  const queries = [query.join('?'), asked.querystring, beside.querystring]
  const name = queries.flatMap(namesIn).find(forbiddenIn(method))
  if (name !== undefined) return `?${name}`
  const header = [asked.headers, beside.headers].flatMap(namesIn).find(each => FORBIDDEN_HEADER.test(each))
  if (header !== undefined) return ` with the header ${header}`
  return mayCarry(method, path, asked) ? undefined : ' with this body'
}

/** The names of a query or of headers; one that says `refresh=false` says nothing. */
function namesIn(pairs: unknown): string[] {
  const entries: Iterable<[string, unknown]> =
    typeof pairs === 'string'
      ? new URLSearchParams(pairs.replaceAll(';', '&'))
      : Object.entries(Object(pairs))
  return [...entries].flatMap(([name, value]) =>
    value === undefined || (name === 'refresh' && String(value) === 'false') ? [] : name,
  )
}

/** What makes another method of a request at some proxies. */
const OVERRIDE = /^(?:x[-_])?_?(?:http[-_])?method(?:[-_]override)?$/i

/** Another address, or another end of the body, than the one that was judged. */
const FORBIDDEN_HEADER = new RegExp(
  `${OVERRIDE.source}|^(?:x-(?:original|rewrite)-url|content-length|transfer-encoding|upgrade)$`,
  'i',
)

/** What a closing request names in its query could be all; `refresh` of a read makes new segments. */
const forbiddenIn = (method: string) => (name: string) =>
  OVERRIDE.test(name) || name === 'refresh' || (method === 'DELETE' && /^(?:source|\w*id)$/.test(name))

/** Elasticsearch 7 would take the body of what only OpenSearch knows for a document. */
function mayCarry(method: string, path: string, { body, bulkBody }: Asked): boolean {
  if (method === 'POST' && path.endsWith('/point_in_time')) return !body && !bulkBody
  return method !== 'DELETE' || (!bulkBody && namesItsOwn(body))
}

/** `_all` in place of an id closes the scrolls and points in time of everybody. */
function namesItsOwn(body: unknown): boolean {
  if (!body) return true
  if (typeof (body as { pipe?: unknown }).pipe === 'function') return false
  try {
    const text = typeof body === 'string' || Buffer.isBuffer(body) ? String(body) : JSON.stringify(body)
    JSON.parse(text)
    return (text.match(/"(?:[^"\\]|\\.)*"/g) ?? []).every(string => JSON.parse(string) !== '_all')
  } catch {
    return false
  }
}
