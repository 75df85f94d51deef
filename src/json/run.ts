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

  /** Adds the element from `start` to `end`, if it lies next to the last one; returns whether it does. */
  extend(memory: Buffer, start: number, end: number): boolean {
    if (memory !== this.#memory || start !== this.#start + this.#size + 1) return false
    this.ends.push(end - this.#start)
    return true
  }

  /** All of them, and what is between them. */
  get bytes(): Buffer {
    return this.#memory.subarray(this.#start, this.#start + this.#size)
  }

  get elements(): Buffer[] {
    const { bytes } = this
    return this.ends.map((end, index) =>
      bytes.subarray(index === 0 ? 0 : (this.ends[index - 1] as number) + 1, end),
    )
  }

  get #size(): number {
    return this.ends.at(-1) as number
  }
}
