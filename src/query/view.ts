import { UsageError } from '../errors.ts'
import { elementsOf, isObject, textAt, withMembers } from '../json/members.ts'

/** The `knn` of a body, an object or a list of them as JSON, each with the query of the view in its filter. */
export function restrictKnn(knn: string, view: string): string {
  const json = Buffer.from(knn)
  if (!knn.startsWith('['))
    return withMembers(json, new Map([['filter', old => joinFilter(old, view)]])).toString()
  return `[${elementsOf(json)
    .map(element => restrictKnn(textAt(json, element), view))
    .join(',')}]`
}

function joinFilter(own: string | undefined, view: string): string {
  if (own === undefined) return view
  const json = Buffer.from(own)
  const filters = own.startsWith('[') ? elementsOf(json).map(element => textAt(json, element)) : [own]
  return `[${[...filters, view].join(',')}]`
}

/** The members of a search body that the query of a view restricts, or that do not search. */
const RESTRICTED_MEMBERS = new Set(
  `query knn aggs aggregations post_filter rescore collapse highlight size from sort search_after slice _source fields
  stored_fields docvalue_fields script_fields track_total_hits track_scores min_score timeout terminate_after version
  seq_no_primary_term explain profile indices_boost stats`.split(/\s+/),
)

/** Aggregations over other documents than those that the query found. */
const UNRESTRICTED_AGGREGATIONS = new Set([
  'global',
  'children',
  'parent',
  'significant_terms',
  'significant_text',
])

/**
 * Refuses a body with something that the query of a view would not restrict: a runtime field that replaces one in
 * that query, a suggester, an aggregation over the whole index.
 *
 * @throws {UsageError} that names it
 */
export function refuseUnrestricted(body: Record<string, unknown>): void {
  const member = Object.keys(body).find(key => !RESTRICTED_MEMBERS.has(key)) ?? unrestrictedAggregation(body)
  if (member !== undefined) {
    throw new UsageError(
      `the body's ${JSON.stringify(member)} would not be restricted by the query of the view`,
      {
        advice: 'search the index itself instead of the view',
      },
    )
  }
  if (![body.knn ?? {}].flat().every(isObject) || body.knn === null) {
    throw new UsageError('the body\'s "knn" is neither an object nor a list of objects')
  }
}

function unrestrictedAggregation(level: unknown): string | undefined {
  const { aggs, aggregations } = Object(level)
  const all = [aggs, aggregations].flatMap(named => Object.values(Object(named)))
  const types = all.flatMap(aggregation => Object.keys(Object(aggregation)))
  return (
    types.find(type => UNRESTRICTED_AGGREGATIONS.has(type)) ??
    all.map(unrestrictedAggregation).find(found => found !== undefined)
  )
}
