import { WireError } from '../errors.ts'
import { forEachBatch } from '../hits/batches.ts'
import { elementsOf, memberOf, textAt, withMembers } from '../json/members.ts'
import type { Run } from '../json/run.ts'
import { composeBody } from '../query/body.ts'
import { searchBatches } from '../query/search.ts'
import type { Call } from '../wire/exchange.ts'
import { PageSize, windowError } from './page-size.ts'
import type { NumberRange } from './part.ts'
import { breaksOff, KEEP_ALIVE, PIT_ID, type PointInTime } from './point-in-time.ts'
import type { Reading } from './reading.ts'
import type { Shard } from './shards.ts'

/** Hits of a page as they arrive, valid until the next part. */
interface ShardPart {
  runs: readonly Run[]
  /** Whether the cluster has said before them that none are missing. */
  isWhole: boolean
}

type Parts<End> = AsyncGenerator<ShardPart, End, undefined>

/** What is known of a page. */
interface ShardPage {
  hits: number
  bytes: number
  /** The sort values of the last hit, as JSON. */
  after: string | undefined
  /** Whether no page follows. */
  isLast: boolean
  /** How many shards were asked; undefined where the page broke off. */
  shards: number | undefined
  /** Why hits are missing. */
  missing: string | undefined
}

/** How hits of one shard follow each other; in an index that was shrunk some have equal numbers. */
const BY_NUMBER = '[{"_seq_no":{"order":"asc","unmapped_type":"long"}},"_doc"]'
const BY_DOCUMENT = '["_doc"]'
export const FROM_THE_LAST = '[{"_seq_no":{"order":"desc","unmapped_type":"long"}}]'

const NO_NUMBERS =
  'an index keeps no sequence numbers (index.disable_sequence_numbers): a point in time that is lost cannot be replaced'

/** Reads the pages of a shard's points in time, each as large as the documents before it say. */
export class ShardPages {
  /** Whether the documents have sequence numbers, and come in their order. */
  hasNumbers = true
  readonly #reading: Reading
  readonly #shard: Shard
  readonly #size: PageSize

  constructor(reading: Reading, shard: Shard) {
    this.#reading = reading
    this.#shard = shard
    this.#size = new PageSize({ target: reading.pageBytes })
  }

  /** The hits of a point in time whose numbers are in a range; the generator returns why some are missing. */
  async *of(point: PointInTime, range: NumberRange): Parts<string | undefined> {
    const body = this.#bodyOf(range)
    let after: string | undefined
    let shards: number | undefined
    for (;;) {
      const page: ShardPage = { ...NOTHING_YET, after }
      yield* this.#readPage(page, point, body)
      after = page.after
      shards ??= page.shards
      if (page.shards === 0 || Number(page.shards) < Number(shards)) page.missing ??= 'the shard is gone'
      if (page.isLast || page.missing !== undefined) return page.missing
    }
  }

  /** The highest number of the index that is visible in a point in time; -1 where there is none. */
  async highest({ id }: PointInTime): Promise<number> {
    const { context, options } = this.#reading
    const query = `{"term":{"_index":${JSON.stringify(this.#shard.index)}}}` // its path may lead to others too
    const body = `{"size":1,"track_total_hits":false,"_source":false,"query":${query},"sort":${FROM_THE_LAST},"pit":{"id":${id}}}`
    const batches = searchBatches(context, { method: 'POST', path: '/_search', body }, options)
    let highest = -1
    await forEachBatch(batches, async ({ runs: [run] }) => {
      if (run) highest = numberOf(run.first)
    }).catch(error => {
      if (!this.#lacksNumbers(error)) throw error
    })
    return highest
  }

  /** What all pages of a range ask for. */
  #bodyOf({ from, to }: NumberRange): Buffer {
    const { filter } = this.#shard
    const filters = filter === undefined ? [] : [filter]
    if (from >= 0 || to !== undefined)
      filters.push(`{"range":{"_seq_no":${JSON.stringify({ gt: from, lte: to })}}}`)
    return composeBody(this.#reading.body, { filters }) as Buffer
  }

  /** One page. Where it breaks off, or is refused in this form, it is not the last one. */
  async *#readPage(page: ShardPage, point: PointInTime, body: Buffer): Parts<void> {
    const call = { method: 'POST', path: '/_search', body: this.#pageBody(point, body, page.after) }
    try {
      yield* this.#receive(page, point, call)
    } catch (error) {
      if (!this.#adapt(error, body) && !(page.hits > 0 && breaksOff(error))) throw error
    }
    this.#size.adapt(page)
  }

  async *#receive(page: ShardPage, point: PointInTime, call: Call): Parts<void> {
    const { context, options } = this.#reading
    const wanted = this.#size.hits
    let isWhole = false
    const onKept = (path: string, json: Buffer) => {
      if (path === PIT_ID) point.id = json.toString()
      if (path === 'timed_out') isWhole = json.toString() === 'false'
      const tooLarge = path === '_shards' ? windowError(json) : undefined
      if (tooLarge) throw tooLarge
    }
    const batches = searchBatches(context, call, { ...options, spread: true, keep: [PIT_ID], onKept })
    try {
      let next = await batches.next()
      for (; !next.done; next = await batches.next()) {
        const { runs } = next.value
        if (runs.length === 0) continue
        count(page, runs)
        yield { runs, isWhole }
      }
      const { missing, shards } = next.value
      Object.assign(page, { missing, shards, isLast: page.hits < wanted })
    } finally {
      await batches.return(undefined as never)
    }
  }

  #pageBody({ id }: PointInTime, body: Buffer, after: string | undefined): Buffer {
    const { mayHideVectors, points } = this.#reading
    const members = {
      size: String(this.#size.hits),
      track_total_hits: 'false',
      sort: this.hasNumbers ? BY_NUMBER : BY_DOCUMENT,
      pit: `{"id":${id},"keep_alive":"${KEEP_ALIVE}"}`,
      ...(after === undefined ? {} : { search_after: after }),
    }
    const changes = new Map(Object.entries(members).map(([key, value]) => [key, (_?: string) => value]))
    if (mayHideVectors && !points.isOpenSearch) changes.set('_source', own => own ?? WITH_VECTORS)
    return withMembers(body, changes)
  }

  /** Whether a page that was refused can be asked for in another form. */
  #adapt(error: unknown, body: Buffer): boolean {
    if (this.#size.shrink(error)) return true
    if (!(error instanceof WireError && error.status === 400)) return false
    if (error.what.includes('exclude_vectors') && memberOf(body, '_source') === undefined) {
      this.#reading.mayHideVectors = false
      return true
    }
    return this.#lacksNumbers(error)
  }

  /** Whether an error says that the index keeps no sequence numbers: then it is read without them. */
  #lacksNumbers(error: unknown): boolean {
    if (!this.hasNumbers || !saysNoNumbers(error)) return false
    this.hasNumbers = false
    this.#reading.notice(NO_NUMBERS)
    return true
  }
}

/** Whether sorting by sequence number is refused. */
export const saysNoNumbers = (error: unknown): boolean =>
  error instanceof WireError && error.status === 400 && error.what.includes('[_seq_no]')

/** https://www.elastic.co/docs/reference/elasticsearch/rest-apis/retrieve-selected-fields#source-filtering */
const WITH_VECTORS = '{"exclude_vectors":false}'

/** The sequence number of a hit, which is one of its sort values: the first one, unless another is named. */
export function numberOf(hit: Buffer, at = 0): number {
  const sort = sortOf(hit)
  const value = elementsOf(sort).at(at)
  return value ? Number(textAt(sort, value)) : Number.NaN
}

/** Longer than two numbers. */
const LONGEST_SORT = 64

/** The sort values of a hit, as JSON: mostly numbers at its end, so that the document before them need not be scanned. */
function sortOf(hit: Buffer): Buffer {
  const end = hit.toString('latin1', Math.max(hit.length - LONGEST_SORT, 0))
  const [, numbers] = /[,{]"sort":(\[[-\d,]+\])\}$/.exec(end) ?? []
  const sort = numbers === undefined ? memberOf(hit, 'sort') : Buffer.from(numbers)
  if (sort) return sort
  throw new WireError('foreign', 'a hit has no sort')
}

const NOTHING_YET = { hits: 0, bytes: 0, isLast: false, shards: undefined, missing: undefined }

function count(page: ShardPage, runs: readonly Run[]): void {
  for (const { size, ends } of runs) {
    page.hits += ends.length
    page.bytes += size
  }
  const last = runs.at(-1)?.last
  if (last) page.after = sortOf(last).toString()
}
