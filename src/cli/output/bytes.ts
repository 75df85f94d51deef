import { QUOTE, SPACE } from '../../json/scan.ts'

/** Below this a loop copies faster than a call. */
const SHORT = 64

/** A UTF-16 unit has at most this many bytes in UTF-8. */
const MAX_UTF8 = 3

/**
 * Bytes that are collected in memory which is used again and again. Nothing here destructures an array, since Bun makes that
 * array each time.
 */
export class Bytes {
  #memory = Buffer.allocUnsafeSlow(64 * 1024)
  #length = 0

  get length(): number {
    return this.#length
  }

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
    const memory = this.#memory
    let to = this.#length
    this.#length += end - start
    if (end - start > SHORT) bytes.copy(memory, to, start, end)
    else for (let at = start; at < end; at++) memory[to++] = bytes[at] as number
  }

  /** Copies bytes that are all in a set; returns whether they are. */
  copyIfIn(set: Uint8Array, bytes: Buffer, start: number, end: number): boolean {
    this.#reserve(end - start)
    const memory = this.#memory
    let to = this.#length
    for (let at = start; at < end; at++) {
      const byte = bytes[at] as number
      if (set[byte] !== 1) return false
      memory[to++] = byte
    }
    this.#length = to
    return true
  }

  /** Copies a text between quotes, and each quote in it twice. */
  quoted(text: Buffer): void {
    this.#reserve(2 * text.length + 2)
    const memory = this.#memory
    let to = this.#length
    memory[to++] = QUOTE
    for (let at = 0; at < text.length; at++) {
      if (text[at] === QUOTE) memory[to++] = QUOTE
      memory[to++] = text[at] as number
    }
    memory[to++] = QUOTE
    this.#length = to
  }

  blanks(count: number): void {
    if (count <= 0) return
    this.#reserve(count)
    const memory = this.#memory
    const end = this.#length + count
    for (let at = this.#length; at < end; at++) memory[at] = SPACE
    this.#length = end
  }

  /** Takes away the white space at the end, but not what is before `start`. */
  trimEnd(start: number): void {
    while (this.#length > start && this.#memory[this.#length - 1] === SPACE) this.#length--
    if ((this.#memory[this.#length - 1] as number) < 0x80) return
    const text = this.#memory.toString('utf8', start, this.#length)
    this.#length = start
    this.text(text.trimEnd())
  }

  /** Takes away what follows the first `length` bytes. */
  cutTo(length: number): void {
    this.#length = length
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

/** A set of all bytes, or those of printable ASCII, but for some. */
export function bytesWithout(excluded: string, { isAscii = false } = {}): Uint8Array {
  const set = isAscii ? new Uint8Array(256).fill(1, SPACE, DELETE) : new Uint8Array(256).fill(1)
  for (const byte of Buffer.from(excluded)) set[byte] = 0
  return set
}

const DELETE = 0x7f
