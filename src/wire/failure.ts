import { EsconnError, type Fault, WireError } from '../errors.ts'

/** An error of Node's sockets, TLS, HTTP parser or zlib. */
type RawError = Error & { code?: string; syscall?: string; authorizationError?: unknown }

/** When the error came: before the head of the reply, or while its body was read. */
type Phase = 'request' | 'body'

const UNREACHABLE = new Set([
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EHOSTDOWN',
  'ENETDOWN',
  'EADDRNOTAVAIL',
])
const UNRESOLVED = new Set(['ENOTFOUND', 'EAI_AGAIN', 'EAI_FAIL', 'EAI_NODATA', 'EAI_NONAME'])

/** Turns what Node says of a broken request to `node` (its URL) into what it means for the user. */
export function failure(raw: unknown, node: string, phase: Phase): EsconnError {
  if (raw instanceof EsconnError) return raw
  const error = raw as RawError
  const fault = faultOf(error, phase)
  return new WireError(fault, `${node}: ${WORDS[fault]?.(error) ?? error.message}`, {
    cause: error,
    advice: ADVICE[fault],
  })
}

function faultOf(error: RawError, phase: Phase): Fault {
  const code = error.code ?? ''
  if (error.name === 'AbortError') return 'aborted'
  if (UNRESOLVED.has(code)) return 'unresolved'
  if (UNREACHABLE.has(code) || (code === 'ETIMEDOUT' && error.syscall === 'connect')) return 'unreachable'
  return phase === 'body' ? bodyFault(error) : requestFault(error)
}

function bodyFault(error: RawError): Fault {
  return error.code === 'Z_BUF_ERROR' || isAborted(error) ? 'cut' : 'reset'
}

function requestFault(error: RawError): Fault {
  if (isUntrusted(error)) return 'untrusted'
  if (isHandshake(error)) return 'tls'
  return error.code?.startsWith('HPE_') ? 'foreign' : 'reset'
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

/** OpenSSL's message is a line of C source positions; its `reason` is what a person can read. */
const reasonOf = (error: RawError & { reason?: string }): string => error.reason ?? error.message

const ADVICE: Partial<Record<Fault, string>> = {
  unresolved: 'check the name in `node` of the alias',
  unreachable: 'is the cluster running, and is `node` of the alias its address?',
  untrusted: 'put the certificate of its authority in `tls.ca` of the alias',
  tls: 'if the node speaks plain HTTP, its address begins with http://',
  foreign: 'check `node` of the alias: its port may be the transport port, or https:// may be needed',
}
