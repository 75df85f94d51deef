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
  /** The index that it comes from, if that is known. */
  index: string | undefined
  /** The index that it goes to. Default: that of the destination. */
  to?: string | undefined
}

/** Whether a document may replace one of the same id. */
export type BulkOperation = 'index' | 'create'

/** The operation of documents that go to an index; undefined for that of the destination. */
type OperationFor = (to: string | undefined) => BulkOperation

/** What is known of a document on its way, besides its bytes. */
export interface BulkState {
  /** Whether nobody else can have written this id. */
  isOwnId: boolean
  /** Whether it may have been written although no reply said so. */
  isUnsure: boolean
}

/** A document of a batch. There are tens of thousands at a time: what its bytes in the batch say is not kept besides. */
export interface BulkItem extends BulkState {
  line: number
  index: string | undefined
  /** Where in the batch the line before the source begins, and the source. */
  start: number
  sourceStart: number
  sourceEnd: number
}

/** How many documents a batch has at most: what is known of small ones takes more memory than they do. */
const MOST = 5000

/** Documents that are written, as they come, into the body of one request. */
export class BulkBatch {
  readonly items: BulkItem[] = []
  readonly #operationFor: OperationFor
  /** What the body is written into. */
  memory: Buffer
  #length = 0

  /** @param memory for the body; one document alone may take more */
  constructor(operationFor: OperationFor, memory: Buffer) {
    this.#operationFor = operationFor
    this.memory = memory
  }

  /** Copies a document; returns false where there is no room for it. */
  add({ id, routing, source, line, index, to }: BulkDocument, { isOwnId, isUnsure }: BulkState): boolean {
    if (this.items.length === MOST) return false
    const operation = isOwnId ? 'create' : this.#operationFor(to)
    const action = `{"${operation}":${JSON.stringify({ _index: to, _id: id, routing })}}\n`
    const start = this.#length
    const sourceStart = start + Buffer.byteLength(action)
    const sourceEnd = sourceStart + source.length
    if (sourceEnd + 1 > this.memory.length) {
      if (this.items.length > 0) return false
      this.memory = Buffer.allocUnsafe(sourceEnd + 1)
    }
    this.memory.write(action, start)
    source.copy(this.memory, sourceStart)
    this.memory[sourceEnd] = LINE_FEED
    this.#length = sourceEnd + 1
    const before = this.items.at(-1)?.index
    const same = before === index ? before : index // one text for all of them
    this.items.push({ line, index: same, start, sourceStart, sourceEnd, isOwnId, isUnsure })
    return true
  }

  /** A document that was added; its source is that of the batch. */
  documentOf({ line, index, start, sourceStart, sourceEnd }: BulkItem): BulkDocument {
    const [action] = Object.values<Action>(JSON.parse(this.memory.toString('utf8', start, sourceStart)))
    const { _index: to, _id: id, routing } = action ?? {}
    return { id, routing, source: this.memory.subarray(sourceStart, sourceEnd), line, index, to }
  }

  /** Some of the documents, to be sent again. */
  pick(items: readonly BulkItem[]): BulkBatch {
    const size = items.reduce((sum, { start, sourceEnd }) => sum + sourceEnd - start + LONGER, 0)
    const batch = new BulkBatch(this.#operationFor, Buffer.allocUnsafe(size))
    for (const item of items)
      if (!batch.add(this.documentOf(item), item)) throw new Error('there is no room for a document')
    return batch
  }

  get body(): Buffer {
    return this.memory.subarray(0, this.#length)
  }
}

interface Action {
  _index?: string
  _id?: string
  routing?: string
}

/** By how much the lines of a document become longer at most when its operation changes, with the last line feed. In bytes. */
const LONGER = 2

/** Where documents are written to. */
export interface BulkDestination {
  /** The index, as one segment of a path; undefined where each document says its own. */
  path: string | undefined
  pipeline?: string | undefined
}

/** The parts of the reply that say what was done; an error of the whole request has the last two. */
const NEEDED = 'errors,items.*.status,items.*.error,error,status'

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
    const bytes = await readLongObject(reply)
    if (bytes.includes('"errors":false') && countOf(bytes, DONE) === count) return Array(count).fill(WRITTEN)
    const items = memberOf(bytes, 'items')
    const results = items?.[0] === OPEN_BRACKET ? elementsOf(items).map(at => resultAt(items, at)) : []
    if (results.length === count) return results
    throw new WireError(
      'foreign',
      `the reply says of ${results.length} documents what was done, not of ${count}`,
    )
  }

/** The status of a document that was written, as clusters write it. */
const DONE = '"status":20'

const WRITTEN: ItemResult = { status: 200, error: undefined }

function countOf(bytes: Buffer, part: string): number {
  let count = 0
  for (let at = bytes.indexOf(part); at >= 0; at = bytes.indexOf(part, at + part.length)) count++
  return count
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
