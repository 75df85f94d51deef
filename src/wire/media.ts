/** What the client says of an object's JSON itself, and must be told of bytes. */
export const JSON_BODY = { 'content-type': 'application/json' }

/** Media types that every generation understands; the client's own name its version. */
export const PLAIN_MEDIA = {
  jsonContentType: 'application/json',
  ndjsonContentType: 'application/x-ndjson',
  accept: 'application/json,text/plain',
}
