import type { Readable } from 'node:stream'
import { WireError } from '../errors.ts'

/** Bytes that may wait for a slow reader before the source is left alone. */
const HIGH_WATER = 256 * 1024

/**
 * What comes out of a stream: every byte, then its end or its fault, and never the fault before the bytes. (Iterating
 * the stream itself would drop what it holds when it breaks.) Small chunks that wait together are taken as one.
 */
export class Arrivals {
  readonly #source: Readable
  #waiting: Buffer[] = []
  #size = 0
  #state: 'open' | 'ended' | Error = 'open'
  #wake = () => {}

  constructor(source: Readable) {
    this.#source = source
    source.on('error', error => this.fail(error))
    source.on('close', () => this.fail(new WireError('aborted', 'the reply was closed')))
    source.on('end', () => this.#settle('ended'))
    source.on('data', chunk => this.#push(chunk))
  }

  /** Whether nothing more will come: it has ended, and all of it was taken. Throws the fault that ended it, if any. */
  get done(): boolean {
    if (this.#waiting.length > 0 || this.#state === 'open') return false
    if (this.#state === 'ended') return true
    throw this.#state
  }

  take(): Buffer | undefined {
    const [first, ...others] = this.#waiting
    this.#waiting = []
    this.#size = 0
    return others.length > 0 ? Buffer.concat([first as Buffer, ...others]) : first
  }

  /** Waits for bytes, the end, a fault or a nudge. */
  more(): Promise<void> {
    return new Promise(resolve => {
      this.#wake = resolve
      this.#source.resume()
    })
  }

  nudge(): void {
    this.#wake()
  }

  /** The first fault counts: it has the cause that those behind it lack. */
  fail(error: Error): void {
    if (this.#source.errored) this.#rescue()
    this.#settle(error)
  }

  /** A broken stream gives what it holds to nobody but who asks for it. */
  #rescue(): void {
    for (let held = this.#source.read(); held !== null; held = this.#source.read()) this.#waiting.push(held)
  }

  #push(chunk: Buffer): void {
    this.#waiting.push(chunk)
    this.#size += chunk.length
    if (this.#size >= HIGH_WATER) this.#source.pause()
    this.#wake()
  }

  #settle(state: 'ended' | Error): void {
    if (this.#state === 'open') this.#state = state
    this.#wake()
  }
}
