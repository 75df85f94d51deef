import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { access, constants, type FileHandle, open, realpath, rename, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { createGzip, type Gzip } from 'node:zlib'
import { syncDirectory } from '../../config/files/write.ts'
import { EsconnError, InputError, UsageError } from '../../errors.ts'
import { type Output, outputError } from './streams.ts'

/** What there is of a file. */
interface Written {
  /** In bytes. */
  length: number
  /** Of its last bytes up to there, by which it is recognized. */
  hash: string
}

/** What is known of a file that an earlier run wrote; what follows is not known to be complete and is cut off. */
interface WrittenBefore extends Written {
  /** Whether it was still called FILE.part. */
  part: boolean
  /** Whether the run had finished, so that the file may have got its name since. */
  complete: boolean
}

/** A file that is called `FILE.part` until it is complete; gzip where its name ends in `.gz`. */
export class OutputFile implements Output {
  readonly isTerminal = false
  readonly columns = undefined
  readonly #path: string
  /** Whether it is called FILE.part. */
  #isPart: boolean
  /** Undefined before the first write. */
  #handle: FileHandle | undefined
  /** In bytes, with what is written. */
  #length: number
  /** In bytes, when it was opened. */
  readonly #before: number
  #gzip: Gzip | undefined
  /** The writing of what was compressed. */
  #compressed: Promise<void> = Promise.resolve()

  /**
   * A new file; it is opened, and an old FILE.part replaced, when something is written.
   *
   * @param flag by which it was named
   * @throws {UsageError} for what is there and is not a file
   * @throws {EsconnError} `output` if it cannot be written
   */
  static async create(path: string, flag = '--out'): Promise<OutputFile> {
    const target = await targetOf(path, flag)
    await access(dirname(target), constants.W_OK).catch(error => {
      throw outputError(error, partOf(target))
    })
    return new OutputFile(target, { length: 0, isPart: true })
  }

  /**
   * Goes on behind what an earlier run is known to have written.
   *
   * @throws {InputError} for a file that is missing, or is another one by now
   * @throws {EsconnError} `output` if it cannot be written
   */
  static async continue(path: string, known: WrittenBefore): Promise<OutputFile> {
    const target = await targetOf(path)
    const { length, complete } = known
    const isUnnamed = known.part && complete && (await whyOther(partOf(target), known)) === undefined
    if (isUnnamed) await rename(partOf(target), target)
    const isPart = known.part && !complete
    const name = isPart ? partOf(target) : target
    const change = await whyOther(name, known)
    if (change !== undefined)
      throw new InputError(`${name} ${change}`, {
        advice: 'restore it, or begin anew, with another --state and another --out',
      })
    const file = new OutputFile(target, { length, isPart, handle: await openOrFail(name, 'r+') })
    await file.#orFail(file.#handle?.truncate(length))
    return file
  }

  private constructor(
    path: string,
    { length, isPart, handle }: { length: number; isPart: boolean; handle?: FileHandle },
  ) {
    this.#path = path
    this.#handle = handle
    this.#length = length
    this.#before = length
    this.#isPart = isPart
  }

  get isPart(): boolean {
    return this.#isPart
  }

  /** In bytes, as far as they are written. */
  get length(): number {
    return this.#length
  }

  /** The name that it has by now. */
  get name(): string {
    return this.#isPart ? partOf(this.#path) : this.#path
  }

  async write(data: Uint8Array | string): Promise<void> {
    if (data.length === 0) return
    const bytes = typeof data === 'string' ? Buffer.from(data) : data
    await this.#orFail(this.#path.endsWith('.gz') ? this.#compress(bytes) : this.#append(bytes))
  }

  /** Brings what was written to the disk, so that a power failure cannot take it; returns what there is. */
  async sync(): Promise<Written> {
    await this.#orFail(this.#endMember())
    const handle = await this.#open()
    await this.#orFail(handle.sync())
    syncDirectory(dirname(this.#path))
    return { length: this.#length, hash: await hashBefore(handle, this.#length) }
  }

  /** Writes the rest, and gives the file its name if it is complete; returns what it is called. */
  async end({ isComplete }: { isComplete: boolean }): Promise<string> {
    await this.sync()
    const handle = await this.#open()
    const old = await stat(this.#path).catch(() => undefined)
    if (isComplete && old) await this.#orFail(handle.chmod(old.mode))
    await handle.close()
    if (!isComplete || !this.#isPart) return this.name
    await this.#orFail(rename(this.name, this.#path))
    this.#isPart = false
    syncDirectory(dirname(this.#path))
    return this.#path
  }

  /** Closes the file; returns its name if anything was written. One without anything is removed unless it is kept. */
  async abandon({ keep }: { keep: boolean }): Promise<string | undefined> {
    this.#gzip?.destroy()
    await this.#compressed.catch(() => {})
    await this.#handle?.close()
    if (this.#length > this.#before) return this.name
    if (this.#handle && this.#length === 0 && this.#isPart && !keep) await rm(this.name, { force: true })
    return undefined
  }

  async #open(): Promise<FileHandle> {
    this.#handle ??= await openOrFail(this.name, 'w+')
    return this.#handle
  }

  async #append(bytes: Uint8Array): Promise<void> {
    const handle = await this.#open()
    for (let from = 0; from < bytes.length; ) {
      const { bytesWritten } = await handle.write(bytes, from, bytes.length - from, this.#length)
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

  async #orFail<T>(work: Promise<T> | undefined): Promise<T | undefined> {
    return await work?.catch(error => {
      throw error instanceof EsconnError ? error : outputError(error, this.name)
    })
  }
}

const openOrFail = (name: string, flags: string): Promise<FileHandle> =>
  open(name, flags).catch(error => {
    throw outputError(error, name)
  })

/** By how many bytes a file is recognized. */
const RECOGNIZED = 4096

async function hashBefore(handle: FileHandle, length: number): Promise<string> {
  const size = Math.min(RECOGNIZED, length)
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(size), 0, size, length - size)
  return createHash('sha256').update(buffer.subarray(0, bytesRead)).digest('base64url')
}

/** Why a file is not the one that was written before; undefined if it is. */
async function whyOther(
  name: string,
  { length, hash, complete }: WrittenBefore,
): Promise<string | undefined> {
  const handle = await open(name).catch(() => undefined)
  if (handle === undefined) return `is missing: ${length} bytes of it were written before`
  try {
    const { size } = await handle.stat()
    if (size < length) return `is shorter: ${length} bytes of it were written before`
    if ((await hashBefore(handle, length)) !== hash)
      return 'is another file, or has changed, since it was written'
    return complete && size > length ? `is longer than the ${length} bytes that were written` : undefined
  } finally {
    await handle.close()
  }
}

/** The file itself, if the path is that of a link to it. */
async function targetOf(path: string, flag = '--out'): Promise<string> {
  const target = await realpath(path).catch(() => path)
  const found = await stat(target).catch(() => undefined)
  if (found?.isDirectory()) throw new UsageError(`${flag} ${path}: it is a directory`)
  if (found && !found.isFile())
    throw new UsageError(
      `${flag} ${path}: it is not a file`,
      flag === '--out' ? { advice: `to write to it: > ${path}` } : {},
    )
  return target
}

const partOf = (path: string): string => `${path}.part`
