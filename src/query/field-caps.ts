import { WireError } from '../errors.ts'
import { isObject } from '../json/members.ts'
import { parseObject } from '../wire/errors/http.ts'
import { type Call, type ExchangeOptions, readObject } from '../wire/exchange.ts'
import type { WireTransport } from '../wire/transport.ts'
import { indexPath } from './index-names.ts'

/** What a cluster knows of the fields of some indices. */
export interface FieldCaps {
  /** Whether the expression matches any index. */
  matchesIndex: boolean
  /** The types of each field, usually one: indices may differ. */
  types: ReadonlyMap<string, readonly string[]>
}

/**
 * The request for fields of the indices that a segment of a path names
 * (https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-field-caps).
 */
export const fieldCapsCall = (path: string, fields: string): Call => ({
  method: 'GET',
  path: `/${path}/_field_caps`,
  querystring: `fields=${encodeURIComponent(fields)}`,
})

/**
 * Looks fields up in the mappings of the indices.
 *
 * @param expression `index` is an index expression, `fields` the name of a field or a pattern
 * @throws {WireError} if the request fails; `foreign` for a reply without fields
 */
export async function fieldCaps(
  { index, fields }: { index: string; fields: string },
  transport: WireTransport,
  exchange: ExchangeOptions,
): Promise<FieldCaps> {
  const call = fieldCapsCall(indexPath(index), fields)
  const reply = parseObject((await transport.exchange(call, readObject, exchange)).toString())
  const { indices, fields: found } = reply
  if (!isObject(found)) throw new WireError('foreign', 'the reply to _field_caps has no fields')
  const types = Object.entries(found).map(([field, types]) => [field, Object.keys(Object(types))] as const)
  return { matchesIndex: Object(indices).length !== 0, types: new Map(types) }
}
