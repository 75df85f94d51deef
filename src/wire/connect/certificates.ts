import { X509Certificate } from 'node:crypto'
import { type ConnectionOptions, connect, type DetailedPeerCertificate, type TLSSocket } from 'node:tls'
import { WireError } from '../../errors.ts'
import { ConnectAttempt } from './attempt.ts'
import { displayUrl, isSecure, type Route } from './route.ts'
import { connectTo, tlsOptions } from './tls.ts'

/** One certificate of the chain that a node presents. */
export interface Certificate {
  /** SHA-256: 64 hexadecimal digits, lower case, as `tls.caFingerprint` takes it. */
  fingerprint: string
  /** On one line, like `issuer`. */
  subject: string
  issuer: string
  /** The host names and addresses that it is valid for. */
  names: string[]
  validFrom: Date
  validTo: Date
  /** Whether it signed itself, as a root does. */
  selfSigned: boolean
  pem: string
}

/**
 * The certificates that a node presents, its own first, each followed by that of its issuer. They are not verified,
 * and only a handshake takes place: no request, no credentials and no client certificate is sent. An http:// node
 * has none.
 *
 * @throws {WireError} an error of the proxy, if there is one; else Node's own error
 */
export async function fetchCertificates(
  route: Route,
  attempt: ConnectAttempt = new ConnectAttempt(),
): Promise<Certificate[]> {
  if (!isSecure(route.node)) return []
  const { ca, servername } = tlsOptions(route)
  const options = { ca, servername, rejectUnauthorized: false, requestOCSP: true }
  const socket = connect({ ...options, ...(await connectTo(route, attempt)) })
  return await presentedChain(socket, attempt.signal)
}

/**
 * Finds the certificate of `tls.caFingerprint` in the chain that a node presents, and returns TLS options that make it
 * the only trusted authority. That a server presents it proves nothing, as anyone can; what counts is that OpenSSL
 * then verifies that the node's own certificate is signed by it, before any byte of a request is written. With
 * `allowPartialTrustChain` it may also be an intermediate certificate or the node's own.
 *
 * @throws {WireError} `untrusted` if the node does not present it
 */
export async function findPinnedCertificate(
  route: Route,
  attempt: ConnectAttempt,
): Promise<ConnectionOptions> {
  const chain = await fetchCertificates(route, attempt)
  const pinned = chain.find(({ fingerprint }) => fingerprint === route.tls.caFingerprint)
  if (pinned) return { ca: pinned.pem, allowPartialTrustChain: true, rejectUnauthorized: true }
  const top = chain.at(-1)
  const presented = top ? topOfChain(top) : 'it presents none'
  const what = `the node does not present the certificate of \`tls.caFingerprint\`; ${presented}`
  throw new WireError('untrusted', what, {
    node: displayUrl(route.node),
    advice: top?.selfSigned
      ? 'someone may be intercepting the connection, or the authority has changed: ask the owner of the cluster for the fingerprint'
      : 'the node may not send the certificate of its authority: in that case put its PEM file in `tls.ca` instead',
  })
}

/** Describes the last certificate of a chain, for messages. */
export const topOfChain = ({ subject, fingerprint }: Certificate): string =>
  `the top of the presented chain is ${subject}, SHA-256 ${fingerprint}`

/**
 * The chain that the server presents on `socket`. OCSP is requested only for the moment of its response: by then the
 * node's certificates have arrived, but a node that requires a client certificate, which before TLS 1.3 would abort
 * the handshake, has not yet missed it. Bun has no such event: there they are read when the handshake fails.
 */
function presentedChain(socket: TLSSocket, signal: AbortSignal): Promise<Certificate[]> {
  return new Promise<Certificate[]>((resolve, reject) => {
    const chain = () => flattenChain(socket.getPeerCertificate(true)).map(toCertificate)
    const read = () => resolve(chain())
    const abort = () => reject(signal.reason)
    if (signal.aborted) abort()
    signal.addEventListener('abort', abort, { once: true })
    socket.on('error', error => (chain().length > 0 ? read() : reject(error)))
    socket.on('close', () => reject(new Error('the connection was closed')))
    socket.once('OCSPResponse', read)
    socket.once('secureConnect', read)
  }).finally(() => setImmediate(() => socket.destroy())) // not within OpenSSL's own callback
}

/** A chain ends at a certificate that is its own issuer, or has none. */
function flattenChain(first: DetailedPeerCertificate): DetailedPeerCertificate[] {
  const chain: DetailedPeerCertificate[] = []
  for (let next = first; next?.raw && !chain.includes(next); next = next.issuerCertificate) chain.push(next)
  return chain
}

function toCertificate({ raw }: DetailedPeerCertificate): Certificate {
  const certificate = new X509Certificate(raw)
  return {
    fingerprint: certificate.fingerprint256.replaceAll(':', '').toLowerCase(),
    subject: nameOnOneLine(certificate.subject),
    issuer: nameOnOneLine(certificate.issuer),
    names: namesOf(certificate.subjectAltName),
    validFrom: new Date(certificate.validFrom),
    validTo: new Date(certificate.validTo),
    selfSigned: certificate.checkIssued(certificate) && certificate.verify(certificate.publicKey),
    pem: certificate.toString(),
  }
}

const nameOnOneLine = (name = ''): string => name.split('\n').reverse().join(', ')

/** The names in `DNS:a.example, IP Address:10.0.0.1`; other kinds keep their label. */
const namesOf = (alternatives = ''): string[] =>
  alternatives
    .split(', ')
    .map(name => name.replace(/^(?:DNS|IP Address):/, ''))
    .filter(name => name !== '')
