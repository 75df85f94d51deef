import type { Index } from '../../config/types.ts'
import { ConfigError, EsconnError } from '../../errors.ts'
import { searchCall } from '../../query/search.ts'
import { parseObject } from '../../wire/errors/http.ts'
import { type CheckStep, type Finding, failedFindings, ok, skipped, warning } from './check.ts'
import { authenticatedUser, identityOf } from './node-identity.ts'
import type { NodeSession } from './node-session.ts'

/** What the checks of each node have shown. */
export interface NodeResults {
  nodes: readonly string[]
  /** Those that accept our credentials. */
  usable: readonly NodeSession[]
}

/** What can be checked once every node has been. */
export const CLUSTER_CHECKS: readonly CheckStep<NodeResults>[] = [
  { name: 'cluster', run: checkCluster },
  { name: 'indices', run: checkIndices },
]

/** Whether all nodes belong to one cluster and have the same version. */
async function checkCluster({ nodes, usable }: NodeResults): Promise<Finding[]> {
  if (nodes.length === 1) return [ok('the alias has one node')]
  const identities = await Promise.all(
    usable.map(async session => ({ address: session.address, ...(await identityOf(session)) })),
  )
  const known = identities.filter(({ uuid }) => uuid !== undefined)
  if (known.length < 2)
    return [skipped(`${known.length} of ${nodes.length} nodes reported which cluster they belong to`)]
  const clusters = groupBy(known.map(({ address, uuid, cluster }) => [`${cluster} (${uuid})`, address]))
  const versions = groupBy(identities.map(({ address, version = '?' }) => [version, address]))
  if (clusters.size > 1) return differentClusters(clusters)
  return [ok(`${known.length} nodes of ${[...clusters.keys()]}`), ...differentVersions(versions)]
}

function differentClusters(clusters: ReadonlyMap<string, string[]>): Finding[] {
  const what = `nodes of different clusters: ${listGroups(clusters)}`
  return failedFindings(
    new ConfigError(what, { advice: 'an alias is for one cluster: give each cluster its own alias' }),
  )
}

function differentVersions(versions: ReadonlyMap<string, string[]>): Finding[] {
  if (versions.size < 2) return []
  return [warning(`nodes of different versions: ${listGroups(versions)}`, 'an upgrade may be in progress')]
}

function groupBy(pairs: readonly [string, string][]): Map<string, string[]> {
  const groups = new Map<string, string[]>()
  for (const [key, member] of pairs) groups.set(key, [...(groups.get(key) ?? []), member])
  return groups
}

const listGroups = (groups: ReadonlyMap<string, string[]>): string =>
  [...groups].map(([key, members]) => `${key} at ${members.join(', ')}`).join('; ')

/** Whether the indices of the alias exist and may be read. */
async function checkIndices({ usable: [session] }: NodeResults): Promise<Finding[]> {
  if (session === undefined) return [skipped('because no node is usable')]
  const indices = [...session.settings.indices]
  const findings = await Promise.all(indices.map(([name, index]) => checkIndex(session, name, index)))
  return findings.length > 0 ? findings.flat() : [ok('the alias defines no indices')]
}

async function checkIndex(session: NodeSession, name: string, index: Index): Promise<Finding[]> {
  const prefix = name === index.index ? name : `${name} (${index.index})`
  const search = await trySearch(session, index)
  const warnings = search.outcome === 'failed' ? [] : await privilegeWarnings(session, index.index)
  return [search, ...warnings].map(finding => ({ ...finding, message: `${prefix}: ${finding.message}` }))
}

/** It returns no hits, but runs the query of a view. */
const EMPTY_SEARCH = '{"size":0,"terminate_after":1,"track_total_hits":false}'

async function trySearch(session: NodeSession, index: Index): Promise<Finding> {
  try {
    const { text } = await session.request(searchCall(index, EMPTY_SEARCH))
    return describeShards(parseObject(text)._shards)
  } catch (error) {
    if (!(error instanceof EsconnError)) throw error
    if (error.status === 404) return warning(error.what, 'check the name in `indices` of the alias')
    const [failure] = failedFindings(error) as [Finding]
    if (error.fault !== 'denied') return failure
    const where = isPattern(index.index) ? 'the indices that the message names' : index.index
    return { ...failure, advice: `the user or key needs a role with the privilege read on ${where}` }
  }
}

/** Whether an index expression may stand for several indices. */
const isPattern = (expression: string): boolean => /[<,*]/.test(expression)

function describeShards(shards: unknown): Finding {
  const { total, successful, failed } = Object(shards)
  if (total === 0)
    return warning(
      'matches no index that this user may read',
      'check the expression in `indices` of the alias',
    )
  const missing = Math.max(total - successful, failed) // a shard without any copy is not counted as failed
  if (missing > 0)
    return warning(
      `${missing} of ${total} shards did not answer`,
      'GET /_cluster/allocation/explain may say why',
    )
  return ok(`can be searched (${total} ${total === 1 ? 'shard' : 'shards'})`)
}

/** Warns of privileges that are missing although the search succeeded. */
async function privilegeWarnings(session: NodeSession, expression: string): Promise<Finding[]> {
  const missing = await missingPrivileges(session, expression)
  return [...missing].flatMap(([name, privileges]) => {
    if (privileges.includes('read')) return [unreadWarning(name)]
    return privileges.includes('view_index_metadata') ? [metadataWarning(name)] : []
  })
}

const unreadWarning = (name: string): Finding =>
  warning(
    `no role grants read on all of ${name}: results leave out what is not granted`,
    `a role with the privilege read on ${name} would include it`,
  )

const metadataWarning = (name: string): Finding =>
  warning(
    `no role grants access to the mappings and settings of ${name}`,
    `a role with the privilege view_index_metadata on ${name} would; searches do not need it`,
  )

const PRIVILEGES = ['read', 'view_index_metadata'] as const

type MissingPrivileges = ReadonlyMap<string, readonly (typeof PRIVILEGES)[number][]>

/** By part of an index expression the privileges that the user lacks; empty if the cluster cannot say. */
async function missingPrivileges(session: NodeSession, expression: string): Promise<MissingPrivileges> {
  const names = expression.split(',').filter(part => !UNSUPPORTED.test(part))
  const { security } = await authenticatedUser(session)
  if (security !== 'elasticsearch' || names.length === 0) return new Map()
  const body = JSON.stringify({ index: [{ names, privileges: PRIVILEGES }] })
  const reply = await session.requestIfAllowed({
    method: 'POST',
    path: '/_security/user/_has_privileges',
    body,
  })
  const granted = Object.entries(Object(parseObject(reply?.text ?? '').index))
  return new Map(
    granted.map(([name, has]) => [name, PRIVILEGES.filter(privilege => Object(has)[privilege] === false)]),
  )
}

/** What `_has_privileges` does not support: exclusions, date math, other clusters. */
const UNSUPPORTED = /^-|[<>:]/
