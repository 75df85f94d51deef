import type { SearchContext } from '../query/search.ts'
import type { ExchangeOptions } from '../wire/exchange.ts'
import { Patience } from './bulk-pace.ts'
import type { BulkBatch, BulkDocument, BulkItem, BulkState } from './bulk-request.ts'
import { BulkSender, PARALLEL, type SenderOptions } from './bulk-sender.ts'

/** How documents are written. */
export interface BulkOptions extends SenderOptions {
  /**
   * What the ids of documents without their own are made of, together with their lines, so that one that is sent again is not
   * there twice. Undefined where the index takes no such ids.
   */
  run: string | undefined
  /** Whether an earlier run may have written any of the documents. Default: false. */
  isResumed?: boolean
}

/** Documents that come slowly wait no longer than this for others, in milliseconds. */
const LONGEST_WAIT = 1000

/**
 * Writes documents, several batches at a time and each document once, whatever breaks: the versions of one id keep their
 * order, since they go the same lane, in which a batch is settled before the next one is sent.
 */
export class BulkWriter {
  readonly #lanes: Lane[]
  readonly #options: BulkOptions
  readonly #sender: BulkSender
  readonly #timer: NodeJS.Timeout

  constructor(context: SearchContext, options: BulkOptions, exchange: ExchangeOptions = {}) {
    this.#sender = new BulkSender(context, options, exchange)
    this.#options = options
    this.#lanes = Array.from({ length: options.parallel ?? PARALLEL }, () => new Lane(this.#sender))
    this.#timer = setInterval(() => {
      for (const lane of this.#lanes) lane.flush()
    }, LONGEST_WAIT)
  }

  /** Aborted, with the error, when a document could not be settled; nothing more is sent then. */
  get failed(): AbortSignal {
    return this.#sender.stop.signal
  }

  /** The first of the lines that are not settled; undefined where all are. */
  get firstUnsettled(): number | undefined {
    const lines = this.#lanes.flatMap(({ oldest }) => oldest?.line ?? [])
    return lines.length === 0 ? undefined : Math.min(...lines)
  }

  /**
   * Takes a document.
   *
   * @returns what has to be waited for before the next one; undefined where there is room for it
   * @throws {WireError} when it is waited for, where an earlier one could not be settled
   */
  add(document: BulkDocument): Promise<void> | undefined {
    const { run, isResumed = false } = this.#options
    const isOwnId = document.id === undefined && run !== undefined
    const id = isOwnId ? `${run}-${document.line}` : document.id
    const lane = this.#lanes[hash(id ?? String(document.line)) % this.#lanes.length] as Lane
    const own = isOwnId ? { ...document, id } : document
    return lane.add(own, { isOwnId, isUnsure: isResumed })
  }

  /**
   * Waits until all documents so far are settled.
   *
   * @throws {WireError} where one cannot be
   */
  async settle(): Promise<void> {
    await Promise.all(this.#lanes.map(lane => lane.settle()))
    this.failed.throwIfAborted()
  }

  /**
   * The same, at the end of all documents.
   *
   * @throws {WireError} where one cannot be settled
   */
  async end(): Promise<void> {
    await this.settle().finally(() => clearInterval(this.#timer))
  }

  /** Waits for what is being sent; the rest is left. */
  async stop(reason: unknown): Promise<void> {
    this.#sender.stop.abort(reason)
    await this.end().catch(() => {})
  }
}

/** Documents of which one batch is sent while the next one is collected. */
class Lane {
  readonly #sender: BulkSender
  readonly #patience = new Patience()
  #collected: BulkBatch
  #sending: BulkBatch | undefined
  #work: Promise<void> = Promise.resolve()

  constructor(sender: BulkSender) {
    this.#sender = sender
    this.#collected = sender.newBatch()
  }

  /** The first that is not settled. */
  get oldest(): BulkItem | undefined {
    return (this.#sending ?? this.#collected).items[0]
  }

  add(document: BulkDocument, state: BulkState): Promise<void> | undefined {
    return this.#collected.add(document, state) ? undefined : this.#addToNext(document, state)
  }

  async #addToNext(document: BulkDocument, state: BulkState): Promise<void> {
    await this.#work
    this.flush()
    this.#sender.stop.signal.throwIfAborted()
    this.#collected.add(document, state)
  }

  /** Sends what is collected, unless a batch is being sent. */
  flush(): void {
    if (this.#sending || this.#collected.items.length === 0 || this.#sender.stop.signal.aborted) return
    this.#sending = this.#collected
    this.#collected = this.#sender.newBatch()
    this.#work = this.#send(this.#sending).catch(error => this.#sender.stop.abort(error))
  }

  async settle(): Promise<void> {
    await this.#work
    this.flush()
    await this.#work
  }

  async #send(batch: BulkBatch): Promise<void> {
    await this.#sender.settle(batch, this.#patience)
    this.#sending = undefined
  }
}

function hash(text: string): number {
  let sum = 0
  for (let at = 0; at < text.length; at++) sum = (31 * sum + text.charCodeAt(at)) | 0
  return sum >>> 0
}
