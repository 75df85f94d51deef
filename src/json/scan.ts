/** The bytes that have a meaning in JSON (https://www.rfc-editor.org/rfc/rfc8259#section-2). */
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
/** What begins a comment, which Elasticsearch and OpenSearch accept in a document and give back. */
export const SLASH = 0x2f
export const ASTERISK = 0x2a

/** What opens, closes, quotes or comments: all that matters inside a nested value. */
const STRUCTURAL = new Uint8Array(256)
for (const byte of [QUOTE, OPEN_BRACE, CLOSE_BRACE, OPEN_BRACKET, CLOSE_BRACKET, SLASH]) STRUCTURAL[byte] = 1

/** What ends, escapes or breaks a string; every other byte is skipped. */
const IN_STRING = new Uint8Array(256).fill(1, 0, SPACE)
for (const byte of [QUOTE, BACKSLASH]) IN_STRING[byte] = 1

/** Whether a byte begins an object, an array or a string: values that end with a closing byte. */
export const opens = (byte: number): boolean => byte === OPEN_BRACE || byte === OPEN_BRACKET || byte === QUOTE

/** The byte that closes what `open` opened: `}` for `{`, `]` for `[`. */
const closing = (open: number): number => open + 2

export const isSpace = (byte: number): boolean =>
  byte === SPACE || byte === LINE_FEED || byte === CARRIAGE_RETURN || byte === TAB

/** Whether a number, `true`, `false` or `null` ends before this byte. */
export const endsScalar = (byte: number): boolean =>
  byte === COMMA || byte === CLOSE_BRACE || byte === CLOSE_BRACKET || isSpace(byte)

const SCALAR = /^(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)$/

export const isScalar = (text: string): boolean => SCALAR.test(text)

/** Elasticsearch itself stops at 1,000; without a limit a hostile server could fill the memory with brackets. */
const MAX_DEPTH = 100_000

const isLineBreak = (byte: number): boolean => byte === LINE_FEED || byte === CARRIAGE_RETURN

/** Where a scan is in a comment: after its first slash, in it, or after an asterisk that may end it. */
export type CommentState = 'begun' | 'line' | 'block' | 'asterisk'

/** What is wrong with the bytes of a value. */
export const FAULTS = {
  control: 'a control character in a string',
  slash: 'a slash outside of strings and comments',
  depth: `nested deeper than ${MAX_DEPTH}`,
  brackets: 'brackets that do not match',
} as const

/**
 * Where a scan is after one more byte of a comment; undefined where it has ended.
 *
 * @throws {SyntaxError} for a slash that begins no comment
 */
export function afterInComment(state: CommentState, byte: number): CommentState | undefined {
  if (state === 'line') return isLineBreak(byte) ? undefined : 'line'
  if (state === 'asterisk' && byte === SLASH) return undefined
  if (state !== 'begun') return byte === ASTERISK ? 'asterisk' : 'block'
  if (byte === SLASH) return 'line'
  if (byte === ASTERISK) return 'block'
  throw new SyntaxError(FAULTS.slash)
}

/** The index after the comment that begins at `start`; a line break that ends one belongs to it. */
export function endOfComment(json: Buffer, start: number): number {
  let state: CommentState | undefined = 'begun'
  let at = start + 1
  while (state && at < json.length) state = afterInComment(state, json[at++] as number)
  return at
}

/** Where a scan is in a value: between tokens, in a string, after a backslash in it, or in a comment. */
export type ScanMode = 'structure' | 'string' | 'escaped' | CommentState

/**
 * Skips one JSON value that begins with `{`, `[` or `"` and may go on over many chunks. Brackets and strings are
 * checked, the grammar between them is not; comments (`// …` to the end of the line, `/* … *\/`) are passed over.
 *
 * @throws {SyntaxError} for brackets that do not match, a control character in a string, and too deep nesting
 */
export class JsonValueScanner {
  /** The closing bytes of what is open, the outermost first. */
  closers: number[] = []
  mode: ScanMode = 'structure'

  /** Whether the value has not ended yet. */
  get open(): boolean {
    return this.closers.length > 0 || this.mode !== 'structure'
  }

  begin(first: number): void {
    if (first === QUOTE) this.mode = 'string'
    else this.closers.push(closing(first))
  }

  /** The index after the value's last byte, or `chunk.length` while it is still open. */
  skip(chunk: Uint8Array, from: number): number {
    let at = from
    do at = this.#skipInMode(chunk, at)
    while (at < chunk.length && this.open)
    return at
  }

  #skipInMode(chunk: Uint8Array, at: number): number {
    switch (this.mode) {
      case 'structure':
        return this.#skipStructure(chunk, at)
      case 'string':
        return this.#skipString(chunk, at)
      case 'escaped':
        return this.#skipEscaped(chunk, at)
      default:
        this.mode = afterInComment(this.mode, chunk[at] as number) ?? 'structure'
        return at + 1
    }
  }

  #skipStructure(chunk: Uint8Array, from: number): number {
    const end = chunk.length
    for (let at = from; at < end; at++) {
      const byte = chunk[at] as number
      if (STRUCTURAL[byte] === 0) continue
      if (byte === QUOTE) this.mode = 'string'
      else if (byte === SLASH) this.mode = 'begun'
      else this.#bracket(byte)
      return at + 1
    }
    return end
  }

  #skipString(chunk: Uint8Array, from: number): number {
    let at = from
    while (at < chunk.length && IN_STRING[chunk[at] as number] === 0) at++
    if (at === chunk.length) return at
    const byte = chunk[at] as number
    if (byte < SPACE) throw new SyntaxError(FAULTS.control)
    this.mode = byte === QUOTE ? 'structure' : 'escaped'
    return at + 1
  }

  #skipEscaped(chunk: Uint8Array, at: number): number {
    if ((chunk[at] as number) < SPACE) throw new SyntaxError(FAULTS.control)
    this.mode = 'string'
    return at + 1
  }

  #bracket(byte: number): void {
    if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
      if (this.closers.length >= MAX_DEPTH) throw new SyntaxError(FAULTS.depth)
      this.closers.push(closing(byte))
    } else if (this.closers.pop() !== byte) throw new SyntaxError(FAULTS.brackets)
  }
}
