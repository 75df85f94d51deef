import { endOfValue } from './members.ts'
import { BACKSLASH, CLOSE_BRACE, COLON, COMMA, isSpace, OPEN_BRACE, QUOTE } from './scan.ts'

/** A field at one place of documents: the keys from the top down to it. */
export class Field {
  /** How many fields were met before it. */
  readonly id: number
  readonly keys: readonly string[]
  /** The fields in its value, in the order in which they were first met. */
  readonly inner: Field[] = []
  /** The same by their keys as written. */
  readonly byJson = new Map<string, Field>()
  /** Its key as written, with its quotes. */
  readonly json: Buffer
  /** Where it is in `inner` of the field around it. */
  readonly index: number

  constructor(id = -1, json = Buffer.from('""'), outer?: Field) {
    this.id = id
    this.json = json
    this.keys = outer ? [...outer.keys, JSON.parse(json.toString())] : []
    this.index = outer?.inner.length ?? 0
  }
}

/** Documents with other keys each, such as names of users, do not fill the memory with them. */
const MAX_FIELDS = 10_000

/** Elasticsearch indexes fields up to 20 levels deep, unless its settings say otherwise. */
const MAX_KEYS = 100

/**
 * Finds the fields of documents that are alike: most have the same keys in the same order, so that a key need not be
 * decoded but only be compared with the one that was there before.
 */
export class LeafScanner {
  /** How many fields the last document has; what they are, and where in it their values begin and end. */
  count = 0
  readonly fields: Field[] = []
  readonly starts: number[] = []
  readonly ends: number[] = []
  readonly #withObjects: boolean
  readonly #top = new Field()
  #known = 0
  #json: Buffer = Buffer.alloc(0)

  /** @param withObjects Whether an object that has members is given too, after them. */
  constructor({ withObjects }: { withObjects: boolean }) {
    this.#withObjects = withObjects
  }

  /**
   * Finds the fields that have values of their own, arrays and empty objects among them, in their order.
   *
   * @returns false for an object with comments between its members, and other rare ones, which `membersOf` can read
   */
  scan(object: Buffer): boolean {
    this.#json = object
    this.count = 0
    return this.#object(this.#top, 0) === object.length
  }

  /** The index after the object that begins at `start`; one beyond the end where something unexpected comes. */
  #object(outer: Field, start: number): number {
    const json = this.#json
    let at = start
    let next = 0
    do {
      at = afterSpace(json, at + 1)
      const field = this.#fieldAt(outer, next, at)
      if (!field) return json.length + 1
      next = field.index + 1
      at = afterSpace(json, at + field.json.length)
      if (json[at] !== COLON) return json.length + 1
      at = afterSpace(json, this.#value(field, afterSpace(json, at + 1)))
    } while (json[at] === COMMA)
    return json[at] === CLOSE_BRACE ? at + 1 : json.length + 1
  }

  /** The index after a value. */
  #value(field: Field, start: number): number {
    const json = this.#json
    const isParent = json[start] === OPEN_BRACE && json[afterSpace(json, start + 1)] !== CLOSE_BRACE
    const end = isParent ? this.#object(field, start) : endOf(json, start)
    if (isParent && !this.#withObjects) return end
    this.fields[this.count] = field
    this.starts[this.count] = start
    this.ends[this.count++] = end
    return end
  }

  /** The field whose key is at `at`, most often the next one; undefined where there is none, or too many or too deep. */
  #fieldAt(outer: Field, next: number, at: number): Field | undefined {
    const json = this.#json
    const expected = outer.inner[next]
    if (expected && isAt(json, at, expected.json)) return expected
    if (json[at] !== QUOTE) return undefined
    const key = json.subarray(at, endOfString(json, at))
    const text = key.toString('latin1')
    const known = outer.byJson.get(text)
    if (known || this.#known === MAX_FIELDS || outer.keys.length === MAX_KEYS) return known
    const field = new Field(this.#known++, Buffer.from(key), outer)
    outer.inner.push(field)
    outer.byJson.set(text, field)
    return field
  }
}

function isAt(json: Buffer, at: number, key: Buffer): boolean {
  for (let index = 0; index < key.length; index++) if (json[at + index] !== key[index]) return false
  return true
}

function afterSpace(json: Buffer, from: number): number {
  let at = from
  while (isSpace(json[at] as number)) at++
  return at
}

const endOf = (json: Buffer, start: number): number =>
  json[start] === QUOTE ? endOfString(json, start) : endOfValue(json, start)

/** The index after the string that begins at `start`. */
function endOfString(json: Buffer, start: number): number {
  let at = start + 1
  while (at < json.length && json[at] !== QUOTE) at += json[at] === BACKSLASH ? 2 : 1
  return at + 1
}
