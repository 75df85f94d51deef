import * as v from 'valibot'
import { membersOf, textAtPath } from '../json/members.ts'
import { OPEN_BRACE } from '../json/scan.ts'
import { notSearchResponse, parseMember, type ScannedResponse } from './scanner.ts'

const countSchema = v.optional(v.number(), 0)

const shardsSchema = v.looseObject({
  total: v.number(),
  successful: v.number(),
  failed: v.number(),
})

export const clustersSchema = v.looseObject({
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
  /** How many documents match; undefined where the cluster was told not to count. */
  total: Total | undefined
  /** The JSON of the members that were kept, by path. */
  members: ReadonlyMap<string, Buffer>
}

/** The number of matching documents: its digits, and whether the cluster counted to the end. */
export interface Total {
  value: string
  isExact: boolean
}

const JUDGED = Object.keys(envelopeSchema.entries)

/** The members that a scanner must collect for `toSummary`. */
export const SUMMARY_MEMBERS = {
  keep: [...JUDGED, 'hits.total'],
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
  const parsed = JUDGED.flatMap(name => {
    const bytes = members.get(name)
    return bytes ? [[name, parseUnambiguous(name, bytes)]] : []
  })
  const { success, issues, output } = v.safeParse(envelopeSchema, Object.fromEntries(parsed))
  const total = members.get('hits.total')
  if (success) return { ...output, otherResults: [...noticed], total: total && toTotal(total), members }
  throw notSearchResponse(`its member ${v.getDotPath(issues[0])} is missing or has the wrong type`)
}

/** A number alone is that of `rest_total_hits_as_int`. It is only shown, so a strange one is left out. */
function toTotal(json: Buffer): Total | undefined {
  const isObject = json[0] === OPEN_BRACE
  const value = isObject ? textAtPath(json, ['value']) : json.toString()
  if (value === undefined || !/^\d{1,19}$/.test(value)) return undefined
  return { value, isExact: !isObject || textAtPath(json, ['relation']) === 'eq' }
}

/**
 * Parses a member; if it has two members of the same key, JSON does not say which of them applies.
 *
 * @throws {WireError} `foreign` for those, and for what is not valid JSON
 */
export function parseUnambiguous(name: string, bytes: Buffer): unknown {
  const value = parseMember(bytes.toString())
  const keys = bytes[0] === OPEN_BRACE ? membersOf(bytes).map(({ key }) => key) : []
  if (new Set(keys).size < keys.length) throw notSearchResponse(`its ${name} has two members of one name`)
  return value
}
