import type { Response } from './members.ts'
import { Outline, type Part } from './outline.ts'
import { Skipper } from './skipper.ts'
import { endsScalar, isSpace } from './tokens.ts'

/** What one chunk of a response brought. The buffers are views of it: copy what must outlive it. */
export interface Batch {
  /** The hits that this chunk completed, each exactly as the cluster sent it. */
  hits: Buffer[]
  /** The bytes of this chunk that belong to the array `hits.hits`, brackets included. */
  array: Buffer | undefined
  /** The chunk itself. */
  bytes: Buffer
}

/**
 * Finds the elements of the top-level `hits.hits` while a response arrives, in the memory of the largest.
 * The levels that lead there are checked in full; of a hit and of everything else brackets and strings are.
 *
 * @throws {WireError} `foreign` for what is no search response, `cut` for one that ends early
 */
export class HitScanner {
  readonly #outline = new Outline()
  readonly #skipper = new Skipper()
  #part: Part | undefined
  #earlier: Buffer[] = []
  #from = 0
  #arrayFrom = 0
  #batch: Batch = { hits: [], array: undefined, bytes: Buffer.alloc(0) }

  push(chunk: Buffer): Batch {
    this.#batch = { hits: [], array: undefined, bytes: chunk }
    this.#from = 0
    this.#arrayFrom = 0
    let at = 0
    while (at < chunk.length) at = this.#part ? this.#within(chunk, at) : this.#between(chunk, at)
    if (this.#part && this.#part !== 'skipped') this.#earlier.push(chunk.subarray(this.#from))
    if (this.#outline.inArray) this.#batch.array = chunk.subarray(this.#arrayFrom)
    return this.#batch
  }

  /** Ends the response. */
  end(): Response {
    return this.#outline.end()
  }

  #between(chunk: Buffer, at: number): number {
    const byte = chunk[at] as number
    if (isSpace(byte)) return at + 1
    const wasInArray = this.#outline.inArray
    const part = this.#outline.token(byte)
    if (wasInArray && !this.#outline.inArray) this.#batch.array = chunk.subarray(this.#arrayFrom, at + 1)
    if (!wasInArray && this.#outline.inArray) this.#arrayFrom = at
    if (part) this.#begin(part, at)
    if (part && part !== 'scalar') this.#skipper.begin(byte)
    return at + 1
  }

  #begin(part: Part, at: number): void {
    this.#part = part
    this.#from = at
    this.#earlier = []
  }

  #within(chunk: Buffer, from: number): number {
    if (this.#part !== 'scalar') {
      const at = this.#skipper.skip(chunk, from)
      if (!this.#skipper.open) this.#finish(chunk, at)
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
    const bytes = this.#earlier.length > 0 ? Buffer.concat([...this.#earlier, last]) : last
    this.#earlier = []
    if (part === 'hit') this.#batch.hits.push(bytes)
    this.#outline.ended(part, part === 'skipped' ? undefined : bytes)
  }
}
