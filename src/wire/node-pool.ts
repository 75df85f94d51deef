import { setMaxListeners } from 'node:events'
import { inspect } from 'node:util'
import { BaseConnectionPool } from '@elastic/elasticsearch'
import { unlessAborted } from '../abort.ts'
import type { ConnectionSettings } from '../config/types.ts'
import { ConfigError, type Fault, WireError } from '../errors.ts'
import { createAgent } from './connect/agent.ts'
import { routeTo } from './connect/route.ts'
import type { ExchangeOptions } from './exchange.ts'
import { DEFAULT_TIMEOUT, type NodeConnection } from './http-node.ts'
import { redact } from './redact.ts'

const NO_SETTINGS: ConnectionSettings = { nodes: [], tls: { verify: true } }

/**
 * The nodes of one alias. They are added when they are first needed, as a connection exists before any file is read.
 * A child client shares its parent's pool, so the settings of the alias are kept here.
 */
export class NodePool extends BaseConnectionPool {
  alias = ''
  loadSettings: (signal: AbortSignal) => ConnectionSettings | Promise<ConnectionSettings> = () => NO_SETTINGS
  #settings: ConnectionSettings = NO_SETTINGS
  #loaded: Promise<void> | undefined
  #closing = closingController()
  /** Counts the requests that are spread over the nodes. */
  #turn = 0

  /** The nodes in the order to try them: as configured, or from the next one on; those that failed recently last. */
  async nodes({ signal, spread = false }: NodeOrder = {}): Promise<NodeConnection[]> {
    this.#loaded ??= this.#startLoading()
    await unlessAborted(this.#loaded, signal)
    const nodes = this.connections as NodeConnection[]
    if (nodes.length === 1) return [...nodes]
    const now = Date.now()
    const rank = (node: NodeConnection) => (node.resurrectTimeout > now ? node.resurrectTimeout : 0)
    const first = spread ? this.#turn++ % nodes.length : 0
    return [...nodes.slice(first), ...nodes.slice(0, first)].sort((a, b) => rank(a) - rank(b))
  }

  /** A frozen copy of the alias's settings; empty before `nodes()` was awaited. */
  get settings(): ConnectionSettings {
    return this.#settings
  }

  /** Renews the credentials that requests are signed with, if the alias signs requests and they expire soon. */
  async authorize(timeout = this.#settings.timeout ?? DEFAULT_TIMEOUT, signal?: AbortSignal): Promise<void> {
    const { auth } = this.#settings
    if (!auth || !('aws' in auth) || !auth.aws.refresh) return
    await unlessAborted(auth.aws.refresh({ timeout, signal }), signal)
  }

  /** Whether the alias has no credentials at all. */
  get anonymous(): boolean {
    const { auth, headers = {}, tls } = this.#settings
    return !auth && !('authorization' in headers) && tls.cert === undefined
  }

  /** Aborted when the pool is closed: requests that this breaks are not sent again. */
  get closing(): AbortSignal {
    return this.#closing.signal
  }

  /** Makes an attempt at a node, and remembers whether the node failed. */
  async trackHealth<T>(node: NodeConnection, attempt: () => Promise<T>): Promise<T> {
    try {
      const value = await attempt()
      this.markAlive(node)
      return value
    } catch (error) {
      if (error instanceof WireError && NODE_FAULTS.has(error.fault)) this.markDead(node)
      throw error
    }
  }

  /** The node keeps whether the alias is readonly, also one that a program adds itself. */
  override createConnection(options: NodeAddress): ReturnType<BaseConnectionPool['createConnection']> {
    const given = typeof options === 'string' ? this.urlToHost(options) : options
    return super.createConnection(Object.assign({}, given, { readonly: this.#settings.readonly }))
  }

  override markDead(node: NodeConnection): this {
    node.resurrectTimeout = Date.now() + FAILED_NODE_PERIOD
    return super.markDead(node) as this
  }

  override markAlive(node: NodeConnection): this {
    node.resurrectTimeout = 0
    return super.markAlive(node) as this
  }

  /** Closes every socket; the next request loads the settings again. */
  override async empty(): Promise<void> {
    this.#loaded = undefined
    this.#closing.abort(new WireError('aborted', 'the connection was closed'))
    this.#closing = closingController()
    await super.empty()
  }

  /** Removes the alias's secrets from a text of the server. */
  redact(text: string): string {
    return redact(text, this.#settings.secrets)
  }

  [inspect.custom](): object {
    return { alias: this.alias, nodes: this.connections.map(node => (node as NodeConnection).address) }
  }

  /** If loading fails, the next request tries again. */
  #startLoading(): Promise<void> {
    const loading = this.#load(this.closing).catch(error => {
      if (this.#loaded === loading) this.#loaded = undefined
      throw error
    })
    return loading
  }

  async #load(closing: AbortSignal): Promise<void> {
    const settings = await this.loadSettings(closing)
    const { auth, headers = {} } = settings
    const sign =
      auth && 'aws' in auth ? await (await import('./aws-signature.ts')).createSigner(auth.aws) : undefined
    const options = settings.nodes.map(async node => {
      const route = routeTo(node, settings)
      const [agent, login] = [await createAgent(route), auth && !('aws' in auth) ? { auth } : {}]
      return { url: route.node, headers: { ...headers }, agent: () => agent, ...login, route, sign }
    })
    const nodes = await Promise.all(options).catch(error => {
      throw error instanceof ConfigError ? error.addAlias(this.alias) : error
    })
    closing.throwIfAborted()
    const fields = Object.getOwnPropertyDescriptors(settings) // with the getter of `secrets`, which may grow
    this.#settings = Object.freeze(Object.defineProperties({} as ConnectionSettings, fields))
    this.addConnection(nodes)
  }
}

/** Its signal is passed to all requests that are under way, of which there may be any number. */
function closingController(): AbortController {
  const controller = new AbortController()
  setMaxListeners(0, controller.signal)
  return controller
}

type NodeAddress = Parameters<BaseConnectionPool['createConnection']>[0]

type NodeOrder = Pick<ExchangeOptions, 'signal' | 'spread'>

/** Faults after which a node is tried only after the others for a while. */
const NODE_FAULTS = new Set<Fault>(['unreachable', 'timeout', 'reset', 'cut', 'overloaded'])

/** Milliseconds for which a node that failed is tried only after the others. */
const FAILED_NODE_PERIOD = 30_000
