import { WireError } from '../../errors.ts'
import { type ClusterIdentity, identify } from '../../wire/cluster-identity.ts'
import { parseObject } from '../../wire/errors/http.ts'
import type { NodeSession } from './node-session.ts'

/** What a node says about itself; undefined is what it does not say. */
export interface NodeIdentity {
  product: string
  version: string | undefined
  cluster: string | undefined
  uuid: string | undefined
  name: string | undefined
}

/** What a node says about itself, requested once. */
export const identityOf = (session: NodeSession): Promise<NodeIdentity> =>
  session.cached('identity', () => readIdentity(session))

async function readIdentity(session: NodeSession): Promise<NodeIdentity> {
  const root = await session.root()
  const { product, version: named } = await rootIdentity(session)
  const { name, cluster_name, cluster_uuid, version } = root.status === 200 ? parseObject(root.text) : {}
  const { number, build_flavor } = Object(version)
  const identity = {
    product: build_flavor === 'serverless' ? `${product} Serverless` : product,
    version: textOrUndefined(number) ?? named,
    cluster: textOrUndefined(cluster_name),
    uuid: textOrUndefined(cluster_uuid),
    name: textOrUndefined(name),
  }
  if (identity.version !== undefined) return identity
  return { ...identity, ...(await identityFromOtherApis(session)) }
}

/**
 * Product and version by the reply to `GET /`.
 *
 * @throws {WireError} if it is neither Elasticsearch nor OpenSearch, or does not accept our credentials
 */
export async function rootIdentity(session: NodeSession): Promise<ClusterIdentity> {
  const { text, ...reply } = await session.root()
  return identify({ ...reply, node: session.address, redact: session.redact }, text)
}

/** A cluster that does not answer `GET /` may still answer these. */
async function identityFromOtherApis(session: NodeSession): Promise<Partial<NodeIdentity>> {
  const nodes = await getOrEmpty(session, '/_nodes/_local', 'cluster_name,nodes.*.name,nodes.*.version')
  const state = await getOrEmpty(session, '/_cluster/state/version', 'cluster_uuid')
  const [node] = Object.values(Object(nodes.nodes))
  const { name, version } = Object(node)
  return {
    version: textOrUndefined(version),
    cluster: textOrUndefined(nodes.cluster_name),
    uuid: textOrUndefined(state.cluster_uuid),
    name: textOrUndefined(name),
  }
}

/** The reply's body, empty if the node refuses the request. */
async function getOrEmpty(
  session: NodeSession,
  path: string,
  filter: string,
): Promise<Record<string, unknown>> {
  const call = { method: 'GET', path, querystring: `filter_path=${filter}` }
  return parseObject((await session.requestIfAllowed(call))?.text ?? '')
}

/** The UUID of a cluster that has not formed yet is `_na_`. */
const textOrUndefined = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '_na_' ? value : undefined

/** The user that the cluster takes us for. */
export type AuthenticatedUser =
  | {
      security: Security
      user: string
      /** Undefined for a token, whose rights are not those of roles with a name. */
      roles: readonly string[] | undefined
      realm: string | undefined
      /** The name of the key, and its id. */
      apiKey?: string | undefined
    }
  /** Security is not enabled: everybody may do everything. */
  | { security: 'none' }
  /** Our credentials are accepted, but the cluster refuses to say whose they are. */
  | { security: 'unknown'; reason: string }

/** For each security plugin the endpoint that returns the current user. */
const USER_ENDPOINTS = {
  elasticsearch: '/_security/_authenticate',
  opensearch: '/_plugins/_security/authinfo',
} as const

type Security = keyof typeof USER_ENDPOINTS

/**
 * The user that the cluster takes us for, requested once.
 *
 * @throws {WireError} `denied` if it does not accept our credentials
 */
export const authenticatedUser = (session: NodeSession): Promise<AuthenticatedUser> =>
  session.cached('user', () => readUser(session))

async function readUser(session: NodeSession): Promise<AuthenticatedUser> {
  const root = await session.root()
  try {
    for (const security of possibleSecurity(root.text)) {
      const user = await requestUser(session, security)
      if (user) return user
    }
    return { security: 'none' }
  } catch (error) {
    if (!(error instanceof WireError && error.fault === 'denied')) throw error
    const byReadonlyAlias = error.status === undefined // refused before it was sent
    if (root.status !== 200 && !byReadonlyAlias) throw error
    return { security: 'unknown', reason: error.what }
  }
}

/** If the product is known, only its own endpoint is tried: Amazon's service answers unknown ones with 401. */
function possibleSecurity(root: string): readonly Security[] {
  const { version } = parseObject(root)
  const { distribution, number } = Object(version)
  if (distribution === 'opensearch') return ['opensearch']
  return number === undefined ? ['elasticsearch', 'opensearch'] : ['elasticsearch']
}

/** Elasticsearch 7 tells nothing about a key. */
function nameOfKey(key: unknown): string {
  const { name, id } = Object(key)
  return (
    [textOrUndefined(name), textOrUndefined(id) && `(${id})`].filter(Boolean).join(' ') || 'without a name'
  )
}

/** Undefined if the endpoint does not exist. */
async function requestUser(session: NodeSession, security: Security): Promise<AuthenticatedUser | undefined> {
  try {
    const { text } = await session.request({ method: 'GET', path: USER_ENDPOINTS[security] })
    const body = parseObject(text)
    const realm = textOrUndefined(Object(body.authentication_realm).name)
    const user = String(body.username ?? body.user_name ?? 'a user without a name')
    const named = Array.isArray(body.roles) ? [...new Set(body.roles.map(String))] : []
    const byRealm = ['realm', undefined, 'anonymous'].includes(body.authentication_type as string | undefined)
    const roles = byRealm || named.length > 0 ? named : undefined
    const isKey = body.authentication_type === 'api_key'
    return { security, user, roles, realm, apiKey: isKey ? nameOfKey(body.api_key) : undefined }
  } catch (error) {
    if (error instanceof WireError && ['refused', 'foreign'].includes(error.fault)) return undefined
    throw error
  }
}
