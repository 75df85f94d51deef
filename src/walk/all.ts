import { UsageError, WireError } from '../errors.ts'
import { joinReasons, shardsMissing, TIMED_OUT } from '../hits/completeness.ts'
import { parseShards } from '../hits/response.ts'
import type { Batch } from '../hits/scanner.ts'
import { elementsOf, memberOf, membersOf, textAt, withMembers } from '../json/members.ts'
import { OPEN_BRACKET } from '../json/scan.ts'
import {
  type SearchBatches,
  type SearchContext,
  type SearchOptions,
  type SearchSummary,
  searchBatches,
} from '../query/search.ts'
import type { Call } from '../wire/exchange.ts'
import { PageSize, windowError } from './page-size.ts'
import { breaksOff, isLost, KEEP_ALIVE, PIT_ID, type PointInTime, PointsInTime } from './point-in-time.ts'
import { countShards, LAST_SHARD } from './shards.ts'

/** How all hits of a search are read. */
export interface AllOptions extends Omit<SearchOptions, 'delivers' | 'pass' | 'keep' | 'onKept'> {
  /** Ends after this many hits. Default: all of them. */
  limit?: number | undefined
}

/**
 * Every hit of a search, page by page, in the memory of the largest hit. Without a `sort` they come in the order of the
 * index, shard by shard and without scores, each shard as it was when its turn came. With one they come from one point
 * in time; OpenSearch before 3.3 cannot tell equal sort values apart there, so a scroll is used.
 *
 * @param call of the search, to `/{index}/_search`
 * @throws {UsageError} for a body with a member that makes no sense for pages of hits
 */
export async function* allHits(context: SearchContext, call: Call, options: AllOptions = {}): SearchBatches {
  const reader = new PageReader(context, call, options)
  if (options.limit === 0) return NONE
  return { ...NONE, missing: joinReasons(yield* reader.read()) }
}

const NONE: SearchSummary = {
  missing: undefined,
  otherResults: [],
  total: undefined,
  members: new Map(),
  shards: 0,
}

/** Members of a search body that are about one page, or about more than its hits. */
export const UNPAGED: ReadonlySet<string> = new Set(
  'from search_after pit slice collapse knn rescore suggest profile aggs aggregations'.split(' '),
)

/** Of a scroll, whose pages have the same size. In hits. */
const SCROLL_PAGE = 1000

/** Batches with hits; what the generator returns says how it ended. */
type Hits<End> = AsyncGenerator<Batch, End, undefined>

/** The end of a page, or of all pages of one point in time. */
interface PageEnd {
  /** Why hits are missing. */
  missing: string | undefined
  /** Whether no page follows. */
  isLast: boolean
  shards: number
}

/** What has been read of a page. */
interface PageProgress {
  hits: number
  bytes: number
  /** The JSON of the last hit's `sort`. */
  after: string | undefined
  /** The ids that came with it, as JSON by the member's name. */
  kept: Map<string, string>
  /** Why hits of it are missing, as far as was said before them. */
  missing?: string | undefined
}

const SCROLL_ID = '_scroll_id'

/** How many shards there were at first, are expected now, and have been read; and whether the last number was no shard's. */
interface ShardCounts {
  first: number
  expected: number
  read: number
  isGap: boolean
}

/** Reads the pages of one search. */
class PageReader {
  readonly #isSorted: boolean
  readonly #context: SearchContext
  readonly #options: SearchOptions
  readonly #points: PointsInTime
  /** The index expression as a path segment. */
  readonly #index: string
  readonly #body: Buffer
  #pageSize = new PageSize()
  /** Hits that are still wanted, and those that were given out. */
  #left: number
  #given = 0

  constructor(context: SearchContext, { path, body = '{}' }: Call, options: AllOptions) {
    const { limit = Number.POSITIVE_INFINITY, ...search } = options
    this.#context = context
    this.#options = search
    this.#points = new PointsInTime(context.transport, search)
    this.#index = path.slice(1, path.lastIndexOf('/'))
    this.#body = Buffer.from(body)
    this.#left = limit
    this.#isSorted = !/^(?:\[\s*\])?$/.test(memberOf(this.#body, 'sort')?.toString() ?? '')
    const unpaged = membersOf(this.#body).find(({ key }) => UNPAGED.has(key))
    if (unpaged)
      throw new UsageError(
        `the body's ${JSON.stringify(unpaged.key)} cannot be combined with reading all hits`,
        {
          alias: context.alias,
        },
      )
  }

  /**
   * By points in time, or else by a scroll: Elasticsearch lets a user who may read an alias alone open them, and then
   * denies their hits.
   */
  async *read(): Hits<string[]> {
    try {
      return yield* this.#isSorted ? this.#sorted() : this.#shardByShard()
    } catch (error) {
      if (this.#given > 0 || !(isDenied(error) || cannotTellApart(error))) throw error
      return yield* this.#scroll()
    }
  }

  /** One shard after the other, each by a point in time of its own. */
  async *#shardByShard(): Hits<string[]> {
    const { shards: first, missing } = await this.#countShards()
    const reasons = missing === undefined ? [] : [missing]
    let [read, expected] = [0, first]
    for (let shard = 0; read < expected && this.#left > 0 && shard <= LAST_SHARD; shard++) {
      const point = yield* this.#readPoint(BY_INDEX, shard)
      read += point.shards
      if (point.missing !== undefined) reasons.push(point.missing)
      if (point.shards === 0 && reasons.length > 0) return reasons
      expected = await this.#expectShards({ first, expected, read, isGap: point.shards === 0 })
    }
    return read < expected && this.#left > 0 ? [...reasons, `${expected - read} shards are gone`] : reasons
  }

  /**
   * How many shards there are to read in all. Meanwhile an index may have come, whose shards were read too, or be gone;
   * after a number that no shard has there is nothing more, unless routing skips it.
   */
  async #expectShards({ first, expected, read, isGap }: ShardCounts): Promise<number> {
    if (!isGap && read < expected) return expected
    const { shards: now } = await this.#countShards()
    if (!isGap) return Math.max(expected, now)
    return read >= Math.min(first, now) ? read : now
  }

  /** In the order of the body's `sort`. */
  async *#sorted(): Hits<string[]> {
    const { missing } = yield* this.#readPoint(totalOrder(memberOf(this.#body, 'sort') as Buffer))
    return missing === undefined ? [] : [missing]
  }

  async #countShards(): Promise<SearchSummary> {
    return await countShards(this.#context, this.#index, this.#options)
  }

  /** The pages of a new point in time. One that is lost before it gave anything is opened once more, by another node. */
  async *#readPoint(sort: string, shard?: number): Hits<PageEnd> {
    const before = this.#given
    for (let isRepeated = false; ; isRepeated = true)
      try {
        return yield* this.#readOnce(sort, shard)
      } catch (error) {
        if (!this.#isLost(error)) throw error
        if (isRepeated || this.#given > before)
          return { missing: `the point in time was lost (${error.what})`, isLast: true, shards: 1 }
      }
  }

  async *#readOnce(sort: string, shard: number | undefined): Hits<PageEnd> {
    const point = await this.#points.open(this.#index, { shard })
    if (point === undefined) return { missing: undefined, isLast: true, shards: 0 }
    try {
      return yield* this.#readPages(point, sort)
    } finally {
      await this.#points.close(point)
    }
  }

  async *#readPages(point: PointInTime, sort: string): Hits<PageEnd> {
    let after: string | undefined
    let shards = 0
    for (;;) {
      const pit = `{"id":${point.id},"keep_alive":"${KEEP_ALIVE}"}`
      const body = this.#pageBody({ sort, pit, ...(after === undefined ? {} : { search_after: after }) })
      const progress: PageProgress = { hits: 0, bytes: 0, after, kept: new Map() }
      const end = yield* this.#readPage({ method: 'POST', path: '/_search', body }, point, progress)
      after = progress.after
      shards ||= end.shards
      if (end.missing === undefined && end.isLast && end.shards < shards)
        return { ...end, shards, missing: `${shards - end.shards} of ${shards} shards are gone` }
      if (end.isLast || end.missing !== undefined || this.#left === 0) return { ...end, shards }
    }
  }

  /** A page of a point in time. One that breaks off is not the last one: the next goes on after its last hit. */
  async *#readPage(call: Call, point: PointInTime, progress: PageProgress): Hits<PageEnd> {
    const wanted = this.#nextSize
    try {
      const { missing, shards } = yield* this.#readHits(call, progress)
      point.id = progress.kept.get(PIT_ID) ?? point.id
      this.#pageSize.adapt(progress)
      return { missing, isLast: progress.hits < wanted, shards }
    } catch (error) {
      const goesOn = this.#pageSize.shrink(error) || (progress.hits > 0 && breaksOff(error))
      if (goesOn) return { missing: progress.missing, isLast: false, shards: 0 }
      throw error
    }
  }

  /** https://docs.opensearch.org/latest/api-reference/search-apis/scroll/ */
  async *#scroll(): Hits<string[]> {
    const kept = new Map<string, string>()
    this.#pageSize = new PageSize({ first: SCROLL_PAGE })
    try {
      return yield* this.#readScroll(kept)
    } catch (error) {
      if (!kept.has(SCROLL_ID) && this.#pageSize.shrink(error)) return yield* this.#readScroll(kept)
      if (kept.has(SCROLL_ID) && this.#isLost(error)) return [`the scroll was lost (${error.what})`]
      throw error
    } finally {
      const body = `{"scroll_id":[${kept.get(SCROLL_ID)}]}`
      if (kept.has(SCROLL_ID)) await this.#points.clear({ method: 'DELETE', path: '/_search/scroll', body })
    }
  }

  async *#readScroll(kept: Map<string, string>): Hits<string[]> {
    const wanted = this.#nextSize
    const querystring = `scroll=${KEEP_ALIVE}`
    const order = this.#isSorted ? {} : { sort: '["_doc"]' }
    const first = this.#pageBody({ track_total_hits: 'true', ...order }) // a scroll may not go without the total
    let call: Call = { method: 'POST', path: `/${this.#index}/_search`, querystring, body: first }
    for (;;) {
      const progress: PageProgress = { hits: 0, bytes: 0, after: undefined, kept }
      const { missing } = yield* this.#readHits(call, progress)
      if (missing !== undefined) return [missing]
      if (progress.hits < wanted || this.#left === 0) return []
      const body = `{"scroll":"${KEEP_ALIVE}","scroll_id":${kept.get(SCROLL_ID)}}`
      call = { method: 'POST', path: '/_search/scroll', body }
    }
  }

  /** Sends a request for a page and yields its hits, as many as are still wanted. */
  async *#readHits(call: Call, progress: PageProgress): Hits<SearchSummary> {
    const keep = [PIT_ID, SCROLL_ID]
    const onKept = (path: string, json: Buffer) => {
      if (keep.includes(path)) progress.kept.set(path, json.toString())
      if (path === '_shards') progress.missing ??= this.#shardsMissing(json)
      if (path === 'timed_out' && json.toString() === 'true') progress.missing ??= TIMED_OUT
    }
    const batches = searchBatches(this.#context, call, { ...this.#options, keep, onKept })
    try {
      for (;;) {
        const { done, value } = await batches.next()
        if (done) return value
        const batch = value.count > this.#left ? value.with(value.hits.slice(0, this.#left)) : value
        const last = batch.runs.at(-1)?.last
        if (last === undefined) continue
        this.#left -= batch.count
        this.#given += batch.count
        progress.hits += batch.count
        progress.bytes += batch.runs.reduce((sum, { size }) => sum + size, 0)
        progress.after = memberOf(last, 'sort')?.toString()
        if (progress.after === undefined && !progress.kept.has(SCROLL_ID))
          throw new WireError('foreign', 'a hit has no sort', { alias: this.#context.alias })
        yield batch
      }
    } finally {
      await batches.return(undefined as never)
    }
  }

  /** Which shards a page lacks. Where an index has a smaller window the page is asked anew: no hit is given out yet. */
  #shardsMissing(json: Buffer): string | undefined {
    const tooLarge = windowError(json)
    if (tooLarge) throw tooLarge
    return shardsMissing(parseShards(json), this.#context.transport.redact)
  }

  #isLost(error: unknown): error is WireError {
    return isLost(error, this.#given > 0)
  }

  get #nextSize(): number {
    return Math.min(this.#pageSize.hits, this.#left)
  }

  #pageBody(members: Record<string, string>): Buffer {
    const all = { size: String(this.#nextSize), track_total_hits: 'false', ...members }
    return withMembers(this.#body, new Map(Object.entries(all).map(([key, value]) => [key, () => value])))
  }
}

/** Whether the user lacks the right to what was asked for. */
export const isDenied = (error: unknown): boolean => error instanceof WireError && error.status === 403

/** OpenSearch before 3.3 cannot order equal sort values. */
const cannotTellApart = (error: unknown): boolean =>
  error instanceof WireError && /No mapping found for \[_shard_doc\]/.test(error.what)

/** Shards with the same number, of several indices, have documents with the same number; OpenSearch's `_shard_doc` too. */
const INDEX = '{"_index":{"order":"asc","unmapped_type":"keyword"}}'

const BY_INDEX = `["_doc",${INDEX}]`

/**
 * A sort in which no two hits are equal. Where documents without the field go is said of its first field, although it is
 * the default: OpenSearch 3 would skip segments by their values, and fail where a page ends among those documents.
 */
function totalOrder(sort: Buffer): string {
  const fields =
    sort[0] === OPEN_BRACKET ? elementsOf(sort).map(field => textAt(sort, field)) : [sort.toString()]
  const [first = '', ...others] = fields
  return `[${[withMissing(first), ...others, '{"_shard_doc":"asc"}', INDEX].join(',')}]`
}

/** `"f"`, `{"f":"desc"}` or `{"f":{…}}` with a `missing`; what is no field, `_score` for example, as it is. */
function withMissing(sort: string): string {
  if (!sort.startsWith('{')) return sort.startsWith('"_') ? sort : `{${sort}:${LAST}}`
  const object = Buffer.from(sort)
  const [field] = membersOf(object)
  if (field === undefined || field.key.startsWith('_')) return sort
  const order = (old = '') => (old.startsWith('{') ? withLast(old) : `{"order":${old},"missing":"_last"}`)
  return withMembers(object, new Map([[field.key, order]])).toString()
}

const LAST = '{"missing":"_last"}'

const withLast = (options: string): string =>
  withMembers(Buffer.from(options), new Map([['missing', (own?: string) => own ?? '"_last"']])).toString()
