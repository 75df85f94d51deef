import type { Index } from '../config/settled.ts'
import { UsageError } from '../errors.ts'

/** Commas outside of date math, `<logs-{now/d{yyyy,MM}}>`. */
const COMMAS = /,(?![^<]*>)/

/**
 * What the user's name, or several names joined by commas, stand for at an alias: an index expression, and the
 * query of a view. A name that the alias's `indices` do not know is an index expression itself.
 *
 * @throws {UsageError} for a name that is no index, or a view beside other names
 */
export function lookup(names: string, indices: ReadonlyMap<string, Index>): Index {
  refuseLoneBracket(names)
  const parts = names.split(COMMAS)
  const found = parts.map(part => indices.get(part) ?? { index: part })
  const view = parts.find((_, index) => found[index]?.query !== undefined)
  if (view !== undefined && found.length > 1) {
    throw new UsageError(`${view} is a view: it can only be searched alone`)
  }
  return { index: found.map(({ index }) => index).join(','), query: found[0]?.query }
}

/**
 * An index expression as one segment of a path; its own `,`, `*`, `-` and date math are kept
 * (https://www.elastic.co/docs/reference/elasticsearch/rest-apis/api-conventions).
 *
 * @throws {UsageError} for an expression that would address something else than indices
 */
export function pathSegment(expression: string): string {
  refuseLoneBracket(expression)
  for (const part of expression.split(COMMAS)) refuseForeign(part)
  return encodeURIComponent(expression).replaceAll('%2C', ',')
}

/** A bracket that is not date math would hide the comma before it. */
function refuseLoneBracket(names: string): void {
  if (/[<>]/.test(names.replace(/<[^<>]*>/g, '')))
    throw new UsageError(`${JSON.stringify(names)} is no name of an index`)
}

function refuseForeign(part: string): void {
  const name = part.replace(/^-/, '')
  const outsideMath = name.replace(/<[^<>]*>/g, '')
  const reserved = name.startsWith('_') && name !== '_all'
  if (name === '' || name === '.' || name === '..' || reserved || outsideMath.includes('/')) {
    throw new UsageError(`${JSON.stringify(part)} is no name of an index`, {
      advice: 'an index has no "/" in its name and does not begin with "_"',
    })
  }
}
