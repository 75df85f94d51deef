import { EsconnError, type Fault, WireError } from '../errors.ts'

/** An error of Node's sockets, TLS, HTTP parser or zlib. */
type RawError = Error & { code?: string; syscall?: string; authorizationError?: unknown }

/** When the error came: before the connection stood, before the head of the reply, or while its body was read. */
export type Phase = 'connect' | 'request' | 'body'

const UNREACHABLE = new Set([
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EHOSTDOWN',
  'ENETDOWN',
  'EADDRNOTAVAIL',
  'ETIMEDOUT',
])
const UNRESOLVED = new Set(['ENOTFOUND', 'EAI_AGAIN', 'EAI_FAIL', 'EAI_NODATA', 'EAI_NONAME'])

/** Turns what Node says of a broken request to `node` (its URL) into what it means for the user. */
export function failure(raw: unknown, node: string, phase: Phase): EsconnError {
  if (raw instanceof EsconnError) return raw
  const error = raw as RawError
  const fault = faultOf(error, phase)
  return new WireError(fault, `${node}: ${WORDS[fault]?.(error) ?? error.message}`, {
    cause: error,
    advice: ADVICE_BY_CODE[error.code ?? ''] ?? (phase === 'body' ? undefined : ADVICE[fault]),
  })
}

/** What is said of the way to a node only holds until the connection stands: then the request may have arrived. */
function faultOf(error: RawError, phase: Phase): Fault {
  if (error.name === 'AbortError') return 'aborted'
  if (phase === 'body') return error.code === 'Z_BUF_ERROR' || isAborted(error) ? 'cut' : 'reset'
  const fault = phase === 'connect' ? connectFault(error) : undefined
  return fault ?? (error.code?.startsWith('HPE_') ? 'foreign' : 'reset')
}

function connectFault(error: RawError): Fault | undefined {
  const code = error.code ?? ''
  if (UNRESOLVED.has(code)) return 'unresolved'
  if (UNREACHABLE.has(code)) return 'unreachable'
  if (isUntrusted(error)) return 'untrusted'
  return isHandshake(error) ? 'tls' : undefined
}

/** Node's own error for a body that ends before its content-length or its last chunk. */
const isAborted = (error: RawError): boolean => error.code === 'ECONNRESET' && error.syscall === undefined

const isUntrusted = ({ code = '' }: RawError): boolean =>
  code === 'ERR_TLS_CERT_ALTNAME_INVALID' || CERTIFICATE.test(code)

const CERTIFICATE =
  /^(?:CERT_|CRL_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|INVALID_(?:CA|PURPOSE)|HOSTNAME_MISMATCH|PATH_LENGTH_)/

const isHandshake = ({ code = '', message }: RawError): boolean =>
  code === 'EPROTO' ||
  code.startsWith('ERR_SSL_') ||
  code.startsWith('ERR_TLS_') ||
  message.includes('secure TLS connection')

const WORDS: Partial<Record<Fault, (error: RawError) => string>> = {
  unresolved: () => 'the name has no address',
  unreachable: error =>
    error.code === 'ECONNREFUSED' ? 'connection refused' : `no connection (${error.code})`,
  untrusted: error => `the certificate is not trusted (${error.message})`,
  tls: error => `the TLS handshake failed (${reasonOf(error)})`,
  foreign: () => 'the reply is no HTTP',
  reset: error => `the connection broke (${error.code ?? error.message})`,
  cut: () => 'the reply ended early',
  aborted: () => 'the request was aborted',
}

/** OpenSSL's message is a line of C source positions, in which the reason is what a person can read. */
const reasonOf = ({ message, reason }: RawError & { reason?: string }): string =>
  reason ?? OPENSSL.exec(message)?.[1] ?? message

const OPENSSL = /error:[^:]*:[^:]*:[^:]*:([^:]+)/

/** Where trusting another authority would not help. */
const ADVICE_BY_CODE: Record<string, string> = {
  ERR_TLS_CERT_ALTNAME_INVALID: 'the name in `node` of the alias must be one that the certificate is for',
  CERT_HAS_EXPIRED: 'the node needs a new certificate',
}

const ADVICE: Partial<Record<Fault, string>> = {
  unresolved: 'check the name in `node` of the alias',
  unreachable: 'is the cluster running, and is `node` of the alias its address?',
  untrusted: 'put the certificate of its authority in `tls.ca` of the alias',
  tls: 'if the node speaks plain HTTP, its address begins with http://',
  reset: 'if the node speaks TLS, its address begins with https://',
  foreign: 'check `node` of the alias: its port may be the transport port, or https:// may be needed',
}
