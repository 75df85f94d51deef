import type { TransportRequestOptions } from '@elastic/elasticsearch'

/** What the client says of an object's JSON itself, and must be told of bytes. */
export const JSON_BODY = { 'content-type': 'application/json' }

/** Media types that every generation understands; the client's own name its version. */
export const PLAIN_MEDIA = {
  jsonContentType: 'application/json',
  ndjsonContentType: 'application/x-ndjson',
  accept: 'application/json,text/plain',
}

/** Asks for a compressed answer, and has the body compressed. */
export const compressed = <Options extends TransportRequestOptions>(options: Options): Options => ({
  compression: true,
  ...options,
  headers: { 'accept-encoding': 'gzip,deflate', ...options.headers },
})
