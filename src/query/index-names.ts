import type { Index } from '../config/types.ts'
import { UsageError } from '../errors.ts'

/** Commas outside date math, `<logs-{now/d{yyyy,MM}}>`. */
const COMMAS = /,(?![^<]*>)/

/**
 * The index expression, and the query of a view, for the name that the user gave or for several joined by commas.
 * A name that is not in the alias's `indices` is an index expression itself.
 *
 * @throws {UsageError} for what is not an index name, or a view together with other names
 */
export function resolveName(names: string, indices: ReadonlyMap<string, Index>): Index {
  refuseLoneBracket(names)
  const parts = names.split(COMMAS)
  const found = parts.map(part => indices.get(part) ?? { index: part })
  const view = parts.find((_, index) => found[index]?.query !== undefined)
  if (view !== undefined && found.length > 1) {
    throw new UsageError(`${view} is a view: it cannot be combined with other names`)
  }
  const timeFields = new Set(found.map(({ timeField }) => timeField))
  return {
    index: found.map(({ index }) => index).join(','),
    query: found[0]?.query,
    timeField: timeFields.size === 1 ? found[0]?.timeField : undefined,
  }
}

/**
 * An index expression as one path segment; its own `,`, `*`, `-` and date math are kept
 * (https://www.elastic.co/docs/reference/elasticsearch/rest-apis/api-conventions).
 *
 * @throws {UsageError} for an expression that would address something other than indices
 */
export function indexPath(expression: string): string {
  refuseLoneBracket(expression)
  for (const part of expression.split(COMMAS)) refuseInvalidName(part)
  return encodeURIComponent(expression).replaceAll('%2C', ',')
}

/** A bracket that is not date math would hide the comma before it. */
function refuseLoneBracket(names: string): void {
  if (/[<>]/.test(names.replace(/<[^<>]*>/g, '')))
    throw new UsageError(`${JSON.stringify(names)} is not an index name`)
}

function refuseInvalidName(part: string): void {
  const name = part.replace(/^-/, '')
  const outsideMath = name.replace(/<[^<>]*>/g, '')
  const reserved = name.startsWith('_') && name !== '_all'
  if (name.trim() === '') throw new UsageError('the name of an index is blank')
  if (name === '.' || name === '..' || reserved || outsideMath.includes('/')) {
    throw new UsageError(`${JSON.stringify(part)} is not an index name`, {
      advice: 'an index name has no "/" in it and does not begin with "_"',
    })
  }
}
