import { InputError } from '../../errors.ts'
import { eachChanged } from '../../hits/batches.ts'
import { memberOf, textAtPath } from '../../json/members.ts'
import type { WalkBatch } from '../../walk/walk.ts'

/**
 * Passes batches of documents on.
 *
 * @throws {InputError} for documents that the index does not keep
 */
export const withSources = <End>(
  batches: AsyncGenerator<WalkBatch, End, undefined>,
  alias: string,
): AsyncGenerator<WalkBatch, End, undefined> =>
  eachChanged(batches, batch => {
    const first = batch.runs[0]?.first
    if (first === undefined || memberOf(first, '_source')) return batch
    throw new InputError(
      `${textAtPath(first, ['_index'])} keeps no _source, so its documents cannot be exported`,
      { alias, advice: '--format ids prints their ids' },
    )
  })
