import { inspect } from 'node:util'
import { Client, type TransportRequestOptions } from '@elastic/elasticsearch'
import type { Index } from './config/settled.ts'
import { IncompleteError } from './errors.ts'
import { lookup } from './query/names.ts'
import { type Body, type SearchByName, searchCall } from './query/request.ts'
import { type Scan, type ScanOptions, scan } from './scan.ts'
import { forbidTransfer, refuseMessage } from './transfer.ts'
import { VERSION } from './version.ts'
import type { ExchangeOptions } from './wire/exchange.ts'
import { JSON_BODY } from './wire/media.ts'
import { Node } from './wire/node.ts'
import { NodePool, type Target } from './wire/pool.ts'
import { WireTransport } from './wire/transport.ts'

/** What an alias stands for, read from the configuration when it is first needed; only `target` asks for secrets, until it is aborted. */
export interface Definition {
  names(): ReadonlyMap<string, Index>
  target(signal: AbortSignal): Target | Promise<Target>
}

/** What `hits` takes beside the body. */
export interface HitsOptions extends ExchangeOptions {
  /** Ends without an error although shards failed or the search timed out. Default: false. */
  allowPartial?: boolean
}

/**
 * A cluster behind an alias: the official client with all its methods, and `search` and `hits` by name.
 * No file is read and no socket opened before it is first used. It belongs to one thread: share the alias.
 */
export class Connection extends Client {
  readonly alias: string
  /**
   * `search(name, body)` searches what the alias calls `name`; `search(params)` is the client's own. Answers with the parsed response, unjudged (see its `timed_out`, `_shards`), long numbers rounded by JavaScript.
   */
  declare search: SearchByName & Client['search']
  declare transport: WireTransport
  readonly #definition: Definition

  constructor(alias: string, definition: Definition) {
    super({
      nodes: [],
      Transport: WireTransport,
      Connection: Node,
      ConnectionPool: NodePool,
      enableMetaHeader: false,
      headers: { 'user-agent': `esconn/${VERSION}` },
    })
    this.alias = alias
    this.#definition = definition
    this.#pool.alias = alias
    this.#pool.define = signal => definition.target(signal)
    forbidTransfer(this, alias)
  }

  /**
   * What this alias calls its indices: each name with its index expression, and a view's query as JSON text.
   *
   * @throws {ConfigError} if the configuration is malformed or does not hold the alias
   */
  get names(): ReadonlyMap<string, Index> {
    return this.#definition.names()
  }

  /**
   * The hits of a search, each the exact bytes that the cluster sent, as they arrive and in constant memory.
   * A hit is a view of a larger buffer: copy it (`Buffer.from(hit)`) to keep it for long.
   *
   * @throws {IncompleteError} after the last hit, if some shard or cluster did not answer in full
   * @throws {WireError} if the request fails, or breaks on the way
   */
  async *hits(name: string, body?: Body, options: HitsOptions = {}): AsyncGenerator<Buffer, void, undefined> {
    const batches = this.scan(name, body, options)
    try {
      let next = await batches.next()
      for (; !next.done; next = await batches.next()) yield* next.value.hits
      const { missing } = next.value
      if (missing && !options.allowPartial) throw new IncompleteError(missing, { alias: this.alias })
    } finally {
      await batches.return(undefined as never)
    }
  }

  /**
   * The same search in larger pieces: what each chunk of the response brought. The generator's return value says
   * why the response is incomplete, or undefined if it holds everything that was asked for.
   */
  scan(name: string, body?: Body, options: ScanOptions = {}): Scan {
    return scan(this, { target: lookup(name, this.names), body }, options)
  }

  toJSON(): object {
    refuseMessage(this.alias)
    return this.#shown
  }

  [inspect.custom](): object {
    return this.#shown
  }

  get #shown(): object {
    return { alias: this.alias, nodes: this.#pool.connections.map(node => (node as Node).address) }
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
    const call = searchCall(lookup(target, this.names), body)
    return this.transport.request(call, { ...options, headers: { ...JSON_BODY, ...options?.headers } })
  },
})
