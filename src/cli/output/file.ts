import { once } from 'node:events'
import { type FileHandle, open, realpath, rename, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { createGzip, type Gzip } from 'node:zlib'
import { syncDirectory } from '../../config/files/write.ts'
import { InputError, UsageError } from '../../errors.ts'
import { type Output, outputError } from './streams.ts'

/** What is known of a file that an earlier run wrote. */
interface Written {
  /** In bytes; what follows was not known to be complete and is cut off. */
  length: number
  /** Whether it was still called FILE.part. */
  part: boolean
  /** Whether the run had finished, so that the file may have got its name since. */
  complete: boolean
}

/** A file that is called `FILE.part` until it is complete; gzip where its name ends in `.gz`. */
export class OutputFile implements Output {
  readonly isTerminal = false
  readonly columns = undefined
  /** Whether it is called FILE.part. */
  readonly isPart: boolean
  readonly #path: string
  readonly #handle: FileHandle
  /** In bytes, with what is written. */
  #length: number
  /** In bytes, when it was opened. */
  readonly #before: number
  #gzip: Gzip | undefined
  /** The writing of what was compressed. */
  #compressed: Promise<void> = Promise.resolve()

  /**
   * @throws {UsageError} for what is there and is not a file
   * @throws {EsconnError} `output` if it cannot be written
   */
  static async create(path: string): Promise<OutputFile> {
    const target = await targetOf(path)
    return await OutputFile.#open(target, 'w', { length: 0, isPart: true })
  }

  /**
   * Goes on behind what an earlier run is known to have written.
   *
   * @throws {InputError} for a file that is missing or shorter
   * @throws {EsconnError} `output` if it cannot be written
   */
  static async continue(path: string, { length, part, complete }: Written): Promise<OutputFile> {
    const target = await targetOf(path)
    const isUnnamed = part && complete && Number(await sizeOf(partOf(target))) >= length
    if (isUnnamed) await rename(partOf(target), target)
    const isPart = part && !complete
    const name = isPart ? partOf(target) : target
    const size = await sizeOf(name)
    if (size === undefined || size < length)
      throw new InputError(
        `${name} is ${size === undefined ? 'missing' : 'shorter'}: ${length} bytes of it were written before`,
        { advice: 'restore it, or begin anew with another --state' },
      )
    const file = await OutputFile.#open(target, 'r+', { length, isPart })
    await file.#orFail(file.#handle.truncate(length))
    return file
  }

  static async #open(path: string, flags: string, { length, isPart }: { length: number; isPart: boolean }) {
    const name = isPart ? partOf(path) : path
    const handle = await open(name, flags).catch(error => {
      throw outputError(error, name)
    })
    return new OutputFile(path, handle, { length, isPart })
  }

  private constructor(
    path: string,
    handle: FileHandle,
    { length, isPart }: { length: number; isPart: boolean },
  ) {
    this.#path = path
    this.#handle = handle
    this.#length = length
    this.#before = length
    this.isPart = isPart
  }

  /** In bytes, as far as they are written. */
  get length(): number {
    return this.#length
  }

  /** The name that it has by now. */
  get name(): string {
    return this.isPart ? partOf(this.#path) : this.#path
  }

  async write(data: Uint8Array | string): Promise<void> {
    if (data.length === 0) return
    const bytes = typeof data === 'string' ? Buffer.from(data) : data
    await this.#orFail(this.#path.endsWith('.gz') ? this.#compress(bytes) : this.#append(bytes))
  }

  /** Brings what was written to the disk, so that a power failure cannot take it; returns the length of the file. */
  async sync(): Promise<number> {
    await this.#orFail(this.#endMember())
    await this.#orFail(this.#handle.sync())
    syncDirectory(dirname(this.#path))
    return this.#length
  }

  /** Writes the rest, and gives the file its name if it is complete; returns what it is called. */
  async end({ isComplete }: { isComplete: boolean }): Promise<string> {
    await this.sync()
    await this.#handle.close()
    if (!isComplete || !this.isPart) return this.name
    await this.#orFail(rename(this.name, this.#path))
    syncDirectory(dirname(this.#path))
    return this.#path
  }

  /** Closes the file; returns its name if anything was written. One without anything is removed unless it is kept. */
  async abandon({ keep }: { keep: boolean }): Promise<string | undefined> {
    this.#gzip?.destroy()
    await this.#compressed.catch(() => {})
    await this.#handle.close()
    if (this.#length > this.#before) return this.name
    if (this.#length === 0 && this.isPart && !keep) await rm(this.name, { force: true })
    return undefined
  }

  async #append(bytes: Uint8Array): Promise<void> {
    for (let from = 0; from < bytes.length; ) {
      const { bytesWritten } = await this.#handle.write(bytes, from, bytes.length - from, this.#length)
      from += bytesWritten
      this.#length += bytesWritten
    }
  }

  async #compress(bytes: Uint8Array): Promise<void> {
    const gzip = this.#gzip ?? this.#beginMember()
    await new Promise<void>((resolve, reject) => {
      gzip.write(bytes, error => (error ? reject(error) : resolve()))
    })
    await this.#compressed
  }

  #beginMember(): Gzip {
    const gzip = createGzip()
    gzip.on('data', chunk => {
      this.#compressed = this.#compressed.then(() => this.#append(chunk))
      this.#compressed.catch(() => {}) // thrown by what waits for it
    })
    this.#gzip = gzip
    return gzip
  }

  /** Members of gzip can stand one after the other, so that a file can be cut between them. */
  async #endMember(): Promise<void> {
    const isEmpty = this.#length === 0 && this.#path.endsWith('.gz') // which is no gzip without a member
    const gzip = this.#gzip ?? (isEmpty ? this.#beginMember() : undefined)
    if (gzip === undefined) return
    this.#gzip = undefined
    gzip.end()
    await once(gzip, 'end')
    await this.#compressed
  }

  async #orFail<T>(work: Promise<T>): Promise<T> {
    return await work.catch(error => {
      throw outputError(error, this.name)
    })
  }
}

/** The file itself, if the path is that of a link to it. */
async function targetOf(path: string): Promise<string> {
  const target = await realpath(path).catch(() => path)
  const found = await stat(target).catch(() => undefined)
  if (found && !found.isFile())
    throw new UsageError(`--out ${path}: it is not a file`, { advice: `to write to it: > ${path}` })
  return target
}

const partOf = (path: string): string => `${path}.part`

const sizeOf = async (path: string): Promise<number | undefined> =>
  await stat(path).then(
    ({ size }) => size,
    () => undefined,
  )
