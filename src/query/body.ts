import { InputError } from '../errors.ts'
import { elementsOf, membersOf, textAt, withMembers } from './json.ts'
import { refuseUnbound } from './view.ts'

/** What is put into a search's body beside what it has; each is JSON text. */
export interface Additions {
  /** Query clauses; every one must match, the body's own query too. */
  clauses?: readonly string[]
  /** The query of a view: always in force. */
  view?: string | undefined
  /** Members such as `size`; they win over the body's. */
  members?: ReadonlyMap<string, string>
}

const EMPTY = Buffer.from('{}')

/**
 * A search's body with additions spliced into it: every byte that they do not replace stays as it was.
 * Answers undefined where there is nothing to send.
 *
 * @throws {InputError} if `body` is no JSON object
 * @throws {UsageError} if the body asks for something that the view's query cannot bind
 */
export function composeBody(body: Buffer | undefined, additions: Additions): Buffer | undefined {
  const { clauses = [], view, members = new Map() } = additions
  const asked = body && parsed(body)
  if (asked && view !== undefined) refuseUnbound(asked)
  const changes = new Map<string, (old: string | undefined) => string>()
  if (clauses.length > 0 || view !== undefined) changes.set('query', old => combine(old, clauses, view))
  if (asked && view !== undefined && Object.hasOwn(asked, 'knn')) {
    changes.set('knn', old => boundKnn(old ?? '', view))
  }
  for (const [key, value] of members) changes.set(key, () => value)
  return changes.size > 0 ? withMembers(body ?? EMPTY, changes) : body
}

function parsed(body: Buffer): Record<string, unknown> {
  let value: unknown
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body))
  } catch (cause) {
    throw new InputError(`the body is no JSON: ${(cause as Error).message}`, { cause })
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new InputError('the body is no JSON object')
  }
  const keys = membersOf(body).map(({ key }) => key)
  const twice = keys.find((key, index) => keys.indexOf(key) !== index)
  if (twice !== undefined) throw new InputError(`the body has two members ${JSON.stringify(twice)}`)
  return value as Record<string, unknown>
}

/** One clause stands alone; several are joined by `bool`, in whose `filter` the view's query goes. */
function combine(own: string | undefined, clauses: readonly string[], view: string | undefined): string {
  const must = own === undefined ? clauses : [own, ...clauses]
  if (view === undefined) return must.length === 1 ? String(must[0]) : `{"bool":{"must":[${must.join(',')}]}}`
  const filter = `"filter":[${view}]`
  return must.length > 0 ? `{"bool":{"must":[${must.join(',')}],${filter}}}` : `{"bool":{${filter}}}`
}

function boundKnn(knn: string, view: string): string {
  const json = Buffer.from(knn)
  if (!knn.startsWith('['))
    return withMembers(json, new Map([['filter', old => joinFilter(old, view)]])).toString()
  return `[${elementsOf(json)
    .map(element => boundKnn(textAt(json, element), view))
    .join(',')}]`
}

function joinFilter(own: string | undefined, view: string): string {
  if (own === undefined) return view
  const json = Buffer.from(own)
  const filters = own.startsWith('[') ? elementsOf(json).map(element => textAt(json, element)) : [own]
  return `[${[...filters, view].join(',')}]`
}
