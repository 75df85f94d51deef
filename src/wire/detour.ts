import { type AgentOptions, Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { ConnectionOptions } from 'node:tls'
import { WireError } from '../errors.ts'
import { Opening, openingOf } from './opening.ts'
import { reached, secured, secureOptions } from './secure.ts'
import { isSecure, type Way } from './way.ts'

/** What the client's own agent asks of a socket. */
const TCP: object = { noDelay: true, keepAlive: true, keepAliveInitialDelay: 1000 }

type Created = (error: Error | null, socket: Duplex) => void

/** An agent for a way on which a connection takes more than one step: by a proxy, by a fingerprint, or by both. */
export function detour(way: Way, options: AgentOptions): HttpAgent {
  const route = new Route(way)
  const agent = isSecure(way.node) ? new HttpsAgent(options) : new HttpAgent(options)
  return Object.assign(agent, {
    createConnection: (asked: object, created?: Created) => route.begin(asked, created),
    destroy() {
      route.close()
      HttpAgent.prototype.destroy.call(agent)
    },
  })
}

/** Opens connections on one way; those that it hands over stand already, TLS included. */
class Route {
  readonly #way: Way
  readonly #begun = new Set<Opening>()
  #trusted: ConnectionOptions | undefined

  constructor(way: Way) {
    this.#way = way
  }

  /** Ends whatever is being opened. */
  close(): void {
    for (const opening of this.#begun) opening.end(new WireError('aborted', 'the connection was closed'))
  }

  begin(options: object, created?: Created): undefined {
    const asked = openingOf(options)
    // for a request that had to wait for a free place, Node hands over the options of one that has ended
    const opening = asked && !asked.signal.aborted ? asked : new Opening()
    this.#begun.add(opening)
    this.#open(opening)
      .finally(() => this.#begun.delete(opening))
      .then(
        socket => created?.(null, socket),
        error => created?.(error, undefined as never),
      )
  }

  async #open(opening: Opening): Promise<Socket> {
    const options = isSecure(this.#way.node) ? await this.#options(opening) : undefined
    const start = await reached(this.#way, opening)
    if (start.socket && !options) return start.socket
    return await secured({ ...options, ...start, ...TCP }, opening.signal)
  }

  /** A certificate that was found by its fingerprint is what all further connections are judged by. */
  async #options(opening: Opening): Promise<ConnectionOptions> {
    const options = secureOptions(this.#way)
    if (this.#way.tls.caFingerprint === undefined) return options
    const { pinned } = await import('./pin.ts')
    this.#trusted ??= await pinned(this.#way, opening)
    return { ...options, ...this.#trusted }
  }
}
