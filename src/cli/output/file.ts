import { once } from 'node:events'
import { createWriteStream, type WriteStream } from 'node:fs'
import { realpath, rename, rm, stat } from 'node:fs/promises'
import type { Writable } from 'node:stream'
import { finished, pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { UsageError } from '../../errors.ts'
import { type Output, outputError } from './streams.ts'

/** A file that is called `FILE.part` until it is complete; gzip where its name ends in `.gz`. */
export class OutputFile implements Output {
  readonly isTerminal = false
  readonly columns = undefined
  readonly #path: string
  readonly #sink: WriteStream
  readonly #stream: Writable
  readonly #written: Promise<void>

  /**
   * @throws {UsageError} for what is there and is not a file
   * @throws {EsconnError} `output` if it cannot be written
   */
  static async open(path: string): Promise<OutputFile> {
    const target = await realpath(path).catch(() => path) // a link stays one
    const found = await stat(target).catch(() => undefined)
    if (found && !found.isFile())
      throw new UsageError(`--out ${path}: it is not a file`, { advice: `to write to it: > ${path}` })
    const sink = createWriteStream(partOf(target), { flush: true }) // before a power failure could leave an empty file
    await once(sink, 'open').catch(error => {
      throw outputError(error, partOf(path))
    })
    return new OutputFile(target, sink)
  }

  private constructor(path: string, sink: WriteStream) {
    this.#path = path
    this.#sink = sink
    const gzip = path.endsWith('.gz') ? createGzip() : undefined
    this.#stream = gzip ?? sink
    this.#written = gzip ? pipeline(gzip, sink) : finished(sink)
    this.#written.catch(() => {}) // thrown by what waits for it
  }

  async write(data: Uint8Array | string): Promise<void> {
    if (data.length === 0) return
    await this.#orFail(
      new Promise<void>((resolve, reject) => {
        this.#stream.write(data, error => (error ? reject(error) : resolve()))
      }),
    )
  }

  /** Writes the rest, and gives the file its name if it is complete; returns what it is called. */
  async end({ isComplete }: { isComplete: boolean }): Promise<string> {
    this.#stream.end()
    await this.#orFail(this.#written)
    if (!isComplete) return partOf(this.#path)
    await this.#orFail(rename(partOf(this.#path), this.#path))
    return this.#path
  }

  /** Closes the file; returns the name of what there is of it, undefined if that is nothing. */
  async abandon(): Promise<string | undefined> {
    this.#stream.destroy()
    await this.#written.catch(() => {})
    if (this.#sink.bytesWritten > 0) return partOf(this.#path)
    await rm(partOf(this.#path), { force: true })
    return undefined
  }

  async #orFail<T>(work: Promise<T>): Promise<T> {
    return await work.catch(error => {
      throw outputError(this.#sink.errored ?? error, partOf(this.#path))
    })
  }
}

const partOf = (path: string): string => `${path}.part`
