import { type Fault, WireError } from '../errors.ts'
import { memberOf } from '../json/members.ts'
import { type Call, type ExchangeOptions, readObject } from '../wire/exchange.ts'
import type { WireTransport } from '../wire/transport.ts'

/** How long a point in time lives without a request. */
export const KEEP_ALIVE = '5m'

/** Where a product has its points in time, and what it calls their ids. */
interface Api {
  open: (index: string) => string
  /** What the opening request says besides, so that no shard is left out. */
  complete: string
  close: string
  idName: string
  /** What chooses the copy on a node, or one that has all changes as soon as it is refreshed. */
  current: (node: string | undefined) => string
  /** The body that closes one. */
  closing: (id: string) => string
}

/** https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-open-point-in-time */
const ELASTICSEARCH: Api = {
  open: index => `/${index}/_pit`,
  complete: '',
  close: '/_pit',
  idName: 'id',
  current: node => (node === undefined ? '' : `%7C_only_nodes:${encodeURIComponent(node)}`),
  closing: id => `{"id":${id}}`,
}

/** https://docs.opensearch.org/latest/search-plugins/searching-data/point-in-time-api/ */
const OPENSEARCH: Api = {
  open: index => `/${index}/_search/point_in_time`,
  complete: '&allow_partial_pit_creation=false',
  close: '/_search/point_in_time',
  idName: 'pit_id',
  current: () => '%7C_primary', // with segment replication a refresh makes no replica current
  closing: id => `{"pit_id":[${id}]}`,
}

/** The member of a page that brings the id. */
export const PIT_ID = 'pit_id'

/** A point in time that is open. */
export interface PointInTime {
  /** Its id as JSON; each page of hits may bring another one. */
  id: string
}

/** What a point in time is of. */
interface Copies {
  /** The number of one shard of each index. Default: all shards. */
  shard?: number | undefined
  /** Whether only copies will do that have all changes as soon as they are refreshed. */
  isCurrent?: boolean
  /** The node that has the primary, if only that will do. */
  node?: string | undefined
}

/** Opens and closes points in time, by the API that the cluster has. */
export class PointsInTime {
  readonly #transport: WireTransport
  readonly #exchange: ExchangeOptions
  #api = ELASTICSEARCH

  constructor(transport: WireTransport, exchange: ExchangeOptions) {
    this.#transport = transport
    this.#exchange = exchange
  }

  /** Known once a point in time is open. */
  get isOpenSearch(): boolean {
    return this.#api === OPENSEARCH
  }

  /**
   * @param index expression, encoded as a path segment
   * @returns undefined if no shard fits; Elasticsearch opens one without any shards then
   */
  async open(index: string, copies: Copies = {}): Promise<PointInTime | undefined> {
    const api = this.#api // another request that is under way may change it
    try {
      return await this.#open(index, copies)
    } catch (error) {
      if (hasNoShards(error)) return undefined
      if (api === OPENSEARCH || !hasNoEndpoint(error)) throw error
      this.#api = OPENSEARCH
      return await this.open(index, copies)
    }
  }

  /** Closes it as well as possible, also when the command was interrupted: otherwise it lives for some minutes more. */
  async close({ id }: PointInTime): Promise<void> {
    const { close: path, closing } = this.#api
    await this.clear({ method: 'DELETE', path, body: closing(id) })
  }

  /** Sends a request that frees what the cluster keeps for pages, of which nobody needs the reply. */
  async clear(call: Call): Promise<void> {
    await this.#transport
      .exchange(call, async () => {}, { timeout: CLOSE_TIMEOUT, retries: 0 })
      .catch(() => {})
  }

  async #open(index: string, { shard, isCurrent = false, node }: Copies): Promise<PointInTime> {
    const { open, complete, idName, current } = this.#api
    const chosen = shard === undefined ? '' : `&preference=_shards:${shard}${isCurrent ? current(node) : ''}`
    const querystring = `keep_alive=${KEEP_ALIVE}${complete}${chosen}`
    const call: Call = { method: 'POST', path: open(index), querystring }
    const reply = await this.#transport.exchange(call, readObject, this.#exchange)
    const id = memberOf(reply, idName)?.toString()
    if (id?.startsWith('"')) return { id }
    throw new WireError('foreign', `the reply has no ${idName}`)
  }
}

/** In milliseconds. */
const CLOSE_TIMEOUT = 2000

/** Whether a cluster says that it does not have the endpoint, as OpenSearch and Elasticsearch word it. */
const hasNoEndpoint = (error: unknown): boolean =>
  error instanceof WireError &&
  (error.status === 400 || error.status === 404 || error.status === 405) &&
  /no handler found|incorrect HTTP method/i.test(error.what)

/** OpenSearch fails to write the id of a point in time without shards. */
const hasNoShards = (error: unknown): boolean =>
  error instanceof WireError && error.what.includes('invalid id: [null]')

/**
 * Whether what the cluster keeps for the pages is gone, with a node for example: at first it says that in its own words.
 *
 * @param hasGiven whether a page has been read before
 */
export const isLost = (error: unknown, hasGiven: boolean): error is WireError =>
  error instanceof WireError &&
  (/search_context_missing|node_(?:not_|dis)connected|no data nodes with criteria/.test(error.what) ||
    (hasGiven && Number(error.status) >= 500))

const BREAKS: ReadonlySet<Fault> = new Set(['cut', 'reset', 'timeout'])

/** Whether the connection failed while a page arrived; the wire has retried already what failed before that. */
export const breaksOff = (error: unknown): boolean => error instanceof WireError && BREAKS.has(error.fault)
