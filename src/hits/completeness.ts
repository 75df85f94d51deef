import { describeError } from '../wire/errors/http.ts'
import type { Envelope } from './response.ts'

interface CompletenessOptions {
  /** Whether the request had `terminate_after`: without it OpenSearch sets `terminated_early` in complete responses too. */
  terminateAfter?: boolean
  /** Removes secrets from a text of the server. */
  redact?: (text: string) => string
}

/** Why a response is incomplete, or undefined if it is complete. */
export function whyIncomplete(
  response: Envelope,
  { terminateAfter = false, redact }: CompletenessOptions = {},
): string | undefined {
  const reasons = [
    response.timed_out ? 'the search timed out on the cluster' : undefined,
    shardsMissing(response._shards, redact),
    clustersMissing(response._clusters),
    terminateAfter && response.terminated_early ? 'terminate_after ended the search early' : undefined,
  ].filter(reason => reason !== undefined)
  return reasons.length > 0 ? reasons.join('; ') : undefined
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
  const { index, reason } = Object(Object(rest.failures)[0]) // only shown, so its shape is not checked
  const name = typeof index === 'string' ? describeError(index, redact) : 'one of them'
  return reason ? `${missing} (${name}: ${describeError(reason, redact)})` : missing
}

const isIncomplete = (cluster: unknown): boolean => Object(cluster).status !== 'successful'

function clustersMissing(response: Envelope['_clusters']): string | undefined {
  if (!response) return undefined
  const { total, successful = total, skipped, running, partial, failed, details } = response
  const incomplete = Object.values(Object(details)).filter(isIncomplete).length
  const missing = Math.max(total - successful, skipped + running + partial + failed, incomplete)
  return missing > 0 ? `${missing} of ${total} clusters did not answer in full` : undefined
}
