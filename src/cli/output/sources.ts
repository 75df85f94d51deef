import { InputError } from '../../errors.ts'
import { memberOf, textAtPath } from '../../json/members.ts'
import type { WalkBatch } from '../../walk/walk.ts'

/**
 * Passes batches of documents on.
 *
 * @throws {InputError} for documents that the index does not keep
 */
export async function* withSources<End>(
  batches: AsyncGenerator<WalkBatch, End, undefined>,
  alias: string,
): AsyncGenerator<WalkBatch, End, undefined> {
  try {
    let next = await batches.next()
    for (; !next.done; next = await batches.next()) {
      const first = next.value.runs[0]?.first
      if (first && memberOf(first, '_source') === undefined)
        throw new InputError(
          `${textAtPath(first, ['_index'])} keeps no _source, so its documents cannot be exported`,
          { alias, advice: '--format ids prints their ids' },
        )
      yield next.value
    }
    return next.value
  } finally {
    await batches.return(undefined as End)
  }
}
