import type { Path } from './mistakes.ts'
import { isMapping } from './schema/fields.ts'

/**
 * A copy of an alias's definition in which each string is what `change` returns for it. The query of a view is not
 * changed, since it is sent to the cluster without variables being filled in.
 *
 * @param path the place of `value` inside the definition
 */
export function mapStrings(
  value: unknown,
  change: (text: string, path: Path) => string,
  path: Path = [],
): unknown {
  if (isViewQuery(path)) return value
  if (typeof value === 'string') return change(value, path)
  if (Array.isArray(value)) return value.map((item, index) => mapStrings(item, change, [...path, index]))
  if (!isMapping(value)) return value
  const members = Object.entries(value).map(([key, item]) => [key, mapStrings(item, change, [...path, key])])
  return Object.fromEntries(members)
}

/** The strings of an alias's definition in which variables are filled in, each with its path inside it. */
export function stringsIn(definition: unknown): [Path, string][] {
  const found: [Path, string][] = []
  mapStrings(definition, (text, path) => {
    found.push([path, text])
    return text
  })
  return found
}

const isViewQuery = ([group, , field, ...rest]: Path): boolean =>
  group === 'indices' && field === 'query' && rest.length === 0
