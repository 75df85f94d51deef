import type { estypes, TransportRequestOptions } from '@elastic/elasticsearch'
import type { Index } from '../config/types.ts'
import { EsconnError } from '../errors.ts'
import { hasHits, readBatches, untilFirstHit } from '../hits/batches.ts'
import { whyIncomplete } from '../hits/completeness.ts'
import type { Total } from '../hits/response.ts'
import type { Batch } from '../hits/scanner.ts'
import { membersOf } from '../json/members.ts'
import type { Call, ExchangeOptions, Reply } from '../wire/exchange.ts'
import type { WireTransport } from '../wire/transport.ts'
import { type Additions, composeBody } from './body.ts'
import { indexPath } from './index-names.ts'

/** A search's body: the object, its JSON text, or that text's bytes. */
export type Body = estypes.SearchRequest | Record<string, unknown> | string | Uint8Array

/** `search` by the alias's own name for an index. */
export type SearchByName = <Document = unknown>(
  name: string,
  body?: Body,
  options?: TransportRequestOptions,
) => Promise<estypes.SearchResponse<Document>>

/** What a query is sent to. */
export type QueryEndpoint = '_search' | '_count'

/**
 * The request of a search in `target`, or of the number of its hits, with the query of a view added.
 *
 * @throws {UsageError} if the name is not an index name, or the view's query would not restrict all of the body
 * @throws {InputError} if the body is not a JSON object
 */
export function searchCall(
  target: Index,
  body: Body | undefined,
  additions: Additions = {},
  endpoint: QueryEndpoint = '_search',
): Call {
  const path = `/${indexPath(target.index)}/${endpoint}`
  const composed = composeBody(body === undefined ? undefined : toBytes(body), {
    ...additions,
    view: target.query,
  })
  if (composed === undefined) return { method: 'POST', path }
  const hasIndices = bodyHas({ body: composed }, 'pit') // of a point in time, which takes no others
  return { method: 'POST', path: hasIndices ? `/${endpoint}` : path, body: composed }
}

/** Whether the body of a search has one of the members. */
export const bodyHas = ({ body }: Pick<Call, 'body'>, ...members: readonly string[]): boolean =>
  body !== undefined && membersOf(Buffer.from(body)).some(({ key }) => members.includes(key))

function toBytes(body: Body): Buffer {
  if (body instanceof Uint8Array) return Buffer.from(body.buffer, body.byteOffset, body.byteLength)
  return Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))
}

/** How one search is made. */
export interface SearchOptions extends ExchangeOptions {
  /** Whether a batch contains what the caller passes on; a request that breaks before that is sent again. Default: a hit. */
  delivers?: (batch: Batch) => boolean
  /** Largest hit, in bytes. Default: 256 MiB. */
  maxHit?: number | undefined
  /** The member of the response whose bytes are passed on as they arrive, `hits.hits` for example. */
  pass?: string | undefined
  /** Further members of the response whose JSON is kept, `pit_id` for example. */
  keep?: readonly string[]
  /** Called with each member that is kept, before the hits after it are given out. May throw. */
  onKept?: ((path: string, json: Buffer) => void) | undefined
}

/** What is known about a response when it has ended. */
export interface SearchSummary {
  /** Why hits are missing; undefined if none are. */
  missing: string | undefined
  /** Results besides the hits, `aggregations` for example. */
  otherResults: readonly string[]
  /** How many documents match, as far as the cluster counted. */
  total: Total | undefined
  /** The JSON of the members that were kept, by path. */
  members: ReadonlyMap<string, Buffer>
  /** How many shards were searched. */
  shards: number
}

/** The batches of a response; the generator returns its summary. */
export type SearchBatches = AsyncGenerator<Batch, SearchSummary, undefined>

const READ_ALL = 'the option `all` of `hits` reads every hit, page by page'

/** What a search is sent by. */
export interface SearchContext {
  alias: string
  transport: WireTransport
}

/** Sends a search and yields the batches of its response. */
export async function* searchBatches(
  { alias, transport }: SearchContext,
  call: Call,
  { delivers = hasHits, maxHit, pass, keep = [], onKept, ...exchange }: SearchOptions = {},
): SearchBatches {
  const begin = (reply: Reply) =>
    untilFirstHit(readBatches(reply.chunks, { maxHit, pass, keep, onKept }), delivers)
  try {
    const summary = yield* await transport.exchange(call, begin, exchange)
    const { redact } = transport
    // without it OpenSearch says `terminated_early` in complete responses too
    const terminateAfter = bodyHas(call, 'terminate_after')
    const missing = whyIncomplete(summary, { terminateAfter, redact })
    const { otherResults, total, members } = summary
    return { missing, otherResults, total, members, shards: summary._shards.total }
  } catch (error) {
    if (!(error instanceof EsconnError)) throw error
    if (error.what.includes('Result window is too large')) error.addAdvice(READ_ALL, { kind: 'read-all' })
    throw error.addAlias(alias)
  }
}
