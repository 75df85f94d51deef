import * as v from 'valibot'
import { membersOf } from '../json/members.ts'
import { OPEN_BRACE } from '../json/scan.ts'
import { notSearchResponse, parseMember, type ScannedResponse, type ScannerOptions } from './scanner.ts'

const countSchema = v.optional(v.number(), 0)

const shardsSchema = v.looseObject({
  total: v.number(),
  successful: v.number(),
  failed: v.number(),
})

const clustersSchema = v.looseObject({
  total: countSchema,
  successful: v.optional(v.number()),
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
export type Envelope = v.InferOutput<typeof envelopeSchema>

/** A response that has ended: its envelope, and which results it contains besides its hits. */
export interface ResponseSummary extends Envelope {
  otherResults: readonly string[]
}

/** The members that a scanner must collect for `toSummary`. */
export const SUMMARY_MEMBERS: ScannerOptions = {
  keep: Object.keys(envelopeSchema.entries),
  notice: ['aggregations', 'suggest', 'profile'],
}

/**
 * The `_shards` of any other response.
 *
 * @throws {WireError} `foreign` where it is missing or has the wrong type
 */
export function parseShards(bytes: Buffer | undefined): Envelope['_shards'] {
  const { success, output } = v.safeParse(shardsSchema, bytes && parseUnambiguous('_shards', bytes))
  if (success) return output
  throw notSearchResponse('its member _shards is missing or has the wrong type')
}

/** @throws {WireError} `foreign` where a member that says whether it is complete is missing or has the wrong type */
export function toSummary({ members, noticed }: ScannedResponse): ResponseSummary {
  const parsed = [...members].map(([name, bytes]) => [name, parseUnambiguous(name, bytes)])
  const { success, issues, output } = v.safeParse(envelopeSchema, Object.fromEntries(parsed))
  if (success) return { ...output, otherResults: [...noticed] }
  throw notSearchResponse(`its member ${v.getDotPath(issues[0])} is missing or has the wrong type`)
}

/** Parses a member; if it has two members of the same key, JSON does not say which of them applies. */
function parseUnambiguous(name: string, bytes: Buffer): unknown {
  const value = parseMember(bytes.toString())
  const keys = bytes[0] === OPEN_BRACE ? membersOf(bytes).map(({ key }) => key) : []
  if (new Set(keys).size < keys.length) throw notSearchResponse(`its ${name} has two members of one name`)
  return value
}
