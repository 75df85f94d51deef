import { type Row, type Said, said } from './handshake.ts'

/** An error of Node's about a certificate. */
export type TrustError = Error & { code?: string; host?: string; cert?: { subjectaltname?: string } }

/** How many of a certificate's names are told. */
const MOST_NAMES = 10

const AUTHORITY = 'put the PEM file of its authority in `tls.ca` of the alias'

/** By the error's code, which is OpenSSL's. */
const UNTRUSTED: readonly Row<TrustError>[] = [
  [
    /^ERR_TLS_CERT_ALTNAME_INVALID$/,
    error => otherNames(error),
    'the host in `node` of the alias must be one that the certificate is for, or `tls.serverName` name one',
  ],
  [
    /^CERT_HAS_EXPIRED$/,
    () => 'the certificate has expired',
    'the node needs a new certificate, if the clock of this machine is right',
  ],
  [/^CERT_NOT_YET_VALID$/, () => 'the certificate is not valid yet', 'is the clock of this machine right?'],
  [
    /^DEPTH_ZERO_SELF_SIGNED_CERT$/,
    () => 'nobody vouches for the certificate but itself',
    'put its PEM file in `tls.ca` of the alias',
  ],
  [
    /^CERT_SIGNATURE_FAILURE$/,
    () => 'the certificate is of another authority than the trusted one of the same name',
    AUTHORITY,
  ],
  [
    /^(?:SELF_SIGNED_|UNABLE_TO_(?:GET_ISSUER|VERIFY_LEAF)|CERT_UNTRUSTED$)/,
    () => 'the authority of the certificate is not known',
    AUTHORITY,
  ],
  [
    /^(?:CERT_|CRL_|UNABLE_TO_|INVALID_(?:CA|PURPOSE)|HOSTNAME_MISMATCH|PATH_LENGTH_)/,
    error => `the certificate is not trusted (${error.message})`,
    AUTHORITY,
  ],
]

/** What is wrong with the node's certificate, or undefined where that is not what the error is about. */
export const untrusted = (error: TrustError): Said | undefined => said(UNTRUSTED, error, error.code ?? '')

/** Whether its chain leads to nobody who is trusted; where names lead there, signatures do not. */
export const isUnknown = ({ code = '' }: TrustError): boolean => UNKNOWN.test(code)

const UNKNOWN =
  /^(?:DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_(?:GET_ISSUER|VERIFY_LEAF)|CERT_UNTRUSTED$|CERT_SIGNATURE_FAILURE$)/

function otherNames({ host, cert, message }: TrustError): string {
  const names = (cert?.subjectaltname ?? '').replace(/(?:DNS|IP Address):/g, '').split(', ')
  const more = names.length > MOST_NAMES ? ` and ${names.length - MOST_NAMES} more` : ''
  return names[0]
    ? `the certificate is not for ${host} but for ${names.slice(0, MOST_NAMES).join(', ')}${more}`
    : `the certificate is not trusted (${message})`
}
