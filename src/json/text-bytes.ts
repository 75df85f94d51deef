import { textOf } from './members.ts'
import { BACKSLASH, QUOTE } from './scan.ts'

/** What the byte after a backslash stands for; 0 for the `u` of `\u00e9`. */
const ESCAPED = new Uint8Array(256)
for (const letter of '"\\/bfnrt') ESCAPED[letter.charCodeAt(0)] = JSON.parse(`"\\${letter}"`).charCodeAt(0)

/** What `textOf` gives, as UTF-8, without a string where none is needed. */
export function textBytes(value: Buffer): Buffer {
  if (value[0] !== QUOTE) return value
  if (!value.includes(BACKSLASH)) return value.subarray(1, -1)
  const text = Buffer.allocUnsafe(value.length)
  let length = 0
  for (let at = 1; at < value.length - 1; at++) {
    const byte = value[at] as number
    text[length] = byte === BACKSLASH ? (ESCAPED[value[++at] as number] as number) : byte
    if (text[length++] === 0) return Buffer.from(textOf(value))
  }
  return text.subarray(0, length)
}
