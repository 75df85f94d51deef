import { WireError } from '../errors.ts'
import { memberOf } from '../json/members.ts'
import * as json from '../json/scan.ts'
import { endsScalar, isSpace, JsonValueScanner } from '../json/scan.ts'
import { formatSize } from '../units.ts'

/** What was found in one chunk of a response. The buffers are views of it: copy what must outlive it. */
export interface Batch {
  /** The hits that this chunk completed, each exactly as the cluster sent it. */
  hits: Buffer[]
  /** The bytes of this chunk that belong to the array `hits.hits`, brackets included. */
  array: Buffer | undefined
  /** The chunk itself. */
  bytes: Buffer
}

/** A response without its hits. */
export interface ScannedResponse {
  /** The raw JSON of the members that were to be kept, by their path. */
  members: ReadonlyMap<string, Buffer>
  /** Which of the members to be noticed it has. */
  noticed: ReadonlySet<string>
  /** The raw JSON of the last hit's `sort`, for `search_after`; undefined without `lastSort` and without a hit. */
  lastSort: Buffer | undefined
}

/** Which parts of a response a scanner collects besides the hits. */
export interface ScannerOptions {
  /** Members whose JSON is kept: top-level names, or paths such as `hits.total`. */
  keep?: readonly string[]
  /** Members of which it is only noticed that they are there. */
  notice?: readonly string[]
  /** Whether the last hit's `sort` is kept. Default: false. */
  lastSort?: boolean
  /** Largest hit, in bytes; other parts that have to be kept may have 8 MiB. Default: 256 MiB. */
  maxHit?: number | undefined
}

/**
 * Finds the elements of the top-level `hits.hits` while a response arrives, with only the current one in memory.
 * The levels above them are checked in full; in hits and in everything else only brackets and strings are.
 *
 * @throws {WireError} `foreign` for what is not a search response, `cut` for one that ends early, `oversize`
 */
export class HitScanner {
  readonly #grammar: ResponseGrammar
  readonly #value = new JsonValueScanner()
  #part: Part | undefined
  #earlier: Buffer[] = []
  /** The size of these. */
  #size = 0
  #from = 0
  #arrayFrom = 0
  #batch: Batch = { hits: [], array: undefined, bytes: Buffer.alloc(0) }
  readonly #keepsLast: boolean
  readonly #maxHit: number
  #lastHit: Buffer | undefined

  constructor(options: ScannerOptions = {}) {
    this.#grammar = new ResponseGrammar(new MemberCollector(options))
    this.#keepsLast = options.lastSort ?? false
    this.#maxHit = options.maxHit ?? DEFAULT_MAX_HIT
  }

  push(chunk: Buffer): Batch {
    try {
      return this.#scan(chunk)
    } catch (error) {
      throw error instanceof SyntaxError ? notSearchResponse(error.message, error) : error
    }
  }

  /** Ends the response. */
  end(): ScannedResponse {
    return { ...this.#grammar.end(), lastSort: this.#lastHit && memberOf(this.#lastHit, 'sort') }
  }

  #scan(chunk: Buffer): Batch {
    this.#batch = { hits: [], array: undefined, bytes: chunk }
    this.#from = 0
    this.#arrayFrom = 0
    let at = 0
    while (at < chunk.length) at = this.#part ? this.#within(chunk, at) : this.#between(chunk, at)
    if (this.#part && this.#part !== 'skipped') {
      const piece = chunk.subarray(this.#from)
      this.#checkSize(this.#part, piece)
      this.#earlier.push(piece)
    }
    if (this.#grammar.inArray) this.#batch.array = chunk.subarray(this.#arrayFrom)
    const last = this.#batch.hits.at(-1)
    if (last && this.#keepsLast) this.#lastHit = Buffer.from(last)
    return this.#batch
  }

  #between(chunk: Buffer, at: number): number {
    const byte = chunk[at] as number
    if (isSpace(byte)) return at + 1
    const wasInArray = this.#grammar.inArray
    const part = this.#grammar.token(byte)
    if (wasInArray && !this.#grammar.inArray) this.#batch.array = chunk.subarray(this.#arrayFrom, at + 1)
    if (!wasInArray && this.#grammar.inArray) this.#arrayFrom = at
    if (part) this.#begin(part, at)
    if (part && part !== 'scalar') this.#value.begin(byte)
    return at + 1
  }

  #begin(part: Part, at: number): void {
    this.#part = part
    this.#from = at
    this.#earlier = []
    this.#size = 0
  }

  #within(chunk: Buffer, from: number): number {
    if (this.#part !== 'scalar') {
      const at = this.#value.skip(chunk, from)
      if (!this.#value.open) this.#finish(chunk, at)
      return at
    }
    let at = from
    while (at < chunk.length && !endsScalar(chunk[at] as number)) at++
    if (at < chunk.length) this.#finish(chunk, at)
    return at
  }

  #finish(chunk: Buffer, end: number): void {
    const part = this.#part as Part
    this.#part = undefined
    const last = chunk.subarray(this.#from, end)
    if (part !== 'skipped') this.#checkSize(part, last)
    const bytes = this.#earlier.length > 0 ? Buffer.concat([...this.#earlier, last]) : last
    this.#earlier = []
    if (part === 'hit') this.#batch.hits.push(bytes)
    this.#grammar.ended(part, part === 'skipped' ? undefined : bytes)
  }

  #checkSize(part: Part, piece: Buffer): void {
    this.#size += piece.length
    const limit = part === 'hit' ? this.#maxHit : Math.min(this.#maxHit, MAX_MEMBER)
    if (this.#size > limit) throw tooLarge(part, limit)
  }
}

/** In bytes; Elasticsearch takes no document of more than 100 MiB, unless its settings allow it. */
const DEFAULT_MAX_HIT = 256 * 2 ** 20

/** Of a key or of a member that is kept: it is parsed, and so takes many times its size in memory. In bytes. */
const MAX_MEMBER = 8 * 2 ** 20

function tooLarge(part: Part, limit: number): WireError {
  const what = `the reply is too large: ${part === 'hit' ? 'a hit' : 'a part besides the hits'} has more than ${formatSize(limit)}`
  if (part !== 'hit') return new WireError('oversize', what)
  return new WireError('oversize', what, {
    advice: 'increase `maxHit`, or request less of each document',
    hint: { kind: 'allow-larger-hit' },
  })
}

/** A run of bytes that the scanner treats as one; all but `skipped` are passed on when they end. */
type Part = 'key' | 'member' | 'scalar' | 'hit' | 'skipped'

type Frame = 'response' | 'hits' | 'array'
type Expected = 'start' | 'first' | 'key' | 'colon' | 'value' | 'comma' | 'nothing'

/**
 * The three levels of a search response above its hits, `{ hits: { hits: [ … ] } }`:
 * what may come next, and what the first byte of a token begins.
 */
class ResponseGrammar {
  readonly #frames: Frame[] = []
  readonly #members: MemberCollector
  #expected: Expected = 'start'
  #key = ''

  constructor(members: MemberCollector) {
    this.#members = members
  }

  get inArray(): boolean {
    return this.#frames.at(-1) === 'array'
  }

  /** Processes the first byte of a token; returns the part that it begins, if it begins one. */
  token(byte: number): Part | undefined {
    switch (this.#expected) {
      case 'start':
        if (byte !== json.OPEN_BRACE) throw notSearchResponse('it is not a JSON object')
        return this.#enter('response')
      case 'first':
        if (this.#closes(byte)) return this.#leave()
        return this.inArray ? this.#value(byte) : startKey(byte)
      case 'key':
        return startKey(byte)
      case 'colon':
        if (byte !== json.COLON) throw notSearchResponse('a colon is missing')
        this.#expected = 'value'
        return undefined
      case 'value':
        return this.#value(byte)
      case 'comma':
        return this.#separator(byte)
      case 'nothing':
        throw notSearchResponse('more bytes follow after its end')
    }
  }

  /** Processes the bytes of a part that has ended. */
  ended(part: Part, bytes: Buffer | undefined): void {
    this.#expected = part === 'key' ? 'colon' : 'comma'
    if (part === 'hit' || bytes === undefined) return
    if (part === 'scalar' && !json.isScalar(bytes.toString()))
      throw notSearchResponse('a value that is not JSON')
    if (part === 'key') this.#key = decodeKey(bytes.toString())
    else if (this.#isKept) this.#members.keep(this.#path, bytes)
  }

  /** Ends the response. */
  end(): Omit<ScannedResponse, 'lastSort'> {
    if (this.#expected === 'start') throw notSearchResponse('it is empty')
    if (this.#expected !== 'nothing') {
      throw new WireError('cut', 'the reply ended early, in the middle of its JSON')
    }
    return this.#members.end()
  }

  /** The path of the current member, from the top of the response. */
  get #path(): string {
    return this.#frames.length === 2 ? `hits.${this.#key}` : this.#key
  }

  get #isKept(): boolean {
    return this.#members.isKept(this.#path)
  }

  #value(byte: number): Part | undefined {
    if (this.inArray && byte !== json.OPEN_BRACE)
      throw notSearchResponse('an element of its hits.hits is not an object')
    if (this.inArray) return 'hit'
    this.#members.notice(this.#path)
    if (this.#key === 'hits' && this.#frames.length === 2) return this.#array(byte)
    if (this.#path === 'hits') this.#members.enter('hits')
    if (this.#path === 'hits' && byte === json.OPEN_BRACE) return this.#enter('hits')
    if (this.#isKept) this.#members.enter(this.#path)
    if (!json.opens(byte)) return 'scalar'
    return this.#isKept ? 'member' : 'skipped'
  }

  #array(byte: number): undefined {
    this.#members.enter('hits.hits')
    if (byte !== json.OPEN_BRACKET) throw notSearchResponse('its hits.hits is not an array')
    this.#enter('array')
  }

  #separator(byte: number): undefined {
    if (this.#closes(byte)) return this.#leave()
    if (byte !== json.COMMA) throw notSearchResponse('a comma is missing')
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

function startKey(byte: number): Part {
  if (byte !== json.QUOTE) throw notSearchResponse('a key is missing')
  return 'key'
}

/** Collects the members besides the hits that the caller wants. */
class MemberCollector {
  readonly #entered = new Set<string>()
  readonly #wanted: ReadonlySet<string>
  readonly #kept = new Map<string, Buffer>()
  readonly #watched: ReadonlySet<string>
  readonly #noticed = new Set<string>()

  constructor({ keep = [], notice = [] }: ScannerOptions) {
    this.#wanted = new Set(keep)
    this.#watched = new Set(notice)
  }

  isKept(path: string): boolean {
    return this.#wanted.has(path)
  }

  /** Called when a member that matters begins. There must be only one, since JSON does not say which of two applies. */
  enter(path: string): void {
    if (this.#entered.has(path)) throw notSearchResponse(`it has two ${path}`)
    this.#entered.add(path)
  }

  notice(path: string): void {
    if (this.#watched.has(path)) this.#noticed.add(path)
  }

  keep(path: string, bytes: Buffer): void {
    this.#kept.set(path, Buffer.from(bytes)) // they are a view of the chunk, which is not kept
  }

  /** @throws {WireError} `foreign` if there are no hits */
  end(): Omit<ScannedResponse, 'lastSort'> {
    if (!this.#entered.has('hits.hits')) throw notSearchResponse('it has no hits.hits')
    return { members: this.#kept, noticed: this.#noticed }
  }
}

/** The key that a JSON string stands for. */
const decodeKey = (text: string): string =>
  text.includes('\\') ? String(parseMember(text)) : text.slice(1, -1)

/** @throws {WireError} `foreign` for what is not valid JSON */
export function parseMember(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw notSearchResponse('part of it is not valid JSON', cause)
  }
}

/** The error for a reply that is not valid JSON, or does not have the shape of a search response. */
export function notSearchResponse(what: string, cause?: unknown): WireError {
  return new WireError('foreign', `the reply is not an Elasticsearch search response: ${what}`, { cause })
}
