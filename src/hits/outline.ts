import { WireError } from '../errors.ts'
import { broken } from './broken.ts'
import { isJudged } from './envelope.ts'
import { keyOf, Members, type Response } from './members.ts'
import * as json from './tokens.ts'

/** A run of bytes that the scanner passes over as one; all but `skipped` are handed on when they end. */
export type Part = 'key' | 'member' | 'scalar' | 'hit' | 'skipped'

type Frame = 'response' | 'hits' | 'array'
type Expected = 'start' | 'first' | 'key' | 'colon' | 'value' | 'comma' | 'nothing'

/**
 * The three levels of a search response that lead to its hits, `{ hits: { hits: [ … ] } }`:
 * what may come next, and what a byte between two tokens begins.
 */
export class Outline {
  readonly #frames: Frame[] = []
  readonly #members = new Members()
  #expected: Expected = 'start'
  #key = ''

  get inArray(): boolean {
    return this.#frames.at(-1) === 'array'
  }

  /** Takes the first byte of a token; answers with the part that it begins, if it begins one. */
  token(byte: number): Part | undefined {
    switch (this.#expected) {
      case 'start':
        if (byte !== json.OPEN_BRACE) throw broken('it is no JSON object')
        return this.#enter('response')
      case 'first':
        if (this.#closes(byte)) return this.#leave()
        return this.inArray ? this.#value(byte) : begunKey(byte)
      case 'key':
        return begunKey(byte)
      case 'colon':
        if (byte !== json.COLON) throw broken('a colon is missing')
        this.#expected = 'value'
        return undefined
      case 'value':
        return this.#value(byte)
      case 'comma':
        return this.#separator(byte)
      case 'nothing':
        throw broken('more bytes follow after its end')
    }
  }

  /** Takes the bytes of a part that has ended. */
  ended(part: Part, bytes: Buffer | undefined): void {
    this.#expected = part === 'key' ? 'colon' : 'comma'
    if (part === 'hit' || bytes === undefined) return
    const text = bytes.toString()
    if (part === 'scalar' && !json.isScalar(text)) throw broken('a value that JSON does not know')
    if (part === 'key') this.#key = keyOf(text)
    else if (this.#judged) this.#members.keep(this.#key, text)
  }

  /** Ends the response; what is left of it is its envelope. */
  end(): Response {
    if (this.#expected === 'start') throw broken('it is empty')
    if (this.#expected !== 'nothing') {
      throw new WireError('cut', 'the reply ended early, in the middle of its JSON')
    }
    return this.#members.end()
  }

  get #judged(): boolean {
    return this.#frames.length === 1 && isJudged(this.#key)
  }

  #value(byte: number): Part | undefined {
    if (this.inArray && byte !== json.OPEN_BRACE) throw broken('an element of its hits.hits is no object')
    if (this.inArray) return 'hit'
    if (this.#frames.length === 1) this.#members.see(this.#key)
    if (this.#key === 'hits' && this.#frames.length === 2) return this.#array(byte)
    if (this.#key === 'hits') this.#members.meet('hits')
    if (this.#key === 'hits' && byte === json.OPEN_BRACE) return this.#enter('hits')
    if (this.#judged) this.#members.meet(this.#key)
    if (!json.opens(byte)) return 'scalar'
    return this.#judged ? 'member' : 'skipped'
  }

  #array(byte: number): undefined {
    this.#members.meet('hits.hits')
    if (byte !== json.OPEN_BRACKET) throw broken('its hits.hits is no array')
    this.#enter('array')
  }

  #separator(byte: number): undefined {
    if (this.#closes(byte)) return this.#leave()
    if (byte !== json.COMMA) throw broken('a comma is missing')
    this.#expected = this.inArray ? 'value' : 'key'
  }

  #closes(byte: number): boolean {
    return byte === (this.inArray ? json.CLOSE_BRACKET : json.CLOSE_BRACE)
  }

  #enter(frame: Frame): undefined {
    this.#frames.push(frame)
    this.#expected = 'first'
  }

  #leave(): undefined {
    this.#frames.pop()
    this.#expected = this.#frames.length > 0 ? 'comma' : 'nothing'
  }
}

function begunKey(byte: number): Part {
  if (byte !== json.QUOTE) throw broken('a key is missing')
  return 'key'
}
