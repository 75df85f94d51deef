import { isUtf8 } from 'node:buffer'
import { elementsOf, type Member, membersOf } from './members.ts'
import { BACKSLASH, OPEN_BRACE, OPEN_BRACKET, QUOTE } from './scan.ts'

/** Elasticsearch takes no deeper JSON: what is below is compared byte by byte. */
const MAX_DEPTH = 1000

/**
 * Whether two JSON texts have the same value: objects whatever the order of their keys, strings whatever their escapes,
 * numbers only with the same digits (`1.0` is not `1`). White space and comments between tokens do not count. What JSON
 * leaves open, an object with two members of one key, is the same only with the same bytes, and so is what is not JSON.
 */
export function isSameJson(one: Buffer, other: Buffer): boolean {
  if (one.equals(other)) return true
  if (!isUtf8(one) || !isUtf8(other)) return false // different bytes would become the same replacement character
  try {
    return isSameValue(one, other, 0)
  } catch (error) {
    if (error instanceof SyntaxError) return false
    throw error
  }
}

function isSameValue(one: Buffer, other: Buffer, depth: number): boolean {
  if (one.equals(other)) return true
  if (one[0] !== other[0] || depth === MAX_DEPTH) return false
  switch (one[0]) {
    case OPEN_BRACE:
      return hasSameMembers(one, other, depth + 1)
    case OPEN_BRACKET:
      return hasSameElements(one, other, depth + 1)
    case QUOTE:
      return (one.includes(BACKSLASH) || other.includes(BACKSLASH)) && textOf(one) === textOf(other)
    default:
      return false
  }
}

function hasSameMembers(one: Buffer, other: Buffer, depth: number): boolean {
  const [mine, theirs] = [membersOf(one), membersOf(other)]
  const values = new Map(theirs.map(member => [member.key, valueAt(other, member)]))
  const hasTwice = [mine, theirs].some(
    members => new Set(members.map(({ key }) => key)).size < members.length,
  )
  if (hasTwice || mine.length !== theirs.length) return false
  return mine.every(member => {
    const value = values.get(member.key)
    return value !== undefined && isSameValue(valueAt(one, member), value, depth)
  })
}

function hasSameElements(one: Buffer, other: Buffer, depth: number): boolean {
  const [mine, theirs] = [elementsOf(one), elementsOf(other)]
  if (mine.length !== theirs.length) return false
  return mine.every((element, at) =>
    isSameValue(valueAt(one, element), valueAt(other, theirs[at] as Member), depth),
  )
}

const valueAt = (json: Buffer, { start, end }: Member): Buffer => json.subarray(start, end)

/** Not `textOf` of members.ts, for which half a surrogate pair may be the same as a text about one. */
const textOf = (string: Buffer): string => JSON.parse(string.toString())
