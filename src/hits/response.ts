import * as v from 'valibot'
import { describeError } from '../wire/errors/http.ts'
import { notSearchResponse, parseMember, type ScannedResponse, type ScannerOptions } from './scanner.ts'

const countSchema = v.optional(v.number(), 0)

const shardsSchema = v.looseObject({
  total: v.number(),
  successful: v.number(),
  failed: v.number(),
})

const clustersSchema = v.looseObject({
  total: countSchema,
  skipped: countSchema,
  running: countSchema,
  partial: countSchema,
  failed: countSchema,
})

const envelopeSchema = v.object({
  timed_out: v.boolean(),
  terminated_early: v.optional(v.boolean()),
  _shards: shardsSchema,
  _clusters: v.optional(clustersSchema),
})

/**
 * A search response without its hits: the members that say whether it is complete
 * (https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-search).
 */
type Envelope = v.InferOutput<typeof envelopeSchema>

/** A response that has ended: its envelope, and which results it contains besides its hits. */
export interface ResponseSummary extends Envelope {
  otherResults: readonly string[]
}

/** The members that a scanner must collect for `toSummary`. */
export const SUMMARY_MEMBERS: ScannerOptions = {
  keep: Object.keys(envelopeSchema.entries),
  notice: ['aggregations', 'suggest', 'profile'],
}

/** @throws {WireError} `foreign` where a member that says whether it is complete is missing or has the wrong type */
export function toSummary({ members, noticed }: ScannedResponse): ResponseSummary {
  const parsed = [...members].map(([name, bytes]) => [name, parseMember(bytes.toString())])
  const { success, issues, output } = v.safeParse(envelopeSchema, Object.fromEntries(parsed))
  if (success) return { ...output, otherResults: [...noticed] }
  throw notSearchResponse(`its member ${v.getDotPath(issues[0])} is missing or has the wrong type`)
}

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

/** A shard without any copy is not counted as failed, so `successful` is compared with `total`. */
function shardsMissing(
  { total, successful, failed, ...rest }: Envelope['_shards'],
  redact: CompletenessOptions['redact'],
): string | undefined {
  if (failed === 0 && successful === total) return undefined
  const missing = `${Math.max(total - successful, failed)} of ${total} shards did not answer`
  const { index, reason } = Object(Object(rest.failures)[0]) // only shown, so its shape is not checked
  return reason ? `${missing} (${index ?? 'one of them'}: ${describeError(reason, redact)})` : missing
}

function clustersMissing(response: Envelope['_clusters']): string | undefined {
  if (!response) return undefined
  const missing = response.skipped + response.running + response.partial + response.failed
  return missing > 0 ? `${missing} of ${response.total} clusters did not answer in full` : undefined
}
