/** The bytes that JSON gives a meaning to (https://www.rfc-editor.org/rfc/rfc8259#section-2). */
export const QUOTE = 0x22
export const BACKSLASH = 0x5c
export const COMMA = 0x2c
export const COLON = 0x3a
export const OPEN_BRACE = 0x7b
export const CLOSE_BRACE = 0x7d
export const OPEN_BRACKET = 0x5b
export const CLOSE_BRACKET = 0x5d
export const LINE_FEED = 0x0a
export const CARRIAGE_RETURN = 0x0d
export const SPACE = 0x20
const TAB = 0x09

/** What opens, closes or quotes: all that matters while a nested value is passed over. */
export const STRUCTURAL = new Uint8Array(256)
for (const byte of [QUOTE, OPEN_BRACE, CLOSE_BRACE, OPEN_BRACKET, CLOSE_BRACKET]) STRUCTURAL[byte] = 1

/** What ends, escapes or breaks a string; every other byte is passed over. */
export const IN_STRING = new Uint8Array(256).fill(1, 0, SPACE)
for (const byte of [QUOTE, BACKSLASH]) IN_STRING[byte] = 1

/** Whether a byte begins a value that has an end of its own: an object, an array or a string. */
export const opens = (byte: number): boolean => byte === OPEN_BRACE || byte === OPEN_BRACKET || byte === QUOTE

/** The byte that closes what `open` opened: `}` for `{`, `]` for `[`. */
export const closing = (open: number): number => open + 2

export const isSpace = (byte: number): boolean =>
  byte === SPACE || byte === LINE_FEED || byte === CARRIAGE_RETURN || byte === TAB

/** Whether a number, `true`, `false` or `null` ends before this byte. */
export const endsScalar = (byte: number): boolean =>
  byte === COMMA || byte === CLOSE_BRACE || byte === CLOSE_BRACKET || isSpace(byte)

const SCALAR = /^(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)$/

export const isScalar = (text: string): boolean => SCALAR.test(text)
