import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { ConnectionOptions } from 'node:tls'
import { inspect } from 'node:util'
import { ConfigError, WireError } from '../../errors.ts'
import { ConnectAttempt, connectAttemptOf } from './attempt.ts'
import { checkKeyMaterial } from './key-material.ts'
import { displayUrl, isSecure, type Route } from './route.ts'
import { SharingSocket } from './socket.ts'
import { connectTo, tlsHandshake, tlsOptions } from './tls.ts'

/** The same as the official client's. */
const AGENT_OPTIONS = {
  keepAlive: true,
  keepAliveMsecs: 1000,
  maxSockets: 256,
  maxFreeSockets: 256,
  scheduling: 'lifo',
} as const

/** The socket options of the official client's agent. */
const SOCKET_OPTIONS: object = { noDelay: true, keepAlive: true, keepAliveInitialDelay: 1000 }

/**
 * The agent that opens the connections to a node and keeps them for further requests.
 *
 * @throws {ConfigError} if a certificate or key of `tls` cannot be used
 */
export async function createAgent(route: Route): Promise<HttpAgent> {
  const { node, tls, proxy } = route
  if (isSecure(node)) checkKeyMaterial(tls)
  else if (tls.caFingerprint !== undefined)
    throw new ConfigError(`\`tls.caFingerprint\` cannot be used with ${displayUrl(node)}`, {
      advice: 'a node presents a certificate only if its URL begins with https://',
    })
  if (proxy || tls.caFingerprint !== undefined) return withoutInspection(connectAgent(route), node)
  return withoutInspection(
    isSecure(node)
      ? new HttpsAgent({ ...AGENT_OPTIONS, ...tlsOptions(route) })
      : Object.assign(new HttpAgent(AGENT_OPTIONS), { createConnection: SharingSocket.connect }),
    node,
  )
}

/** An agent and its sockets contain the key and its passphrase, which inspecting it would print. */
function withoutInspection(agent: HttpAgent, node: URL): HttpAgent {
  const value = () => ({ node: displayUrl(node) })
  return Object.defineProperties(agent, { [inspect.custom]: { value }, toJSON: { value } })
}

type SocketCallback = (error: Error | null, socket: Duplex) => void

/** An agent for a route that takes several steps to connect: a proxy, a pinned certificate, or both. */
function connectAgent(route: Route): HttpAgent {
  const connector = new Connector(route)
  const agent = isSecure(route.node) ? new HttpsAgent(AGENT_OPTIONS) : new HttpAgent(AGENT_OPTIONS)
  return Object.assign(agent, {
    createConnection: (options: object, callback?: SocketCallback) => connector.start(options, callback),
    destroy() {
      connector.close()
      HttpAgent.prototype.destroy.call(agent)
    },
  })
}

/** Opens connections on one route; the sockets that it returns are established, TLS included. */
class Connector {
  readonly #route: Route
  readonly #attempts = new Set<ConnectAttempt>()
  #pinned: ConnectionOptions | undefined

  constructor(route: Route) {
    this.#route = route
  }

  /** Aborts every attempt that is under way. */
  close(): void {
    for (const attempt of this.#attempts) attempt.abort(new WireError('aborted', 'the connection was closed'))
  }

  start(options: object, callback?: SocketCallback): undefined {
    const requested = connectAttemptOf(options)
    // for a request that waited for a free socket, Node passes the options of another one, which may have ended
    const attempt = requested && !requested.signal.aborted ? requested : new ConnectAttempt()
    this.#attempts.add(attempt)
    this.#open(attempt)
      .finally(() => this.#attempts.delete(attempt))
      .then(
        socket => callback?.(null, socket),
        error => callback?.(error, undefined as never),
      )
  }

  async #open(attempt: ConnectAttempt): Promise<Socket> {
    const options = isSecure(this.#route.node) ? await this.#tlsOptions(attempt) : undefined
    const start = await connectTo(this.#route, attempt)
    if (start.socket && !options) return start.socket
    return await tlsHandshake({ ...options, ...start, ...SOCKET_OPTIONS }, attempt.signal)
  }

  /** A pinned certificate is looked up once; all further connections are verified against it. */
  async #tlsOptions(attempt: ConnectAttempt): Promise<ConnectionOptions> {
    const options = tlsOptions(this.#route)
    if (this.#route.tls.caFingerprint === undefined) return options
    const { findPinnedCertificate } = await import('./certificates.ts')
    this.#pinned ??= await findPinnedCertificate(this.#route, attempt)
    return { ...options, ...this.#pinned }
  }
}
