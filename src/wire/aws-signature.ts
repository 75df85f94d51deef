import { createHash } from 'node:crypto'
import type { OutgoingHttpHeaders, RequestOptions } from 'node:http'
import type { Credentials } from 'aws4'
import type { Aws } from '../config/types.ts'
import { encodeUrl } from '../text.ts'

/**
 * Signs a request for AWS.
 *
 * @param request as `node:http` is about to send it, its headers by name; it is not changed
 * @param body the exact bytes that will be sent; a string is sent as UTF-8
 * @returns the request with more headers, and with its path encoded where it must be; it must be sent unchanged
 */
export type Sign = <Request extends RequestOptions>(
  request: Request,
  body?: string | Buffer | null,
) => Request

/** The headers of a signature; one that the request has already would be of another signature. */
const SIGNATURE_HEADERS = new Set([
  'authorization',
  'x-amz-date',
  'x-amz-security-token',
  'x-amz-content-sha256',
])

/**
 * Creates the function that signs the requests of an alias with AWS Signature Version 4. Only the headers that must be
 * signed are, so that a proxy may change the others: `host`, `content-type` and `x-amz-*`. OpenSearch Serverless (`aoss`)
 * rejects a signed `content-length` and requires `x-amz-content-sha256`, which OpenSearch Service (`es`) accepts too.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 * @see https://docs.aws.amazon.com/opensearch-service/latest/developerguide/serverless-clients.html#serverless-signing
 */
export async function createSigner(aws: Aws): Promise<Sign> {
  const { region, service } = aws
  const { default: aws4 } = await import('aws4')
  return (request, body) => {
    const headers = headersToSign(request, body ?? '')
    const method = (request.method ?? 'GET').toUpperCase()
    const path = encodeUrl(request.path ?? '/') // aws4 itself also encodes `%2C` and `%2F` a second time
    const signed = aws4.sign(
      {
        region,
        service,
        method,
        path,
        headers: pickHeaders(headers, isSigned),
      },
      aws.credentials as Credentials, // read for each request: they are replaced before they expire
    )
    const [, ...query] = path.split('?')
    const sent = isUnambiguous(query.join('?')) ? path : signed.path // as aws4 has read it
    return { ...request, path: sent, headers: { ...headers, ...signed.headers } }
  }
}

function headersToSign(request: RequestOptions, body: string | Buffer): OutgoingHttpHeaders {
  const given = Object.entries(request.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value])
  return {
    host: hostHeader(request),
    ...pickHeaders(Object.fromEntries(given), name => !SIGNATURE_HEADERS.has(name)),
    'x-amz-content-sha256': createHash('sha256').update(body).digest('hex'),
  }
}

/** The header that Node would send: with the port where it is not the protocol's own. */
function hostHeader({ protocol, hostname, host, port }: RequestOptions): string {
  const name = hostname ?? host ?? 'localhost'
  const bracketed = name.includes(':') && !name.startsWith('[') ? `[${name}]` : name
  const usual = protocol === 'https:' ? 443 : 80
  return port && Number(port) !== usual ? `${bracketed}:${port}` : bracketed
}

/** Whether a query has one meaning only: not a plus, a value without a name, or bytes that are not UTF-8. */
function isUnambiguous(query: string): boolean {
  try {
    decodeURIComponent(query)
  } catch {
    return false
  }
  return !/\+|(?:^|&)=/.test(query)
}

const isSigned = (name: string): boolean =>
  name === 'host' || name === 'content-type' || name.startsWith('x-amz-')

function pickHeaders(headers: OutgoingHttpHeaders, wanted: (name: string) => boolean): OutgoingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => wanted(name)))
}
