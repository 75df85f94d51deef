import {
  type ClientRequest,
  request as httpRequest,
  type IncomingMessage,
  type RequestOptions,
} from 'node:http'
import { request as httpsRequest } from 'node:https'
import type { Socket } from 'node:net'
import { type Fault, WireError } from '../../errors.ts'
import { connectionError } from '../errors/connection.ts'
import { type ConnectAttempt, trackConnection } from './attempt.ts'
import { authorityOf, displayUrl, endpointOf, hostOf, isSecure, type Route, sniName } from './route.ts'

/** A route to a node through a proxy. */
type TunnelRoute = Pick<Route, 'node'> & { proxy: URL }

/**
 * Connects to a node through an HTTP proxy, by CONNECT: what is written to the socket reaches the node.
 *
 * @throws {WireError} `unresolved`, `unreachable`, `tls`, `untrusted`, `denied`, `foreign`: an error of the proxy,
 * which has forwarded nothing by then; or the reason for which the attempt was aborted
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-9.3.6
 */
export function openTunnel(
  route: TunnelRoute,
  attempt: Pick<ConnectAttempt, 'signal' | 'waitingFor'>,
): Promise<Socket> {
  const { signal, waitingFor } = attempt
  attempt.waitingFor = `no answer from ${proxyName(route)} to ${requestLine(route)}`
  return new Promise<Socket>((resolve, reject) => {
    const request = connectRequest(route, signal)
    const connected = trackConnection(request)
    request.on('error', error => {
      reject(signal.aborted ? signal.reason : tunnelError(error, connected(), route))
    })
    request.on('connect', (response, socket: Socket, head) => {
      socket.on('error', () => {}) // the caller adds its own listener only a moment later
      if (head.length > 0) socket.unshift(head)
      const refusal = proxyRefusal(response, route)
      if (!refusal) return resolve(socket)
      socket.destroy()
      reject(refusal)
    })
    request.end()
  }).finally(() => {
    attempt.waitingFor = waitingFor
  })
}

/** The request that opens a tunnel; without an agent, as a tunnel's connection cannot be used for another. */
function connectRequest({ node, proxy }: TunnelRoute, signal: AbortSignal): ClientRequest {
  const options: RequestOptions & { servername: string } = {
    ...endpointOf(proxy),
    servername: sniName(hostOf(proxy)), // by default Node uses the header `Host`, which is the node's
    method: 'CONNECT',
    path: authorityOf(node),
    headers: { host: authorityOf(node), 'proxy-connection': 'keep-alive', ...proxyAuthorization(proxy) },
    agent: false,
    signal,
  }
  const request = isSecure(proxy) ? httpsRequest(options) : httpRequest(options)
  request.removeHeader('connection') // without an agent it is `close`, on which some proxies close the tunnel
  return request
}

function proxyAuthorization({ username, password }: URL): Record<string, string> {
  if (username === '' && password === '') return {}
  const login = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
  return { 'proxy-authorization': `Basic ${Buffer.from(login).toString('base64')}` }
}

const requestLine = ({ node }: TunnelRoute): string => `CONNECT ${authorityOf(node)}`

const proxyName = ({ proxy }: TunnelRoute): string => `the proxy ${displayUrl(proxy)}`

/** Why the proxy does not connect us to the node, by its reply; undefined if it does. */
function proxyRefusal(
  { statusCode = 0, headers }: IncomingMessage,
  route: TunnelRoute,
): WireError | undefined {
  if (statusCode >= 200 && statusCode < 300) return undefined
  const node = displayUrl(route.node)
  if (statusCode !== 407) {
    const what = `${proxyName(route)} answered ${statusCode} to ${requestLine(route)}`
    const advice =
      'the proxy may not allow connections to this node: `proxy` and `no_proxy` decide which nodes use it'
    return new WireError('unreachable', what, { node, advice })
  }
  const problem = route.proxy.username === '' ? 'requires credentials' : 'rejected the credentials'
  return new WireError('denied', `${proxyName(route)} ${problem} (407)`, {
    node,
    advice: credentialsAdvice([headers['proxy-authenticate'] ?? []].flat().join(', ')),
  })
}

/** Authentication schemes that a message may name; anything else in the header could be a secret that the proxy repeats. */
const SCHEMES = ['Basic', 'Digest', 'NTLM', 'Negotiate', 'Bearer']

/** @param offered the proxy's header `Proxy-Authenticate` */
function credentialsAdvice(offered: string): string {
  const schemes = SCHEMES.filter(scheme => new RegExp(`(?:^|,)\\s*${scheme}\\b`, 'i').test(offered))
  return schemes.length > 0 && !schemes.includes('Basic')
    ? `it requires ${schemes.join(' or ')}, but only user and password (Basic) are supported`
    : 'put user and password in `proxy` of the alias: http://user:password@host:port'
}

/** Even once the proxy is connected, an error is the proxy's: the node has received nothing. */
function tunnelError(error: Error, connected: boolean, route: TunnelRoute): WireError {
  const node = displayUrl(route.node)
  const { fault, what } = connectionError(error, node, connected ? 'request' : 'connect')
  if (fault !== 'reset')
    return new WireError(fault, `${proxyName(route)}: ${what}`, {
      node,
      cause: error,
      advice: PROXY_ADVICE[fault],
    })
  const closed = `${proxyName(route)} closed the connection instead of answering ${requestLine(route)}`
  return new WireError('unreachable', closed, { node, cause: error, advice: PROXY_ADVICE.unreachable })
}

const PROXY_ADVICE: Partial<Record<Fault, string>> = {
  unresolved: 'check the host in the URL of the proxy',
  unreachable: 'is the proxy running, and is its URL right (http:// or https://)?',
  untrusted:
    'its URL must use a host name of its certificate; NODE_EXTRA_CA_CERTS can name the PEM file of its authority',
  tls: 'if the proxy speaks plain HTTP, use http:// in its URL',
  foreign: 'check the URL of the proxy: another port or https:// may be needed',
}
