import { inspect } from 'node:util'
import { Client, type TransportRequestOptions } from '@elastic/elasticsearch'
import type { ConnectionSettings, Index } from './config/types.ts'
import { EsconnError, IncompleteError, InputError } from './errors.ts'
import { eachChanged } from './hits/batches.ts'
import type { Additions } from './query/body.ts'
import { indexPath, resolveName } from './query/index-names.ts'
import {
  type Body,
  type QueryEndpoint,
  type SearchByName,
  type SearchOptions,
  searchBatches,
  searchCall,
} from './query/search.ts'
import { VERSION } from './version.ts'
import { type AllOptions, allHits } from './walk/all.ts'
import type { Checkpoint } from './walk/checkpoint.ts'
import type { TailOptions } from './walk/tail.ts'
import type { WalkBatch, WalkOptions } from './walk/walk.ts'
import { type Call, headersOf } from './wire/exchange.ts'
import { NodeConnection } from './wire/http-node.ts'
import { NodePool } from './wire/node-pool.ts'
import { WireTransport } from './wire/transport.ts'

/**
 * What an alias means, read from the configuration when first needed. `names` reads no secret; aborting the signal of
 * `settings` stops the reading of secrets.
 */
export interface AliasDefinition {
  names(): ReadonlyMap<string, Index>
  settings(signal: AbortSignal): ConnectionSettings | Promise<ConnectionSettings>
}

/** Options of `hits`; a `limit` is for all hits. */
export interface HitsOptions extends AllOptions {
  /** Ends without an error although shards failed or the search timed out. Default: false. */
  allowPartial?: boolean
  /**
   * Whether all hits are read, page by page, instead of the 10 (or the body's `size`) of one response. Without a `sort`
   * in the body they come in the order of the index, and without scores. Default: false.
   */
  all?: boolean
}

/**
 * A cluster behind an alias: the official client with all its methods, and `search` and `hits` by name.
 * No file is read and no socket opened before it is first used. Do not share it between threads: pass the alias.
 */
export class Connection extends Client {
  readonly alias: string
  /**
   * `search(name, body)` searches what the alias calls `name`; `search(params)` is the client's own. Returns the parsed
   * response, in which JavaScript rounds long numbers; its `timed_out` and `_shards` say whether it is complete.
   */
  declare search: SearchByName & Client['search']
  declare transport: WireTransport
  readonly #definition: AliasDefinition
  #names: ReadonlyMap<string, Index> | undefined

  constructor(alias: string, definition: AliasDefinition) {
    super({
      nodes: [],
      Transport: WireTransport,
      Connection: NodeConnection,
      ConnectionPool: NodePool,
      enableMetaHeader: false,
      headers: { 'user-agent': `esconn/${VERSION}` },
    })
    this.alias = alias
    this.#definition = definition
    this.#pool.alias = alias
    this.#pool.loadSettings = signal => definition.settings(signal)
    forbidTransfer(this, alias)
  }

  /**
   * What this alias calls its indices: each name with its index expression, and a view's query as JSON text.
   *
   * @throws {ConfigError} if the configuration is malformed or does not define the alias
   */
  get names(): ReadonlyMap<string, Index> {
    this.#names ??= this.#definition.names()
    return this.#names
  }

  /**
   * The hits of a search, each the exact bytes that the cluster sent, as they arrive and in the memory of the largest hit:
   * 10 of them, or as many as `size` in the body says; with the option `all` every one, which cannot be resumed.
   *
   * @throws {IncompleteError} after the last hit, if a shard or a cluster did not answer in full
   * @throws {WireError} if the request fails, or the connection breaks
   */
  async *hits(name: string, body?: Body, options: HitsOptions = {}): AsyncGenerator<Buffer, void, undefined> {
    const { allowPartial, all, limit, ...search } = options
    const call = this.searchCall(name, body)
    const batches = all ? allHits(this, call, { ...search, limit }) : searchBatches(this, call, search)
    try {
      let next = await batches.next()
      for (; !next.done; next = await batches.next())
        for (const hit of next.value.hits) yield Buffer.from(hit)
      const { missing } = next.value
      if (missing && !allowPartial) throw new IncompleteError(missing, { alias: this.alias })
    } finally {
      await batches.return(undefined as never)
    }
  }

  /**
   * Every hit of a search, read shard by shard and several shards at a time: each the exact bytes that the cluster sent, in
   * batches with a checkpoint. Handed in again as `after`, with the same name and body, a checkpoint goes on from there.
   * What changes meanwhile may come twice, before and after its change; what exists throughout is never left out.
   *
   * @throws {UsageError} for a body with a `sort`, aggregations or another member that is about more than the hits
   * @throws {InputError} for a checkpoint of indices that were made anew since
   * @throws {IncompleteError} after the last hit, if any are missing
   * @throws {WireError} if a request fails
   */
  async *walk(
    name: string,
    body?: Body,
    { allowPartial, ...options }: WalkOptions & Pick<HitsOptions, 'allowPartial'> = {},
  ): AsyncGenerator<WalkBatch, void, undefined> {
    const { walk } = await import('./walk/walk.ts')
    const batches = walk(this, this.searchCall(name, body), options)
    const missing = yield* eachChanged(batches, batch => batch.copy())
    if (missing && !allowPartial) throw new IncompleteError(missing, { alias: this.alias })
  }

  /**
   * Every document of a search that is new or has changed, as soon as a search finds it: each the exact bytes that the
   * cluster sent, each shard in the order of its changes, in batches with a checkpoint. Handed in again as `after`, with
   * the same name and body, a checkpoint goes on from there. The first batch has the `last` documents, or none; then it
   * never ends, and waits while the cluster does not answer, until the `signal` is aborted or the caller stops reading.
   * Of a document that has changed several times meanwhile the last version is given; what is deleted is not told.
   *
   * @throws {UsageError} for a body with a `sort`, aggregations or another member that is about more than the hits
   * @throws {InputError} for a checkpoint of indices that were made anew since
   * @throws {WireError} if the first requests fail, or one is refused; `denied` without the right to ask for `_stats`
   */
  async *tail(
    name: string,
    body?: Body,
    options: TailOptions = {},
  ): AsyncGenerator<WalkBatch, never, undefined> {
    const { tail } = await import('./walk/tail.ts')
    const batches = tail(this, name, this.searchCall(name, body), options)
    return yield* eachChanged(batches, batch => batch.copy())
  }

  /**
   * Where a walk of `name` stands that has read everything up to now: `after` it only newer changes are read, and up to
   * it (`through`) only what there is now.
   *
   * @throws {WireError} if a request fails; `denied` without the right to ask for `_stats`
   */
  async checkpoint(name: string, options: SearchOptions = {}): Promise<Checkpoint> {
    const { currentCheckpoint } = await import('./walk/walk.ts')
    return await currentCheckpoint(this, this.indexPath(name), options)
  }

  /**
   * The request of a search in what this alias calls `name`, with the query of a view added.
   *
   * @param additions JSON that is spliced into the body
   * @param endpoint `_count` for the number of hits alone
   * @throws {UsageError} if the name is not an index name, or the view's query would not restrict all of the body
   * @throws {InputError} if the body is not a JSON object
   */
  searchCall(name: string, body?: Body, additions?: Additions, endpoint?: QueryEndpoint): Call {
    return this.#resolve(name, target => searchCall(target, body, additions, endpoint))
  }

  /**
   * The index expression of what this alias calls `name`, as one segment of a path.
   *
   * @throws {UsageError} if the name is not an index name
   */
  indexPath(name: string): string {
    return this.#resolve(name, ({ index }) => indexPath(index))
  }

  #resolve<T>(name: string, use: (target: Index) => T): T {
    try {
      return use(resolveName(name, this.names))
    } catch (error) {
      const isOfBody = error instanceof InputError // which has nothing to do with the alias
      throw error instanceof EsconnError && !isOfBody ? error.addAlias(this.alias) : error
    }
  }

  toJSON(): object {
    refuseSerialization(this.alias)
    return this.#summary
  }

  [inspect.custom](): object {
    return this.#summary
  }

  get #summary(): object {
    return { alias: this.alias, nodes: this.#pool.connections.map(node => (node as NodeConnection).address) }
  }

  get #pool(): NodePool {
    return this.connectionPool as NodePool
  }
}

Object.defineProperty(Connection.prototype, 'search', {
  configurable: true,
  writable: true,
  value: function search(this: Connection, target: unknown, ...rest: unknown[]) {
    if (typeof target !== 'string') return Reflect.apply(Client.prototype.search, this, [target, ...rest])
    const [body, options] = rest as [Body | undefined, TransportRequestOptions | undefined]
    const call = this.searchCall(target, body)
    return this.transport.request(call, { ...options, headers: { ...headersOf(call), ...options?.headers } })
  },
})

/**
 * Makes handing a connection to another thread or process fail with a message that says what to do instead.
 * The structured clone meets integer keys first and puts a symbol's description into its `DataCloneError`.
 */
function forbidTransfer(connection: Client, alias: string): void {
  const reason = Symbol(advice(alias))
  Object.defineProperty(connection, 0, { value: reason, enumerable: true })
}

/**
 * Throws when a connection becomes JSON for a message to another process: no clone is made then, and the other side
 * would get a plain object. Only the stack distinguishes this use of JSON.
 */
function refuseSerialization(alias: string): void {
  if (new Error().stack?.includes('at writeChannelMessage (node:internal')) throw new TypeError(advice(alias))
}

const advice = (alias: string): string =>
  `do not share a connection between threads or processes: pass the alias ${JSON.stringify(alias)} and use connections[alias] there`
