import type { Index } from '../config/types.ts'
import { UsageError } from '../errors.ts'
import { parseObject } from '../wire/errors/http.ts'
import { type ExchangeOptions, readObject } from '../wire/exchange.ts'
import type { WireTransport } from '../wire/transport.ts'
import { indexPath, resolveName } from './index-names.ts'

export const DEFAULT_TIME_FIELD = '@timestamp'

/**
 * The field that has the time of the documents of a name: the one that is configured for it, else `@timestamp`; where
 * the index lacks that, its one date field.
 *
 * @param exchange of the request that looks it up; without them nothing is asked
 * @throws {UsageError} where several are possible
 */
export async function findTimeField(
  { names, transport }: { names: ReadonlyMap<string, Index>; transport: WireTransport },
  name: string,
  exchange?: ExchangeOptions,
): Promise<string> {
  const { index, timeField } = resolveName(name, names)
  if (timeField !== undefined) return timeField
  if (exchange === undefined) return DEFAULT_TIME_FIELD
  const datesNamed = (pattern: string) => dateFields({ index, pattern }, transport, exchange)
  if ((await datesNamed(DEFAULT_TIME_FIELD)).length > 0) return DEFAULT_TIME_FIELD
  const [only, ...others] = await datesNamed('*')
  if (others.length === 0) return only ?? DEFAULT_TIME_FIELD
  const dates = [only, ...others].sort()
  throw new UsageError(
    `${name} has no ${DEFAULT_TIME_FIELD} but several dates: ${dates.slice(0, 10).join(', ')}`,
    {
      advice: 'name one with --time-field, or as `timeField` in `indices` of the alias',
    },
  )
}

/** https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-field-caps */
async function dateFields(
  { index, pattern }: { index: string; pattern: string },
  transport: WireTransport,
  exchange: ExchangeOptions,
): Promise<string[]> {
  const querystring = `fields=${encodeURIComponent(pattern)}`
  const call = { method: 'GET', path: `/${indexPath(index)}/_field_caps`, querystring }
  const reply = await transport.exchange(call, readObject, exchange)
  const fields = Object.entries(Object(parseObject(reply.toString()).fields))
  return fields.flatMap(([field, types]) => (Object.keys(Object(types)).some(isDate) ? field : []))
}

const isDate = (type: string): boolean => type === 'date' || type === 'date_nanos'
