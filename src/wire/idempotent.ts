import type { TransportRequestParams } from '@elastic/elasticsearch'
import { type Beside, isReading } from './readonly.ts'

/**
 * What may be sent again: `idempotent` although it may have been carried out, `afterTooMany` after a 429. A stream
 * cannot be sent twice, and a by-query operation that is refused with 429 may have done half its work.
 */
export function repeatable(
  params: TransportRequestParams,
  beside: Beside = {},
): { idempotent: boolean; afterTooMany: boolean } {
  const once = isStream(params)
  const idempotent = !once && isReading(params, beside) && !MOVES_ON.test(params.path)
  return { idempotent, afterTooMany: !once && !BY_QUERY.test(params.path) }
}

export const isStream = ({ body, bulkBody }: TransportRequestParams): boolean =>
  isPiped(body) || isPiped(bulkBody)

const isPiped = (body: unknown): boolean =>
  typeof (body as { pipe?: unknown } | undefined)?.pipe === 'function'

const BY_QUERY = /\/_(?:update_by_query|delete_by_query|reindex)\/*(?:[?#]|$)/

/** Each answer moves the scroll on, which is also what a cursor of SQL is: sent twice, it would leave a page out. */
const MOVES_ON = /^\/_(?:search\/scroll|sql)(?:[/?]|$)/
