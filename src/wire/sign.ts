import { createHash } from 'node:crypto'
import type { OutgoingHttpHeaders, RequestOptions } from 'node:http'
import type { Credentials } from 'aws4'
import type { Aws } from '../config/settled.ts'

/**
 * Signs a request for Amazon.
 *
 * @param request as `node:http` is about to send it, its headers by name; it is left as it is
 * @param body the very bytes that are going to be sent; a string is sent as UTF-8
 * @returns the same with more headers, and with the path as it was signed: only that one may be sent
 */
export type Sign = <Request extends RequestOptions>(
  request: Request,
  body?: string | Buffer | null,
) => Request

/** Those that say who signed; one that came with the request would be another's. */
const SIGNATURE = new Set(['authorization', 'x-amz-date', 'x-amz-security-token', 'x-amz-content-sha256'])

/** Whatever a URL may hold as it stands, in a path or in a query. */
const NOT_IN_URL = /[^\w;,/?:@&=+$\-.!~*'()%]/gu

/**
 * What signs the requests of an alias with AWS Signature Version 4. Of the headers only those are signed that must
 * be, so that a proxy may change the others: `host`, `content-type` and `x-amz-*`. OpenSearch Serverless (`aoss`)
 * refuses a signed `content-length` and asks for `x-amz-content-sha256`, which OpenSearch Service (`es`) takes as well.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 * @see https://docs.aws.amazon.com/opensearch-service/latest/developerguide/serverless-clients.html#serverless-signing
 */
export async function signer({ region, service, credentials }: Aws): Promise<Sign> {
  const { default: aws4 } = await import('aws4')
  return (request, body) => {
    const headers = headersOf(request, body ?? '')
    const method = (request.method ?? 'GET').toUpperCase()
    const signed = aws4.sign(
      { region, service, method, path: encoded(request.path ?? '/'), headers: only(headers, isSigned) },
      credentials as Credentials,
    )
    return { ...request, path: signed.path, headers: { ...headers, ...signed.headers } }
  }
}

function headersOf(request: RequestOptions, body: string | Buffer): OutgoingHttpHeaders {
  const given = Object.entries(request.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value])
  return {
    host: hostOf(request),
    ...only(Object.fromEntries(given), name => !SIGNATURE.has(name)),
    'x-amz-content-sha256': createHash('sha256').update(body).digest('hex'),
  }
}

/** The header that Node would send: with the port where it is not the protocol's own. */
function hostOf({ protocol, hostname, host, port }: RequestOptions): string {
  const name = hostname ?? host ?? 'localhost'
  const bracketed = name.includes(':') && !name.startsWith('[') ? `[${name}]` : name
  const usual = protocol === 'https:' ? 443 : 80
  return port && Number(port) !== usual ? `${bracketed}:${port}` : bracketed
}

/** Leaves nothing for `aws4` to encode: where it does so, it encodes `%2C` and `%2F` beside it once more. */
function encoded(path: string): string {
  return path.replace(NOT_IN_URL, character =>
    Buffer.from(character).toString('hex').toUpperCase().replace(/../g, '%$&'),
  )
}

const isSigned = (name: string): boolean =>
  name === 'host' || name === 'content-type' || name.startsWith('x-amz-')

function only(headers: OutgoingHttpHeaders, wanted: (name: string) => boolean): OutgoingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => wanted(name)))
}
