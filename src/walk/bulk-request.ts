import { WireError } from '../errors.ts'
import { elementsOf, memberOf, membersOf, textAtPath } from '../json/members.ts'
import { OPEN_BRACKET } from '../json/scan.ts'
import { type Call, type Reply, readLongObject } from '../wire/exchange.ts'

/** A document that is to be written, its bytes as they are. */
export interface BulkDocument {
  /** Undefined where it has none of its own. */
  id: string | undefined
  routing: string | undefined
  /** A JSON object without a line feed. */
  source: Buffer
  /** Where it comes from, counted from 1. */
  line: number
}

/** Whether a document may replace one of the same id. */
export type BulkOperation = 'index' | 'create'

/** A document on its way. */
export interface BulkItem<Document extends BulkDocument = BulkDocument> {
  document: Document
  /** Undefined where the cluster makes it. */
  id: string | undefined
  /** Whether nobody else can have written this id. */
  isOwnId: boolean
  /** Whether it may have been written although no reply said so. */
  isUnsure: boolean
}

/** About what a document adds to a request besides its source and its id, in bytes. */
const ACTION = 40

/** About how long the request for some documents is, in bytes. */
export const sizeOf = (items: readonly Pick<BulkItem, 'id' | 'document'>[]): number =>
  items.reduce((sum, { id = '', document }) => sum + document.source.length + id.length + ACTION, 0)

/** Where documents are written to. */
export interface BulkDestination {
  /** The index, as one segment of a path. */
  path: string
  pipeline?: string | undefined
}

/** The parts of the reply that say what was done; an error of the whole request has the last two. */
const NEEDED = 'items.*.status,items.*.error,error,status'

/** https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-bulk */
export function bulkCall(
  { path, pipeline }: BulkDestination,
  items: readonly Pick<BulkItem, 'id' | 'isOwnId' | 'document'>[],
  operation: BulkOperation,
): Call {
  const lines = items.flatMap(({ id, isOwnId, document: { routing, source } }) => {
    const action = JSON.stringify({ [isOwnId ? 'create' : operation]: { _id: id, routing } })
    return [Buffer.from(`${action}\n`), source, LINE_END]
  })
  const query = pipeline === undefined ? '' : `&pipeline=${encodeURIComponent(pipeline)}`
  return {
    method: 'POST',
    path: `/${path}/_bulk`,
    querystring: `filter_path=${NEEDED}${query}`,
    headers: { 'content-type': 'application/x-ndjson' },
    body: Buffer.concat(lines),
  }
}

const LINE_END = Buffer.from('\n')

/** What the cluster says of one document. */
export interface ItemResult {
  status: number
  /** Its JSON, where the document was not written. */
  error: Buffer | undefined
}

/** Reads what the cluster says of each document, in the order in which they were sent. */
export const resultsReader =
  (count: number) =>
  async (reply: Reply): Promise<ItemResult[]> => {
    const items = memberOf(await readLongObject(reply), 'items')
    const results = items?.[0] === OPEN_BRACKET ? elementsOf(items).map(at => resultAt(items, at)) : []
    if (results.length === count) return results
    throw new WireError(
      'foreign',
      `the reply says of ${results.length} documents what was done, not of ${count}`,
    )
  }

function resultAt(items: Buffer, { start, end }: { start: number; end: number }): ItemResult {
  const item = items.subarray(start, end)
  const [operation] = membersOf(item)
  const result = operation && item.subarray(operation.start, operation.end)
  const status = Number(result && textAtPath(result, ['status']))
  const error = result && memberOf(result, 'error')
  if (error ? status >= 300 : status >= 200 && status < 300) return { status, error }
  throw new WireError('foreign', 'the reply does not say what was done with a document')
}
