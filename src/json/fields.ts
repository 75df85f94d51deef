import { elementsOf, membersOf } from './members.ts'
import { OPEN_BRACE, OPEN_BRACKET } from './scan.ts'

/** The fields of a document that have values of their own, by dotted path and in order: arrays and empty objects count. */
export function leavesOf(document: Buffer): Map<string, Buffer> {
  const leaves = new Map<string, Buffer>()
  collectLeaves(document, '', leaves)
  return leaves
}

function collectLeaves(object: Buffer, prefix: string, leaves: Map<string, Buffer>): void {
  for (const { key, start, end } of membersOf(object)) {
    const value = object.subarray(start, end)
    const size = leaves.size
    const path = prefix + key
    if (value[0] === OPEN_BRACE) collectLeaves(value, `${path}.`, leaves)
    if (leaves.size === size && !leaves.has(path)) leaves.set(path, value)
  }
}

/**
 * The JSON of a field by its dotted path; a key may have dots in it too. Through an array of objects it is the array
 * of their values. Undefined where the document has no such field.
 */
export function fieldAt(document: Buffer, path: string): Buffer | undefined {
  if (document[0] === OPEN_BRACKET) return fieldInEach(document, path)
  if (document[0] !== OPEN_BRACE) return undefined
  for (const { key, start, end } of membersOf(document)) {
    const value = document.subarray(start, end)
    if (key === path) return value
    const found = path.startsWith(`${key}.`) ? fieldAt(value, path.slice(key.length + 1)) : undefined
    if (found) return found
  }
  return undefined
}

function fieldInEach(array: Buffer, path: string): Buffer | undefined {
  const found = elementsOf(array).flatMap(({ start, end }) => fieldAt(array.subarray(start, end), path) ?? [])
  return found.length > 0 ? Buffer.from(`[${found.join(',')}]`) : undefined
}
