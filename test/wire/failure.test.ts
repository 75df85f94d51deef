import { inspect } from 'node:util'
import test from 'ava'
import { type Fault, WireError } from '../../src/errors.ts'
import { failure, type Phase } from '../../src/wire/failure.ts'

const NODE = 'http://es1.example:9200'

type Raw = { code?: string; syscall?: string; reason?: string; name?: string; message?: string }

const raw = ({ message = 'raw words', ...rest }: Raw) => Object.assign(new Error(message), rest)

const isFault = test.macro({
  exec(t, phase: Phase, error: Raw, [fault, words]: [Fault, string]) {
    const cause = raw(error)
    const judged = failure(cause, NODE, phase)
    t.is(judged.fault, fault)
    t.is(judged.message, `${NODE}: ${words}`)
    t.is(judged.cause, cause)
    t.true(judged instanceof WireError)
  },
  title: (_, phase: unknown, { code, message, name }: Raw) =>
    `${phase}: ${code ?? name ?? ''} ${message ?? ''}`.trim(),
})

const connect = (code: string) => ({ code, syscall: 'connect' })

test(isFault, 'connect', connect('ECONNREFUSED'), ['unreachable', 'connection refused'])
for (const code of ['EHOSTUNREACH', 'ENETUNREACH', 'EHOSTDOWN', 'ENETDOWN', 'EADDRNOTAVAIL', 'ETIMEDOUT']) {
  test(isFault, 'connect', connect(code), ['unreachable', `no connection (${code})`])
}
for (const code of ['ENOTFOUND', 'EAI_AGAIN', 'EAI_FAIL', 'EAI_NODATA', 'EAI_NONAME']) {
  test(isFault, 'connect', { code, syscall: 'getaddrinfo' }, ['unresolved', 'the name has no address'])
}
for (const [words, codes] of Object.entries({
  'the certificate has expired': ['CERT_HAS_EXPIRED'],
  'the certificate is not valid yet': ['CERT_NOT_YET_VALID'],
  'nobody vouches for the certificate but itself': ['DEPTH_ZERO_SELF_SIGNED_CERT'],
  'the authority of the certificate is not known': [
    'CERT_UNTRUSTED',
    'SELF_SIGNED_CERT_IN_CHAIN',
    'UNABLE_TO_GET_ISSUER_CERT',
    'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
    'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  ],
  'the certificate is of another authority than the trusted one of the same name': ['CERT_SIGNATURE_FAILURE'],
  'the certificate is not trusted (raw words)': [
    'CERT_REVOKED',
    'CERT_CHAIN_TOO_LONG',
    'CRL_HAS_EXPIRED',
    'INVALID_CA',
    'INVALID_PURPOSE',
    'PATH_LENGTH_EXCEEDED',
    'HOSTNAME_MISMATCH',
    'ERR_TLS_CERT_ALTNAME_INVALID',
  ],
})) {
  for (const code of codes) test(isFault, 'connect', { code }, ['untrusted', words])
}
for (const [reason, words] of Object.entries({
  'wrong version number': 'no TLS is spoken there',
  'packet length too long': 'no TLS is spoken there',
  'http request': 'no TLS is spoken there',
  'tlsv1 alert protocol version':
    'no TLS version is spoken there that is safe (tlsv1 alert protocol version)',
  'unsupported protocol': 'no TLS version is spoken there that is safe (unsupported protocol)',
  'tlsv13 alert certificate required': 'a client certificate is wanted',
  'sslv3 alert bad certificate': 'the client certificate is refused (sslv3 alert bad certificate)',
  'tlsv1 unrecognized name': 'the name is not known there (tlsv1 unrecognized name)',
  'sslv3 alert handshake failure': 'the TLS handshake failed (sslv3 alert handshake failure)',
  'tlsv1 alert internal error': 'the TLS handshake failed (tlsv1 alert internal error)',
})) {
  const message = `write EPROTO 40B7:error:0A00042E:SSL routines:ssl3_read_bytes:${reason}:../deps/rec_layer_s3.c:1601:`
  test(isFault, 'connect', { code: 'EPROTO', message }, ['tls', words])
  test(isFault, 'connect', { code: `ERR_SSL_${reason.toUpperCase().replaceAll(' ', '_')}`, reason }, [
    'tls',
    words,
  ])
}
for (const code of ['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', 'ERR_SSL_TLSV1_ALERT_UNKNOWN_CA']) {
  const words = code.includes('REQUIRED')
    ? 'a client certificate is wanted'
    : 'the client certificate is refused (raw words)'
  test(isFault, 'request', { code }, ['tls', words])
  test(isFault, 'body', { code }, ['reset', `the connection broke (${code})`])
}
const early = 'Client network socket disconnected before secure TLS connection was established'
test(isFault, 'connect', { code: 'ECONNRESET', message: early }, [
  'tls',
  `the TLS handshake failed (${early})`,
])
for (const code of ['HPE_INVALID_CONSTANT', 'HPE_INVALID_HEADER_TOKEN', 'HPE_HEADER_OVERFLOW']) {
  test(isFault, 'request', { code }, ['foreign', 'the reply is no HTTP'])
}
for (const code of ['ECONNRESET', 'EPIPE', 'ECONNABORTED']) {
  test(isFault, 'request', { code, syscall: 'read' }, ['reset', `the connection broke (${code})`])
  test(isFault, 'body', { code, syscall: 'read' }, ['reset', `the connection broke (${code})`])
}
test(isFault, 'request', { message: 'of no kind' }, ['reset', 'the connection broke (of no kind)'])
test(isFault, 'request', { name: 'AbortError' }, ['aborted', 'the request was aborted'])
test(isFault, 'body', { code: 'ECONNRESET', message: 'aborted' }, ['cut', 'the reply ended early'])
test(isFault, 'body', { code: 'Z_BUF_ERROR' }, ['cut', 'the reply ended early'])
for (const code of ['Z_DATA_ERROR', 'Z_NEED_DICT', 'HPE_INVALID_CHUNK_SIZE', 'HPE_STRICT', 'ETIMEDOUT']) {
  test(isFault, 'body', { code, syscall: 'read' }, ['reset', `the connection broke (${code})`])
}

test('what was judged before stays as it is', t => {
  const judged = new WireError('timeout', 'late')
  t.is(failure(judged, NODE, 'body'), judged)
})

test('every advice is one line', t => {
  for (const code of ['ECONNREFUSED', 'ENOTFOUND', 'CERT_HAS_EXPIRED', 'EPROTO', 'HPE_INVALID_CONSTANT']) {
    t.regex(failure(raw({ code }), NODE, 'connect').advice ?? '', /^[^\n]+$/)
  }
})

test('what a raw error knows of the request does not come with it', t => {
  const cause = Object.assign(raw({ code: 'ECONNRESET' }), { rawPacket: Buffer.from('secret') })
  t.false(failure(cause, NODE, 'request').message.includes('secret'))
  t.true(inspect(failure(cause, NODE, 'request')).includes(NODE))
})

for (const code of [
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'EPROTO',
  'ERR_SSL_WRONG_VERSION_NUMBER',
  'CERT_HAS_EXPIRED',
]) {
  test(`${code} once the connection stood: the request may have arrived`, t => {
    for (const phase of ['request', 'body'] as const) t.is(failure(raw({ code }), NODE, phase).fault, 'reset')
  })
}
