import type { Readable } from 'node:stream'
import { WireError } from '../errors.ts'
import { READ_AT_ONCE } from './connect/socket.ts'

const EMPTY = Buffer.alloc(0)

/** Memory of streams that have ended, for those that follow: new memory costs the system more than what is copied into it. */
const unused: (typeof EMPTY)[] = []

/** As many as four replies at a time need; smaller ones are not worth keeping. */
const MOST_UNUSED = 8
const SMALLEST = 64 * 1024

/** What stops a stream and lets it go on. */
interface Flow {
  hold(): void
  release(): void
}

/**
 * Buffers the output of a stream: every byte, then its end or its error, and never the error before the bytes.
 * (Iterating over the stream itself would drop what it has buffered when it breaks.) Small chunks are joined.
 */
export class StreamBuffer {
  readonly #source: Readable
  readonly #flow: Flow
  /** What is being filled, and what was taken before. */
  #memory = EMPTY
  #taken = EMPTY
  #size = 0
  #isHeld = false
  #state: 'open' | 'ended' | Error = 'open'
  #wake = () => {}

  /** @param flow what stops while the reader is slow */
  constructor(source: Readable, flow: Flow = { hold: () => source.pause(), release: () => source.resume() }) {
    this.#source = source
    this.#flow = flow
    source.on('error', error => this.fail(error))
    source.on('close', () => {
      if (this.#state === 'open') this.fail(new WireError('aborted', 'the reply was closed'))
    })
    source.on('end', () => this.#finish('ended'))
    source.on('data', chunk => this.#push(chunk))
  }

  /** Whether the stream has ended and every byte was taken. Throws the stream's error once the bytes before it are taken. */
  get done(): boolean {
    if (this.#size > 0 || this.#state === 'open') return false
    if (this.#state === 'ended') return true
    throw this.#state
  }

  /** All buffered bytes, valid until the next call; undefined if there are none. */
  take(): Buffer | undefined {
    if (this.#size === 0) return undefined
    const bytes = this.#memory.subarray(0, this.#size)
    const next = this.#taken
    this.#taken = this.#memory
    this.#memory = next
    this.#size = 0
    return bytes
  }

  /** Waits for bytes, the end, an error or `wakeReader`. */
  waitForMore(): Promise<void> {
    return new Promise(resolve => {
      this.#wake = resolve
      this.#resume()
    })
  }

  /** Ends the use of the bytes that were taken: their memory is used again. */
  free(): void {
    for (const memory of [this.#memory, this.#taken])
      if (memory.length >= SMALLEST && unused.length < MOST_UNUSED) unused.push(memory)
    this.#memory = EMPTY
    this.#taken = EMPTY
    this.#size = 0
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
    for (let chunk = this.#source.read(); chunk !== null; chunk = this.#source.read()) this.#append(chunk)
  }

  #push(chunk: Buffer): void {
    this.#append(chunk)
    if (this.#size >= READ_AT_ONCE && !this.#isHeld) {
      this.#isHeld = true
      this.#flow.hold()
    }
    this.#wake()
  }

  #append(chunk: Buffer): void {
    const size = this.#size + chunk.length
    if (size > this.#memory.length) {
      const larger = memoryFor(size, 2 * this.#memory.length)
      this.#memory.copy(larger, 0, 0, this.#size)
      this.#memory = larger
    }
    chunk.copy(this.#memory, this.#size)
    this.#size = size
  }

  #resume(): void {
    if (!this.#isHeld) return
    this.#isHeld = false
    this.#flow.release()
  }

  #finish(state: 'ended' | Error): void {
    if (this.#state === 'open') this.#state = state
    this.#resume() // a connection is kept for the next request
    this.#wake()
  }
}

function memoryFor(needed: number, wanted: number): typeof EMPTY {
  const at = unused.findIndex(({ length }) => length >= needed && needed >= SMALLEST)
  const [found] = at < 0 ? [] : unused.splice(at, 1)
  return found ?? Buffer.allocUnsafeSlow(Math.max(needed, wanted))
}
