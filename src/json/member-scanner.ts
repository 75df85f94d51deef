import { Run } from './run.ts'
import * as json from './scan.ts'
import { endsScalar, isSpace, JsonValueScanner } from './scan.ts'
import { simdScanner } from './simd.ts'

/** Bytes of a value that still have to come, so that scanning them by WebAssembly is worth its start. */
const LONG = 16 * 1024

/**
 * What a scanner finds in an object, by path from its top: the keys joined by dots, and `*` for each element of an
 * array, as in `hits.hits.*`. A key with a dot in it is on no path.
 */
export interface WantedPaths {
  /** Elements of an array, each an object, that are given one by one: `hits.hits.*`. */
  each?: string
  /** Members whose JSON is kept. */
  keep?: readonly string[]
  /** The member whose bytes are passed on as they arrive. */
  pass?: string | undefined
  /** Members of which it is only noticed that they are there. */
  notice?: readonly string[]
}

/** What was found in one chunk. The buffers are views of it: copy what must outlive it. */
export interface FoundInChunk {
  /** The elements that this chunk completed. */
  runs: Run[]
  /** The bytes of this chunk that belong to the member to be passed on. */
  passed: Buffer | undefined
}

/** What becomes of the members that are found. */
export interface MemberHandler {
  /** Called when a part that is held in memory grows: its kind, and its bytes so far. May throw. */
  grown?: (part: 'element' | 'member', size: number) => void
  /** Called with a member that is kept; the bytes are a copy. */
  kept?: (path: string, bytes: Buffer) => void
  /** Called when a member that is to be noticed begins. */
  noticed?: (path: string) => void
}

/**
 * Finds members of a JSON object, and elements of an array in it, while its bytes arrive; only what is kept and the
 * current element are in memory. The levels above the wanted paths are checked in full; below them, and in everything
 * else, only brackets and strings are.
 *
 * @throws {SyntaxError} from `push`, for what is not such an object
 */
export class MemberScanner {
  readonly #grammar: PathGrammar
  readonly #value = new JsonValueScanner()
  readonly #handler: MemberHandler
  #part: Part | undefined
  #earlier: Buffer[] = []
  /** The size of the part so far. */
  #size = 0
  #from = 0
  #passedFrom = 0
  #found: FoundInChunk = { runs: [], passed: undefined }

  constructor(wanted: WantedPaths, handler: MemberHandler = {}) {
    this.#grammar = new PathGrammar(wanted, handler)
    this.#handler = handler
  }

  /** How far the object has arrived. */
  get state(): 'empty' | 'open' | 'complete' {
    return this.#grammar.state
  }

  /** Whether the object has a member on one of the wanted paths. */
  has(path: string): boolean {
    return this.#grammar.entered.has(path)
  }

  push(chunk: Buffer): FoundInChunk {
    this.#found = { runs: [], passed: undefined }
    this.#from = 0
    this.#passedFrom = 0
    let at = 0
    while (at < chunk.length) at = this.#part ? this.#within(chunk, at) : this.#between(chunk, at)
    if (this.#part && this.#part !== 'skipped') {
      const piece = Buffer.from(chunk.subarray(this.#from)) // a copy: the chunk is only valid now
      this.#grow(this.#part, piece.length)
      this.#earlier.push(piece)
    }
    if (this.#grammar.isPassing) this.#found.passed = chunk.subarray(this.#passedFrom)
    return this.#found
  }

  #between(chunk: Buffer, at: number): number {
    const byte = chunk[at] as number
    if (isSpace(byte)) return at + 1
    const wasPassing = this.#grammar.isPassing
    const part = this.#grammar.token(byte)
    if (wasPassing) this.#endPassing(chunk, at + 1)
    else if (this.#grammar.isPassing) this.#passedFrom = at
    if (part) this.#begin(part, at)
    if (part && part !== 'scalar') this.#value.begin(byte)
    return at + 1
  }

  #begin(part: Part, at: number): void {
    this.#part = part
    this.#from = at
    this.#size = 0
  }

  #within(chunk: Buffer, from: number): number {
    if (this.#part !== 'scalar') {
      const at = this.#skip(chunk, from)
      if (!this.#value.open) this.#finish(chunk, at)
      return at
    }
    let at = from
    while (at < chunk.length && !endsScalar(chunk[at] as number)) at++
    if (at < chunk.length) this.#finish(chunk, at)
    return at
  }

  /** Skips the current value, or a piece of it; after an element also those that lie side by side with it. */
  #skip(chunk: Buffer, from: number): number {
    const isElement = this.#part === 'element'
    const isLong = chunk.length - from >= LONG && (isElement || this.#from === 0)
    const simd = isLong && this.#value.closers.length > 0 ? simdScanner() : undefined
    if (!simd) return this.#value.skip(chunk, from)
    if (!isElement) return simd.skip(this.#value, chunk, from)
    return simd.skip(this.#value, chunk, from, (ended, begins) => {
      this.#addElement(chunk, ended)
      this.#begin('element', begins)
    })
  }

  #finish(chunk: Buffer, end: number): void {
    const part = this.#part as Part
    const wasPassing = this.#grammar.isPassing
    this.#part = undefined
    if (part === 'element') this.#addElement(chunk, end)
    this.#grammar.ended(
      part,
      part === 'element' || part === 'skipped' ? undefined : this.#take(part, chunk, end),
    )
    if (wasPassing) this.#endPassing(chunk, end)
  }

  #addElement(chunk: Buffer, end: number): void {
    const { runs } = this.#found
    if (this.#earlier.length > 0) {
      runs.push(new Run(this.#take('element', chunk, end)))
      return
    }
    this.#grow('element', end - this.#from)
    if (!runs.at(-1)?.extend(chunk, this.#from, end)) runs.push(new Run(chunk, this.#from, end))
  }

  /** The bytes of the current part, which ends here. */
  #take(part: Part, chunk: Buffer, end: number): Buffer {
    const last = chunk.subarray(this.#from, end)
    this.#grow(part, last.length)
    const bytes = this.#earlier.length > 0 ? Buffer.concat([...this.#earlier, last]) : last
    this.#earlier = []
    return bytes
  }

  #endPassing(chunk: Buffer, end: number): void {
    if (!this.#grammar.isPassing) this.#found.passed = chunk.subarray(this.#passedFrom, end)
  }

  #grow(part: Part, by: number): void {
    this.#size += by
    this.#handler.grown?.(part === 'element' ? part : 'member', this.#size)
  }
}

/** A run of bytes that the scanner treats as one; all but `skipped` are held in memory until they end. */
type Part = 'key' | 'member' | 'scalar' | 'element' | 'skipped'

/** An object or an array on the way to what is wanted. */
interface Frame {
  path: string
  isArray: boolean
}

type Expected = 'start' | 'first' | 'key' | 'colon' | 'value' | 'comma' | 'nothing'

/** The levels above what is wanted: what may come next, and what the first byte of a token begins. */
class PathGrammar {
  /** The wanted paths that have begun. */
  readonly entered = new Set<string>()
  readonly #frames: Frame[] = []
  readonly #wanted: WantedPaths
  readonly #kept: ReadonlySet<string>
  readonly #noticed: ReadonlySet<string>
  /** The paths above the wanted ones. */
  readonly #above: ReadonlySet<string>
  /** Those, and the wanted ones. */
  readonly #onWay: ReadonlySet<string>
  /** Those of which there must be only one. */
  readonly #unique: ReadonlySet<string>
  readonly #handler: MemberHandler
  #expected: Expected = 'start'
  #key = ''
  #passing = false

  constructor(wanted: WantedPaths, handler: MemberHandler) {
    const { each = [], keep = [], pass = [], notice = [] } = wanted
    this.#wanted = wanted
    this.#handler = handler
    this.#kept = new Set(keep)
    this.#noticed = new Set(notice)
    this.#above = new Set([each, keep, notice].flat().flatMap(pathsAbove))
    this.#onWay = new Set([...this.#above, ...keep, ...notice])
    this.#unique = new Set([...this.#above, ...keep, pass].flat().filter(path => !path.includes('*')))
  }

  get state(): 'empty' | 'open' | 'complete' {
    if (this.#expected === 'start') return 'empty'
    return this.#expected === 'nothing' ? 'complete' : 'open'
  }

  /** Whether the current token belongs to the member that is passed on. */
  get isPassing(): boolean {
    return this.#passing
  }

  /** Processes the first byte of a token; returns the part that it begins, if it begins one. */
  token(byte: number): Part | undefined {
    switch (this.#expected) {
      case 'start':
        if (byte !== json.OPEN_BRACE) throw new SyntaxError('it is not a JSON object')
        return this.#enter({ path: '', isArray: false })
      case 'first':
        if (this.#closes(byte)) return this.#leave()
        return this.#frame?.isArray ? this.#value(byte) : startKey(byte)
      case 'key':
        return startKey(byte)
      case 'colon':
        if (byte !== json.COLON) throw new SyntaxError('a colon is missing')
        this.#expected = 'value'
        return undefined
      case 'value':
        return this.#value(byte)
      case 'comma':
        return this.#separator(byte)
      case 'nothing':
        throw new SyntaxError('more bytes follow after its end')
    }
  }

  /** Processes the bytes of a part that has ended. */
  ended(part: Part, bytes: Buffer | undefined): void {
    this.#expected = part === 'key' ? 'colon' : 'comma'
    if (part !== 'key' && this.#path === this.#wanted.pass) this.#passing = false
    if (part === 'element' || bytes === undefined) return
    if (part === 'scalar' && !json.isScalar(bytes.toString()))
      throw new SyntaxError('a value that is not JSON')
    if (part === 'key') this.#key = decodeKey(bytes.toString())
    else if (this.#kept.has(this.#path)) this.#handler.kept?.(this.#path, Buffer.from(bytes))
  }

  get #frame(): Frame | undefined {
    return this.#frames.at(-1)
  }

  /** The path of the current value. */
  get #path(): string {
    const { path = '', isArray } = this.#frame ?? {}
    const key = isArray ? '*' : this.#key
    return path === '' ? key : `${path}.${key}`
  }

  #value(byte: number): Part | undefined {
    const path = this.#path
    if (path === this.#wanted.each) return startElement(byte, path)
    this.#notice(path)
    if (path === this.#wanted.pass) this.#passing = true
    if (this.#leadsOn(path, byte)) return this.#enter({ path, isArray: byte === json.OPEN_BRACKET })
    if (!json.opens(byte)) return 'scalar'
    return this.#kept.has(path) ? 'member' : 'skipped'
  }

  /** Whether a value is the object or the array that the paths below it need. */
  #leadsOn(path: string, byte: number): boolean {
    const elements = `${path}.*`
    if (elements === this.#wanted.each && byte !== json.OPEN_BRACKET)
      throw new SyntaxError(`its ${path} is not an array`)
    const isArray = elements === this.#wanted.each || this.#onWay.has(elements)
    return this.#above.has(path) && byte === (isArray ? json.OPEN_BRACKET : json.OPEN_BRACE)
  }

  #notice(path: string): void {
    if (this.#noticed.has(path)) this.#handler.noticed?.(path)
    if (!this.#unique.has(path)) return
    // JSON does not say which of two members applies
    if (this.entered.has(path)) throw new SyntaxError(`it has two ${path}`)
    this.entered.add(path)
  }

  #separator(byte: number): undefined {
    if (this.#closes(byte)) return this.#leave()
    if (byte !== json.COMMA) throw new SyntaxError('a comma is missing')
    this.#expected = this.#frame?.isArray ? 'value' : 'key'
  }

  #closes(byte: number): boolean {
    return byte === (this.#frame?.isArray ? json.CLOSE_BRACKET : json.CLOSE_BRACE)
  }

  #enter(frame: Frame): undefined {
    this.#frames.push(frame)
    this.#expected = 'first'
  }

  #leave(): undefined {
    const left = this.#frames.pop()
    if (left?.path === this.#wanted.pass) this.#passing = false
    this.#expected = this.#frames.length > 0 ? 'comma' : 'nothing'
  }
}

/** `hits`, `hits.hits` for `hits.hits.*`. */
const pathsAbove = (path: string): string[] =>
  path
    .split('.')
    .slice(0, -1)
    .map((_, index, keys) => keys.slice(0, index + 1).join('.'))

function startKey(byte: number): Part {
  if (byte !== json.QUOTE) throw new SyntaxError('a key is missing')
  return 'key'
}

function startElement(byte: number, path: string): Part {
  if (byte === json.OPEN_BRACE) return 'element'
  throw new SyntaxError(`an element of its ${path.slice(0, -2)} is not an object`)
}

/** The key that a JSON string stands for; one that looks like a path is none of those that are wanted. */
function decodeKey(text: string): string {
  const key = text.includes('\\') ? unescapeKey(text) : text.slice(1, -1)
  return key.includes('.') || key === '*' ? '' : key
}

function unescapeKey(text: string): string {
  try {
    return JSON.parse(text)
  } catch {
    throw new SyntaxError('part of it is not valid JSON')
  }
}
