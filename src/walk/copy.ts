import { InputError } from '../errors.ts'
import { forEachBatch } from '../hits/batches.ts'
import { documentIn } from '../hits/document.ts'
import { onOneLine } from '../json/comments.ts'
import { textOf } from '../json/members.ts'
import type { BulkWriter } from './bulk.ts'
import type { BulkDocument } from './bulk-request.ts'
import type { Checkpoint } from './checkpoint.ts'
import type { WalkBatches } from './walk.ts'

/** How far a copy has come: each document up to there is written or rejected. */
export interface SettledCopy {
  /** How many documents that are, of this run. */
  documents: number
  /** From here another run can go on; undefined before the first documents, and where the walk has none. */
  checkpoint: Checkpoint | undefined
  /** Of what is to be copied, from 0 to 1; undefined as the checkpoint is. */
  share: number | undefined
}

export interface CopyOptions {
  /** The alias that is read. */
  alias: string
  /** Whether each document goes to an index of the name of its own, instead of that of the writer. */
  toSameNames: boolean
}

/**
 * Documents on their way from one cluster to another, their `_id`, `_routing` and the bytes of `_source` as they are. A walk
 * gives the versions of a document in the order in which they were made, and a writer keeps the order of one id, so that
 * no older version wins; a run that goes on behind a checkpoint gives all later versions again, in that order.
 */
export class Copying {
  /** How many documents have been read. */
  read = 0
  readonly #writer: BulkWriter
  readonly #options: CopyOptions
  /** Where the batches lead whose documents are not all settled, in their order. */
  readonly #ahead: SettledCopy[] = []
  #settled: SettledCopy = { documents: 0, checkpoint: undefined, share: undefined }

  constructor(writer: BulkWriter, options: CopyOptions) {
    this.#writer = writer
    this.#options = options
  }

  /** How far the copy has come by now. */
  get settled(): SettledCopy {
    const unsettled = this.#writer.firstUnsettled ?? Number.POSITIVE_INFINITY
    const last = this.#ahead.findLastIndex(({ documents }) => documents < unsettled)
    this.#settled = this.#ahead.splice(0, last + 1).at(-1) ?? this.#settled
    return this.#settled
  }

  /**
   * Copies all documents of a walk; returns why some are missing.
   *
   * @param onBatch called after each batch whose documents are on their way
   * @throws {InputError} for an index that keeps no `_source`
   * @throws {WireError} where one of the clusters fails
   */
  async run(batches: WalkBatches, onBatch: () => Promise<void>): Promise<string | undefined> {
    const missing = await forEachBatch(batches, async batch => {
      for (const hit of batch.hits) {
        const room = this.#writer.add(this.#documentOf(hit))
        if (room) await room // a promise for each document would take longer than the rest
      }
      const { checkpoint, share } = batch
      this.#ahead.push({ documents: this.read, checkpoint, share })
      await onBatch()
    })
    await this.#writer.end()
    return missing
  }

  #documentOf(hit: Buffer): BulkDocument {
    const { alias, toSameNames } = this.#options
    const { _index, _id, _routing, _source } = documentIn(hit)
    const index = _index ? textOf(_index) : ''
    if (_source === undefined)
      throw new InputError(`${index} keeps no _source, so its documents cannot be copied`, { alias })
    return {
      line: ++this.read,
      index,
      to: toSameNames ? index : undefined,
      id: _id && textOf(_id),
      routing: _routing && textOf(_routing),
      source: onOneLine(_source),
    }
  }
}
