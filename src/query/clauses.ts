import { UsageError } from '../errors.ts'
import { type Clock, parseTime } from './times.ts'

/** One clause of a query. */
export interface Clause {
  /** The query as JSON text. */
  json: string
  /** The field that it is about, if it is about one. */
  field?: string
}

/** The flags that compare a field with a text, and the query that each stands for. */
const FIELD_QUERIES = {
  term: 'term',
  match: 'match',
  phrase: 'match_phrase',
  prefix: 'prefix',
  wildcard: 'wildcard',
  regexp: 'regexp',
} as const

export type FieldFlag = keyof typeof FIELD_QUERIES

/**
 * `field=value` as a query: `{"term":{"field":"value"}}`. The value is a string as typed, so no digit
 * is lost; after `:=` it is JSON and is sent unchanged.
 *
 * @throws {UsageError} without a field, without `=`, or with what is not valid JSON after `:=`
 */
export function fieldClause(flag: FieldFlag, typed: string): Clause {
  const { field, value, isJson } = splitField(
    typed,
    `--${flag} ${flag === 'term' ? 'level=error' : 'text=words'}`,
  )
  return clauseAbout(field, FIELD_QUERIES[flag], isJson ? checkJson(value) : JSON.stringify(value))
}

/** `{"term":{"field":"value"}}`, for example. */
const clauseAbout = (field: string, query: string, value: string): Clause => ({
  field,
  json: `{"${query}":{${JSON.stringify(field)}:${value}}}`,
})

/**
 * `field=a,b`: the field has one of the values; after `:=` a JSON array of them.
 *
 * @throws {UsageError} as `fieldClause`
 */
export function termsClause(typed: string): Clause {
  const { field, value, isJson } = splitField(typed, '--terms level=error,warn')
  const values = isJson ? checkJson(value) : JSON.stringify(value.split(','))
  return clauseAbout(field, 'terms', values)
}

function splitField(typed: string, example: string): { field: string; value: string; isJson: boolean } {
  const split = typed.indexOf('=')
  const isJson = typed[split - 1] === ':'
  const field = typed.slice(0, isJson ? split - 1 : split)
  if (split < 0 || field === '')
    throw new UsageError('expected field=value', { advice: `for example: ${example}` })
  return { field, value: typed.slice(split + 1), isJson }
}

const RANGE = /^([^<>=]+?)(\s*)(:?=|[<>]=?)(.*)$/s

const COMPARISONS = { '>=': 'gte', '>': 'gt', '<=': 'lte', '<': 'lt' } as const

/**
 * `field>=value`, `field<value`, or `field=a..b`, which includes both ends and may lack one; after `:=` the JSON object
 * of a range.
 *
 * @throws {UsageError} for anything else
 */
export function rangeClause(typed: string): Clause {
  const [, field = '', blanks, operator = '', typedValue = ''] = RANGE.exec(typed) ?? []
  const value = blanks ? typedValue.trimStart() : typedValue // 'n > 5', as people write it
  const range = (limits: string) => clauseAbout(field, 'range', limits)
  if (operator === ':=') return range(checkJson(value))
  if (/[<>]=?/.test(value)) throw new UsageError('expected one limit', { advice: MORE_LIMITS })
  const limits = operator === '=' ? bothEnds(value) : [[COMPARISONS[operator as '>'], value]]
  const given = limits.filter(([name, limit]) => name && limit !== '')
  if (given.length > 0)
    return range(`{${given.map(([name, limit]) => `"${name}":${JSON.stringify(limit)}`)}}`)
  throw new UsageError('expected field>=value or field=from..to', {
    advice: "for example: --range 'age>=18', --range price=10..20",
  })
}

const MORE_LIMITS = 'repeat --range for each limit, or write field=from..to'

function bothEnds(value: string): [string, string][] {
  const dots = value.indexOf('..')
  return dots < 0
    ? []
    : [
        ['gte', value.slice(0, dots)],
        ['lte', value.slice(dots + 2)],
      ]
}

/** The field has any value. */
export function existsClause(field: string): Clause {
  if (field.trim() === '') throw new UsageError('the name of a field is blank')
  if (field.includes(','))
    throw new UsageError('expected one field', { advice: 'repeat --exists for each field' })
  return { field, json: `{"exists":{"field":${JSON.stringify(field)}}}` }
}

/** Documents by their ids, joined by commas; after `:=` a JSON array of them. */
export const idsClause = (typed: string): Clause => ({ json: idsQuery(idsIn(typed)) })

/** @throws {UsageError} for what is not an array of strings after `:=` */
export function idsIn(typed: string): string[] {
  if (!typed.startsWith(':=')) return typed.split(',').map(checkId)
  const ids = JSON.parse(checkJson(typed.slice(2)))
  if (Array.isArray(ids) && ids.every(id => typeof id === 'string')) return ids.map(checkId)
  throw new UsageError('expected a JSON array of strings after :=', {
    advice: 'for example: --ids \':=["a,b"]\'',
  })
}

function checkId(id: string): string {
  if (id === '') throw new UsageError('an id is blank')
  return id
}

/** https://www.elastic.co/docs/reference/query-languages/query-dsl/query-dsl-ids-query */
export const idsQuery = (ids: readonly string[]): string => `{"ids":{"values":${JSON.stringify(ids)}}}`

/**
 * A query in Lucene syntax.
 *
 * @throws {UsageError} if it is empty, an unset variable for example
 */
export function luceneClause(query: string): Clause {
  if (query.trim() === '') throw new UsageError('the query is empty')
  return { json: `{"query_string":{"query":${JSON.stringify(query)}}}` }
}

/**
 * From a time on, or up to it: both are included, and a day is a whole one. `moment` has milliseconds at most.
 *
 * @throws {UsageError} for what is not a time
 */
export function timeClause(
  end: 'since' | 'until',
  typed: string,
  { field, clock }: TimeContext,
): Clause & { moment: Date } {
  const [comparison, time] = parseTime(typed, end, clock)
  const range = `{"${comparison}":"${time}","format":"strict_date_optional_time"}`
  return { ...clauseAbout(field, 'range', range), moment: new Date(time) }
}

/** What a time is compared with, and how it is read. */
export interface TimeContext {
  /** The field that has the time of a document. */
  field: string
  clock: Clock
}

/**
 * `published:desc` or `-published` as the text of a sort; without an order the cluster's own applies.
 *
 * @throws {UsageError} without a field, and for an order other than asc and desc
 */
export function sortClause(typed: string): string {
  const [, minus = '', field = '', colon, order = ''] = /^(-?)(.*?)(:([^:]*))?$/s.exec(typed) ?? []
  const isValid = field !== '' && (colon === undefined || ['asc', 'desc'].includes(order))
  if (!isValid || (minus && colon)) throw new UsageError('expected field, field:asc, field:desc or -field')
  const wanted = minus ? 'desc' : order
  return wanted ? `{${JSON.stringify(field)}:{"order":"${wanted}"}}` : JSON.stringify(field)
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
