import { anySignal } from '../../abort.ts'
import { EsconnError } from '../../errors.ts'
import { count } from '../../text.ts'
import { BulkWriter } from '../../walk/bulk.ts'
import type { Checkpoint } from '../../walk/checkpoint.ts'
import { Copying } from '../../walk/copy.ts'
import { walk } from '../../walk/walk.ts'
import type { Call } from '../../wire/exchange.ts'
import type { Context } from '../context.ts'
import { Rejects, rejectedBefore } from '../import/rejects.ts'
import type { OutputFile } from '../output/file.ts'
import type { Progress } from '../output/progress.ts'
import type { StateFile, StateWriter } from '../state-file.ts'
import type { ShardFlags } from '../walk-flags.ts'
import type { CopySides, CopyTargets } from './targets.ts'

/** What is read, and where it goes. */
export interface CopyParts {
  context: Context
  sides: CopySides
  targets: CopyTargets
  /** The search that finds the documents. */
  call: Call
  options: ShardFlags & { batch?: number }
  state: { file: StateFile; writer: StateWriter } | undefined
  rejects: OutputFile | undefined
  progress: Progress
}

/** Reads documents, writes them, and keeps how far that has come. */
export class Copier {
  readonly #parts: CopyParts
  readonly #writer: BulkWriter
  readonly #copying: Copying
  readonly #rejects: Rejects
  /** How many documents the state knows of this run. */
  #counted = 0

  constructor(parts: CopyParts) {
    const { context, sides, targets, options, state, progress } = parts
    const { from, to } = sides
    const rejects = new Rejects({
      unit: 'document',
      index: '',
      file: parts.rejects,
      print: text => context.messages.print(`${to.connection.alias}: ${text}`),
    })
    this.#parts = parts
    this.#rejects = rejects
    this.#writer = new BulkWriter(
      to.connection,
      {
        path: targets.path,
        batchBytes: options.batch,
        run: undefined,
        isResumed: state?.file.saved?.complete === false,
        onWritten: (documents, bytes) => progress.add({ documents, bytes }),
        onRejected: (document, rejection) => rejects.add({ ...rejection, line: document.line, document }),
      },
      context.exchangeOptions,
    )
    const { alias } = from.connection
    this.#copying = new Copying(this.#writer, { alias, toSameNames: targets.path === undefined })
  }

  /** How many documents have been read. */
  get read(): number {
    return this.#copying.read
  }

  /** In words. */
  done = (written: number): string => `${count(this.read, 'document')} read, ${written} written`

  /** How many documents were rejected, also by earlier runs where those still count. */
  get rejected(): number {
    return rejectedBefore(this.#parts.state?.file) + this.#rejects.count
  }

  /** Up to where all is settled; undefined where the source has no checkpoints. */
  get checkpoint(): Checkpoint | undefined {
    return this.#copying.settled.checkpoint
  }

  /**
   * Copies everything; returns why documents are missing.
   *
   * @throws {WireError} where one of the clusters fails
   */
  async run(): Promise<string | undefined> {
    const { context, state } = this.#parts
    try {
      await this.#keepState() // that documents may be written which it does not know
      const missing = await this.#copying.run(this.#walk(), () => this.#keepState())
      await this.#keepState()
      const isComplete = missing === undefined || context.globals.allowPartial === true
      await state?.writer.save({ complete: isComplete })
      return missing
    } catch (error) {
      await this.#writer.stop(error)
      if (error instanceof EsconnError && error.fault === 'output') throw error // files are as far as they are known to be
      await this.#keepState()
      await state?.writer.save()
      throw error
    }
  }

  #walk() {
    const { context, sides, call, options, state } = this.#parts
    const { connection } = sides.from
    const { parallel = '4', page } = options
    return walk(connection, call, {
      ...context.exchangeOptions,
      signal: anySignal(context.exchangeOptions.signal, this.#writer.failed),
      after: state?.file.saved?.checkpoint,
      ...(state ? { resumable: true } : {}),
      parallel: Number(parallel),
      pageBytes: page,
      onNotice: text => context.messages.print(`${connection.alias}: ${text}`),
    })
  }

  /** What is rejected is kept first: then it is not lost when a next run goes on behind it. */
  async #keepState(): Promise<void> {
    const { progress, state } = this.#parts
    const { documents, checkpoint, share } = this.#copying.settled
    progress.add({ share })
    await this.#rejects.keep(documents)
    const more = documents - this.#counted
    this.#counted = documents
    await state?.writer.advance({
      count: more,
      rejected: this.rejected,
      ...(checkpoint && { checkpoint }),
    })
  }
}
