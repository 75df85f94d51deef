/** Characters that control a terminal or reverse the direction of text: C0, DEL, C1, and the bidirectional controls. */
const CONTROLS = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g

/** Replaces control characters by `\u001b` and the like, so that the text cannot control a terminal. */
export const escapeControls = (text: string): string => text.replace(CONTROLS, escapeCharacter)

/** The same for a text of several lines: line breaks and tabs stay. */
export const escapeLines = (text: string): string =>
  text.replace(/\r\n?/g, '\n').replace(CONTROLS_IN_LINES, escapeCharacter)

/** `\u001b` and the like for one character. */
export const escapeCharacter = (character: string): string =>
  `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`

/** Characters that leave no mark, or a mere gap: controls, zero-width ones, spaces other than the usual one. */
const INVISIBLE = /(?! )[\p{C}\p{Z}\p{Default_Ignorable_Code_Point}\u2800]/gu

/** Replaces every character that cannot be seen, for a text by which somebody decides. */
export const escapeInvisible = (text: string): string =>
  text.replace(INVISIBLE, character => character.split('').map(escapeCharacter).join(''))

/** Names for a message: no more than it can hold. */
export function firstTen(names: readonly string[]): string {
  const shown = names.slice(0, 10).map(name => shorten(name, MAX_NAME))
  return shown.join(', ') + (names.length > 10 ? ` and ${names.length - 10} more` : '')
}

/** In characters. */
const MAX_NAME = 100

/** In characters. */
const MAX_REASON = 500

/** The beginning of a text that a server sent, as much as a message repeats. */
export const shorten = (text: string, max = MAX_REASON): string =>
  text.length > max ? `${text.slice(0, max).replace(HALF_A_CHARACTER, '')}…` : text

const HALF_A_CHARACTER = /[\ud800-\udbff]$/

/** All of them but line breaks and tabs. */
const CONTROLS_IN_LINES = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g

/** Quotes a word for every POSIX shell; `printf` makes the control characters. */
export function shellQuote(word: string): string {
  if (/^[\w@%+=:,./-]+$/.test(word)) return word
  const quoted = `'${word.replaceAll("'", `'\\''`)}'`
  return quoted.replace(CONTROLS_IN_LINES, character => `'"$(printf '${octalBytes(character)}')"'`)
}

const octalBytes = (character: string): string =>
  [...Buffer.from(character)].map(byte => `\\${byte.toString(8).padStart(3, '0')}`).join('')

/** Characters that a URL cannot contain, and a percent sign that encodes nothing. */
const NOT_IN_URL = /[^\w;,/?:@&=+$\-.!~*'()%]|%(?![\dA-Fa-f]{2})/gu

/** A path, or a query, in which what a URL cannot contain is encoded; what is encoded stays. */
export const encodeUrl = (text: string): string =>
  text.replace(NOT_IN_URL, character =>
    Buffer.from(character).toString('hex').toUpperCase().replace(/../g, '%$&'),
  )

/** `1 hit`, `2 hits`. */
export const count = (number: number, noun: string): string => `${number} ${noun}${number === 1 ? '' : 's'}`
