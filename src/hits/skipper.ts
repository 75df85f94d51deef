import { broken } from './broken.ts'
import {
  BACKSLASH,
  closing,
  IN_STRING,
  OPEN_BRACE,
  OPEN_BRACKET,
  QUOTE,
  SPACE,
  STRUCTURAL,
} from './tokens.ts'

/** Elasticsearch itself stops at 1,000; without a limit a hostile server could fill the memory with brackets. */
const MAX_DEPTH = 100_000

/**
 * Passes over one JSON value that begins with `{`, `[` or `"` and may go on over many chunks.
 * Brackets and strings are checked, separators are not: what lies between belongs to the cluster.
 */
export class Skipper {
  readonly #closers: number[] = []
  #inString = false
  #escaped = false

  /** Whether the value has not ended yet. */
  get open(): boolean {
    return this.#inString || this.#closers.length > 0
  }

  begin(first: number): void {
    if (first === QUOTE) this.#inString = true
    else this.#closers.push(closing(first))
  }

  /** The index behind the value's last byte, or `chunk.length` while it is still open. */
  skip(chunk: Uint8Array, from: number): number {
    let at = from
    do {
      at = this.#inString ? this.#passString(chunk, at) : this.#passStructure(chunk, at)
    } while (at < chunk.length && this.open)
    return at
  }

  #passString(chunk: Uint8Array, from: number): number {
    let at = this.#escaped ? this.#passEscaped(chunk, from) : from
    while (at < chunk.length) {
      while (at < chunk.length && IN_STRING[chunk[at] as number] === 0) at++
      if (chunk[at] === QUOTE) {
        this.#inString = false
        return at + 1
      }
      if (at < chunk.length) at = this.#passEscape(chunk, at)
    }
    return at
  }

  #passEscape(chunk: Uint8Array, at: number): number {
    if (chunk[at] !== BACKSLASH) throw broken('a control character in a string')
    this.#escaped = true
    return at + 1 < chunk.length ? this.#passEscaped(chunk, at + 1) : at + 1
  }

  #passEscaped(chunk: Uint8Array, at: number): number {
    if ((chunk[at] as number) < SPACE) throw broken('a control character in a string')
    this.#escaped = false
    return at + 1
  }

  #passStructure(chunk: Uint8Array, from: number): number {
    const end = chunk.length
    for (let at = from; at < end; at++) {
      const byte = chunk[at] as number
      if (STRUCTURAL[byte] === 0) continue
      if (byte === QUOTE) this.#inString = true
      else this.#bracket(byte)
      return at + 1
    }
    return end
  }

  #bracket(byte: number): void {
    if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
      if (this.#closers.length >= MAX_DEPTH) throw broken(`nested deeper than ${MAX_DEPTH}`)
      this.#closers.push(closing(byte))
    } else if (this.#closers.pop() !== byte) throw broken('brackets that do not match')
  }
}
