import type { Output } from '../output/streams.ts'

/** After how many milliseconds of waiting the first byte is written; each further one after FACTOR times as many. */
const FIRST = 500
const FACTOR = 8

/**
 * Output of a command that waits for a long time between its lines. It notices that the reader is gone even while
 * there is nothing to write: only a write can show that, so the first bytes of what comes next are written ahead.
 */
export class WatchedOutput implements Output {
  readonly #out: Output
  readonly #next: string
  readonly #onClosed: (error: unknown) => void
  #timer: NodeJS.Timeout | undefined
  /** How much of what comes next is written already. */
  #ahead = ''

  /**
   * @param next how every further output begins
   * @param onClosed called with the error of a write for which nobody waits
   */
  constructor(out: Output, next: string, onClosed: (error: unknown) => void) {
    this.#out = out
    this.#next = next
    this.#onClosed = onClosed
  }

  get isTerminal(): boolean {
    return this.#out.isTerminal
  }

  get columns(): number | undefined {
    return this.#out.columns
  }

  async write(data: string | Uint8Array): Promise<void> {
    this.stop()
    const text = data.toString()
    const rest = text.startsWith(this.#ahead) ? text.slice(this.#ahead.length) : text
    this.#ahead = ''
    await this.#out.write(rest)
    this.watch()
  }

  /** Writes ahead while nothing else is written. */
  watch(delay = FIRST): void {
    const byte = this.#next[this.#ahead.length]
    if (byte === undefined || this.isTerminal) return
    this.#timer = setTimeout(() => {
      this.#ahead += byte
      this.#out.write(byte).catch(this.#onClosed)
      this.watch(FACTOR * delay)
    }, delay)
  }

  stop(): void {
    clearTimeout(this.#timer)
  }
}
