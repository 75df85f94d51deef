/** What happened, and what to do about it. */
export interface Explanation {
  what: string
  advice: string
}

/** A pattern, and how an error that matches it is explained. */
type ExplanationRow<Raw> = [pattern: RegExp, what: (error: Raw) => string, advice: string]

/** The explanation of the first row whose pattern matches. */
function explain<Raw>(
  rows: readonly ExplanationRow<Raw>[],
  error: Raw,
  text: string,
): Explanation | undefined {
  const row = rows.find(([pattern]) => pattern.test(text))
  return row && { what: row[1](error), advice: row[2] }
}

/** An error of Node about a certificate. */
export type CertificateError = Error & { code?: string; host?: string; cert?: { subjectaltname?: string } }

/** What is wrong with the node's certificate; undefined if the error is about something else. */
export const certificateError = (error: CertificateError): Explanation | undefined =>
  explain(UNTRUSTED, error, error.code ?? '')

const CA_ADVICE = 'put the PEM file of its authority in `tls.ca` of the alias'

/** By the error's code, which is OpenSSL's. */
const UNTRUSTED: readonly ExplanationRow<CertificateError>[] = [
  [
    /^ERR_TLS_CERT_ALTNAME_INVALID$/,
    error => otherNames(error),
    'use a host name of the certificate in `node` of the alias, or set `tls.serverName` to one',
  ],
  [
    /^CERT_HAS_EXPIRED$/,
    () => 'the certificate has expired',
    'the node needs a new certificate, unless the clock of this machine is wrong',
  ],
  [/^CERT_NOT_YET_VALID$/, () => 'the certificate is not valid yet', 'is the clock of this machine right?'],
  [
    /^DEPTH_ZERO_SELF_SIGNED_CERT$/,
    () => 'the certificate is self-signed',
    'put its PEM file in `tls.ca` of the alias',
  ],
  [
    /^CERT_SIGNATURE_FAILURE$/,
    () => 'the certificate was issued by another authority with the same name as a trusted one',
    CA_ADVICE,
  ],
  [
    /^(?:SELF_SIGNED_|UNABLE_TO_(?:GET_ISSUER|VERIFY_LEAF)|CERT_UNTRUSTED$)/,
    () => 'unknown certificate authority',
    CA_ADVICE,
  ],
  [
    /^(?:CERT_|CRL_|UNABLE_TO_|INVALID_(?:CA|PURPOSE)|HOSTNAME_MISMATCH|PATH_LENGTH_)/,
    error => `the certificate is not trusted (${error.message})`,
    CA_ADVICE,
  ],
]

/** How many of a certificate's names a message lists. */
const MAX_NAMES = 10

function otherNames({ host, cert, message }: CertificateError): string {
  const names = (cert?.subjectaltname ?? '').replace(/(?:DNS|IP Address):/g, '').split(', ')
  const more = names.length > MAX_NAMES ? ` and ${names.length - MAX_NAMES} more` : ''
  return names[0]
    ? `the certificate is not for ${host} but for ${names.slice(0, MAX_NAMES).join(', ')}${more}`
    : `the certificate is not trusted (${message})`
}

/** Whether no trusted authority signed the chain, be it by name or by signature. */
export const isUnknownAuthority = ({ code = '' }: CertificateError): boolean => UNKNOWN_AUTHORITY.test(code)

const UNKNOWN_AUTHORITY =
  /^(?:DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_(?:GET_ISSUER|VERIFY_LEAF)|CERT_UNTRUSTED$|CERT_SIGNATURE_FAILURE$)/

/** An error of Node's TLS. */
type TlsError = Error & { code?: string; reason?: string }

/** Why a handshake failed; undefined if the error is about something else. */
export const handshakeError = (error: TlsError): Explanation | undefined =>
  explain(HANDSHAKE, error, matchableText(error))

/** Whether the node requires a client certificate, or rejected the one that it got. */
export const isClientCertificateError = (error: TlsError): boolean =>
  explain(CLIENT_CERTIFICATE, error, matchableText(error)) !== undefined

const matchableText = ({ code, reason = '', message }: TlsError): string => `${code} ${reason} ${message}`

/** Also right where none was sent and the alert says "bad certificate", as Java's TLS does. */
export const CERTIFICATE_REQUIRED: Explanation = {
  what: 'the node requires a client certificate',
  advice: 'set `tls.cert` and `tls.key` of the alias to a certificate that the node accepts, and its key',
}

const REJECTED =
  /alert[_ ](?:(?:bad|unsupported)[_ ]certificate|certificate[_ ](?:revoked|expired|unknown)|unknown[_ ]ca|access[_ ]denied)/i

/** Errors about the client certificate. In TLS 1.3 they arrive only once the handshake is done on our side. */
const CLIENT_CERTIFICATE: readonly ExplanationRow<TlsError>[] = [
  [/certificate[_ ]required/i, () => CERTIFICATE_REQUIRED.what, CERTIFICATE_REQUIRED.advice],
  [
    REJECTED,
    error => `the node rejected the client certificate (${reasonOf(error)})`,
    '`tls.cert` of the alias must be issued by an authority that the node trusts, and be valid now',
  ],
]

const PLAIN_HTTP_ADVICE = 'if the node speaks plain HTTP, write http:// in `node` of the alias'

const HANDSHAKE: readonly ExplanationRow<TlsError>[] = [
  ...CLIENT_CERTIFICATE,
  [
    /protocol[_ ]version|unsupported[_ ]protocol|version[_ ]too[_ ]low/i,
    error => `the server offers no secure TLS version (${reasonOf(error)})`,
    'the node must offer TLS 1.2 or 1.3',
  ],
  [
    /wrong[_ ]version[_ ]number|packet[_ ]length[_ ]too[_ ]long|http[_ ]request/i,
    () => 'the server does not speak TLS',
    PLAIN_HTTP_ADVICE,
  ],
  [
    /unrecognized[_ ]name/i,
    error => `the server does not know this host name (${reasonOf(error)})`,
    'set `tls.serverName` of the alias to a name that the server knows',
  ],
  [
    /handshake[_ ]failure/i,
    error => `the TLS handshake failed (${reasonOf(error)})`,
    'the node may require a client certificate: `tls.cert` and `tls.key` of the alias',
  ],
  [
    /^(?:EPROTO |ERR_SSL_|ERR_TLS_)|secure TLS connection/,
    error => `the TLS handshake failed (${reasonOf(error)})`,
    PLAIN_HTTP_ADVICE,
  ],
]

/** The readable part of OpenSSL's message, which otherwise consists of C source positions. */
function reasonOf({ message, reason = OPENSSL.exec(message)?.[1] }: TlsError): string {
  return reason?.replaceAll('_', ' ').toLowerCase() ?? message // Bun's library writes TLSV1_ALERT_UNKNOWN_CA
}

const OPENSSL = /error:[^:]*:[^:]*:[^:]*:([^:]+)/
