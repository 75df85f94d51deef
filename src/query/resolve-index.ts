import { WireError } from '../errors.ts'
import { parseObject } from '../wire/errors/http.ts'
import { type ExchangeOptions, readObject } from '../wire/exchange.ts'
import { indexPath } from './index-names.ts'
import type { SearchContext } from './search.ts'

/** What the cluster has under a name, in its own form. */
interface Resolved {
  indices: readonly unknown[]
  aliases: readonly unknown[]
  streams: readonly unknown[]
}

/**
 * What the cluster has under a name; undefined where it does not say.
 * https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-indices-resolve-index
 */
export async function resolveIndex(
  { transport }: Pick<SearchContext, 'transport'>,
  index: string,
  options: ExchangeOptions,
): Promise<Resolved | undefined> {
  const call = { method: 'GET', path: `/_resolve/index/${indexPath(index)}` }
  const reply = await transport.exchange(call, readObject, options).catch(error => {
    if (error instanceof WireError && error.status === 404) return '{}'
    if (error instanceof WireError && (error.fault === 'refused' || error.fault === 'denied'))
      return undefined
    throw error
  })
  if (reply === undefined) return undefined
  const { indices, aliases, data_streams } = parseObject(reply.toString())
  const [own, other, streams] = [indices, aliases, data_streams].map(list =>
    Array.isArray(list) ? list : [],
  )
  return { indices: own ?? [], aliases: other ?? [], streams: streams ?? [] }
}
