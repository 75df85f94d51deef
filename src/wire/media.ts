import type { TransportRequestOptions } from '@elastic/elasticsearch'
import type { Target } from './pool.ts'

/** What the client says of an object's JSON itself, and must be told of bytes. */
export const JSON_BODY = { 'content-type': 'application/json' }

/** Media types that every generation understands; the client's own name its version. */
export const PLAIN_MEDIA = {
  jsonContentType: 'application/json',
  ndjsonContentType: 'application/x-ndjson',
  accept: 'application/json,text/plain',
}

/** How the client is to send a request of an alias: once, with no secret header in its errors, compressed if that is wanted. */
export function delivery<Options extends TransportRequestOptions>(
  options: Options,
  { compression, headers = {} }: Pick<Target, 'compression' | 'headers'>,
) {
  const redaction = { type: 'replace', additionalKeys: Object.keys(headers) } as const
  const sent = { redaction, ...options, meta: true, maxRetries: 0 } as const
  if (!compression) return sent
  return { compression: true, ...sent, headers: { 'accept-encoding': 'gzip,deflate', ...options.headers } }
}
