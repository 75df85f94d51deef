import { PassThrough } from 'node:stream'
import { UsageError } from '../errors.ts'

/** What a terminal is to who asks. */
export type Terminal = NodeJS.ReadableStream & { isTTY?: boolean; setRawMode?: (raw: boolean) => unknown }

/** The input ended, by Ctrl-D for example, before a line was entered. */
export class NothingEntered extends UsageError {
  constructor() {
    super('nothing was entered')
    this.name = 'UsageError'
  }
}

/** What the terminal sends for one question: so that its reader can be broken off, and seen to go. */
export class Keys extends PassThrough {
  readonly isTTY = true
  /** Rejects once nobody reads any more: `read` itself would wait for ever after Ctrl-D. */
  readonly left: Promise<never>
  readonly #terminal: Terminal
  #raw = false

  constructor(terminal: Terminal) {
    super()
    this.#terminal = terminal
    this.left = new Promise((_, reject) => {
      const end = () => reject(new NothingEntered())
      // paused when its reader goes, an answer coming before that is heard; and in raw mode when Ctrl-Z is over
      this.on('pause', () => setImmediate(() => (this.#raw ? this.resume() : end())))
    })
    terminal.pipe(this)
  }

  setRawMode(raw: boolean): void {
    this.#raw = raw
    this.#terminal.setRawMode?.(raw)
  }

  release(): void {
    this.#terminal.unpipe(this)
    this.#terminal.pause()
  }
}
