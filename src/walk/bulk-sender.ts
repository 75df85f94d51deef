import { anySignal } from '../abort.ts'
import { type Fault, WireError } from '../errors.ts'
import { memberOf, textAtPath } from '../json/members.ts'
import { EXCLUDE_NO_VECTORS, mgetCall, mgetItems } from '../query/mget.ts'
import type { SearchContext } from '../query/search.ts'
import { responseError } from '../wire/errors/http.ts'
import type { ExchangeOptions, Reply } from '../wire/exchange.ts'
import { redactBody } from '../wire/redact.ts'
import { Pace, type Patience } from './bulk-pace.ts'
import {
  BulkBatch,
  type BulkDestination,
  type BulkDocument,
  type BulkItem,
  type BulkOperation,
  bulkCall,
  type ItemResult,
  resultsReader,
} from './bulk-request.ts'

/** Why a document was not written. */
interface Rejection {
  status: number
  /** The JSON of the cluster's error, without secrets. */
  error: string
  /** What the error does not say. */
  note?: string | undefined
}

/** Where documents are sent to, and who is told what becomes of them. */
export interface SenderOptions extends BulkDestination {
  /** Default: `index`; a data stream gets `create` by itself. */
  operation?: BulkOperation | undefined
  /** How many batches are sent at a time. Default: 4. */
  parallel?: number | undefined
  /** Size of a batch, in bytes. Default: 5 MB. */
  batchBytes?: number | undefined
  /** Called with each document that the cluster does not take, with its id, also one that was made up. */
  onRejected: (document: BulkDocument, rejection: Rejection) => void
  /** Called when so many documents have been written, of so many bytes. */
  onWritten: (documents: number, bytes: number) => void
}

export const PARALLEL = 4

const BATCH_BYTES = 5e6

/** Sends batches of documents until the fate of each is settled. */
export class BulkSender {
  /** Aborted when nothing more is to be sent, with the reason. */
  readonly stop = new AbortController()
  readonly #context: SearchContext
  readonly #options: SenderOptions
  readonly #exchange: ExchangeOptions
  readonly #pace: Pace
  /** What takes no other operation than `create`: undefined is the destination. */
  readonly #createOnly = new Set<string | undefined>()
  /** How many documents are settled, by which it is seen whether the cluster does anything. */
  #settled = 0
  /** Of batches that are settled. */
  readonly #memories: Buffer[] = []
  /** Size of a batch, in bytes: less than at first where the cluster takes less. */
  #batchBytes: number

  constructor(context: SearchContext, options: SenderOptions, exchange: ExchangeOptions) {
    this.#context = context
    this.#options = options
    this.#exchange = exchange
    this.#pace = new Pace(options.parallel ?? PARALLEL)
    this.#batchBytes = options.batchBytes ?? BATCH_BYTES
  }

  #operationFor = (to: string | undefined): BulkOperation =>
    this.#createOnly.has(to) ? 'create' : (this.#options.operation ?? 'index')

  /** An empty batch, of the size that the cluster takes. */
  newBatch(): BulkBatch {
    const used = this.#memories.pop()
    const memory = used?.length === this.#batchBytes ? used : Buffer.allocUnsafe(this.#batchBytes)
    return new BulkBatch(this.#operationFor, memory)
  }

  /**
   * Sends a batch, and again what was not taken for the moment.
   *
   * @throws {WireError} where the cluster takes nothing, or stays overloaded
   */
  async settle(whole: BulkBatch, patience: Patience): Promise<void> {
    for (let batch = whole; batch.items.length > 0; ) {
      this.stop.signal.throwIfAborted()
      const left = await this.#settleSome(batch, patience)
      batch = left === batch.items ? batch : batch.pick(left)
    }
    if (whole.memory.length === this.#batchBytes) this.#memories.push(whole.memory)
  }

  /** Returns what has to be sent again. */
  async #settleSome(batch: BulkBatch, patience: Patience): Promise<readonly BulkItem[]> {
    const { items, body } = batch
    if (body.length > this.#batchBytes && items.length > 1) return await this.#divide(batch, patience)
    const results = await this.#send(batch).catch((error: unknown) => error as Error)
    return Array.isArray(results)
      ? await this.#judge(batch, results, patience)
      : await this.#afterFailure(batch, results, patience)
  }

  /** Without the retries of the wire, which cannot know what was done. */
  #send({ items, body }: BulkBatch): Promise<ItemResult[]> {
    const call = bulkCall(this.#options, body)
    const options = { ...this.#exchange, retries: 0, spread: true }
    return this.#pace.take(async () => {
      this.stop.signal.throwIfAborted()
      return await this.#context.transport.exchange(call, resultsReader(items.length), options)
    })
  }

  /** Returns what has to be sent again. */
  async #judge(
    batch: BulkBatch,
    results: readonly ItemResult[],
    patience: Patience,
  ): Promise<readonly BulkItem[]> {
    const outcomes = batch.items.map((item, at) => this.#outcome(batch, item, results[at] as ItemResult))
    const having = (wanted: ItemVerdict) => outcomes.filter(({ verdict }) => verdict === wanted)
    const again = withoutReplaced(outcomes, ({ item }) => {
      const { to, id, routing } = batch.documentOf(item)
      return this.#operationFor(to) === 'create' ? undefined : JSON.stringify([to, id, routing])
    })
    for (const { item, result } of having('rejected')) this.#reject(batch.documentOf(item), result)
    const there = await this.#readBack(batch, having('doubtful'))
    const sentAgain = new Set(again)
    const replaced = having('again').filter(outcome => !sentAgain.has(outcome))
    this.#count([...having('written'), ...there, ...replaced])
    for (const { item, result } of again) item.isUnsure ||= result.status !== 429
    const [first] = again
    if (first) await this.#wait(this.#errorOf(first.result), patience)
    else this.#pace.faster()
    const left = new Set([...having('as create'), ...again].map(({ item }) => item))
    return batch.items.filter(item => left.has(item))
  }

  #count(written: readonly ItemOutcome[]): void {
    this.#settled += written.length
    const bytes = written.reduce((sum, { item }) => sum + item.sourceEnd - item.sourceStart, 0)
    this.#options.onWritten(written.length, bytes)
  }

  #outcome(batch: BulkBatch, item: BulkItem, result: ItemResult): ItemOutcome {
    return { item, result, verdict: this.#verdict(batch, item, result) }
  }

  #verdict(batch: BulkBatch, item: BulkItem, { status, error }: ItemResult): ItemVerdict {
    if (error === undefined) return 'written'
    const { to } = batch.documentOf(item)
    const [type, reason = ''] = ['type', 'reason'].map(name => textAtPath(error, [name]))
    if (type === 'version_conflict_engine_exception') {
      if (item.isOwnId) return 'written' // by an earlier attempt
      return item.isUnsure && this.#operationFor(to) === 'create' ? 'doubtful' : 'rejected'
    }
    if (TRANSIENT.has(status) || TRANSIENT_TYPES.has(type)) return 'again'
    if (CREATE_ONLY.test(reason)) {
      this.#createOnly.add(to)
      return 'as create'
    }
    if (status === 401 || status === 403 || UNUSABLE.has(type) || NO_PIPELINE.test(reason))
      throw this.#errorOf({ status, error })
    return 'rejected'
  }

  /** Returns what has to be sent again after a request without a reply, or with an error instead of results. */
  async #afterFailure(batch: BulkBatch, error: Error, patience: Patience): Promise<readonly BulkItem[]> {
    const { items, body } = batch
    if (!(error instanceof WireError) || this.#exchange.signal?.aborted) throw error
    if (error.status === 413) {
      this.#batchBytes = Math.min(this.#batchBytes, Math.ceil(body.length / 2))
      if (items.length > 1) return await this.#divide(batch, patience)
      this.#reject(batch.documentOf(items[0] as BulkItem), TOO_LARGE)
      return []
    }
    const fate = this.#fateAfter(error)
    if (fate === undefined) throw error
    if (fate === 'unknown') {
      if (items.some(item => batch.documentOf(item).id === undefined)) throw withoutIds(items, error)
      for (const item of items) item.isUnsure = true
    }
    await this.#wait(error, patience)
    return items
  }

  /** Whether a request that failed was carried out; undefined where it is of no use to send it again. */
  #fateAfter({ fault, status }: WireError): 'not done' | 'unknown' | undefined {
    const isDown = fault === 'unreachable' && this.#settled > 0 // a cluster that was there may be again
    if (status === 429 || isDown) return 'not done'
    return fault === 'overloaded' || FATE_UNKNOWN.has(fault) ? 'unknown' : undefined
  }

  /** Sends the first half of a batch that is too large; returns the other one. */
  async #divide(batch: BulkBatch, patience: Patience): Promise<readonly BulkItem[]> {
    const { items } = batch
    const half = Math.ceil(items.length / 2)
    await this.settle(batch.pick(items.slice(0, half)), patience)
    return items.slice(half)
  }

  async #wait(error: WireError, patience: Patience): Promise<void> {
    this.#pace.slower()
    const { retries = this.#context.transport.retries, deadline, signal } = this.#exchange
    const ended = anySignal(signal, this.stop.signal)
    await patience.wait(error, { settled: this.#settled, retries, deadline, signal: ended })
  }

  /**
   * A document of `create` that was sent again is there already: it was written by the earlier attempt if the index holds
   * the same bytes. Returns those; the others are rejected.
   */
  async #readBack(batch: BulkBatch, outcomes: readonly ItemOutcome[]): Promise<ItemOutcome[]> {
    if (outcomes.length === 0) return []
    const documents = outcomes.map(({ item }) => batch.documentOf(item))
    const same = await this.#areThere(documents).catch(error => {
      if (error instanceof WireError && error.fault === 'refused') return []
      throw error
    })
    for (const [at, { result }] of outcomes.entries())
      if (!same[at]) this.#reject(documents[at] as BulkDocument, result, SENT_TWICE)
    return outcomes.filter((_, at) => same[at])
  }

  /** Whether each of the documents is in the index, byte for byte; an older cluster refuses to hear of vectors. */
  async #areThere(documents: readonly BulkDocument[]): Promise<boolean[]> {
    return await this.#compare(documents, EXCLUDE_NO_VECTORS).catch(async error => {
      if (error instanceof WireError && error.status === 400) return await this.#compare(documents)
      throw error
    })
  }

  async #compare(documents: readonly BulkDocument[], parameter?: string): Promise<boolean[]> {
    const keys = documents.map(({ to, id = '', routing }) => ({ to, id, routing }))
    const begin = async (reply: Reply) => {
      const same: boolean[] = []
      for await (const { hits } of mgetItems(reply))
        for (const hit of hits) {
          const source = memberOf(hit, '_source')
          same.push(documents[same.length]?.source.equals(source ?? NOTHING) === true)
        }
      return same
    }
    const call = mgetCall(this.#options.path, keys, parameter)
    return await this.#context.transport.exchange(call, begin, this.#exchange)
  }

  #reject(document: BulkDocument, result: ItemResult, note?: string): void {
    this.#settled++
    const error = redactBody(String(result.error), this.#context.transport.redact)
    const own = { ...document, source: Buffer.from(document.source) } // the batch's memory is used again
    this.#options.onRejected(own, { status: result.status, error, note })
  }

  #errorOf({ status, error }: ItemResult): WireError {
    const { alias, transport } = this.#context
    const { redact } = transport
    return responseError(status, redactBody(`{"error":${error}}`, redact), { redact }).addAlias(alias)
  }
}

type ItemVerdict = 'written' | 'again' | 'as create' | 'doubtful' | 'rejected'

/** What becomes of a document that was sent. */
interface ItemOutcome {
  item: BulkItem
  result: ItemResult
  verdict: ItemVerdict
}

const NOTHING = Buffer.alloc(0)

const SENT_TWICE =
  'it was sent again after a connection broke: it may be this document, but the index does not hold, or does not show, the same bytes'

/** Statuses of documents that the cluster may take later. */
const TRANSIENT: ReadonlySet<number> = new Set([429, 502, 503, 504])

/** The same with other statuses: a shard that moves, or is not allocated yet. */
const TRANSIENT_TYPES: ReadonlySet<string | undefined> = new Set([
  'index_primary_shard_not_allocated_exception',
  'illegal_index_shard_state_exception',
  'index_shard_closed_exception',
  'shard_not_found_exception',
  'node_closed_exception',
  'node_disconnected_exception',
  'node_not_connected_exception',
])

/** What is wrong with the index, and so with every document. */
const UNUSABLE: ReadonlySet<string | undefined> = new Set([
  'index_not_found_exception',
  'index_closed_exception',
  'invalid_index_name_exception',
])

const NO_PIPELINE = /^pipeline with id \[/

/** How a data stream refuses to have a document replaced. */
const CREATE_ONLY = /^only write ops with an op_type of create are allowed in data streams/

/** Without a reply, or its end: the documents may have been written. */
const FATE_UNKNOWN: ReadonlySet<Fault> = new Set(['reset', 'cut', 'timeout', 'corrupt'])

/**
 * What has to be sent again: not that of which a later version has been written.
 *
 * @param keyOf what the versions of a document have in common; undefined for one that replaces none
 */
function withoutReplaced(
  outcomes: readonly ItemOutcome[],
  keyOf: (outcome: ItemOutcome) => string | undefined,
): ItemOutcome[] {
  if (!outcomes.some(({ verdict }) => verdict === 'again')) return []
  const written = new Set<string>()
  const isLast = (outcome: ItemOutcome): boolean => {
    const { verdict } = outcome
    const key = keyOf(outcome)
    if (verdict === 'written' && key !== undefined) written.add(key)
    return verdict === 'again' && (key === undefined || !written.has(key))
  }
  return outcomes.toReversed().filter(isLast).toReversed()
}

const TOO_LARGE: ItemResult = {
  status: 413,
  error: Buffer.from('{"type":"too_large","reason":"the cluster takes no request of this size"}'),
}

function withoutIds(items: readonly BulkItem[], { fault, what, alias, node }: WireError): WireError {
  const [first, last] = [items[0], items.at(-1)].map(item => item?.line)
  return new WireError(fault, `${what}; whether lines ${first} to ${last} are written is not known`, {
    alias,
    node,
    advice:
      'sent again, documents without ids would be there twice: search for them, and import only those that are missing',
  })
}
