import type { Readable } from 'node:stream'
import { WireError } from '../errors.ts'

/** Bytes that may wait for a slow reader before the source is paused. */
const HIGH_WATER = 256 * 1024

/**
 * Buffers the output of a stream: every byte, then its end or its error, and never the error before the bytes.
 * (Iterating over the stream itself would drop what it has buffered when it breaks.) Small chunks are joined.
 */
export class StreamBuffer {
  readonly #source: Readable
  #chunks: Buffer[] = []
  #size = 0
  #state: 'open' | 'ended' | Error = 'open'
  #wake = () => {}

  constructor(source: Readable) {
    this.#source = source
    source.on('error', error => this.fail(error))
    source.on('close', () => this.fail(new WireError('aborted', 'the reply was closed')))
    source.on('end', () => this.#finish('ended'))
    source.on('data', chunk => this.#push(chunk))
  }

  /** Whether the stream has ended and every byte was taken. Throws the stream's error once the bytes before it are taken. */
  get done(): boolean {
    if (this.#chunks.length > 0 || this.#state === 'open') return false
    if (this.#state === 'ended') return true
    throw this.#state
  }

  /** All buffered bytes; undefined if there are none. */
  take(): Buffer | undefined {
    const [first, ...others] = this.#chunks
    this.#chunks = []
    this.#size = 0
    return others.length > 0 ? Buffer.concat([first as Buffer, ...others]) : first
  }

  /** Waits for bytes, the end, an error or `wakeReader`. */
  waitForMore(): Promise<void> {
    return new Promise(resolve => {
      this.#wake = resolve
      this.#source.resume()
    })
  }

  wakeReader(): void {
    this.#wake()
  }

  /** Ends the buffer with an error. Only the first one counts: later ones lack the cause. */
  fail(error: Error): void {
    if (this.#source.errored) this.#readRest()
    this.#finish(error)
  }

  /** A broken stream emits no more of what it has buffered; it has to be read. */
  #readRest(): void {
    for (let chunk = this.#source.read(); chunk !== null; chunk = this.#source.read())
      this.#chunks.push(chunk)
  }

  #push(chunk: Buffer): void {
    this.#chunks.push(chunk)
    this.#size += chunk.length
    if (this.#size >= HIGH_WATER) this.#source.pause()
    this.#wake()
  }

  #finish(state: 'ended' | Error): void {
    if (this.#state === 'open') this.#state = state
    this.#wake()
  }
}
