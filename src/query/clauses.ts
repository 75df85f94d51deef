import { UsageError } from '../errors.ts'

/** The flags that each make one clause, and the Elasticsearch query they stand for. */
export type ClauseKind = 'term' | 'match'

/**
 * `field=value` as the text of a query: `{"term":{"field":"value"}}`. The value is a string as typed, so no digit
 * is lost; after `:=` it is JSON and is sent unchanged.
 *
 * @throws {UsageError} without a field, without `=`, or with what is not valid JSON after `:=`
 */
export function fieldClause(kind: ClauseKind, typed: string): string {
  const split = typed.indexOf('=')
  const isJson = typed[split - 1] === ':'
  const field = typed.slice(0, isJson ? split - 1 : split)
  if (split < 0 || field === '') {
    throw new UsageError('expected field=value', { advice: `for example: --${kind} text=words` })
  }
  const value = typed.slice(split + 1)
  return `{"${kind}":{${JSON.stringify(field)}:${isJson ? checkJson(value) : JSON.stringify(value)}}}`
}

/**
 * A query in Lucene syntax.
 *
 * @throws {UsageError} if it is empty, an unset variable for example
 */
export function luceneClause(query: string): string {
  if (query.trim() === '') throw new UsageError('the query is empty')
  return `{"query_string":{"query":${JSON.stringify(query)}}}`
}

/**
 * `published:desc` as the text of a sort; without an order the cluster's own applies.
 *
 * @throws {UsageError} without a field, and for an order other than asc and desc
 */
export function sortClause(typed: string): string {
  const colon = typed.lastIndexOf(':')
  const [field, order] = colon < 0 ? [typed, ''] : [typed.slice(0, colon), typed.slice(colon + 1)]
  if (field === '' || (colon >= 0 && !['asc', 'desc'].includes(order))) {
    throw new UsageError('expected field, field:asc or field:desc')
  }
  return order ? `{${JSON.stringify(field)}:{"order":"${order}"}}` : JSON.stringify(field)
}

function checkJson(json: string): string {
  try {
    JSON.parse(json)
    return json
  } catch (cause) {
    throw new UsageError('not valid JSON after :=', {
      cause,
      advice: 'after := a string needs its quotes; after = the value is a string as typed',
    })
  }
}
