import { type AgentOptions, type ClientRequestArgs, Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { ConnectionOptions } from 'node:tls'
import { WireError } from '../errors.ts'
import { Opening, openingOf } from './opening.ts'
import { secured, secureOptions } from './secure.ts'
import { endOf, isSecure, type Way } from './way.ts'

type Created = (error: Error | null, socket: Duplex) => void

/** An agent for a way on which a connection takes more than one step: by a proxy, by a fingerprint, or by both. */
export function detour(way: Way, options: AgentOptions): HttpAgent {
  const route = new Route(way)
  return isSecure(way.node) ? new SecureDetour(route, options) : new PlainDetour(route, options)
}

class PlainDetour extends HttpAgent {
  readonly #route: Route

  constructor(route: Route, options: AgentOptions) {
    super(options)
    this.#route = route
  }

  override createConnection(options: ClientRequestArgs, created?: Created): undefined {
    this.#route.begin(options, created)
  }

  override destroy(): void {
    this.#route.close()
    super.destroy()
  }
}

class SecureDetour extends HttpsAgent {
  readonly #route: Route

  constructor(route: Route, options: AgentOptions) {
    super(options)
    this.#route = route
  }

  override createConnection(options: ClientRequestArgs, created?: Created): undefined {
    this.#route.begin(options, created)
  }

  override destroy(): void {
    this.#route.close()
    super.destroy()
  }
}

/** Opens connections on one way; what it hands over stands already, TLS included. */
class Route {
  readonly #way: Way
  readonly #closing = new AbortController()
  #trusted: ConnectionOptions | undefined

  constructor(way: Way) {
    this.#way = way
  }

  /** Ends whatever is being opened. */
  close(): void {
    this.#closing.abort(new WireError('aborted', 'the connection was closed'))
  }

  begin(options: object, created?: Created): void {
    const opening = openingOf(options)
    // after a wait for a free place, Node hands over the options of a request that has ended
    const own = opening && !opening.signal.aborted ? opening : new Opening()
    const signal = AbortSignal.any([own.signal, this.#closing.signal])
    const step = { 
      signal,
      get awaited() { return own.awaited },
      set awaited(words) { own.awaited = words },
    }
    this.#open(step).then(
      socket => created?.(null, socket),
      error => created?.(error, undefined as unknown as Duplex),
    )
  }
}
