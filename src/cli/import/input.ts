import { createHash } from 'node:crypto'
import type { ReadStream } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { resolve } from 'node:path'
import { addAbortSignal, pipeline, Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { InputError } from '../../errors.ts'
import { readAhead } from '../../wire/exchange.ts'
import { type InputSource, inputError } from '../input.ts'

/** By which an input is recognized. */
export interface InputIdentity {
  /** In bytes. */
  size: number
  /** Of its first and last 64 KiB. */
  sha256: string
}

/** In bytes. */
const CHUNK = 256 * 1024
const DIGESTED = 64 * 1024

/** What is imported: a file or standard input, plain or gzip. */
export class ImportInput {
  /** As messages call it. */
  readonly name: string
  readonly #stream: Readable
  readonly #file: { handle: FileHandle; size: number } | undefined

  /** @throws {InputError} if it cannot be read */
  static async open(typed: string, { io, signal }: InputSource): Promise<ImportInput> {
    if (typed === '-') return new ImportInput('standard input', io.stdin as Readable)
    const path = resolve(io.cwd, typed)
    const handle = await open(path).catch(cause => inputError(typed, signal, cause))
    const found = await handle.stat()
    if (found.isDirectory()) {
      await handle.close()
      throw new InputError(`${typed} is a directory`)
    }
    const stream = handle.createReadStream({ highWaterMark: CHUNK })
    return new ImportInput(typed, stream, found.isFile() ? { handle, size: found.size } : undefined)
  }

  private constructor(name: string, stream: Readable, file?: { handle: FileHandle; size: number }) {
    this.name = name
    this.#stream = stream
    this.#file = file
  }

  /** How much of it has been read, from 0 to 1; undefined where its size is not known. */
  get share(): number | undefined {
    const { size } = this.#file ?? {}
    return size && Math.min((this.#stream as ReadStream).bytesRead / size, 1)
  }

  /** Undefined for what is not a file. */
  async identity(size = this.#file?.size ?? 0): Promise<InputIdentity | undefined> {
    if (this.#file === undefined) return undefined
    const hash = createHash('sha256')
    for (const from of [0, Math.max(size - DIGESTED, 0)]) {
      const wanted = Buffer.alloc(Math.min(DIGESTED, size))
      const { bytesRead } = await this.#file.handle.read(wanted, 0, wanted.length, from)
      hash.update(wanted.subarray(0, bytesRead))
    }
    return { size, sha256: hash.digest('hex') }
  }

  /**
   * Its text as it arrives.
   *
   * @throws {InputError} if it cannot be read
   */
  async *chunks(signal: AbortSignal): AsyncGenerator<Buffer, void, undefined> {
    const stream = addAbortSignal(signal, this.#stream)
    try {
      const { start, chunks } = await readAhead(stream, MAGIC_LENGTH)
      if (start.subarray(0, 4).equals(ZSTD))
        throw new InputError(`${this.name} is compressed by zstd`, {
          advice: 'zstd -dc FILE | esconn import NAME reads it',
        })
      const isGzip = start.subarray(0, 2).equals(GZIP)
      yield* isGzip ? pipeline(Readable.from(chunks), createGunzip({ chunkSize: CHUNK }), () => {}) : chunks
    } catch (cause) {
      if (cause instanceof InputError) throw cause
      inputError(this.name, signal, cause as Error)
    }
  }

  /** Standard input that is not closed would keep the process running. */
  close(): void {
    this.#stream.destroy()
  }
}

/** How files of these formats begin. */
const GZIP = Buffer.from([0x1f, 0x8b])
const ZSTD = Buffer.from([0x28, 0xb5, 0x2f, 0xfd])
const MAGIC_LENGTH = 4
