import { isDeepStrictEqual } from 'node:util'
import { readCount } from '../../query/count.ts'
import { count } from '../../text.ts'
import { unlessDenied } from '../../walk/shards.ts'
import { currentCheckpoint } from '../../walk/walk.ts'
import { readObject } from '../../wire/exchange.ts'
import type { Copier, CopyParts } from './copier.ts'

/**
 * How many documents new indices hold where that is not the number of those that were read. Undefined where they are as many,
 * and where nothing can be said: the source has changed meanwhile, or the target had documents before.
 */
export async function countDifference(
  { context, sides, targets, state }: CopyParts,
  { read, rejected, checkpoint }: Copier,
): Promise<string | undefined> {
  const isNew = targets.creations.length === targets.all.length && state?.file.saved === undefined
  if (!isNew || rejected > 0 || checkpoint === undefined) return undefined
  const { exchangeOptions: options } = context
  const { connection: source, name } = sides.from
  const now = await unlessDenied(currentCheckpoint(source, source.indexPath(name), options))
  if (!isDeepStrictEqual(now, checkpoint)) return undefined
  const { transport } = sides.to.connection
  let held = 0
  for (const { path } of targets.all) {
    const refresh = { method: 'POST', path: `/${path}/_refresh` }
    if (!(await unlessDenied(transport.exchange(refresh, readObject, options)))) return undefined
    const call = { method: 'GET', path: `/${path}/_count` }
    const { found, missing } = await transport.exchange(call, readCount, options)
    if (missing !== undefined) return undefined
    held += Number(found)
  }
  return held === read
    ? undefined
    : `${count(read, 'document')} were read, and ${held} are there, although the source has not changed meanwhile (of equal ids, from several indices or shards, only one can be there)`
}
