import { createHash, createHmac } from 'node:crypto'

/** A request as it arrived; header names in lower case. */
export interface SignedRequest {
  method: string
  path: string
  headers: Readonly<Record<string, string>>
  body: Buffer
}

/** What the service knows about the signer. */
interface Signer {
  accessKeyId: string
  secretAccessKey: string
  region: string
  service: string
}

const AUTHORIZATION =
  /^AWS4-HMAC-SHA256 Credential=([^/,]+)\/(\d{8})\/([^/,]+)\/([^/,]+)\/aws4_request, SignedHeaders=([^,]+), Signature=([\da-f]{64})$/

/**
 * Verifies AWS Signature Version 4 as a service does, only from what arrived. Written from the specification,
 * for services other than S3, which encode the path as it arrived once more.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-signing-elements.html
 * @returns why the request is refused; undefined where it is not
 */
export function refusal(request: SignedRequest, signer: Signer): string | undefined {
  const { authorization = '', 'x-amz-date': date = '', ...headers } = request.headers
  const [, id, day, region, service, names = '', signature] = AUTHORIZATION.exec(authorization) ?? []
  const signed = names.split(';')
  const unsigned = Object.keys(request.headers).filter(
    name => MUST_BE_SIGNED.test(name) && !signed.includes(name),
  )
  const { 'x-amz-content-sha256': hash = sha256(request.body) } = headers
  const faults: [boolean, string][] = [
    [signature === undefined, 'no signature'],
    [id !== signer.accessKeyId, 'unknown key'],
    [region !== signer.region || service !== signer.service, 'signed for elsewhere'],
    [!/^\d{8}T\d{6}Z$/.test(date) || !date.startsWith(`${day}T`), 'wrong date'],
    [unsigned.length > 0, `unsigned: ${unsigned}`],
    [hash !== sha256(request.body), 'another body'],
    [signatureOf(request, signed, signer) !== signature, 'wrong signature'],
  ]
  return faults.find(([holds]) => holds)?.[1]
}

const MUST_BE_SIGNED = /^(?:host|content-type|x-amz-.*)$/

/** The signature that `request` must have, by the headers of these names. */
export function signatureOf(request: SignedRequest, names: readonly string[], signer: Signer): string {
  const date = request.headers['x-amz-date'] ?? ''
  const scope = [date.slice(0, 8), signer.region, signer.service, 'aws4_request']
  const text = ['AWS4-HMAC-SHA256', date, scope.join('/'), sha256(canonical(request, names))].join('\n')
  const key = scope.reduce<string | Buffer>(hmac, `AWS4${signer.secretAccessKey}`)
  return hmac(key, text).toString('hex')
}

/** The canonical request. */
function canonical({ method, path, headers, body }: SignedRequest, names: readonly string[]): string {
  const [pathname = '', ...query] = path.split('?')
  const value = (name: string) => (headers[name] ?? '').trim().replace(/ +/g, ' ')
  return [
    method,
    encode(normalized(pathname), '/'),
    canonicalQuery(query.join('?')),
    ...names.toSorted().map(name => `${name}:${value(name)}`),
    '',
    names.toSorted().join(';'),
    sha256(body),
  ].join('\n')
}

/** RFC 3986, section 5.2.4, and one slash where there are several. */
function normalized(path: string): string {
  const kept: string[] = []
  const segments = path.split('/').filter(segment => segment !== '')
  for (const segment of segments) {
    if (segment === '..') kept.pop()
    else if (segment !== '.') kept.push(segment)
  }
  const open = path.endsWith('/') || ['.', '..'].includes(segments.at(-1) ?? '')
  return `/${kept.join('/')}${open && kept.length > 0 ? '/' : ''}`
}

/** Names and values decoded, encoded in the one way there is, and sorted by name, then by value. */
function canonicalQuery(query: string): string {
  const pairs = query.split('&').filter(Boolean)
  const encoded = pairs.map(pair => {
    const [name = '', ...value] = pair.split('=')
    return [name, value.join('=')].map(text => encode(decode(text))) as [string, string]
  })
  const order = (a: string, b: string) => (a < b ? -1 : Number(a > b))
  const sorted = encoded.toSorted((a, b) => order(a[0], b[0]) || order(a[1], b[1]))
  return sorted.map(pair => pair.join('=')).join('&')
}

/** Every byte but the unreserved characters, and those of `safe`, as `%` and two digits. */
function encode(text: string | Buffer, safe = ''): string {
  const kept = new RegExp(`[\\w.~${safe}-]`)
  const bytes = [...Buffer.from(text as string)].map(byte => String.fromCharCode(byte))
  return bytes.map(byte => (kept.test(byte) ? byte : `%${toHex(byte)}`)).join('')
}

const toHex = (byte: string): string => byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')

/** A plus is not a space. */
function decode(text: string): Buffer {
  const bytes = Buffer.from(text).toString('latin1')
  return Buffer.from(
    bytes.replace(/%([\dA-Fa-f]{2})/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  )
}

const sha256 = (data: string | Buffer): string => createHash('sha256').update(data).digest('hex')
const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest()
