import { EsconnError } from '../../errors.ts'
import { escapeControls } from '../../text.ts'

/** A stream that output goes to; whether it is a terminal is a property of it. */
export type OutputStream = NodeJS.WritableStream & { isTTY?: boolean; columns?: number; rows?: number }

/** The process as an argument, so that every command can be tested without one, and every stream broken on purpose. */
export interface Io {
  /** The words after the program's name. */
  argv: readonly string[]
  stdin: NodeJS.ReadableStream
  stdout: OutputStream
  stderr: OutputStream
  env: Readonly<Record<string, string | undefined>>
  cwd: string
  /** Aborted by SIGINT and SIGTERM. */
  signal: AbortSignal
}

/** Where a command writes its data. */
export interface Output {
  readonly isTerminal: boolean
  /** Of the terminal; undefined for anything else. */
  readonly columns: number | undefined
  /**
   * @param data valid until the write is done
   * @throws {EsconnError} `closed` when nobody reads any more, `output` when it cannot be written for another reason
   */
  write(data: Uint8Array | string): Promise<void>
}

/** Where a command prints everything that is not data, one line at a time. */
export interface Messages {
  print(line: string): void
}

/** Standard output: a write is done once the stream has accepted the data, so that a slow reader slows the command. */
export class StandardOutput implements Output {
  readonly #stream: OutputStream
  readonly #signal: AbortSignal
  #fault: Error | undefined

  constructor(stdout: OutputStream, signal: AbortSignal) {
    this.#stream = stdout
    this.#signal = signal
    stdout.on('error', error => {
      this.#fault ??= error
    })
  }

  get isTerminal(): boolean {
    return this.#stream.isTTY === true
  }

  get columns(): number | undefined {
    return (this.isTerminal && this.#stream.columns) || undefined // 0 where the terminal does not say
  }

  async write(data: Uint8Array | string): Promise<void> {
    if (data.length === 0) return
    await new Promise<void>((resolve, reject) => {
      const stop = () => reject(this.#signal.reason)
      if (this.#signal.aborted) return stop()
      this.#signal.addEventListener('abort', stop, { once: true })
      this.#stream.write(data, error => {
        this.#signal.removeEventListener('abort', stop)
        if (error) reject(outputError(this.#fault ?? error))
        else resolve()
      })
    })
  }
}

export function outputError(error: NodeJS.ErrnoException, name = 'standard output'): EsconnError {
  if (error.code === 'EPIPE' || error.code === 'ERR_STREAM_DESTROYED') {
    return new EsconnError('closed', `${name} was closed early`, { cause: error })
  }
  return new EsconnError('output', `${name} could not be written: ${writeReason(error)}`, {
    cause: error,
  })
}

const WRITE_REASONS: Record<string, string> = {
  ENOSPC: 'no space left on device',
  EDQUOT: 'disk quota exceeded',
  EFBIG: 'file size limit exceeded',
  EIO: 'input/output error',
  ENOENT: 'no such directory',
  EACCES: 'permission denied',
  EROFS: 'read-only file system',
}

const writeReason = ({ code, message }: NodeJS.ErrnoException): string => WRITE_REASONS[code ?? ''] ?? message

/** Standard error, its control characters escaped. What it no longer accepts is dropped. */
export class StandardError implements Messages {
  readonly #stream: OutputStream

  constructor({ stderr }: Pick<Io, 'stderr'>) {
    this.#stream = stderr
    stderr.on('error', () => {})
  }

  print(line: string): void {
    this.#stream.write(`esconn: ${escapeControls(line.replace(/\s+/g, ' ').trim())}\n`)
  }
}
