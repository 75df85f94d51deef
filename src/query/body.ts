import { isUtf8 } from 'node:buffer'
import { InputError } from '../errors.ts'
import { membersOf, withMembers } from '../json/members.ts'
import { findJsonMistake } from '../json/syntax.ts'
import { refuseUnrestricted, restrictKnn } from './view.ts'

/** What is added to a search body; each is JSON text. */
export interface Additions {
  /** Query clauses; every one must match, the body's own query too. */
  clauses?: readonly string[]
  /** Whether one of the clauses is enough. Default: false. */
  any?: boolean | undefined
  /** Clauses that always hold and do not change a score: ranges of time, for example. */
  filters?: readonly string[]
  /** Clauses that must not match. */
  excluded?: readonly string[]
  /** The query of a view, which always applies. */
  view?: string | undefined
  /** Members such as `size`; they override the body's. */
  members?: ReadonlyMap<string, string>
  /** Members that apply where neither the body nor `members` have them. */
  defaults?: ReadonlyMap<string, string>
}

const EMPTY = Buffer.from('{}')

/**
 * A search body with additions spliced into it: every byte that they do not replace stays the same.
 *
 * @returns undefined if there is nothing to send
 * @throws {InputError} if `given` is not a JSON object
 * @throws {UsageError} if the body has something that the view's query would not restrict
 */
export function composeBody(given: Buffer | undefined, additions: Additions): Buffer | undefined {
  const { view } = additions
  const body = given && withoutByteOrderMark(given)
  const parsed = body && parseBody(body)
  if (parsed && view !== undefined) refuseUnrestricted(parsed)
  const changes = bodyChanges(additions)
  if (parsed && view !== undefined && Object.hasOwn(parsed, 'knn'))
    changes.set('knn', old => restrictKnn(old ?? '', view))
  return changes.size > 0 ? withMembers(body ?? EMPTY, changes) : body
}

/** The members of a body that change, by key: what each becomes, given its JSON if there is one. */
function bodyChanges(additions: Additions): Map<string, (old: string | undefined) => string> {
  const { clauses = [], filters = [], excluded = [], view, members = [], defaults = [] } = additions
  const changes = new Map<string, (old: string | undefined) => string>()
  if (clauses.length + filters.length + excluded.length > 0 || view !== undefined)
    changes.set('query', old => combineClauses(old, additions))
  for (const [key, value] of defaults) changes.set(key, old => old ?? value)
  for (const [key, value] of members) changes.set(key, () => value)
  return changes
}

function parseBody(body: Buffer): Record<string, unknown> {
  const value = parseJson(decodeBody(body))
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new InputError('the body is not a JSON object')
  }
  const keys = membersOf(body).map(({ key }) => key)
  const twice = keys.find((key, index) => keys.indexOf(key) !== index)
  if (twice !== undefined) throw new InputError(`the body has two members ${JSON.stringify(twice)}`)
  return value as Record<string, unknown>
}

/** A byte order mark says nothing in UTF-8, and the servers refuse it. */
const withoutByteOrderMark = (body: Buffer): Buffer =>
  body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf ? body.subarray(3) : body

/** UTF-16 begins with a byte order mark, or has a zero as one byte of each character of JSON's own. */
const UTF_16 = /^(?:\xff\xfe|\xfe\xff|[^\0]\0|\0[^\0])/

function decodeBody(body: Buffer): string {
  if (UTF_16.test(body.toString('latin1', 0, 2)))
    throw new InputError('the body is UTF-16', { advice: 'convert it: iconv -f UTF-16 -t UTF-8' })
  if (!isUtf8(body)) throw new InputError('the body is not UTF-8')
  return body.toString()
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    const { line, column, what } = findJsonMistake(text)
    throw new InputError(`the body is not valid JSON: line ${line}, column ${column}: ${what}`, { cause })
  }
}

/** One clause stays as it is; several are joined by `bool`. The query of a view is always a filter. */
function combineClauses(
  own: string | undefined,
  { clauses = [], any, filters = [], excluded = [], view }: Additions,
): string {
  const positive = any && clauses.length > 1 ? [`{"bool":{"should":[${clauses.join(',')}]}}`] : clauses
  const must = own === undefined ? positive : [own, ...positive]
  const [only] = [...must, ...filters]
  if (must.length + filters.length === 1 && excluded.length === 0 && view === undefined) return String(only)
  return boolQuery({ must, filter: [...filters, view ?? []].flat(), must_not: excluded })
}

/** A `bool` query with the kinds of clauses that there are (https://www.elastic.co/docs/reference/query-languages/query-dsl/query-dsl-bool-query). */
function boolQuery(kinds: Record<'must' | 'filter' | 'must_not', readonly string[]>): string {
  const members = Object.entries(kinds).filter(([, clauses]) => clauses.length > 0)
  return `{"bool":{${members.map(([kind, clauses]) => `"${kind}":[${clauses.join(',')}]`).join(',')}}}`
}
