import { EsconnError } from '../errors.ts'
import { visible } from '../hits/visible.ts'

/** A stream that output goes to; whether it is a terminal is a property of it. */
export type OutputStream = NodeJS.WritableStream & { isTTY?: boolean; columns?: number }

/** The process as an argument: so every command can be tried without one, and every stream broken on purpose. */
export interface Io {
  /** The words behind the program's name. */
  argv: readonly string[]
  stdin: NodeJS.ReadableStream
  stdout: OutputStream
  stderr: OutputStream
  env: Readonly<Record<string, string | undefined>>
  cwd: string
  /** Aborted by SIGINT and SIGTERM. */
  signal: AbortSignal
}

/** Standard output: data only, and whoever writes waits until it is taken. */
export class Output {
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

  /** Of the terminal; undefined for anything else. */
  get columns(): number | undefined {
    return this.isTerminal ? this.#stream.columns : undefined
  }

  /** @throws {EsconnError} `closed` when the reader went away, `output` when it cannot be written otherwise */
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

/** Whether output is coloured: as the user says, else on a terminal that has not been told otherwise. */
export const isColoured = (
  out: Output,
  { env, color }: { env: Io['env']; color: 'auto' | 'always' | 'never' | undefined },
): boolean =>
  color === 'always' || (color !== 'never' && out.isTerminal && !env.NO_COLOR && env.TERM !== 'dumb')

function outputError(error: NodeJS.ErrnoException): EsconnError {
  if (error.code === 'EPIPE' || error.code === 'ERR_STREAM_DESTROYED') {
    return new EsconnError('closed', 'the reader of standard output went away', { cause: error })
  }
  return new EsconnError('output', `standard output could not be written: ${reason(error)}`, { cause: error })
}

const REASONS: Record<string, string> = {
  ENOSPC: 'no space left on the device',
  EDQUOT: 'the quota is used up',
  EFBIG: 'the file would be larger than allowed',
  EIO: 'input/output error',
}

const reason = ({ code, message }: NodeJS.ErrnoException): string => REASONS[code ?? ''] ?? message

/** Standard error: one line for each thing to say. Nobody hears of it when standard error itself is gone. */
export class Talk {
  readonly #stream: OutputStream

  constructor({ stderr }: Pick<Io, 'stderr'>) {
    this.#stream = stderr
    stderr.on('error', () => {})
  }

  say(line: string): void {
    this.#stream.write(`esconn: ${visible(line.replace(/\s+/g, ' ').trim())}\n`)
  }
}
