import { type Batch, HitScanner } from '../hits/scanner.ts'
import type { Call, Reply } from '../wire/exchange.ts'

/** What a document is found by. */
export interface DocumentKey {
  id: string
  /** Undefined for a document that has none of its own. */
  routing: string | undefined
}

/** Where to find it, unless in the index of the request. */
interface MgetKey extends DocumentKey {
  to?: string | undefined
}

/**
 * The request for documents of an index, in real time.
 * https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-mget
 *
 * @param path the index, as a segment of a path; undefined where each document says its own
 */
export function mgetCall(path: string | undefined, keys: readonly MgetKey[], querystring = ''): Call {
  const docs = keys.map(({ to, id, routing }) => ({ _index: to, _id: id, routing }))
  const body = JSON.stringify({ docs })
  return { method: 'POST', path: path === undefined ? '/_mget' : `/${path}/_mget`, querystring, body }
}

/**
 * The parameter by which Elasticsearch 9.2 and later does not leave vectors out of the documents; older versions refuse it.
 * https://www.elastic.co/docs/reference/elasticsearch/rest-apis/retrieve-selected-fields#source-filtering
 */
export const EXCLUDE_NO_VECTORS = '_source_exclude_vectors=false'

/** What the reply has for each of the documents, as it arrives and in the order of the request. */
export async function* mgetItems(
  { chunks }: Pick<Reply, 'chunks'>,
  maxHit?: number | undefined,
): AsyncGenerator<Batch, void, undefined> {
  const scanner = new HitScanner({ array: 'docs', maxHit })
  for await (const chunk of chunks) yield scanner.push(chunk)
  scanner.end()
}
