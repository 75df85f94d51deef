import * as v from 'valibot'
import { describeError } from '../wire/refusal.ts'
import { broken } from './broken.ts'

const count = v.optional(v.number(), 0)

const shards = v.looseObject({
  total: v.number(),
  successful: v.number(),
  failed: v.number(),
})

const clusters = v.looseObject({
  total: count,
  skipped: count,
  running: count,
  partial: count,
  failed: count,
})

const envelope = v.object({
  took: v.optional(v.number()),
  timed_out: v.boolean(),
  terminated_early: v.optional(v.boolean()),
  _shards: shards,
  _clusters: v.optional(clusters),
})

/**
 * A search response without its hits: the members by which it is judged complete
 * (https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-search). `took` is in milliseconds.
 */
export type Envelope = v.InferOutput<typeof envelope>

/** Whether this top-level member of a response is kept. */
export const isJudged = (member: string): boolean => Object.hasOwn(envelope.entries, member)

/** @throws {WireError} `foreign` where a member by which a response is judged is missing or of another type */
export function toEnvelope(members: ReadonlyMap<string, unknown>): Envelope {
  const { success, issues, output } = v.safeParse(envelope, Object.fromEntries(members))
  if (success) return output
  throw broken(`its member ${v.getDotPath(issues[0])} cannot be judged`)
}

interface Circumstances {
  /** Whether the request held `terminate_after`: OpenSearch says `terminated_early` of whole answers otherwise. */
  terminateAfter?: boolean
  /** Takes secrets out of what a server says. */
  redact?: (words: string) => string
}

/** Why a response does not hold everything that was asked for, or undefined if it does. */
export function whyIncomplete(
  response: Envelope,
  { terminateAfter = false, redact }: Circumstances = {},
): string | undefined {
  const reasons = [
    response.timed_out ? 'the search timed out on the cluster' : undefined,
    shardsMissing(response._shards, redact),
    clustersMissing(response._clusters),
    terminateAfter && response.terminated_early ? 'terminate_after ended the search early' : undefined,
  ].filter(reason => reason !== undefined)
  return reasons.length > 0 ? reasons.join('; ') : undefined
}

/** A shard without a copy is not counted as failed, so `successful` is compared with `total`. */
function shardsMissing(
  { total, successful, failed, ...rest }: Envelope['_shards'],
  redact: Circumstances['redact'],
): string | undefined {
  if (failed === 0 && successful === total) return undefined
  const missing = `${Math.max(total - successful, failed)} of ${total} shards did not answer`
  const { index, reason } = Object(Object(rest.failures)[0]) // only shown: whatever shape it has is no reason to fail
  return reason ? `${missing} (${index ?? 'one of them'}: ${describeError(reason, redact)})` : missing
}

function clustersMissing(response: Envelope['_clusters']): string | undefined {
  if (!response) return undefined
  const missing = response.skipped + response.running + response.partial + response.failed
  return missing > 0 ? `${missing} of ${response.total} clusters did not answer in full` : undefined
}
