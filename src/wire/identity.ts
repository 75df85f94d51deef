import { WireError } from '../errors.ts'
import { type Reply, textOf } from './exchange.ts'
import { objectOf, refusal } from './refusal.ts'

/** The statuses by which a locked-down cluster may answer `GET /`: reached and authenticated all the same. */
export const GUARDED = [403, 405] as const

/**
 * What answers at `GET /`: flavour and version, `Elasticsearch 9.5.3` for example.
 *
 * @throws {WireError} if it is neither Elasticsearch nor OpenSearch, or does not let us in
 */
export async function identify(reply: Reply): Promise<string> {
  const text = await textOf(reply)
  const { version, error } = objectOf(text)
  if (reply.status >= 300) return guarded(reply, text, error)
  const { number, distribution } = Object(version)
  if (typeof number === 'string')
    return `${distribution === 'opensearch' ? 'OpenSearch' : 'Elasticsearch'} ${number}`
  throw new WireError('foreign', `${reply.node}: neither Elasticsearch nor OpenSearch answers there`, {
    advice: 'check the address of the alias',
  })
}

/** Elasticsearch's own refusal of `GET /` proves that it is there; anybody else's proves nothing. */
function guarded(reply: Reply, text: string, error: unknown): string {
  const byHeader = reply.headers['x-elastic-product'] === 'Elasticsearch'
  const byError = Object(error).type === 'security_exception' || /^Incorrect HTTP method/.test(String(error))
  if (!byHeader && !byError) throw refusal(reply.status, text)
  return `${byHeader ? 'Elasticsearch' : 'OpenSearch'} (does not tell its version: ${reply.status})`
}
