import { anySignal } from '../../abort.ts'
import type { Definition } from '../../config/schema/alias.ts'
import type { ClusterSettings } from '../../config/types.ts'
import type { Env } from '../../config/variables.ts'
import { Connection } from '../../connection.ts'
import { WireError } from '../../errors.ts'
import { isAnswer } from '../../wire/cluster-identity.ts'
import { displayUrl, type Route, routeTo } from '../../wire/connect/route.ts'
import { type Call, type ExchangeOptions, errorText, type Reply } from '../../wire/exchange.ts'
import { DEFAULT_TIMEOUT } from '../../wire/http-node.ts'
import type { AliasUnderTest } from './alias-under-test.ts'

/** The node that is checked, with connections of its own: no request goes to another node of the alias. */
export class NodeSession {
  readonly node: string
  readonly route: Route
  readonly settings: ClusterSettings
  /** The alias's definition with its variables filled in. */
  readonly definition: Definition
  readonly env: Env
  readonly #exchange: ExchangeOptions
  readonly #closed = new AbortController()
  readonly #connection: Connection
  readonly #results = new Map<string, Promise<unknown>>()

  constructor({ alias, exchange, env, definition }: AliasUnderTest, settings: ClusterSettings, node: string) {
    this.node = node
    this.route = routeTo(node, settings)
    this.settings = settings
    this.definition = definition
    this.env = env
    this.#exchange = {
      ...exchange,
      signal: anySignal(this.#closed.signal, exchange.signal),
    }
    this.#connection = new Connection(alias, {
      names: () => settings.indices,
      settings: () => ({ ...settings, nodes: [node] }),
    })
  }

  /** How long a step may take, and the signal that ends it earlier. */
  get limits(): { timeout: number; signal: AbortSignal | undefined } {
    const { timeout = this.settings.timeout ?? DEFAULT_TIMEOUT, signal } = this.#exchange
    return { timeout, signal }
  }

  /** The node's URL as messages show it. */
  get address(): string {
    return displayUrl(this.route.node)
  }

  /** Removes the alias's secrets from a text of the server. */
  readonly redact = (text: string): string => this.#connection.transport.redact(text)

  /** The reply to `GET /`, requested once. */
  root(): Promise<NodeReply> {
    return this.cached('root', () =>
      this.request({ method: 'GET', path: '/' }, head => head.status === 401 || isAnswer(head)),
    )
  }

  /**
   * Sends a request once.
   *
   * @param accepts which replies, besides those of success, are returned and not thrown
   * @throws {WireError} for any other reply, and for a connection that fails
   */
  async request(call: Call, accepts?: ExchangeOptions['accepts']): Promise<NodeReply> {
    const started = Date.now()
    const read = async (reply: Reply): Promise<NodeReply> => {
      const milliseconds = Date.now() - started
      const { status, headers } = reply
      const text = await errorText(reply)
      return { status, headers, text, moment: started + milliseconds / 2, milliseconds }
    }
    return await this.#connection.transport.exchange(call, read, {
      ...this.#exchange,
      retries: 0,
      whole: true,
      ...(accepts && { accepts }),
    })
  }

  /**
   * Like `request`, but undefined if the node refuses: its reply is optional.
   *
   * @throws {WireError} for a connection that fails
   */
  async requestIfAllowed(call: Call): Promise<NodeReply | undefined> {
    try {
      return await this.request(call)
    } catch (error) {
      if (error instanceof WireError && error.status !== undefined) return undefined
      throw error
    }
  }

  /** The result of `act` when it was first called under this name. */
  cached<T>(name: string, act: () => Promise<T>): Promise<T> {
    const result = this.#results.get(name) ?? act()
    this.#results.set(name, result)
    return result as Promise<T>
  }

  /** Ends all its requests. */
  async close(): Promise<void> {
    this.#closed.abort(new WireError('aborted', 'the checks of the node have ended'))
    await this.#connection.close()
  }
}

/** A reply, its body read as text. */
export interface NodeReply {
  status: number
  headers: Record<string, string | undefined>
  text: string
  /** Milliseconds since the epoch, halfway between the request and the reply. */
  moment: number
  milliseconds: number
}
