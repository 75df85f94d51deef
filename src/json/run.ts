import { memberOf } from './members.ts'
import { JsonValueScanner, OPEN_BRACE } from './scan.ts'
import { simdScanner } from './simd.ts'

/** Elements of an array that lie side by side in memory, with one byte between them; none of them is copied. */
export class Run {
  /** Where in `bytes` each of them ends. */
  readonly ends: number[]
  readonly #memory: Buffer
  readonly #start: number

  /** A first element. */
  constructor(memory: Buffer, start = 0, end = memory.length) {
    this.#memory = memory
    this.#start = start
    this.ends = [end - start]
  }

  /** The elements that end in a piece of memory where `ends` says. */
  static of(memory: Buffer, [first, ...others]: readonly number[]): Run {
    const run = new Run(memory, 0, first)
    run.ends.push(...others)
    return run
  }

  /** Adds the element from `start` to `end`, if it lies next to the last one; returns whether it does. */
  extend(memory: Buffer, start: number, end: number): boolean {
    if (memory !== this.#memory || start !== this.#start + this.size + 1) return false
    this.ends.push(end - this.#start)
    return true
  }

  /** All of them, and what is between them. */
  get bytes(): Buffer {
    return this.#memory.subarray(this.#start, this.#start + this.size)
  }

  /** Copies `bytes` to a place in other memory. */
  copy(to: Buffer, at: number): void {
    this.#memory.copy(to, at, this.#start, this.#start + this.size)
  }

  get elements(): Buffer[] {
    return this.ends.map((_, index) => this.element(index))
  }

  get first(): Buffer {
    return this.element(0)
  }

  get last(): Buffer {
    return this.element(this.ends.length - 1)
  }

  /** The JSON of the first member of a name, of those elements, all objects, that have one. */
  membersOf(name: string): Buffer[] {
    const simd = this.ends.length > 1 ? simdScanner() : undefined
    if (!simd) return this.elements.flatMap(element => memberOf(element, name) ?? [])
    const { bytes } = this // scanned again: to keep what the first scan saw takes memory for every hit of every format
    const found: (Buffer | undefined)[] = []
    const value = new JsonValueScanner()
    value.begin(OPEN_BRACE)
    let start = 0
    for (let at = 1; at < bytes.length; )
      at = simd.skip(value, bytes, at, (_, begins, memberBegins, memberEnded) => {
        found.push(memberOf(bytes, name, start, { start: memberBegins, end: memberEnded }))
        start = begins
      })
    found.push(memberOf(bytes, name, start))
    return found.filter(member => member !== undefined)
  }

  /** One of them, by its index. */
  element(index: number): Buffer {
    const start = index === 0 ? 0 : (this.ends[index - 1] as number) + 1
    return this.#memory.subarray(this.#start + start, this.#start + (this.ends[index] as number))
  }

  /** Of `bytes`. */
  get size(): number {
    return this.ends.at(-1) as number
  }
}
