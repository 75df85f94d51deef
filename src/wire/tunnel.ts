import {
  type ClientRequest,
  request as httpRequest,
  type IncomingMessage,
  type RequestOptions,
} from 'node:http'
import { request as httpsRequest } from 'node:https'
import type { Socket } from 'node:net'
import { type Fault, WireError } from '../errors.ts'
import { failure } from './failure.ts'
import { connectionOf, type Opening } from './opening.ts'
import { askedName, authorityOf, endOf, hostOf, isSecure, shownUrl } from './way.ts'

/** From here, by a proxy, to a node. */
export interface Passage {
  node: URL
  /** With its credentials, which only it gets. */
  proxy: URL
}

/**
 * A connection to a node by way of an HTTP proxy, whose CONNECT is answered: what is written now reaches the node.
 *
 * @throws {WireError} `unresolved`, `unreachable`, `tls`, `untrusted`, `denied`, `foreign`: all of the proxy, which
 * has passed nothing on by then; or the reason for which the opening was ended
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-9.3.6
 */
export function tunnel(passage: Passage, opening: Pick<Opening, 'signal' | 'awaited'>): Promise<Socket> {
  const { signal, awaited } = opening
  opening.awaited = `no answer of the proxy ${shownUrl(passage.proxy)} to ${asked(passage)}`
  return new Promise<Socket>((resolve, reject) => {
    const request = demand(passage, signal)
    const connected = connectionOf(request)
    request.on('error', error => {
      reject(signal.aborted ? signal.reason : broken(error, connected(), passage))
    })
    request.on('connect', (response, socket: Socket, head) => {
      socket.on('error', () => {}) // whoever takes it listens a moment later
      if (head.length > 0) socket.unshift(head)
      const refusal = refusalOf(response, passage)
      if (!refusal) return resolve(socket)
      socket.destroy()
      reject(refusal)
    })
    request.end()
  }).finally(() => {
    opening.awaited = awaited
  })
}

/** A request of its own each time: of a proxy's connection nothing is left to be used again. */
function demand({ node, proxy }: Passage, signal: AbortSignal): ClientRequest {
  const options: RequestOptions & { servername: string } = {
    ...endOf(proxy),
    servername: askedName(hostOf(proxy)), // else Node would take the name from the header `Host`, which is the node's
    method: 'CONNECT',
    path: authorityOf(node),
    headers: { host: authorityOf(node), 'proxy-connection': 'keep-alive', ...loginTo(proxy) },
    agent: false,
    signal,
  }
  const request = isSecure(proxy) ? httpsRequest(options) : httpRequest(options)
  request.removeHeader('connection') // without an agent it would be `close`, by which some proxies close the tunnel
  return request
}

function loginTo({ username, password }: URL): Record<string, string> {
  if (username === '' && password === '') return {}
  const login = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
  return { 'proxy-authorization': `Basic ${Buffer.from(login).toString('base64')}` }
}

const asked = ({ node }: Passage): string => `CONNECT ${authorityOf(node)}`

const named = ({ node, proxy }: Passage): string => `${shownUrl(node)}: the proxy ${shownUrl(proxy)}`

/** Ways to log in that are named in a message; what else a proxy says could be what it was sent. */
const SCHEMES = ['Basic', 'Digest', 'NTLM', 'Negotiate', 'Bearer']

/** Why there is no way through, or undefined where there is one. */
function refusalOf({ statusCode = 0, headers }: IncomingMessage, passage: Passage): WireError | undefined {
  if (statusCode >= 200 && statusCode < 300) return undefined
  if (statusCode !== 407)
    return new WireError('unreachable', `${named(passage)} answered ${statusCode} to ${asked(passage)}`, {
      advice: 'the proxy may not let this node through: `proxy` and `no_proxy` say which nodes need it',
    })
  const offered = [headers['proxy-authenticate'] ?? []].flat().join(', ')
  const wanted = SCHEMES.filter(scheme => new RegExp(`(?:^|,)\\s*${scheme}\\b`, 'i').test(offered))
  const other = wanted.length > 0 && !wanted.includes('Basic')
  return new WireError(
    'denied',
    `${named(passage)} wants ${passage.proxy.username === '' ? '' : 'other '}credentials (407)`,
    {
      advice: other
        ? `it wants ${wanted.join(' or ')}, and only user and password (Basic) can be given`
        : 'put user and password in `proxy` of the alias: http://user:password@host:port',
    },
  )
}

/** Once its connection stands, whatever ends it is the proxy's refusal: the node has seen nothing. */
function broken(error: Error, connected: boolean, passage: Passage): WireError {
  const judged = failure(error, named(passage), connected ? 'request' : 'connect')
  const broke = judged.fault === 'reset'
  const fault = broke ? 'unreachable' : judged.fault
  const words = broke
    ? `${named(passage)} ended the connection instead of answering ${asked(passage)}`
    : judged.message
  return new WireError(fault, words, { cause: error, advice: ADVICE[fault] })
}

const ADVICE: Partial<Record<Fault, string>> = {
  unresolved: 'check the host in the URL of the proxy',
  unreachable: 'is the proxy running, and is its URL right (http:// or https://)?',
  untrusted:
    'its URL must hold a name of its certificate; NODE_EXTRA_CA_CERTS can name the PEM file of its authority',
  tls: 'if the proxy speaks plain HTTP, its URL begins with http://',
  foreign: 'check the URL of the proxy: another port or https:// may be needed',
}
