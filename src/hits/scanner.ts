import { WireError } from '../errors.ts'
import { type FoundInChunk, MemberScanner, type WantedPaths } from '../json/member-scanner.ts'
import { Run } from '../json/run.ts'
import { formatSize } from '../units.ts'

/** What was found in one chunk of a response. The buffers are views of it: copy what must outlive it. */
export class Batch {
  /** The hits that this chunk completed, each exactly as the cluster sent it. */
  readonly runs: readonly Run[]
  /** The bytes of this chunk that belong to the member that is passed on. */
  readonly passed: Buffer | undefined
  /** The chunk itself. */
  readonly bytes: Buffer
  #hits: readonly Buffer[] | undefined

  constructor({ runs, passed }: FoundInChunk, bytes: Buffer) {
    this.runs = runs
    this.passed = passed
    this.bytes = bytes
  }

  /** How many hits there are. */
  get count(): number {
    return this.runs.reduce((sum, { ends }) => sum + ends.length, 0)
  }

  /** The hits one by one. */
  get hits(): readonly Buffer[] {
    this.#hits ??= this.runs.flatMap(run => run.elements)
    return this.#hits
  }

  /** The same with these hits instead. */
  with(hits: readonly Buffer[]): Batch {
    return new Batch({ runs: hits.map(hit => new Run(hit)), passed: this.passed }, this.bytes)
  }
}

/** A response without its hits. */
export interface ScannedResponse {
  /** The raw JSON of the members that were to be kept, by their path. */
  members: ReadonlyMap<string, Buffer>
  /** Which of the members to be noticed it has. */
  noticed: ReadonlySet<string>
}

/** Which parts of a response a scanner collects besides the hits: those to keep, to pass on and to notice, by path. */
export interface ScannerOptions extends Omit<WantedPaths, 'each'> {
  /** Called with each member that is kept when it has arrived, before the hits after it are given out. May throw. */
  onKept?: ((path: string, json: Buffer) => void) | undefined
  /** Where the hits are. Default: `hits.hits`. */
  array?: string
  /** Largest hit, in bytes; other parts that have to be kept may have 8 MiB. Default: 256 MiB. */
  maxHit?: number | undefined
}

/**
 * Finds the elements of the top-level `hits.hits`, or of another array, while a response arrives, with only the current one in memory.
 * The levels above them are checked in full; in hits and in everything else only brackets and strings are.
 *
 * @throws {WireError} `foreign` for what is not a search response, `cut` for one that ends early, `oversize`
 */
export class HitScanner {
  readonly #scanner: MemberScanner
  readonly #members = new Map<string, Buffer>()
  readonly #noticed = new Set<string>()
  readonly #array: string

  constructor({ array = 'hits.hits', maxHit = DEFAULT_MAX_HIT, onKept, ...wanted }: ScannerOptions = {}) {
    this.#array = array
    this.#scanner = new MemberScanner(
      { ...wanted, each: `${array}.*` },
      {
        grown: (part, size) => checkSize(part, size, maxHit),
        kept: (path, bytes) => {
          this.#members.set(path, bytes)
          onKept?.(path, bytes)
        },
        noticed: path => this.#noticed.add(path),
      },
    )
  }

  push(chunk: Buffer): Batch {
    return new Batch(this.#find(chunk), chunk)
  }

  /** Ends the response. */
  end(): ScannedResponse {
    if (this.#scanner.state === 'empty') throw notSearchResponse('it is empty')
    if (this.#scanner.state === 'open')
      throw new WireError('cut', 'the reply ended early, in the middle of its JSON')
    if (!this.#scanner.has(this.#array)) throw notSearchResponse(`it has no ${this.#array}`)
    return { members: this.#members, noticed: this.#noticed }
  }

  #find(chunk: Buffer): FoundInChunk {
    try {
      return this.#scanner.push(chunk)
    } catch (error) {
      throw error instanceof SyntaxError ? notSearchResponse(error.message, error) : error
    }
  }
}

/** In bytes; Elasticsearch takes no document of more than 100 MiB, unless its settings allow it. */
export const DEFAULT_MAX_HIT = 256 * 2 ** 20

/** Of a key or of a member that is kept: it is parsed, and so takes many times its size in memory. In bytes. */
const MAX_MEMBER = 8 * 2 ** 20

/** @throws {WireError} `oversize` for a part that would fill the memory */
export function checkSize(part: 'element' | 'member', size: number, maxHit = DEFAULT_MAX_HIT): void {
  const limit = part === 'element' ? maxHit : Math.min(maxHit, MAX_MEMBER)
  if (size > limit) throw tooLarge(part, limit)
}

function tooLarge(part: 'element' | 'member', limit: number): WireError {
  const what = `the reply is too large: ${part === 'element' ? 'a hit' : 'a part besides the hits'} has more than ${formatSize(limit)}`
  if (part === 'member') return new WireError('oversize', what)
  return new WireError('oversize', what, {
    advice: 'increase `maxHit`, or request less of each document',
    hint: { kind: 'allow-larger-hit' },
  })
}

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
