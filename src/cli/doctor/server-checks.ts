import { BlockList, isIP } from 'node:net'
import { isSecretHeader } from '../../config/secrets/secret-headers.ts'
import { formatDuration } from '../../units.ts'
import { productInHeaders } from '../../wire/cluster-identity.ts'
import { hostOf, isSecure } from '../../wire/connect/route.ts'
import { parseObject, responseError } from '../../wire/errors/http.ts'
import { type CheckStep, type Finding, failedFindings, ok, skipped, warning } from './check.ts'
import { type AuthenticatedUser, authenticatedUser, identityOf, rootIdentity } from './node-identity.ts'
import type { NodeReply, NodeSession } from './node-session.ts'

/** What the server at the other end of the connection is, and whether it accepts our credentials. */
export const SERVER_CHECKS: readonly CheckStep<NodeSession>[] = [
  { name: 'reply', requires: ['tls'], run: checkReply },
  { name: 'credentials', requires: ['reply'], run: checkCredentials },
  { name: 'version', requires: ['credentials'], run: checkVersion },
  { name: 'clock', requires: ['reply'], run: checkClock },
]

/** Whether Elasticsearch or OpenSearch answers. */
async function checkReply(session: NodeSession): Promise<Finding[]> {
  const reply = await session.root()
  const took = `(${reply.milliseconds}ms)`
  if (reply.status === 401) return [describe401(reply, took)]
  return [ok(`${(await rootIdentity(session)).product} answers ${took}`)]
}

/** A server that requires credentials may not say what it is. */
function describe401(reply: NodeReply, took: string): Finding {
  const product = productRequiring(reply)
  if (product !== undefined) return ok(`${product} answers and requires credentials ${took}`)
  return warning(
    `an unknown server answers and requires credentials ${took}`,
    'it may be a reverse proxy in front of the cluster, with credentials of its own',
  )
}

function productRequiring({ text, ...reply }: NodeReply): string | undefined {
  const named = productInHeaders(reply)
  if (named !== undefined) return named
  if (Object(parseObject(text).error).type === 'security_exception') return 'Elasticsearch'
  const byOpenSearch =
    /realm="OpenSearch/i.test(reply.headers['www-authenticate'] ?? '') ||
    text === 'Authentication finally failed'
  return byOpenSearch ? 'OpenSearch' : undefined
}

/** Whether the cluster accepts our credentials, and which user it takes us for. */
async function checkCredentials(session: NodeSession): Promise<Finding[]> {
  const { status, text } = await session.root()
  const hasOwn = hasCredentials(session)
  const findings =
    status === 401
      ? failedFindings(responseError(401, text, { anonymous: !hasOwn, redact: session.redact }))
      : [describeUser(await authenticatedUser(session), hasOwn)]
  return [...findings, ...plainTextWarning(session)]
}

function describeUser(user: AuthenticatedUser, hasOwnCredentials: boolean): Finding {
  switch (user.security) {
    case 'none':
      return hasOwnCredentials
        ? warning('the cluster has no security: it ignores the credentials of the alias')
        : ok('none needed: the cluster has no security')
    case 'unknown':
      return warning(`accepted, but the cluster does not say which user they belong to: ${user.reason}`)
    default: {
      if (user.apiKey !== undefined) return ok(`the API key ${user.apiKey} of ${user.user}`)
      const realm = user.realm === undefined ? '' : ` of the realm ${user.realm}`
      if (user.roles === undefined) return ok(`${user.user}${realm}`)
      const roles = user.roles.length > 0 ? `with the roles ${user.roles.join(', ')}` : 'without any role'
      return ok(`${user.user}${realm}, ${roles}`)
    }
  }
}

const hasCredentials = ({ settings: { auth, headers = {} } }: NodeSession): boolean =>
  auth !== undefined || Object.entries(headers).some(([name, value]) => isSecretHeader(name, value))

function plainTextWarning(session: NodeSession): Finding[] {
  const { node } = session.route
  if (!hasCredentials(session) || isSecure(node) || isLoopback(hostOf(node))) return []
  return [
    warning(
      'the credentials are sent unencrypted: anyone on the network path can read them',
      'use an https:// URL for the node',
    ),
  ]
}

const LOOPBACK = new BlockList()
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4')
LOOPBACK.addAddress('::1', 'ipv6')

function isLoopback(host: string): boolean {
  const version = isIP(host)
  if (version === 0) return /(?:^|\.)localhost\.?$/.test(host)
  return LOOPBACK.check(host, version === 4 ? 'ipv4' : 'ipv6')
}

/** The oldest versions that esconn is tested with. */
const OLDEST: Record<string, readonly [number, number]> = { Elasticsearch: [7, 17], OpenSearch: [2, 0] }

/** Which product it is, in which version. */
async function checkVersion(session: NodeSession): Promise<Finding[]> {
  const { product, version, cluster, name } = await identityOf(session)
  if (version === undefined) {
    const { status } = await session.root()
    return [ok(`${product}, version unknown: GET / returned ${status}`)]
  }
  const where = [name && `node ${name}`, cluster && `cluster ${cluster}`].filter(Boolean).join(' of ')
  const what = `${product} ${version}${where && `, ${where}`}`
  const oldest = OLDEST[product]
  return [
    oldest && isBefore(version, oldest)
      ? warning(what, `esconn is tested with ${product} ${oldest.join('.')} and later`)
      : ok(what),
  ]
}

function isBefore(version: string, [oldestMajor, oldestMinor]: readonly [number, number]): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return major < oldestMajor || (major === oldestMajor && minor < oldestMinor)
}

/** A smaller difference between clocks does no harm; milliseconds. */
const TOLERATED = 5000
/** From this difference on, signatures and tokens are rejected; milliseconds. */
const SERIOUS = 5 * 60_000

/** Whether the node's clock and this machine's agree. */
async function checkClock(session: NodeSession): Promise<Finding[]> {
  const ahead = await clockDifference(session)
  if (ahead === undefined) return [skipped('the node does not report its time to this user')]
  const difference = Math.abs(ahead)
  if (difference <= TOLERATED) return [ok(`within ${formatDuration(TOLERATED)} of this machine's clock`)]
  const side = ahead > 0 ? 'ahead of' : 'behind'
  const what = `the node's clock is ${formatLong(difference)} ${side} this machine's`
  const advice = 'synchronize both clocks with NTP'
  const consequence = '; AWS signatures and tokens are rejected if clocks differ by 5 minutes'
  return [warning(what, difference <= SERIOUS ? advice : advice + consequence)]
}

/** How far the node's clock is ahead of ours, in milliseconds; undefined if the node does not report its time. */
async function clockDifference(session: NodeSession): Promise<number | undefined> {
  const { headers, moment, status } = await session.root()
  const date = Date.parse(headers.date ?? '')
  if (!Number.isNaN(date)) return date + 500 - moment // the header is in seconds, rounded down
  return status === 401 ? undefined : await differenceByStats(session)
}

/** Elasticsearch sends no `Date` header, but its statistics have a timestamp. */
async function differenceByStats(session: NodeSession): Promise<number | undefined> {
  const reply = await session.requestIfAllowed({
    method: 'GET',
    path: '/_nodes/_local/stats/process',
    querystring: 'filter_path=nodes.*.timestamp',
  })
  if (reply === undefined) return undefined
  const [node] = Object.values(Object(parseObject(reply.text).nodes))
  const { timestamp } = Object(node)
  return typeof timestamp === 'number' ? timestamp - reply.moment : undefined
}

const UNITS: readonly [string, number][] = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1000],
]

/** In the largest unit of which there is at least one: `2 hours`, for example. */
function formatLong(milliseconds: number): string {
  const [unit, length] = UNITS.find(([, length]) => milliseconds >= length) ?? ['second', 1000]
  const count = Math.round(milliseconds / length)
  return `${count} ${unit}${count === 1 ? '' : 's'}`
}
