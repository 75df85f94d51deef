/** An error of Node's TLS. */
export type TlsError = Error & { code?: string; reason?: string }

/** What is to be said of an error, and what can be done about it. */
export interface Said {
  words: string
  advice: string
}

/** What an error has to match, and what is said of it then. */
export type Row<Raw> = [match: RegExp, words: (error: Raw) => string, advice: string]

/** What the first row has to say whose expression matches. */
export function said<Raw>(rows: readonly Row<Raw>[], error: Raw, text: string): Said | undefined {
  const row = rows.find(([match]) => match.test(text))
  return row && { words: row[1](error), advice: row[2] }
}

/** Also what is said where none was sent: Java's TLS calls that a bad one. */
export const MISSING: Said = {
  words: 'a client certificate is wanted',
  advice: 'put one that the node accepts in `tls.cert` of the alias, and its key in `tls.key`',
}

const REFUSED =
  /alert[_ ](?:(?:bad|unsupported)[_ ]certificate|certificate[_ ](?:revoked|expired|unknown)|unknown[_ ]ca|access[_ ]denied)/i

/** What the node did not accept of ours. In TLS 1.3 it says so only once the handshake is done for us. */
const OURS: readonly Row<TlsError>[] = [
  [/certificate[_ ]required/i, () => MISSING.words, MISSING.advice],
  [
    REFUSED,
    error => `the client certificate is refused (${reasonOf(error)})`,
    '`tls.cert` of the alias must come from an authority that the node trusts, and be valid now',
  ],
]

const HANDSHAKE: readonly Row<TlsError>[] = [
  ...OURS,
  [
    /protocol[_ ]version|unsupported[_ ]protocol|version[_ ]too[_ ]low/i,
    error => `no TLS version is spoken there that is safe (${reasonOf(error)})`,
    'the node must offer TLS 1.2 or 1.3',
  ],
  [
    /wrong[_ ]version[_ ]number|packet[_ ]length[_ ]too[_ ]long|http[_ ]request/i,
    () => 'no TLS is spoken there',
    'if the node speaks plain HTTP, write http:// in `node` of the alias',
  ],
  [
    /unrecognized[_ ]name/i,
    error => `the name is not known there (${reasonOf(error)})`,
    '`tls.serverName` of the alias can name another',
  ],
  [
    /handshake[_ ]failure/i,
    error => `the TLS handshake failed (${reasonOf(error)})`,
    'the node may want a client certificate: `tls.cert` and `tls.key` of the alias',
  ],
  [
    /^(?:EPROTO |ERR_SSL_|ERR_TLS_)|secure TLS connection/,
    error => `the TLS handshake failed (${reasonOf(error)})`,
    'if the node speaks plain HTTP, write http:// in `node` of the alias',
  ],
]

/** Why a handshake failed, or undefined where that is not what the error is about. */
export const handshake = (error: TlsError): Said | undefined => said(HANDSHAKE, error, textOf(error))

/** Whether the node misses a client certificate, or refused the one it got. */
export const isRefusal = (error: TlsError): boolean => said(OURS, error, textOf(error)) !== undefined

const textOf = ({ code, reason = '', message }: TlsError): string => `${code} ${reason} ${message}`

/** OpenSSL's message is a line of C source positions, in which the reason is what a person can read. */
const reasonOf = ({ message, reason }: TlsError): string => reason ?? OPENSSL.exec(message)?.[1] ?? message

const OPENSSL = /error:[^:]*:[^:]*:[^:]*:([^:]+)/
