import { textAtPath } from '../json/members.ts'
import { count } from '../text.ts'
import { describeError } from '../wire/errors/http.ts'
import type { Envelope } from './response.ts'

interface CompletenessOptions {
  /** Whether the request had `terminate_after`: without it OpenSearch sets `terminated_early` in complete responses too. */
  terminateAfter?: boolean
  /** Removes secrets from a text of the server. */
  redact?: (text: string) => string
}

export const TIMED_OUT = 'the search timed out on the cluster'

/** Why a response is incomplete, or undefined if it is complete. */
export function whyIncomplete(
  response: Envelope,
  { terminateAfter = false, redact }: CompletenessOptions = {},
): string | undefined {
  const reasons = [
    response.timed_out ? TIMED_OUT : undefined,
    shardsMissing(response._shards, redact),
    clustersMissing(response._clusters, redact),
    terminateAfter && response.terminated_early ? 'terminate_after ended the search early' : undefined,
  ]
  return joinReasons(reasons)
}

/** Why something is incomplete, each reason once; undefined without any. */
export function joinReasons(reasons: readonly (string | undefined)[]): string | undefined {
  const given = new Set(reasons.filter(reason => reason !== undefined))
  return given.size > 0 ? [...given].join('; ') : undefined
}

/**
 * Which shards did not answer, as `_shards` of a response says; undefined if all did. A shard without any copy is not
 * counted as failed, so `successful` is compared with `total`.
 */
export function shardsMissing(
  { total, successful, failed, ...rest }: Envelope['_shards'],
  redact: CompletenessOptions['redact'],
): string | undefined {
  if (failed === 0 && successful === total) return undefined
  const missing = `${Math.max(total - successful, failed)} of ${total} shards did not answer`
  const failures = arrayOf(rest.failures).map(failure => {
    const { index, reason } = Object(failure)
    return { name: index, error: reason }
  })
  return missing + describeFailures(failures, redact)
}

const isIncomplete = (cluster: unknown): boolean => Object(cluster).status !== 'successful'

/** Which clusters did not answer in full, as `_clusters` of a response says; undefined if all did. */
export function clustersMissing(
  response: Envelope['_clusters'],
  redact: CompletenessOptions['redact'],
): string | undefined {
  if (!response) return undefined
  const { total, successful = total, skipped, running, partial, failed, details } = response
  const incomplete = Object.entries(Object(details)).filter(([, cluster]) => isIncomplete(cluster))
  const missing = Math.max(total - successful, skipped + running + partial + failed, incomplete.length)
  if (missing === 0) return undefined
  const failures = incomplete.map(([name, cluster]) => ({ name, error: clusterError(Object(cluster)) }))
  return `${missing} of ${total} clusters did not answer in full${describeFailures(failures, redact)}`
}

/** The first failure of a cluster, else its status alone, `running` for example. */
const clusterError = ({ failures, status }: Record<string, unknown>): unknown =>
  Object(arrayOf(failures)[0]).reason ?? status

const arrayOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : [])

/** An index or a cluster that did not answer. It is only shown, so its shape is not checked. */
interface MissingPart {
  name: unknown
  /** Undefined where the cluster does not say why. */
  error: unknown
}

/** How many distinct reasons a message repeats, and how many names for each. */
const MAX_SHOWN = 3

/**
 * ` (logs-1, logs-2: node_disconnected_exception: …; …)`, or nothing where no reason is known. Indices are counted,
 * not shards: a cluster lists the shards of an index that failed for the same reason only once.
 */
function describeFailures(failures: readonly MissingPart[], redact: CompletenessOptions['redact']): string {
  const groups = new Map<string, Map<string, string>>()
  for (const { name, error } of failures.filter(({ error }) => error)) {
    const shown = typeof name === 'string' ? describeError(name, redact) : 'one of them'
    const reason = describeError(error, redact)
    const withoutName = reason.replaceAll(`[${shown}]`, '') // many reasons contain it
    groups.set(withoutName, (groups.get(withoutName) ?? new Map()).set(shown, reason))
  }
  const reasons = [...groups.values()].map(describeGroup)
  const others = reasons.length - MAX_SHOWN
  if (others > 0) reasons.splice(MAX_SHOWN, others, count(others, 'other reason'))
  return reasons.length === 0 ? '' : ` (${reasons.join('; ')})`
}

function describeGroup(byName: ReadonlyMap<string, string>): string {
  const names = [...byName.keys()].slice(0, MAX_SHOWN).join(', ')
  const others = byName.size - MAX_SHOWN
  const [reason] = byName.values()
  return `${names}${others > 0 ? ` and ${others} more` : ''}: ${reason}`
}

/** Which nodes did not answer the one that was asked, as the JSON of `_nodes` of a response says; undefined if all did. */
export function nodesMissing(nodes: Buffer | undefined): string | undefined {
  const [total, failed = '0'] = ['total', 'failed'].map(name => nodes && textAtPath(nodes, [name]))
  return failed === '0' ? undefined : `${failed} of ${total} nodes did not answer`
}
