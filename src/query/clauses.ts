import { UsageError } from '../errors.ts'

/** The flags that each make one clause, and the Elasticsearch query they stand for. */
export type ClauseKind = 'term' | 'match'

/**
 * `field=value` as the text of a query: `{"term":{"field":"value"}}`. The value is a string as typed, so no digit
 * is lost; after `:=` it is JSON and goes out as it stands.
 *
 * @throws {UsageError} without a field, without `=`, or with what is no JSON after `:=`
 */
export function clause(kind: ClauseKind, typed: string): string {
  const split = typed.indexOf('=')
  const json = typed[split - 1] === ':'
  const field = typed.slice(0, json ? split - 1 : split)
  if (split < 0 || field === '') {
    throw new UsageError(`--${kind} ${typed}: expected field=value`, {
      advice: `for example: --${kind} text=words`,
    })
  }
  const value = typed.slice(split + 1)
  return `{"${kind}":{${JSON.stringify(field)}:${json ? checked(kind, value) : JSON.stringify(value)}}}`
}

/**
 * A query in Lucene's syntax, as `-q` takes it.
 *
 * @throws {UsageError} if it is empty, an unset variable for example
 */
export function lucene(query: string): string {
  if (query.trim() === '') throw new UsageError('-q: the query is empty')
  return `{"query_string":{"query":${JSON.stringify(query)}}}`
}

function checked(kind: ClauseKind, json: string): string {
  try {
    JSON.parse(json)
    return json
  } catch (cause) {
    throw new UsageError(`--${kind}: what follows := is no JSON`, {
      cause,
      advice: 'a string needs its quotes there; with = alone the value is a string as typed',
    })
  }
}
