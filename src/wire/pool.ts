import { inspect } from 'node:util'
import { BaseConnectionPool } from '@elastic/elasticsearch'
import type { Settled } from '../config/settled.ts'
import { ConfigError, type Fault, WireError } from '../errors.ts'
import { unlessAborted } from './abort.ts'
import { agentOf } from './agent.ts'
import type { Node } from './node.ts'
import { redacted } from './redact.ts'
import { wayTo } from './way.ts'

/** Where an alias leads and how: what the wire needs to know of a configuration. */
export type Target = Omit<Settled, 'indices'>

/** What says of a node that others are to be asked before it for a while. */
const NODE_FAULTS = new Set<Fault>(['unreachable', 'timeout', 'reset', 'cut', 'overloaded'])

/** Milliseconds for which a node that failed is asked only after the others. */
const REST = 30_000

const NOWHERE: Target = { nodes: [], tls: { verify: true } }

/**
 * The nodes of one alias, filled in when they are first needed: a connection exists before any file is read.
 * A child client shares its parent's pool, so what a connection knows is kept here.
 */
export class NodePool extends BaseConnectionPool {
  alias = ''
  define: (signal: AbortSignal) => Target | Promise<Target> = () => NOWHERE
  #target: Target = NOWHERE
  #open = new AbortController()
  #filled: Promise<void> | undefined

  /** The nodes in the order in which they are to be asked: as configured, those that failed lately last. */
  async nodes(signal?: AbortSignal): Promise<Node[]> {
    this.#filled ??= this.#begin()
    await unlessAborted(this.#filled, signal)
    const now = Date.now()
    const rank = (node: Node) => (node.resurrectTimeout > now ? node.resurrectTimeout : 0)
    return (this.connections as Node[]).toSorted((a, b) => rank(a) - rank(b))
  }

  /** What the alias stands for; of use once the nodes have been asked for. */
  get target(): Target {
    return this.#target
  }

  /** Whether the alias has no login at all. */
  get anonymous(): boolean {
    return !this.#target.auth && !('authorization' in (this.#target.headers ?? {}))
  }

  /** Aborted when the pool is closed: what broke by that is not sent again. */
  get closing(): AbortSignal {
    return this.#open.signal
  }

  /** Makes an attempt at a node, and takes note of how it went. */
  async judged<T>(node: Node, attempt: () => Promise<T>): Promise<T> {
    try {
      const value = await attempt()
      this.markAlive(node)
      return value
    } catch (error) {
      if (error instanceof WireError && NODE_FAULTS.has(error.fault)) this.markDead(node)
      throw error
    }
  }

  override markDead(node: Node): this {
    node.resurrectTimeout = Date.now() + REST
    return super.markDead(node) as this
  }

  override markAlive(node: Node): this {
    node.resurrectTimeout = 0
    return super.markAlive(node) as this
  }

  /** Closes every socket; whatever is asked afterwards fills the pool again. */
  override async empty(): Promise<void> {
    this.#filled = undefined
    this.#open.abort(new WireError('aborted', 'the connection was closed'))
    this.#open = new AbortController()
    await super.empty()
  }

  /** Takes the alias's own secrets out of a text, should a server repeat them. */
  redact(text: string): string {
    return redacted(text, this.#target.secrets)
  }

  [inspect.custom](): object {
    return { alias: this.alias, nodes: this.connections.map(node => (node as Node).address) }
  }

  #begin(): Promise<void> {
    const filled = this.#fill(this.closing).catch(error => {
      if (this.#filled === filled) this.#filled = undefined
      throw error
    })
    return filled
  }

  async #fill(closing: AbortSignal): Promise<void> {
    const target = await this.define(closing)
    const { auth, headers = {} } = target
    const sign = auth && 'aws' in auth ? await (await import('./sign.ts')).signer(auth.aws) : undefined
    const options = target.nodes.map(async node => {
      const way = wayTo(node, target)
      const [agent, login] = [await agentOf(way), auth && !('aws' in auth) ? { auth } : {}]
      return { url: way.node, headers: { ...headers }, agent: () => agent, ...login, way, sign }
    })
    const made = await Promise.all(options).catch(error => {
      throw error instanceof ConfigError ? error.of(this.alias) : error
    })
    closing.throwIfAborted()
    this.#target = target
    this.addConnection(made)
  }
}
