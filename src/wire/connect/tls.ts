import type { Socket } from 'node:net'
import { type ConnectionOptions, checkServerIdentity, connect, type TLSSocket } from 'node:tls'
import type { ConnectAttempt } from './attempt.ts'
import { endpointOf, hostOf, type Route, sniName } from './route.ts'

/** The TLS options of a route: what the node's certificate is verified against, and the client certificate. */
export function tlsOptions({ node, tls }: Route): ConnectionOptions {
  const { ca, cert, key, passphrase, verify } = tls
  const name = tls.serverName ?? hostOf(node)
  return {
    ca,
    cert,
    key,
    passphrase,
    rejectUnauthorized: verify,
    servername: sniName(name),
    checkServerIdentity: (_host, certificate) => checkServerIdentity(name, certificate),
  }
}

/** Where the TLS handshake starts: a socket through the proxy, or the endpoint of the node. */
type ConnectStart = { socket: Socket } | { socket?: undefined; host: string; port: number }

/**
 * Opens a tunnel through the proxy, if the route has one; else returns the node's host and port.
 *
 * @throws {WireError} if the proxy does not connect us to the node
 */
export async function connectTo({ node, proxy }: Route, attempt: ConnectAttempt): Promise<ConnectStart> {
  if (!proxy) return endpointOf(node)
  const { openTunnel } = await import('./proxy-tunnel.ts')
  return { socket: await openTunnel({ node, proxy }, attempt) }
}

/**
 * Completes a TLS handshake.
 *
 * @param options contain a socket, or host and port
 * @throws Node's error if the handshake fails, or the reason of the signal
 */
export function tlsHandshake(options: ConnectionOptions, signal: AbortSignal): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connect(options)
    const abort = () => socket.destroy(signal.reason)
    if (signal.aborted) abort()
    signal.addEventListener('abort', abort)
    socket.on('error', reject) // never removed: the caller adds its own listener only a moment later
    socket.once('close', () => {
      signal.removeEventListener('abort', abort)
      // the message that Node's own client has for this
      reject(new Error('Client network socket disconnected before secure TLS connection was established'))
    })
    socket.once('secureConnect', () => {
      signal.removeEventListener('abort', abort)
      resolve(socket)
    })
  })
}
