import { SPACE } from '../../json/scan.ts'

/** Below this a loop copies faster than a call. */
const SHORT = 64

/** A UTF-16 unit has at most this many bytes in UTF-8. */
const MAX_UTF8 = 3

/** Bytes that are collected in memory which is used again and again. */
export class Bytes {
  #memory = Buffer.allocUnsafeSlow(64 * 1024)
  #length = 0

  byte(byte: number): void {
    this.#reserve(1)
    this.#memory[this.#length++] = byte
  }

  text(text: string): void {
    this.#reserve(text.length * MAX_UTF8)
    this.#length += this.#memory.write(text, this.#length)
  }

  copy(bytes: Buffer, start: number, end: number): void {
    this.#reserve(end - start)
    const [memory, offset] = [this.#memory, this.#length - start]
    if (end - start > SHORT) bytes.copy(memory, this.#length, start, end)
    else for (let at = start; at < end; at++) memory[offset + at] = bytes[at] as number
    this.#length += end - start
  }

  blanks(count: number): void {
    this.#reserve(count)
    const [memory, start] = [this.#memory, this.#length]
    for (let index = 0; index < count; index++) memory[start + index] = SPACE
    this.#length += count
  }

  /** All of them, valid until the next are added. */
  take(): Buffer {
    const taken = this.#memory.subarray(0, this.#length)
    this.#length = 0
    return taken
  }

  #reserve(count: number): void {
    const needed = this.#length + count
    if (needed <= this.#memory.length) return
    const memory = Buffer.allocUnsafeSlow(2 * needed)
    this.#memory.copy(memory, 0, 0, this.#length)
    this.#memory = memory
  }
}
