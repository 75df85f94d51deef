import type { Socket } from 'node:net'
import { type ConnectionOptions, checkServerIdentity, connect, type TLSSocket } from 'node:tls'
import type { Opening } from './opening.ts'
import { askedName, endOf, hostOf, type Way } from './way.ts'

/** By what a node's certificate is judged, and what is shown to it. */
export function secureOptions({ node, tls }: Way): ConnectionOptions {
  const { ca, cert, key, passphrase, verify } = tls
  const name = tls.serverName ?? hostOf(node)
  return {
    ca,
    cert,
    key,
    passphrase,
    rejectUnauthorized: verify,
    servername: askedName(name),
    checkServerIdentity: (_host, certificate) => checkServerIdentity(name, certificate),
  }
}

/**
 * A connection on which the TLS handshake is done; `options` hold a socket, or host and port.
 *
 * @throws what Node says of a handshake that fails, or the reason of the signal
 */
export function secured(options: ConnectionOptions, signal: AbortSignal): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connect(options)
    const end = () => socket.destroy(signal.reason)
    if (signal.aborted) end()
    signal.addEventListener('abort', end)
    socket.on('error', reject) // stays: whoever takes the socket listens a moment later
    socket.once('close', () => {
      signal.removeEventListener('abort', end)
      // what Node says of the same
      reject(new Error('Client network socket disconnected before secure TLS connection was established'))
    })
    socket.once('secureConnect', () => {
      signal.removeEventListener('abort', end)
      resolve(socket)
    })
  })
}

/** Where a connection begins: at the node's end of a tunnel, if there is a proxy, or else here. */
export type Start = { socket: Socket } | { socket?: undefined; host: string; port: number }

/** @throws {WireError} whatever keeps the proxy from passing us on */
export async function reached({ node, proxy }: Way, opening: Opening): Promise<Start> {
  if (!proxy) return endOf(node)
  const { tunnel } = await import('./tunnel.ts')
  return { socket: await tunnel({ node, proxy }, opening) }
}
