import { isUtf8 } from 'node:buffer'
import { StringDecoder } from 'node:string_decoder'
import type { ChalkInstance } from 'chalk'
import {
  ASTERISK,
  afterInComment,
  BACKSLASH,
  CLOSE_BRACE,
  CLOSE_BRACKET,
  COLON,
  COMMA,
  type CommentState,
  endsScalar,
  isSpace,
  LINE_FEED,
  OPEN_BRACE,
  OPEN_BRACKET,
  opens,
  QUOTE,
  SLASH,
  SPACE,
} from '../../json/scan.ts'
import { escapeControls, escapeLines } from '../../text.ts'
import { Bytes } from './bytes.ts'

const INDENT = 2

/** Deeper brackets are not indented further: 100,000 of them would become gigabytes of blanks. */
const MAX_INDENT = 50

/** The bytes that are, or in UTF-8 may begin, what `escapeControls` replaces. */
const MAY_CONTROL = new Uint8Array(256).fill(1, 0, SPACE)
for (const byte of [0x7f, 0xc2, 0xd8, 0xe2]) MAY_CONTROL[byte] = 1

/** What is written before and after a text in a color. */
interface Color {
  before: Buffer
  after: Buffer
}

/**
 * JSON for people: the same tokens, indented and colored, from the bytes as they arrive and without parsing them.
 * Control characters of a document become visible instead of reaching the terminal.
 */
export class PrettyJson {
  readonly #chalk: ChalkInstance
  readonly #isColored: boolean
  readonly #colors: Record<'key' | 'string' | 'scalar', Color>
  readonly #decoder = new StringDecoder('utf8')
  /** Whether the decoder may have the beginning of a character. */
  #hasCut = false
  readonly #out = new Bytes()
  /** The brackets that are open. */
  readonly #open: number[] = []
  #inString = false
  #escaped = false
  #key = false
  /** What goes before the next token that is not a separator. */
  #gap: 'line' | 'space' | undefined
  /** Whether nothing has followed the last opening bracket. */
  #empty = false
  #comment: CommentState | undefined

  constructor(chalk: ChalkInstance) {
    this.#chalk = chalk
    this.#isColored = chalk.level > 0
    this.#colors = { key: around(chalk.cyan), string: around(chalk.green), scalar: around(chalk.yellow) }
  }

  /** The painted form of the next bytes. */
  format(bytes: Buffer): string {
    this.#paint(bytes)
    return this.#out.take().toString()
  }

  /** The painted form of each of these values, and a line feed after it; valid until the next call. */
  formatEach(values: readonly Buffer[]): Buffer {
    for (const value of values) {
      this.#paint(value)
      this.#out.byte(LINE_FEED)
    }
    return this.#out.take()
  }

  #paint(bytes: Buffer): void {
    const text = this.#wholeCharacters(bytes)
    for (let at = 0; at < text.length; ) at = this.#passToken(text, at)
  }

  /** The same in valid UTF-8; the beginning of a character at the end of `bytes` waits for the next ones. */
  #wholeCharacters(bytes: Buffer): Buffer {
    const isDecoding = this.#hasCut
    this.#hasCut = !isUtf8(bytes)
    return isDecoding || this.#hasCut ? Buffer.from(this.#decoder.write(bytes)) : bytes
  }

  /** Paints the token at `at`, or what there is of it; returns the index after it. */
  #passToken(text: Buffer, at: number): number {
    if (this.#inString) return this.#passString(text, at, at)
    if (this.#comment) return this.#passComment(text, at)
    const byte = text[at] as number
    switch (byte) {
      case QUOTE:
        this.#lead()
        this.#inString = true
        return this.#passString(text, at, at + 1)
      case SLASH:
        this.#comment = 'begun'
        this.#empty = false
        this.#out.text(` ${this.#chalk.gray('/')}`)
        return at + 1
      case OPEN_BRACE:
      case OPEN_BRACKET:
        this.#opening(byte)
        return at + 1
      case CLOSE_BRACE:
      case CLOSE_BRACKET:
        this.#closing(byte)
        return at + 1
      case COMMA:
        this.#separator(byte, 'line')
        return at + 1
      case COLON:
        this.#separator(byte, 'space')
        return at + 1
      default:
        return isSpace(byte) ? at + 1 : this.#passScalar(text, at)
    }
  }

  /** The string that begins or continues at `start`, and of which the bytes from `from` are yet to be looked at. */
  #passString(text: Buffer, start: number, from: number): number {
    let at = from
    let inString = true
    let escaped = this.#escaped
    while (at < text.length && inString) {
      const byte = text[at++]
      if (escaped) escaped = false
      else if (byte === BACKSLASH) escaped = true
      else if (byte === QUOTE) inString = false
    }
    this.#inString = inString
    this.#escaped = escaped
    this.#show(text, start, at, this.#key ? this.#colors.key : this.#colors.string)
    return at
  }

  #passScalar(text: Buffer, start: number): number {
    this.#lead()
    let at = start
    while (at < text.length && isInScalar(text[at] as number)) at++
    this.#show(text, start, at, this.#colors.scalar)
    return at
  }

  #passComment(text: Buffer, from: number): number {
    const end = this.#endOfComment(text, from)
    this.#out.text(this.#chalk.gray(escapeLines(text.toString('utf8', from, end))))
    return end
  }

  /** The index after the comment that continues at `from`, or the text's length while it has not ended. */
  #endOfComment(text: Buffer, from: number): number {
    for (let at = from; at < text.length; at++) {
      const byte = text[at] as number
      if (this.#comment === 'begun' && byte !== SLASH && byte !== ASTERISK) {
        this.#comment = undefined // not JSON, which is shown all the same
        return at
      }
      const isLine = this.#comment === 'line'
      this.#comment = afterInComment(this.#comment as CommentState, byte)
      if (this.#comment) continue
      this.#gap = isLine ? 'line' : (this.#gap ?? 'space')
      return isLine ? at : at + 1
    }
    return text.length
  }

  #show(text: Buffer, start: number, end: number, { before, after }: Color): void {
    if (this.#isColored) this.#out.copy(before, 0, before.length)
    let plain = start
    while (plain < end && MAY_CONTROL[text[plain] as number] === 0) plain++
    this.#out.copy(text, start, plain)
    if (plain < end) this.#out.text(escapeControls(text.toString('utf8', plain, end)))
    if (this.#isColored) this.#out.copy(after, 0, after.length)
  }

  #opening(bracket: number): void {
    this.#lead()
    this.#out.byte(bracket)
    this.#open.push(bracket)
    this.#empty = true
    this.#gap = 'line'
    this.#key = bracket === OPEN_BRACE
  }

  #closing(bracket: number): void {
    this.#open.pop()
    if (!this.#empty) this.#line()
    this.#out.byte(bracket)
    this.#empty = false
    this.#gap = undefined
  }

  #separator(separator: number, gap: 'line' | 'space'): void {
    if (this.#gap === 'line') this.#line()
    this.#out.byte(separator)
    this.#gap = gap
    this.#key = gap === 'line' && this.#open.at(-1) === OPEN_BRACE
  }

  /** What goes before a value or a key. */
  #lead(): void {
    if (this.#gap === 'line') this.#line()
    else if (this.#gap === 'space') this.#out.byte(SPACE)
    this.#empty = false
    this.#gap = undefined
  }

  #line(): void {
    this.#out.byte(LINE_FEED)
    this.#out.blanks(INDENT * Math.min(this.#open.length, MAX_INDENT))
  }
}

function around(color: ChalkInstance): Color {
  const [before = '', after = ''] = color('-').split('-')
  return { before: Buffer.from(before), after: Buffer.from(after) }
}

/** Whether a number, a word, or what is no JSON goes on with this byte. */
const isInScalar = (byte: number): boolean =>
  !endsScalar(byte) && !opens(byte) && byte !== COLON && byte !== SLASH
