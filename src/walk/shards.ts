import { UsageError, WireError } from '../errors.ts'
import { forEachBatch } from '../hits/batches.ts'
import { elementsOf, memberOf, membersOf, textAtPath } from '../json/members.ts'
import { type SearchContext, type SearchOptions, type SearchSummary, searchBatches } from '../query/search.ts'
import { count } from '../text.ts'
import { readLongObject } from '../wire/exchange.ts'

/** A shard that is read by itself. */
export interface Shard {
  index: string
  shard: number
  /** What its point in time is opened by, as a segment of a path. */
  path: string
  /** A query that restricts what is read to this index, or as the alias does by which it was named; as JSON. */
  filter: string | undefined
}

/** The shards behind a name. */
export interface FoundShards {
  shards: readonly Shard[]
  /** The names of all indices, also of those without a shard that can be read. */
  indices: readonly string[]
  /** Why some cannot be read. */
  missing: string | undefined
  /** Finds out which indices are gone by now, where they are opened by an expression that may lead to others. */
  findGone?: () => Promise<readonly string[]>
}

/** The highest number of a shard that an index can have. */
export const LAST_SHARD = 1023

/**
 * Finds the shards behind an index expression. They are opened by index, with the filter and routing that the cluster
 * tells, since an alias can be moved while it is read; or by the expression where it refuses to tell.
 *
 * @param path the expression as a segment of a path
 * @throws {UsageError} for an index of another cluster
 * @throws {WireError} for an index that is not there, or a right that is missing
 */
export async function findShards(
  context: SearchContext,
  path: string,
  options: SearchOptions,
): Promise<FoundShards> {
  refuseRemote(decodeURIComponent(path))
  const { shards: total, missing } = await countShards(context, path, options)
  if (total === 0) return { shards: [], indices: [], missing }
  const found = await unlessDenied(askSearchShards(context, path, options))
  if (found) return found
  const indices = await resolveIndices(context, path, options)
  const shards = await probeShards(context, path, { indices, total, options })
  const findGone = async () => {
    const now = await resolveIndices(context, path, options)
    return indices.filter(index => !now.includes(index))
  }
  return { shards, indices, missing, findGone }
}

/** A colon that is not in date math is between a cluster and an index. */
function refuseRemote(expression: string): void {
  if (!/:(?![^<]*>)/.test(expression.replace(/::(?:data|failures)\b/g, ''))) return // of a data stream's own
  throw new UsageError(`${expression} is in another cluster, whose shards cannot be read from this one`, {
    advice: 'define an alias for that cluster',
  })
}

/** How many shards a search has, none of which is asked, and which clusters are missing. */
export async function countShards(
  context: SearchContext,
  path: string,
  { preference, ...options }: SearchOptions & { preference?: string } = {},
): Promise<SearchSummary> {
  const body = '{"size":0,"track_total_hits":false,"query":{"match_none":{}}}'
  const querystring = preference === undefined ? {} : { querystring: `preference=${preference}` }
  const call = { method: 'POST', path: `/${path}/_search`, ...querystring, body }
  return await forEachBatch(searchBatches(context, call, options), async () => {})
}

/** https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-search-shards */
async function askSearchShards(
  { transport }: SearchContext,
  path: string,
  options: SearchOptions,
): Promise<FoundShards> {
  const call = { method: 'GET', path: `/${path}/_search_shards` }
  const reply = await transport.exchange(call, readLongObject, options)
  const [indices, groups] = ['indices', 'shards'].map(name => memberOf(reply, name))
  if (!indices || !groups) throw new WireError('foreign', 'the reply has no shards')
  const names = membersOf(indices)
  const filters = new Map(
    names.map(({ key, start, end }) => [key, memberOf(indices.subarray(start, end), 'filter')?.toString()]),
  )
  const copies = elementsOf(groups).map(({ start, end }) => firstElement(groups.subarray(start, end)))
  const active = copies.filter(copy => copy !== undefined)
  const shards = active.map(copy => {
    const [index = '', shard] = ['index', 'shard'].map(name => textAtPath(copy, [name]))
    return { index, shard: Number(shard), path: encodeURIComponent(index), filter: filters.get(index) }
  })
  const gone = copies.length - active.length
  return {
    shards: shards.toSorted((a, b) => (a.index === b.index ? a.shard - b.shard : a.index < b.index ? -1 : 1)),
    indices: names.map(({ key }) => key),
    missing: gone === 0 ? undefined : `${count(gone, 'shard')} without an active copy`,
  }
}

function firstElement(array: Buffer): Buffer | undefined {
  const [first] = elementsOf(array)
  return first && array.subarray(first.start, first.end)
}

/** An index by the expression that leads to it. More indices may come behind that while it is read. */
const asTyped = (path: string, index: string): Pick<Shard, 'path' | 'filter'> => ({
  path,
  filter: path === index ? undefined : `{"term":{"_index":${JSON.stringify(index)}}}`,
})

/** By the numbers for which the expression has any shard. */
async function probeShards(
  context: SearchContext,
  path: string,
  { indices, total, options }: { indices: readonly string[]; total: number; options: SearchOptions },
): Promise<Shard[]> {
  const shards: Shard[] = []
  let seen = 0
  for (let shard = 0; seen < total && shard <= LAST_SHARD; shard++) {
    const here = await countShards(context, path, { ...options, preference: `_shards:${shard}` })
    seen += here.shards
    if (here.shards > 0) shards.push(...indices.map(index => ({ index, shard, ...asTyped(path, index) })))
  }
  return shards
}

/**
 * The indices that an expression means.
 * https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-indices-resolve-index
 */
async function resolveIndices(
  { transport }: SearchContext,
  path: string,
  options: SearchOptions,
): Promise<string[]> {
  const call = { method: 'GET', path: `/_resolve/index/${path}` }
  const reply = await transport.exchange(call, readLongObject, options)
  const { indices = [], aliases = [], data_streams = [] } = JSON.parse(reply.toString()) as ResolveReply
  const names = [
    ...indices.map(({ name }) => name),
    ...aliases.flatMap(alias => alias.indices),
    ...data_streams.flatMap(({ backing_indices }) => backing_indices),
  ]
  return [...new Set(names.flat())].toSorted()
}

interface ResolveReply {
  indices?: { name: string }[]
  aliases?: { indices: string | string[] }[]
  data_streams?: { backing_indices: string | string[] }[]
}

/** What a request returns; undefined where the cluster, or the alias, does not allow it or does not have it. */
export async function unlessDenied<T>(request: Promise<T>): Promise<T | undefined> {
  return await request.catch(error => {
    const isMissing = error instanceof WireError && [405, 410].includes(Number(error.status))
    if (isMissing || (error instanceof WireError && error.fault === 'denied' && error.status !== 401))
      return undefined
    throw error
  })
}
