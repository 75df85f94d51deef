import { fieldAt, leavesOf } from '../json/fields.ts'
import { elementsOf, type Member, memberOf, membersOf } from '../json/members.ts'

/** The JSON of a value; undefined where a hit does not have it. */
type Value = Buffer | undefined

/** The members of a hit by their names, `_id`, `_source`, `fields`, …; of two with one name the first. */
const partsOf = (hit: Buffer): Map<string, Buffer> =>
  new Map(
    membersOf(hit)
      .toReversed()
      .map(({ key, start, end }) => [key, hit.subarray(start, end)]),
  )

/** The values of the named fields, those that the hit has. */
export function namedValues(hit: Buffer, names: readonly string[]): Map<string, Buffer> {
  const parts = partsOf(hit)
  return new Map(
    names.flatMap(name => {
      const value = valueIn(hit, parts, name)
      return value ? [[name, value]] : []
    }),
  )
}

/**
 * A field of a hit: `_id` and the like are its own, others are the document's, those that the cluster makes are in
 * `fields`, and what is in none of them may be a member of the hit, such as `sort` or `highlight.title`.
 */
export const hitField = (hit: Buffer, name: string): Value =>
  (name.startsWith('_') ? memberOf(hit, name) : undefined) ?? valueIn(hit, partsOf(hit), name)

function valueIn(hit: Buffer, parts: ReadonlyMap<string, Buffer>, name: string): Value {
  const own = name.startsWith('_') ? parts.get(name) : undefined
  if (own) return own
  const [source, made] = [parts.get('_source'), parts.get('fields')]
  return (source && fieldAt(source, name)) ?? onlyValue(made && memberOf(made, name)) ?? fieldAt(hit, name)
}

/** The values of all fields of the document, and those that the cluster's `fields` have besides, by dotted path. */
export function allValues(hit: Buffer): Map<string, Buffer> {
  const parts = partsOf(hit)
  const [source, made] = [parts.get('_source'), parts.get('fields')]
  const values = source ? leavesOf(source) : new Map<string, Buffer>()
  for (const { key, start, end } of made ? membersOf(made) : [])
    if (!values.has(key)) values.set(key, onlyValue(made?.subarray(start, end)) as Buffer)
  return values
}

/** `fields` has an array for every field: its element, if there is only one. */
function onlyValue(array: Value): Value {
  const only = array && onlyElement(array)
  return only ? array.subarray(only.start, only.end) : array
}

/** The element of an array that has no other. */
export function onlyElement(array: Buffer): Member | undefined {
  const [only, ...others] = elementsOf(array)
  return others.length === 0 ? only : undefined
}
