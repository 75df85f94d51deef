import { inspect } from 'node:util'
import { BaseConnectionPool } from '@elastic/elasticsearch'
import { type Fault, WireError } from '../errors.ts'
import type { Node } from './node.ts'

/** Where an alias leads: what the pool needs to know of a configuration. */
export interface Target {
  /** Addresses without credentials; a path is a prefix. */
  nodes: readonly string[]
  auth?: { username: string; password: string } | { apiKey: string } | { bearer: string } | undefined
  tls: { ca?: string | undefined; verify: boolean }
}

/** What says something of a node, so that others are asked before it for a while. */
const NODE_FAULTS = new Set<Fault>(['unreachable', 'timeout', 'reset', 'cut', 'overloaded'])

/** Milliseconds for which a node that failed is asked only after the others. */
const REST = 30_000

/**
 * The nodes of one alias, filled in when they are first needed: a connection exists before any file is read.
 * A child client shares its parent's pool, so what a connection knows is kept here.
 */
export class NodePool extends BaseConnectionPool {
  alias = ''
  target: () => Target | Promise<Target> = () => ({ nodes: [], tls: { verify: true } })
  #secrets: string[] = []
  #open = new AbortController()
  #filled: Promise<void> | undefined

  /** The nodes in the order in which they are to be asked: as configured, those that failed lately last. */
  async nodes(): Promise<Node[]> {
    this.#filled ??= this.#fill()
    await this.#filled.catch(error => {
      this.#filled = undefined
      throw error
    })
    const now = Date.now()
    const rank = (node: Node) => (node.resurrectTimeout > now ? node.resurrectTimeout : 0)
    return (this.connections as Node[]).toSorted((a, b) => rank(a) - rank(b))
  }

  /** Aborted when the pool is closed: what broke by that is not sent again. */
  get closing(): AbortSignal {
    return this.#open.signal
  }

  /** Takes note of how an attempt at a node went. */
  judge(node: Node, error?: unknown): void {
    if (error === undefined) this.markAlive(node)
    else if (error instanceof WireError && NODE_FAULTS.has(error.fault)) this.markDead(node)
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
    return this.#secrets.reduce((redacted, secret) => redacted.replaceAll(secret, '[redacted]'), text)
  }

  [inspect.custom](): object {
    return { alias: this.alias, nodes: this.connections.map(node => (node as Node).address) }
  }

  async #fill(): Promise<void> {
    const { nodes, auth, tls } = await this.target()
    this.#secrets = secretsOf(auth)
    this.addConnection(
      nodes.map(node => ({
        url: new URL(node),
        tls: { ca: tls.ca, rejectUnauthorized: tls.verify },
        ...(auth ? { auth } : {}),
      })),
    )
  }
}

/** Each form in which the credentials travel: a server may repeat any of them. */
function secretsOf(auth: Target['auth']): string[] {
  if (!auth) return []
  if ('apiKey' in auth) return [auth.apiKey]
  if ('bearer' in auth) return [auth.bearer]
  return [Buffer.from(`${auth.username}:${auth.password}`).toString('base64'), auth.password].filter(Boolean)
}
