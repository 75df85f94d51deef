import { inspect } from 'node:util'
import test from 'ava'
import { type Fault, WireError } from '../../../src/errors.ts'
import { connectionError, type Phase } from '../../../src/wire/errors/connection.ts'

const NODE = 'http://es1.example:9200'

type Raw = { code?: string; syscall?: string; reason?: string; name?: string; message?: string }

const raw = ({ message = 'raw message', ...rest }: Raw) => Object.assign(new Error(message), rest)

const isFault = test.macro({
  exec(t, phase: Phase, error: Raw, [fault, words]: [Fault, string]) {
    const cause = raw(error)
    const described = connectionError(cause, NODE, phase)
    t.is(described.fault, fault)
    t.is(described.message, `${NODE}: ${words}`)
    t.is(described.cause, cause)
    t.true(described instanceof WireError)
  },
  title: (_, phase: unknown, { code, message, name }: Raw) =>
    `${phase}: ${code ?? name ?? ''} ${message ?? ''}`.trim(),
})

const connect = (code: string) => ({ code, syscall: 'connect' })

test(isFault, 'connect', connect('ECONNREFUSED'), ['unreachable', 'connection refused'])
for (const code of ['EHOSTUNREACH', 'ENETUNREACH', 'EHOSTDOWN', 'ENETDOWN', 'EADDRNOTAVAIL', 'ETIMEDOUT']) {
  test(isFault, 'connect', connect(code), ['unreachable', `cannot connect (${code})`])
}
for (const code of ['ENOTFOUND', 'EAI_AGAIN', 'EAI_FAIL', 'EAI_NODATA', 'EAI_NONAME']) {
  test(isFault, 'connect', { code, syscall: 'getaddrinfo' }, ['unresolved', 'host name not found'])
}
for (const [words, codes] of Object.entries({
  'the certificate has expired': ['CERT_HAS_EXPIRED'],
  'the certificate is not valid yet': ['CERT_NOT_YET_VALID'],
  'the certificate is self-signed': ['DEPTH_ZERO_SELF_SIGNED_CERT'],
  'unknown certificate authority': [
    'CERT_UNTRUSTED',
    'SELF_SIGNED_CERT_IN_CHAIN',
    'UNABLE_TO_GET_ISSUER_CERT',
    'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
    'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  ],
  'the certificate was issued by another authority with the same name as a trusted one': [
    'CERT_SIGNATURE_FAILURE',
  ],
  'the certificate is not trusted (raw message)': [
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
  'wrong version number': 'the server does not speak TLS',
  'packet length too long': 'the server does not speak TLS',
  'http request': 'the server does not speak TLS',
  'tlsv1 alert protocol version': 'the server offers no secure TLS version (tlsv1 alert protocol version)',
  'unsupported protocol': 'the server offers no secure TLS version (unsupported protocol)',
  'tlsv13 alert certificate required': 'the node requires a client certificate',
  'sslv3 alert bad certificate': 'the node rejected the client certificate (sslv3 alert bad certificate)',
  'tlsv1 unrecognized name': 'the server does not know this host name (tlsv1 unrecognized name)',
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
    ? 'the node requires a client certificate'
    : 'the node rejected the client certificate (raw message)'
  test(isFault, 'request', { code }, ['tls', words])
  test(isFault, 'body', { code }, ['reset', `the connection broke (${code})`])
}
const early = 'Client network socket disconnected before secure TLS connection was established'
test(isFault, 'connect', { code: 'ECONNRESET', message: early }, [
  'tls',
  `the TLS handshake failed (${early})`,
])
test(isFault, 'request', { code: 'HPE_INVALID_CONSTANT' }, ['foreign', 'the reply is not HTTP'])
test(isFault, 'request', { code: 'HPE_INVALID_HEADER_TOKEN', reason: 'Invalid header token' }, [
  'foreign',
  'the reply is not valid HTTP (Invalid header token)',
])
test(isFault, 'request', { code: 'HPE_HEADER_OVERFLOW' }, [
  'oversize',
  'the headers of the reply are larger than 1.0MiB',
])
for (const code of ['ECONNRESET', 'EPIPE', 'ECONNABORTED']) {
  test(isFault, 'request', { code, syscall: 'read' }, ['reset', `the connection broke (${code})`])
  test(isFault, 'body', { code, syscall: 'read' }, ['reset', `the connection broke (${code})`])
}
test(isFault, 'request', { message: 'of no kind' }, ['reset', 'the connection broke (of no kind)'])
test(isFault, 'request', { name: 'AbortError' }, ['aborted', 'the request was aborted'])
test(isFault, 'body', { code: 'ECONNRESET', message: 'aborted' }, ['cut', 'the reply ended early'])
test(isFault, 'body', { code: 'Z_BUF_ERROR' }, ['cut', 'the reply ended early'])
test(isFault, 'body', { code: 'ETIMEDOUT', syscall: 'read' }, ['reset', 'the connection broke (ETIMEDOUT)'])
for (const code of ['HPE_INVALID_CHUNK_SIZE', 'HPE_STRICT'])
  test(isFault, 'body', { code }, ['reset', `the reply is not valid HTTP (${code})`])
for (const code of ['Z_DATA_ERROR', 'Z_NEED_DICT'])
  test(isFault, 'body', { code }, ['corrupt', 'the body is not in the encoding that it claims (raw message)'])

test('an error of ours is returned as it is', t => {
  const described = new WireError('timeout', 'late')
  t.is(connectionError(described, NODE, 'body'), described)
})

test('advice is one line', t => {
  for (const code of ['ECONNREFUSED', 'ENOTFOUND', 'CERT_HAS_EXPIRED', 'EPROTO', 'HPE_INVALID_CONSTANT']) {
    t.regex(connectionError(raw({ code }), NODE, 'connect').advice ?? '', /^[^\n]+$/)
  }
})

test('a raw error does not reveal the request', t => {
  const cause = Object.assign(raw({ code: 'ECONNRESET' }), { rawPacket: Buffer.from('secret') })
  t.false(connectionError(cause, NODE, 'request').message.includes('secret'))
  t.true(inspect(connectionError(cause, NODE, 'request')).includes(NODE))
})

for (const code of [
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'EPROTO',
  'ERR_SSL_WRONG_VERSION_NUMBER',
  'CERT_HAS_EXPIRED',
]) {
  test(`${code} once the connection is established: the request may have arrived`, t => {
    for (const phase of ['request', 'body'] as const)
      t.is(connectionError(raw({ code }), NODE, phase).fault, 'reset')
  })
}
