import type { TransportRequestParams } from '@elastic/elasticsearch'

/** The endpoints that only read although they are asked by POST, by the segment of their path that names them. */
const READS = new Set([
  '_search',
  '_msearch',
  '_count',
  '_mget',
  '_field_caps',
  '_search_shards',
  '_validate',
  '_explain',
  '_termvectors',
  '_mtermvectors',
  '_rank_eval',
  '_analyze',
])

/**
 * What may be sent again: `idempotent` although it may have been carried out, `afterTooMany` after a 429. A stream
 * cannot be sent twice, and a by-query operation that is refused with 429 may have done half its work.
 */
export function repeatable(params: TransportRequestParams): { idempotent: boolean; afterTooMany: boolean } {
  const once = isStream(params)
  return { idempotent: !once && isRead(params), afterTooMany: !once && !BY_QUERY.test(params.path) }
}

export const isStream = ({ body, bulkBody }: TransportRequestParams): boolean =>
  isPiped(body) || isPiped(bulkBody)

const isPiped = (body: unknown): boolean =>
  typeof (body as { pipe?: unknown } | undefined)?.pipe === 'function'

const BY_QUERY = /\/_(?:update_by_query|delete_by_query|reindex)$/

/** Each answer moves the scroll on: sent twice, it would leave a page out. */
const SCROLL = /\/_search\/scroll(?:\/|$)/

function isRead({ method, path }: TransportRequestParams): boolean {
  if (SCROLL.test(path)) return false
  return method === 'GET' || method === 'HEAD' || (method === 'POST' && READS.has(endpointOf(path)))
}

/** The first segment that names no indices; what follows it may be a document's id, which can look like anything. */
const endpointOf = (path: string): string =>
  path.split('/').find(segment => segment.startsWith('_') && segment !== '_all') ?? ''
