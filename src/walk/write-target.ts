import type { Index } from '../config/types.ts'
import { UsageError, WireError } from '../errors.ts'
import { looksLikeOneIndex } from '../query/get.ts'
import { indexPath } from '../query/index-names.ts'
import { resolveIndex } from '../query/resolve-index.ts'
import type { SearchContext } from '../query/search.ts'
import { type ExchangeOptions, readLongObject } from '../wire/exchange.ts'

/** What documents are written to. */
export interface WriteTarget {
  /** The index, as one segment of a path. */
  path: string
  /** Whether the cluster has it, as far as it says; else it is made when the first document comes. */
  exists: boolean
  /** Whether the cluster makes the ids, and takes no others. */
  isTimeSeries: boolean
  /** Of the indices behind it, as far as the cluster tells. */
  uuids: readonly string[]
}

/**
 * Finds what documents are written to.
 *
 * @throws {UsageError} for a view, and for several indices
 */
export async function findWriteTarget(
  context: SearchContext,
  { name, target }: { name: string; target: Index },
  options: ExchangeOptions,
): Promise<WriteTarget> {
  const { alias } = context
  const refuse = (what: string) => {
    throw new UsageError(`${name} is ${what}`, { alias, advice: 'name the index to write to' })
  }
  if (target.query !== undefined) refuse('a view: documents cannot be written to it')
  if (!looksLikeOneIndex(target)) refuse('not the name of one index')
  const found = await resolveIndex(context, target.index, options)
  const behind = found?.aliases.flatMap(one => Object(one).indices ?? []) ?? []
  if (behind.length > 1) refuse(`an alias of several indices: ${behind.join(', ')}`)
  const exists = found === undefined || Object.values(found).flat().length > 0
  const path = indexPath(target.index)
  return { path, exists, ...(exists ? await readSettings(context, path, options) : NO_SETTINGS) }
}

/** The UUIDs of the indices that are written to, by name; also of those that were not there when they were found. */
export async function uuidsByName(
  context: SearchContext,
  targets: readonly WriteTarget[],
  options: ExchangeOptions,
): Promise<Record<string, readonly string[]>> {
  const entries: [string, readonly string[]][] = []
  for (const { path, uuids } of targets) {
    const known = uuids.length > 0 ? uuids : (await readSettings(context, path, options)).uuids
    if (known.length > 0) entries.push([decodeURIComponent(path), known])
  }
  return Object.fromEntries(entries)
}

const NO_SETTINGS = { isTimeSeries: false, uuids: [] }

/**
 * What the settings of indices say of them, if the cluster tells.
 * https://www.elastic.co/docs/reference/elasticsearch/index-settings/time-series
 *
 * @param path an index expression as a segment of a path
 */
export async function readSettings(
  { transport }: SearchContext,
  path: string,
  options: ExchangeOptions,
): Promise<Pick<WriteTarget, 'isTimeSeries' | 'uuids'>> {
  const names = 'index.mode,index.uuid'
  const call = { method: 'GET', path: `/${path}/_settings/${names}`, querystring: 'flat_settings=true' }
  const reply = await transport.exchange(call, readLongObject, options).catch(error => {
    if (error instanceof WireError && (error.fault === 'refused' || error.fault === 'denied')) return ''
    throw error
  })
  const settings = reply.toString()
  return {
    isTimeSeries: settings.includes('"index.mode":"time_series"'),
    uuids: [...settings.matchAll(/"index\.uuid":"([^"]+)"/g)].map(([, uuid = '']) => uuid),
  }
}
