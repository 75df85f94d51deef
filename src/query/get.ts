import type { Index } from '../config/types.ts'
import { EsconnError, WireError } from '../errors.ts'
import { forEachBatch, untilFirstHit } from '../hits/batches.ts'
import { joinReasons } from '../hits/completeness.ts'
import type { Total } from '../hits/response.ts'
import { Batch } from '../hits/scanner.ts'
import { memberOf, textAtPath } from '../json/members.ts'
import { Run } from '../json/run.ts'
import { describeError, parseObject } from '../wire/errors/http.ts'
import type { Call, ExchangeOptions, Reply } from '../wire/exchange.ts'
import { idsQuery } from './clauses.ts'
import { indexPath } from './index-names.ts'
import { mgetItems } from './mget.ts'
import { resolveIndex } from './resolve-index.ts'
import { type SearchContext, searchBatches, searchCall } from './search.ts'

/** How documents are read by their ids. */
export interface GetOptions extends ExchangeOptions {
  /** Fields of the documents, if not all are wanted; the cluster writes them anew. */
  source?: readonly string[] | undefined
  /** Largest document, in bytes. Default: 256 MiB. */
  maxHit?: number | undefined
}

/** What is known when all ids have been asked for. */
interface GetSummary {
  /** Ids without a document, in the order in which they were given. */
  notFound: string[]
  /** Why documents may be missing besides; undefined if none are. */
  missing: string | undefined
}

/** Documents as they arrive; the generator returns what was not found. */
export type Documents = AsyncGenerator<Batch, GetSummary, undefined>

/** How many ids are sent in one request at most. */
export const IDS = 200

/** How many documents one search for them gives at most: an id may be in several indices. */
export const COPIES = 1000

/**
 * The documents with these ids, in the order of the ids. Those of one index are read by id, in real time; those of a
 * view, a pattern, a data stream or an alias of several indices are searched for: as of the last refresh, only what the
 * view holds, and several where an id is in several indices.
 *
 * @throws {WireError} if a request fails, or the connection breaks
 */
export async function* getDocuments(
  context: SearchContext,
  target: Index,
  ids: AsyncIterable<string>,
  options: GetOptions = {},
): Documents {
  const isOne = await isOneIndex(context, target, options)
  const notFound: string[] = []
  const reasons: string[] = []
  for await (const some of inGroups(ids)) {
    const call = getCall(target, some, { ...options, isOne })
    const summary = yield* isOne
      ? readItems(context, call, some, options)
      : searchFor(context, call, some, options)
    notFound.push(...summary.notFound)
    if (summary.missing !== undefined) reasons.push(summary.missing)
  }
  return { notFound, missing: joinReasons(reasons) }
}

/** The request for documents by their ids: of one index by `_mget`, of others by a search. */
export function getCall(
  target: Index,
  ids: readonly string[],
  { source, isOne }: Pick<GetOptions, 'source'> & { isOne: boolean },
): Call {
  if (isOne) {
    const querystring = source ? { querystring: `_source=${source.map(encodeURIComponent).join(',')}` } : {}
    return {
      method: 'POST',
      path: `/${indexPath(target.index)}/_mget`,
      ...querystring,
      body: JSON.stringify({ ids }),
    }
  }
  const members = new Map([
    ['size', String(COPIES)],
    ['track_total_hits', 'true'],
    ...(source ? [['_source', JSON.stringify(source)] as const] : []),
  ])
  return searchCall(target, undefined, { filters: [idsQuery(ids)], members })
}

/** Whether an expression may be the name of one index, as far as it shows. */
export const looksLikeOneIndex = ({ index, query }: Index): boolean =>
  query === undefined && !/[*,<]|^-|^_all$/.test(index)

async function isOneIndex(context: SearchContext, target: Index, options: GetOptions): Promise<boolean> {
  if (!looksLikeOneIndex(target)) return false
  const { indices = [], aliases = [], streams } = (await resolveIndex(context, target.index, options)) ?? {}
  const [only, ...others] = [...indices, ...aliases]
  const behind = Object(only).indices // of an alias
  return (
    others.length === 0 && only !== undefined && streams?.length === 0 && [behind ?? 0].flat().length === 1
  )
}

async function* readItems(
  { alias, transport }: SearchContext,
  call: Call,
  ids: readonly string[],
  { maxHit, source: _, ...exchange }: GetOptions,
): Documents {
  const begin = (reply: Reply) => untilFirstHit(mgetItems(reply, maxHit))
  const reasons: string[] = []
  const notFound: string[] = []
  let at = 0
  const isFound = (item: Buffer): boolean => {
    const id = ids[at++] ?? ''
    const error = memberOf(item, 'error')
    if (textAtPath(item, ['_id']) !== id)
      throw new WireError('foreign', 'the reply has documents of other ids', { alias })
    if (error) reasons.push(describeError(parseObject(error.toString()), transport.redact))
    else if (textAtPath(item, ['found']) !== 'true') notFound.push(id)
    else return true
    return false
  }
  const batches = await transport.exchange(call, begin, exchange)
  try {
    for await (const batch of batches) yield batch.with(batch.hits.filter(isFound))
  } catch (error) {
    throw error instanceof EsconnError ? error.addAlias(alias) : error
  }
  if (at !== ids.length)
    throw new WireError('foreign', `the reply has ${at} documents for ${ids.length} ids`, { alias })
  return { notFound, missing: joinReasons(reasons) }
}

/** The hits of a search for ids, in the order of the ids. */
async function* searchFor(
  context: SearchContext,
  call: Call,
  ids: readonly string[],
  { source: _, ...options }: GetOptions,
): Documents {
  const byId = new Map<string, Buffer[]>()
  let count = 0
  const { missing, total } = await forEachBatch(searchBatches(context, call, options), async ({ hits }) => {
    for (const hit of hits) {
      const id = textAtPath(hit, ['_id']) ?? ''
      byId.set(id, [...(byId.get(id) ?? []), Buffer.from(hit)])
      count++
    }
  })
  const runs = ids.flatMap(id => byId.get(id) ?? []).map(hit => new Run(hit))
  yield new Batch({ runs, passed: undefined }, Buffer.alloc(0))
  return {
    notFound: ids.filter(id => !byId.has(id)),
    missing: joinReasons([missing, whyMore(total, count)]),
  }
}

/** That more documents have the ids of a search than were read, if that is so. */
export function whyMore(total: Total | undefined, read: number): string | undefined {
  const isMore = total !== undefined && BigInt(total.value) > read
  return isMore ? `${total.value} documents have these ids, of which ${read} were read` : undefined
}

/** The ids of one request after the other. */
export async function* inGroups(ids: AsyncIterable<string>): AsyncGenerator<string[], undefined> {
  let group: string[] = []
  for await (const id of ids) {
    group.push(id)
    if (group.length < IDS) continue
    yield group
    group = []
  }
  if (group.length > 0) yield group
  return undefined
}
