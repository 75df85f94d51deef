import { elementsOf, membersOf } from './members.ts'
import { OPEN_BRACE, OPEN_BRACKET } from './scan.ts'

/**
 * The fields of a document that have values of their own, by dotted path and in order: arrays and empty objects count.
 * A path that it has twice, as `{"a.b":1,"a":{"b":2}}` does, has the array of both values, as it has for the cluster.
 */
export function leavesOf(document: Buffer): Map<string, Buffer> {
  const leaves = new Map<string, Buffer[]>()
  collectLeaves(document, '', leaves)
  return new Map([...leaves].map(([path, values]) => [path, oneOrArray(values)]))
}

/** Returns whether the object has members. */
function collectLeaves(object: Buffer, prefix: string, leaves: Map<string, Buffer[]>): boolean {
  const members = membersOf(object)
  for (const { key, start, end } of members) {
    const value = object.subarray(start, end)
    const path = prefix + key
    if (value[0] === OPEN_BRACE && collectLeaves(value, `${path}.`, leaves)) continue
    leaves.set(path, [...(leaves.get(path) ?? []), value])
  }
  return members.length > 0
}

/**
 * The JSON of a field by its dotted path; a key may have dots in it too. Through an array of objects, and where the
 * document has the path twice, it is the array of the values. Undefined where the document has no such field.
 */
export function fieldAt(document: Buffer, path: string): Buffer | undefined {
  const isArray = document[0] === OPEN_BRACKET
  const found = valuesAt(document, path)
  if (found.length === 0) return undefined
  return isArray ? arrayOf(found) : oneOrArray(found)
}

function valuesAt(document: Buffer, path: string): Buffer[] {
  if (document[0] === OPEN_BRACKET)
    return elementsOf(document).flatMap(
      ({ start, end }) => fieldAt(document.subarray(start, end), path) ?? [],
    )
  if (document[0] !== OPEN_BRACE) return []
  return membersOf(document).flatMap(({ key, start, end }) => {
    const value = document.subarray(start, end)
    if (key === path) return value
    return path.startsWith(`${key}.`) ? (fieldAt(value, path.slice(key.length + 1)) ?? []) : []
  })
}

const oneOrArray = (values: readonly Buffer[]): Buffer =>
  values.length === 1 ? (values[0] as Buffer) : arrayOf(values)

const arrayOf = (values: readonly Buffer[]): Buffer => Buffer.from(`[${values.join(',')}]`)
