import {
  BACKSLASH,
  CLOSE_BRACE,
  CLOSE_BRACKET,
  COLON,
  COMMA,
  endOfComment,
  endsScalar,
  isSpace,
  JsonValueScanner,
  OPEN_BRACE,
  opens,
  QUOTE,
  SLASH,
} from './scan.ts'

/** Whether parsed data is an object, and not an array or null. */
export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Where the value of a member of an object, or of an element of an array (`key` is then its index), begins and ends. */
export interface Member {
  key: string
  start: number
  end: number
}

/** The members of an object, which must be valid JSON (comments may be in it), in their order. */
export function membersOf(object: Buffer): Member[] {
  const values = valuesIn(object)
  return values
    .filter((_, index) => index % 2 === 1)
    .map((value, index) => ({ ...value, key: JSON.parse(textAt(object, values[2 * index] as Member)) }))
}

/** The elements of an array, which must be valid JSON, in their order. */
export const elementsOf = (array: Buffer): Member[] => valuesIn(array)

export const textAt = (json: Buffer, { start, end }: Member): string => json.toString('utf8', start, end)

/**
 * The JSON of the first member of a name in the object that begins at `from`; undefined if it has none. What follows the
 * member is not looked at.
 *
 * @param known where one of its values begins and ends, which then is not scanned
 */
export function memberOf(
  json: Buffer,
  name: string,
  from = 0,
  known?: Pick<Member, 'start' | 'end'>,
): Buffer | undefined {
  for (let key = startOfFirst(json, from); key < json.length; ) {
    const colon = endOfValue(json, key)
    const start = startOfNext(json, colon)
    const end = start === known?.start ? known.end : endOfValue(json, start)
    if (isKey(json, key, colon, name)) return json.subarray(start, end)
    key = startOfNext(json, end)
  }
  return undefined
}

/** Whether the JSON string from `start` to `end` stands for a name. */
export function isKey(json: Buffer, start: number, end: number, name: string): boolean {
  for (let index = 0; index < name.length; index++) {
    const [byte, code] = [json[start + 1 + index], name.charCodeAt(index)]
    if (byte === BACKSLASH || code > 0x7f) return JSON.parse(json.toString('utf8', start, end)) === name
    if (byte !== code) return false
  }
  return end - start === name.length + 2
}

/**
 * The value at a path of keys, `['indices', 'docs']` for example, as a person reads it: a string's text, a number's own
 * digits, and the JSON of anything else; undefined if there is none, or `null`.
 */
export function textAtPath(json: Buffer, path: readonly string[]): string | undefined {
  let value: Buffer | undefined = json
  for (const key of path) value = value?.[0] === OPEN_BRACE ? memberOf(value, key) : undefined
  return value && value.toString() !== 'null' ? textOf(value) : undefined
}

/**
 * A value as a person reads it: a string's text, a number's own digits, and the JSON of anything else. A string that
 * no encoding can write (half a surrogate pair) stays JSON.
 */
export function textOf(value: Buffer): string {
  const json = value.toString()
  if (value[0] !== QUOTE) return json
  if (!json.includes('\\')) return json.slice(1, -1)
  const text: string = JSON.parse(json)
  return text.isWellFormed() ? text : json
}

/**
 * An object with some of its members set, every other byte unchanged.
 *
 * @param changes by key: returns the new value's JSON, given that of the old one if there is one
 */
export function withMembers(
  object: Buffer,
  changes: ReadonlyMap<string, (old: string | undefined) => string>,
): Buffer {
  const members = membersOf(object)
  const replaced = members.filter(({ key }) => changes.has(key))
  const parts: Buffer[] = []
  let copied = 0
  for (const member of replaced) {
    parts.push(object.subarray(copied, member.start))
    parts.push(Buffer.from(changes.get(member.key)?.(textAt(object, member)) ?? ''))
    copied = member.end
  }
  const known = new Set(members.map(({ key }) => key))
  const added = [...changes].filter(([key]) => !known.has(key))
  const inserted = added.map(([key, value]) => `${JSON.stringify(key)}:${value(undefined)}`).join(',')
  const end = object.lastIndexOf(CLOSE_BRACE)
  parts.push(
    object.subarray(copied, end),
    Buffer.from(members.length > 0 && inserted ? `,${inserted}` : inserted),
  )
  return Buffer.concat([...parts, object.subarray(end)])
}

const isSeparator = (byte: number): boolean => byte === COMMA || byte === COLON || isSpace(byte)

/** The values directly inside an object or array; an object's keys count as values. */
function valuesIn(json: Buffer): Member[] {
  const found: Member[] = []
  for (let start = startOfFirst(json); start < json.length; ) {
    const end = endOfValue(json, start)
    found.push({ key: String(found.length), start, end })
    start = startOfNext(json, end)
  }
  return found
}

function startOfFirst(json: Buffer, from = 0): number {
  let open = from
  while (isSpace(json[open] as number)) open++
  return startOfNext(json, open + 1)
}

/** Where the next value or key begins in an object or array; the length where it ends. */
function startOfNext(json: Buffer, from: number): number {
  let at = from
  while (at < json.length) {
    const byte = json[at] as number
    if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) return json.length
    if (byte === SLASH) at = endOfComment(json, at)
    else if (isSeparator(byte)) at++
    else return at
  }
  return at
}

/** The index after the value that begins at `start`. */
export function endOfValue(json: Buffer, start: number): number {
  const first = json[start] as number
  if (opens(first)) {
    const scanner = new JsonValueScanner()
    scanner.begin(first)
    return scanner.skip(json, start + 1)
  }
  let end = start
  while (end < json.length && !endsScalar(json[end] as number) && json[end] !== SLASH) end++
  return end
}
