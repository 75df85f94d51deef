import { UsageError } from '../errors.ts'

/** The members of a search's body that the query of a view binds, or that do not search. */
const BOUND = new Set(
  `query knn aggs aggregations post_filter rescore collapse highlight size from sort search_after slice _source fields
  stored_fields docvalue_fields script_fields track_total_hits track_scores min_score timeout terminate_after version
  seq_no_primary_term explain profile indices_boost stats`.split(/\s+/),
)

/** Aggregations that look at other documents than those that the query found. */
const UNBOUND_AGGREGATIONS = new Set([
  'global',
  'children',
  'parent',
  'significant_terms',
  'significant_text',
])

/**
 * Refuses a body in which something would not be bound by the query of a view: a runtime field that takes the place
 * of one in that query, a suggester, an aggregation over the whole index.
 *
 * @throws {UsageError} naming it
 */
export function refuseUnbound(body: Record<string, unknown>): void {
  const member = Object.keys(body).find(key => !BOUND.has(key)) ?? unboundAggregation(body)
  if (member !== undefined) {
    throw new UsageError(`the body's ${JSON.stringify(member)} would not be bound by the query of the view`, {
      advice: 'ask the index itself instead of the view',
    })
  }
  if (![body.knn ?? {}].flat().every(isObject) || body.knn === null) {
    throw new UsageError('the body\'s "knn" is neither an object nor a list of objects')
  }
}

function unboundAggregation(level: unknown): string | undefined {
  const { aggs, aggregations } = Object(level)
  const all = [aggs, aggregations].flatMap(named => Object.values(Object(named)))
  const types = all.flatMap(aggregation => Object.keys(Object(aggregation)))
  return (
    types.find(type => UNBOUND_AGGREGATIONS.has(type)) ??
    all.map(unboundAggregation).find(found => found !== undefined)
  )
}

const isObject = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
