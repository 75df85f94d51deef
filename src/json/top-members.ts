import { endOfValue, isKey } from './members.ts'
import {
  BACKSLASH,
  CLOSE_BRACE,
  COLON,
  COMMA,
  endOfComment,
  FAULTS,
  isScalar,
  isSpace,
  JsonValueScanner,
  OPEN_BRACE,
  opens,
  QUOTE,
  SLASH,
  SPACE,
} from './scan.ts'
import { simdScanner } from './simd.ts'

/**
 * The JSON of some members of the object that a text is; undefined where it has no such member. What is between the members is
 * checked in full, in their values only brackets and strings are; comments are passed over.
 *
 * @throws {SyntaxError} for what is not one JSON object, or has two members of one of the names
 */
export function topMembers<Name extends string>(
  json: Buffer,
  names: readonly Name[],
): { [name in Name]?: Buffer } {
  const found: { [name in Name]?: Buffer } = {}
  const add = (key: number, colon: number, value: Buffer) => {
    const name = names.find(name => isKey(json, key, colon, name))
    if (name === undefined) return
    if (found[name]) throw new SyntaxError(`it has two ${name}`)
    found[name] = value
  }
  let at = afterBlank(json, 0)
  if (json[at] !== OPEN_BRACE) throw new SyntaxError('it is not a JSON object')
  at = afterBlank(json, at + 1)
  if (json[at] !== CLOSE_BRACE) {
    at = member(json, at, add)
    while (json[at] === COMMA) at = member(json, afterBlank(json, at + 1), add)
  }
  if (json[at] !== CLOSE_BRACE) throw new SyntaxError(at < json.length ? 'a comma is missing' : CUT)
  if (afterBlank(json, at + 1) < json.length) throw new SyntaxError('more follows after its end')
  return found
}

/** Bytes of which scanning by WebAssembly takes less time. */
const LONG = 256

const CUT = 'it ends too early'

/** The index of what follows a member. */
function member(
  json: Buffer,
  key: number,
  add: (key: number, keyEnd: number, value: Buffer) => void,
): number {
  if (json[key] !== QUOTE) throw new SyntaxError(key < json.length ? 'a key is missing' : CUT)
  const keyEnd = endOfWhole(json, key)
  const colon = afterBlank(json, keyEnd)
  if (json[colon] !== COLON) throw new SyntaxError(colon < json.length ? 'a colon is missing' : CUT)
  const start = afterBlank(json, colon + 1)
  const end = endOfWhole(json, start)
  add(key, keyEnd, json.subarray(start, end))
  return afterBlank(json, end)
}

/** The index after the value that begins at `start`. */
function endOfWhole(json: Buffer, start: number): number {
  const first = json[start] as number
  if (first === QUOTE) return endOfString(json, start)
  if (!opens(first)) {
    const end = endOfValue(json, start)
    if (isScalar(json.toString('latin1', start, end))) return end
    throw new SyntaxError(end < json.length ? 'a value that is not JSON' : CUT)
  }
  const value = new JsonValueScanner()
  value.begin(first)
  const simd = json.length - start >= LONG ? simdScanner() : undefined
  let end = start + 1
  while (simd && value.open && value.closers.length > 0 && end < json.length)
    end = simd.skip(value, json, end)
  if (value.open) end = value.skip(json, end)
  if (value.open) throw new SyntaxError(CUT)
  return end
}

function endOfString(json: Buffer, start: number): number {
  for (let at = start + 1; at < json.length; at++) {
    const byte = json[at] as number
    if (byte === QUOTE) return at + 1
    if (byte < SPACE) throw new SyntaxError(FAULTS.control)
    if (byte === BACKSLASH && (json[++at] as number) < SPACE) throw new SyntaxError(FAULTS.control)
  }
  throw new SyntaxError(CUT)
}

function afterBlank(json: Buffer, from: number): number {
  let at = from
  while (at < json.length && (isSpace(json[at] as number) || json[at] === SLASH))
    at = json[at] === SLASH ? endOfComment(json, at) : at + 1
  return at
}
