import { WireError } from '../errors.ts'
import { shardsMissing } from '../hits/completeness.ts'
import { parseShards } from '../hits/response.ts'
import { memberOf } from '../json/members.ts'
import { type Reply, readObject } from '../wire/exchange.ts'

/**
 * The digits of a count, and which shards are missing from it.
 * https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-count
 */
export async function readCount(reply: Reply): Promise<{ found: string; missing: string | undefined }> {
  const body = await readObject(reply)
  const missing = shardsMissing(parseShards(memberOf(body, '_shards')), reply.redact)
  const found = memberOf(body, 'count')?.toString() ?? ''
  if (!/^\d+$/.test(found)) throw new WireError('foreign', 'the reply has no count')
  return { found, missing }
}
