import { lookup } from 'node:dns/promises'
import { connect, isIP } from 'node:net'
import { proxyFor } from '../../config/proxy.ts'
import type { Env } from '../../config/variables.ts'
import { EsconnError, type Fault, WireError } from '../../errors.ts'
import { ConnectAttempt } from '../../wire/connect/attempt.ts'
import { displayUrl, endpointOf } from '../../wire/connect/route.ts'
import { connectionError } from '../../wire/errors/connection.ts'
import { type CheckStep, type Finding, ok } from './check.ts'
import type { NodeSession } from './node-session.ts'
import { timed, withinTime } from './timing.ts'

/** Whether a connection to the node, or to its proxy, can be opened. */
export const NETWORK_CHECKS: readonly CheckStep<NodeSession>[] = [
  { name: 'name', run: checkName },
  { name: 'port', requires: ['name'], run: checkPort },
  { name: 'proxy', requires: ['port'], run: checkProxy },
]

/** Whether the host name can be resolved. A proxy resolves the node's name itself, so then only its own matters. */
async function checkName(session: NodeSession): Promise<Finding[]> {
  const { host, prefix } = firstHop(session)
  if (isIP(host)) return [ok(`${prefix}${host} is an IP address`)]
  const { value, took } = await timed(() =>
    whileConnecting(session, 'host name not resolved', () => lookup(host, { all: true })),
  )
  const addresses = new Set(value.map(({ address }) => address))
  return [ok(`${prefix}${host} resolves to ${[...addresses].join(', ')} (${took})`)]
}

/** Whether the port accepts connections. */
async function checkPort(session: NodeSession): Promise<Finding[]> {
  const { host, port, prefix } = firstHop(session)
  const { took } = await timed(() =>
    whileConnecting(session, 'no connection', signal => openAndClose(host, port, signal)),
  )
  return [ok(`${prefix}${port} is open (${took})`)]
}

function openAndClose(host: string, port: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, signal }, () => {
      socket.destroy()
      resolve()
    })
    socket.on('error', reject)
  })
}

/** Which proxy is used, where it is configured, and whether it connects to the node. */
async function checkProxy(session: NodeSession): Promise<Finding[]> {
  const { node, proxy } = session.route
  if (!proxy) return [ok(describeNoProxy(session))]
  const { openTunnel } = await import('../../wire/connect/proxy-tunnel.ts')
  const { took } = await timed(() =>
    withinTime(session.limits, 'no answer to CONNECT from the proxy', async signal => {
      const socket = await openTunnel({ node, proxy }, new ConnectAttempt(signal))
      socket.destroy()
    }),
  )
  const login = proxy.username === '' ? '' : ', with credentials'
  return [ok(`${displayUrl(proxy)}${login}, from ${proxyOrigin(session)}; CONNECT works (${took})`)]
}

/** In order of precedence. */
const PROXY_VARIABLES = ['http_proxy', 'https_proxy', 'HTTPS_PROXY', 'all_proxy', 'ALL_PROXY']
const NO_PROXY_VARIABLES = ['no_proxy', 'NO_PROXY']

function describeNoProxy({ node, definition: { proxy }, env }: NodeSession): string {
  const exempting = NO_PROXY_VARIABLES.find(name => env[name])
  const otherwise = proxyFor(node, withoutVariables(env, NO_PROXY_VARIABLES), proxy)
  return exempting && otherwise ? `none used: the variable ${exempting} exempts this host` : 'none used'
}

const withoutVariables = (env: Env, names: readonly string[]): Env =>
  Object.fromEntries(Object.entries(env).filter(([name]) => !names.includes(name)))

function proxyOrigin({ node, definition: { proxy }, settings, env }: NodeSession): string {
  if (proxy !== undefined) return '`proxy` of the alias'
  const used = settings.proxies?.get(node)
  const name = PROXY_VARIABLES.find(name => proxyFor(node, { [name]: env[name] }) === used)
  return `the variable ${name}`
}

/** Where connections from this machine go: to the proxy if there is one, else to the node. */
interface FirstHop {
  host: string
  port: number
  /** How a message about it begins. */
  prefix: string
}

const firstHop = ({ route: { node, proxy } }: NodeSession): FirstHop => ({
  ...endpointOf(proxy ?? node),
  prefix: proxy ? 'the proxy: ' : '',
})

/**
 * The result of `act`, a part of connecting to the first hop, within the timeout of the node.
 *
 * @param late what has not happened in time, as the message begins
 * @throws {WireError} explaining what went wrong
 */
async function whileConnecting<T>(
  session: NodeSession,
  late: string,
  act: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  try {
    return await withinTime(session.limits, firstHop(session).prefix + late, act)
  } catch (error) {
    if (error instanceof EsconnError) throw error
    const { proxy } = session.route
    throw proxy ? proxyError(error, proxy) : connectionError(error, session.address, 'connect')
  }
}

function proxyError(cause: unknown, proxy: URL): WireError {
  const { fault, what } = connectionError(cause, displayUrl(proxy), 'connect')
  return new WireError(fault, `the proxy ${displayUrl(proxy)}: ${what}`, {
    cause,
    advice: PROXY_ADVICE[fault],
  })
}

const PROXY_ADVICE: Partial<Record<Fault, string>> = {
  unresolved: 'check the host of the proxy in `proxy` of the alias, or in the variable that sets it',
  unreachable: 'is the proxy running, and are its host and port correct?',
}
