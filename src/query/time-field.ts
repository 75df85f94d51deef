import type { Index } from '../config/types.ts'
import { UsageError } from '../errors.ts'
import type { ExchangeOptions } from '../wire/exchange.ts'
import type { WireTransport } from '../wire/transport.ts'
import { fieldCaps } from './field-caps.ts'
import { resolveName } from './index-names.ts'

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
  const datesNamed = (fields: string) => dateFields({ index, fields }, transport, exchange)
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

async function dateFields(
  expression: { index: string; fields: string },
  transport: WireTransport,
  exchange: ExchangeOptions,
): Promise<string[]> {
  const { types } = await fieldCaps(expression, transport, exchange)
  return [...types.keys()].filter(field => types.get(field)?.some(isDate))
}

const isDate = (type: string): boolean => type === 'date' || type === 'date_nanos'
