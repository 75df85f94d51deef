import { WireError } from '../errors.ts'
import { elementsOf, memberOf, membersOf, textAtPath } from '../json/members.ts'
import { LINE_FEED, OPEN_BRACKET } from '../json/scan.ts'
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
  /** The index that it goes to. Default: that of the destination. */
  to?: string | undefined
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

/** The line before a document. */
const actionOf = ({ id, isOwnId, document }: BulkItem, operation: BulkOperation): string =>
  `${JSON.stringify({ [isOwnId ? 'create' : operation]: { _index: document.to, _id: id, routing: document.routing } })}\n`

/** How many documents a batch has at most: what is known of small ones takes more memory than they do. */
const MOST = 5000

/** Documents that are written, as they come, into the body of one request. */
export class BulkBatch<Document extends BulkDocument = BulkDocument> {
  readonly items: BulkItem<Document>[] = []
  readonly operation: BulkOperation
  /** What the body is written into. */
  memory: Buffer
  #length = 0

  /** @param memory for the body; one document alone may take more */
  constructor(operation: BulkOperation, memory: Buffer) {
    this.operation = operation
    this.memory = memory
  }

  /**
   * Copies the source of a document, which then is the copy, so that what it was read from is not kept; returns false where
   * there is no room for it.
   */
  add(item: BulkItem<Document>): boolean {
    if (this.items.length === MOST) return false
    const { source } = item.document
    const action = actionOf(item, this.operation)
    const start = this.#length + Buffer.byteLength(action)
    const end = start + source.length
    if (end + 1 > this.memory.length) {
      if (this.items.length > 0) return false
      this.memory = Buffer.allocUnsafe(end + 1)
    }
    this.memory.write(action, this.#length)
    source.copy(this.memory, start)
    this.memory[end] = LINE_FEED
    this.#length = end + 1
    item.document.source = this.memory.subarray(start, end)
    this.items.push(item)
    return true
  }

  get body(): Buffer {
    return this.memory.subarray(0, this.#length)
  }
}

/** Some documents of a batch, which are sent again. */
export function batchOf<Document extends BulkDocument>(
  items: readonly BulkItem<Document>[],
  operation: BulkOperation,
): BulkBatch<Document> {
  const sizes = items.map(
    item => Buffer.byteLength(actionOf(item, operation)) + item.document.source.length + 1,
  )
  const memory = Buffer.allocUnsafe(sizes.reduce((sum, size) => sum + size, 0))
  const batch = new BulkBatch<Document>(operation, memory)
  for (const item of items) batch.add(item)
  return batch
}

/** Where documents are written to. */
export interface BulkDestination {
  /** The index, as one segment of a path; undefined where each document says its own. */
  path: string | undefined
  pipeline?: string | undefined
}

/** The parts of the reply that say what was done; an error of the whole request has the last two. */
const NEEDED = 'items.*.status,items.*.error,error,status'

/** https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-bulk */
export function bulkCall({ path, pipeline }: BulkDestination, body: Buffer): Call {
  const query = pipeline === undefined ? '' : `&pipeline=${encodeURIComponent(pipeline)}`
  return {
    method: 'POST',
    path: path === undefined ? '/_bulk' : `/${path}/_bulk`,
    querystring: `filter_path=${NEEDED}${query}`,
    headers: { 'content-type': 'application/x-ndjson' },
    body,
  }
}

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
