import { ConfigError } from '../../errors.ts'
import { type Finding, failures, ok, type Step, skipped, warning } from './finding.ts'
import { identityOf } from './identity.ts'
import type { Visit } from './visit.ts'

/** What was found out about the nodes of an alias. */
export interface Round {
  nodes: readonly string[]
  /** Those that let us in. */
  admitted: readonly Visit[]
}

/** Whether the nodes are of one cluster, and of one version. */
export const cluster: Step<Round> = {
  name: 'cluster',
  look: async ({ nodes, admitted }) => {
    if (nodes.length === 1) return [ok('the alias has one node')]
    const identities = await Promise.all(
      admitted.map(async visit => ({ visit, ...(await identityOf(visit)) })),
    )
    const known = identities.filter(({ uuid }) => uuid !== undefined)
    if (known.length < 2)
      return [skipped(`${known.length} of ${nodes.length} nodes told of which cluster it is`)]
    const groups = grouped(known.map(({ visit, uuid, cluster }) => [`${cluster} (${uuid})`, visit.address]))
    const versions = grouped(identities.map(({ visit, version = '?' }) => [version, visit.address]))
    return groups.size > 1
      ? apart(groups)
      : [ok(`${known.length} nodes of ${[...groups.keys()]}`), ...alike(versions)]
  },
}

function apart(groups: ReadonlyMap<string, string[]>): Finding[] {
  const message = `nodes of different clusters: ${listed(groups)}`
  const advice = 'an alias is one cluster: give each of them an alias of its own'
  return failures(new ConfigError(message, { advice }))
}

function alike(versions: ReadonlyMap<string, string[]>): Finding[] {
  if (versions.size < 2) return []
  return [warning(`nodes of different versions: ${listed(versions)}`, 'an upgrade may be under way')]
}

function grouped(pairs: readonly [string, string][]): Map<string, string[]> {
  const groups = new Map<string, string[]>()
  for (const [key, member] of pairs) groups.set(key, [...(groups.get(key) ?? []), member])
  return groups
}

const listed = (groups: ReadonlyMap<string, string[]>): string =>
  [...groups].map(([key, members]) => `${key} at ${members.join(', ')}`).join('; ')
