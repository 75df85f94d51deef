import { UsageError, WireError } from '../errors.ts'
import { memberOf, membersOf, textAt } from '../json/members.ts'
import type { SearchContext } from '../query/search.ts'
import { firstTen } from '../text.ts'
import { type Call, type ExchangeOptions, errorText, readLongObject, readObject } from '../wire/exchange.ts'

/**
 * The settings that a new index takes over, by their beginnings after `index.`: those that say how its documents are
 * kept and found. The others are about the cluster (allocation), the index's past (version, uuid, resize), or what its
 * owner does with it (blocks, lifecycle, pipelines, logs).
 */
const KEPT: readonly string[] = [
  ...['number_of_', 'auto_expand_replicas'], // on how many shards it is
  ...['routing_partition_size', 'routing_path'], // and which of them a document is on
  ...['analysis.', 'similarity.', 'query.'], // what the mappings refer to by name
  ...['mapping.', 'max_'], // limits that the mappings, the analysis and the documents may need
  ...['sort.', 'codec', 'refresh_interval', 'knn'], // the form in which segments are kept
  ...['mode', 'time_series.'], // without which mappings of a time series are refused
]

/**
 * The request that creates an index like those behind an index expression: their mappings byte for byte, and of the
 * settings of the last one those that are about its documents.
 * https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-indices-get
 *
 * @param from the expression as a segment of a path
 * @param to the new index as a segment of a path
 * @throws {UsageError} where their mappings are not the same
 * @throws {WireError} `denied` without the right `view_index_metadata`
 */
export async function newIndexCall(
  { transport, alias }: SearchContext,
  { from, to }: { from: string; to: string },
  options: ExchangeOptions,
): Promise<Call> {
  const call = { method: 'GET', path: `/${from}`, querystring: 'flat_settings=true' }
  const reply = await transport.exchange(call, readLongObject, options).catch(error => {
    throw error instanceof WireError && error.fault === 'denied' ? withoutRight(error, to) : error
  })
  const byName = membersOf(reply).toSorted((one, other) => (one.key < other.key ? -1 : 1))
  const indices = byName.map(({ start, end }) => reply.subarray(start, end))
  const [mappings, ...others] = indices.map(index => memberOf(index, 'mappings'))
  const last = indices.at(-1)
  const settings = last && memberOf(last, 'settings')
  if (!mappings || !settings)
    throw new WireError('foreign', `the reply to ${call.path} has no mappings and settings`, { alias })
  if (others.some(other => !other?.equals(mappings)))
    throw new UsageError('the indices have different mappings, so that none of them is that of a new index', {
      alias,
      advice: `create ${nameOf(to)} yourself, and copy again`,
    })
  return { method: 'PUT', path: `/${to}`, body: `{"settings":${keptIn(settings)},"mappings":${mappings}}` }
}

const nameOf = (path: string): string => decodeURIComponent(path)

const withoutRight = ({ fault, what, alias, node, status }: WireError, to: string): WireError =>
  new WireError(fault, what, {
    ...{ alias, node, status },
    advice: `without the right to see the mappings: create ${nameOf(to)} yourself, and copy again`,
  })

/** The settings that are kept, as they are. */
function keptIn(settings: Buffer): string {
  const kept = membersOf(settings).filter(({ key }) => KEPT.some(start => key.startsWith(`index.${start}`)))
  return `{${kept.map(member => `${JSON.stringify(member.key)}:${textAt(settings, member)}`).join()}}`
}

/**
 * Creates an index.
 *
 * @param call as `newIndexCall` makes it
 * @throws {WireError} where the cluster refuses it; the advice names what it does not know
 */
export async function createIndex(
  { transport }: SearchContext,
  call: Call,
  options: ExchangeOptions,
): Promise<void> {
  await transport.exchange(call, readObject, {
    ...options,
    refused: async ({ error, reply }) => {
      const reasons = unknownIn(await errorText(reply), String(call.body))
      const again = `create ${nameOf(call.path.slice(1))} yourself, by another request, and copy again`
      throw error.what.startsWith('invalid_index_name')
        ? error
        : error.addAdvice([...reasons, again].join('; '))
    },
  })
}

/** What a cluster says of types and settings that it does not know, which another product or version has. */
function unknownIn(refusal: string, body: string): string[] {
  const named = (pattern: RegExp) => new Set([...refusal.matchAll(pattern)].map(([, name = '']) => name))
  const { properties = {} } = JSON.parse(body).mappings
  const types = [...named(/(?:handler for|mapper) type \[([^\]]+)\]/g)].map(
    type => `it has no type ${type}, which is that of ${firstTen(fieldsOf(type, properties))}`,
  )
  const settings = [...named(/unknown setting \[([^\]]+)\]/g)]
  return settings.length === 0 ? types : [...types, `it does not know ${firstTen(settings)}`]
}

/** Fields of a mapping by their names. */
type Properties = Record<string, { type?: string; properties?: Properties; fields?: Properties }>

/** The fields of a type, also those in objects and of other fields. */
function fieldsOf(type: string, fields: Properties, parent = ''): string[] {
  return Object.entries(fields).flatMap(([name, field]) => [
    ...(field.type === type ? [parent + name] : []),
    ...fieldsOf(type, { ...field.properties, ...field.fields }, `${parent}${name}.`),
  ])
}
