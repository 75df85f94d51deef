import { anySignal } from '../../abort.ts'
import type { Connection } from '../../connection.ts'
import { EsconnError, InputError } from '../../errors.ts'
import { DEFAULT_MAX_HIT } from '../../hits/scanner.ts'
import { count } from '../../text.ts'
import { formatSize } from '../../units.ts'
import { BulkWriter } from '../../walk/bulk.ts'
import type { BulkOperation } from '../../walk/bulk-request.ts'
import { uuidsByName, type WriteTarget } from '../../walk/write-target.ts'
import type { Context } from '../context.ts'
import type { Progress } from '../output/progress.ts'
import { DocumentReader, type ReadDocument, type ReaderOptions } from './documents.ts'
import type { ImportInput } from './input.ts'
import { type InputLine, linesOf } from './lines.ts'
import { MERGED } from './outcome.ts'
import { Rejects } from './rejects.ts'
import type { ImportFiles } from './state.ts'

/** How lines become documents, and documents are written. */
export interface ImportOptions extends Omit<ReaderOptions, 'onMerge'> {
  op: BulkOperation
  pipeline?: string
  skipMalformed?: boolean
  parallel?: string
  batch?: number
}

/** What is read, and where it goes. */
export interface ImportParts {
  context: Context
  connection: Connection
  target: WriteTarget
  options: ImportOptions
  input: ImportInput
  progress: Progress
  files: ImportFiles
}

/** Reads the lines of an input, and writes their documents. */
export class Importer {
  readonly #parts: ImportParts
  readonly #reader: DocumentReader
  readonly #writer: BulkWriter
  readonly #rejects: Rejects
  readonly #maxLine: number
  /** The last line that was read. */
  #read: number
  /** How many documents the state knows. */
  #counted = 0

  constructor(parts: ImportParts) {
    const { context, connection, target, options, progress, files } = parts
    const print = (text: string) => context.messages.print(`${connection.alias}: ${text}`)
    const index = decodeURIComponent(target.path)
    const rejects = new Rejects({ index, unit: 'line', file: files.rejects, print })
    this.#parts = parts
    this.#read = files.beginning.lines
    this.#rejects = rejects
    this.#maxLine = context.exchangeOptions.maxHit ?? DEFAULT_MAX_HIT
    this.#reader = new DocumentReader({ ...options, onMerge: () => print(MERGED) })
    this.#writer = new BulkWriter(
      connection,
      {
        path: target.path,
        pipeline: options.pipeline,
        operation: options.op,
        batchBytes: options.batch,
        parallel: options.parallel === undefined ? undefined : Number(options.parallel),
        run: target.isTimeSeries ? undefined : files.beginning.run,
        isResumed: files.beginning.isResumed,
        onWritten: (documents, bytes) => progress.add({ documents, bytes }),
        onRejected: (document, rejection) => rejects.add({ ...rejection, line: document.line, document }),
      },
      context.exchangeOptions,
    )
  }

  /** In words. */
  done = (written: number): string => `${count(written, 'document')} written`

  /** In words. */
  get place(): string | undefined {
    const lines = this.#settledLines
    if (lines === 0) return undefined
    const isOpen = this.#writer.firstUnsettled !== undefined && !this.#parts.files.state
    return `done up to line ${lines}${isOpen ? ', and perhaps some of the next ones' : ''}`
  }

  /** How many lines from the first one are settled, each of them: written, rejected or blank. */
  get #settledLines(): number {
    return (this.#writer.firstUnsettled ?? this.#read + 1) - 1
  }

  /** How many lines were rejected, also by a run that did not come to its end. */
  get rejected(): number {
    return this.#parts.files.beginning.rejected + this.#rejects.count
  }

  /**
   * Imports all lines.
   *
   * @throws {InputError} for a malformed line; what is before it is written
   * @throws {WireError} where the cluster takes nothing more
   */
  async run(): Promise<void> {
    const { input, context, progress } = this.#parts
    const signal = anySignal(context.io.signal, this.#writer.failed)
    try {
      await this.#keepState() // what ids are made of, before any are
      for await (const lines of linesOf(input.chunks(signal), this.#maxLine)) {
        for (const line of lines) {
          const room = this.#take(line)
          if (room) await room // a promise for each line would take longer than the rest
        }
        progress.add({ share: input.share })
        await this.#keepState()
      }
      await this.#writer.end()
    } catch (error) {
      await this.#leave(error)
      throw error
    }
    await this.#keepState()
    await this.#keepTarget()
    await this.#parts.files.state?.writer.save({ complete: true })
  }

  /** An index that was made by this run is known only now. */
  async #keepTarget(): Promise<void> {
    const { context, connection, target, files } = this.#parts
    if (!files.state || target.exists) return
    const targets = await uuidsByName(connection, [target], context.exchangeOptions)
    await files.state.writer.advance({ count: 0, targets })
  }

  /** What is before a mistake of the input is still written; after a failure only what is being sent is waited for. */
  async #leave(error: unknown): Promise<void> {
    const { fault } = error instanceof EsconnError ? error : {}
    if (fault === 'input' || fault === 'usage') await this.#writer.end().catch(() => {})
    else await this.#writer.stop(error)
    if (fault === 'output') return // the files are as far as they are known to be
    await this.#keepState()
    await this.#parts.files.state?.writer.save()
  }

  /** What is rejected is kept first: then it is not lost when a next run goes on behind it. */
  async #keepState(): Promise<void> {
    const { progress, files } = this.#parts
    const { state, beginning } = files
    const lines = this.#settledLines
    await this.#rejects.keep(lines)
    if (!state) return
    const { documents } = progress.average()
    const input = { ...state.identity, lines, run: beginning.run }
    await state.writer.advance({ count: documents - this.#counted, rejected: this.rejected, input })
    this.#counted = documents
  }

  /** Returns what has to be waited for before the next line. */
  #take(line: InputLine): Promise<void> | undefined {
    if (line.number <= this.#parts.files.beginning.lines) return void this.#skip(line)
    const { document, unfit } = this.#documentOf(line) ?? {}
    this.#read = line.number
    if (document && unfit === undefined) return this.#writer.add(document)
    if (document) this.#rejects.add({ line: line.number, error: errorJson('unfit_line', unfit), document })
    return this.#rejects.isFull ? this.#settle() : undefined
  }

  async #settle(): Promise<void> {
    await this.#writer.settle()
    await this.#keepState()
  }

  /** The first lines say what all of them are, also in a run that goes on behind them. */
  #skip({ number, bytes }: InputLine): void {
    if (this.#reader.hasRead || bytes === undefined) return
    try {
      this.#reader.read(bytes, number)
    } catch {
      // rejected by the run before
    }
  }

  #documentOf(line: InputLine): ReadDocument | undefined {
    const { number, bytes } = line
    try {
      if (bytes) return this.#reader.read(bytes, number)
      throw new SyntaxError(`it is longer than ${formatSize(this.#maxLine)}`)
    } catch (cause) {
      if (!(cause instanceof SyntaxError)) throw cause
      if (!this.#parts.options.skipMalformed) throw this.#malformed(line, cause)
      const error = errorJson('malformed_line', cause.message)
      this.#rejects.add({ line: number, error, text: bytes?.toString() })
      return undefined
    }
  }

  #malformed({ number, bytes }: InputLine, cause: SyntaxError): InputError {
    const what = `${this.#parts.input.name}, line ${number}: ${cause.message}`
    if (bytes === undefined)
      return new InputError(what, { cause, advice: `more is allowed with --max-hit; ${SKIP}` })
    return new InputError(what, {
      cause,
      advice: number === 1 ? MAKE_LINES : `${SKIP}, and --rejects FILE keeps them`,
    })
  }
}

const SKIP = '--skip-malformed leaves out such lines'

const MAKE_LINES =
  'each line must be one JSON object: jq -c . makes lines of JSON that has line breaks, jq -c .[] of an array'

const errorJson = (type: string, reason: string | undefined): string => JSON.stringify({ type, reason })
