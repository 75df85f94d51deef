import { WireError } from '../errors.ts'
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
  /** The body that closes one. */
  closing: (id: string) => string
}

/** https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-open-point-in-time */
const ELASTICSEARCH: Api = {
  open: index => `/${index}/_pit`,
  complete: '',
  close: '/_pit',
  idName: 'id',
  closing: id => `{"id":${id}}`,
}

/** https://docs.opensearch.org/latest/search-plugins/searching-data/point-in-time-api/ */
const OPENSEARCH: Api = {
  open: index => `/${index}/_search/point_in_time`,
  complete: '&allow_partial_pit_creation=false',
  close: '/_search/point_in_time',
  idName: 'pit_id',
  closing: id => `{"pit_id":[${id}]}`,
}

/** A point in time that is open. */
export interface PointInTime {
  /** Its id as JSON; each page of hits may bring another one. */
  id: string
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

  /**
   * @param index expression, encoded as a path segment
   * @param preference `_shards:0` for one shard of each index
   * @returns undefined if no shard fits; Elasticsearch opens one without any shards then
   */
  async open(index: string, preference?: string): Promise<PointInTime | undefined> {
    try {
      return await this.#open(index, preference)
    } catch (error) {
      if (hasNoShards(error)) return undefined
      if (this.#api === OPENSEARCH || !hasNoEndpoint(error)) throw error
      this.#api = OPENSEARCH
      return await this.open(index, preference)
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

  async #open(index: string, preference: string | undefined): Promise<PointInTime> {
    const { open, complete, idName } = this.#api
    const chosen = preference ? `&preference=${preference}` : ''
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
