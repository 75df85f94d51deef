import type { OutgoingHttpHeaders } from 'node:http'
import { Readable } from 'node:stream'

const FRAMING = /^(?:content-length|transfer-encoding)$/i

/**
 * Headers that say where the body ends, whatever those that were given say. Node itself says nothing of it for a GET,
 * so that a server would take the body for the next request on the connection.
 */
export function framed(
  headers: OutgoingHttpHeaders,
  body: string | Buffer | Readable | null | undefined,
): OutgoingHttpHeaders {
  const others = Object.entries(headers).filter(([name]) => !FRAMING.test(name))
  return { ...Object.fromEntries(others), ...endOf(body) }
}

function endOf(body: string | Buffer | Readable | null | undefined): OutgoingHttpHeaders {
  if (body instanceof Readable) return { 'transfer-encoding': 'chunked' }
  return body ? { 'content-length': Buffer.byteLength(body) } : {}
}
