import { X509Certificate } from 'node:crypto'
import { connect, type DetailedPeerCertificate, type TLSSocket } from 'node:tls'
import { Opening } from './opening.ts'
import { reached, secureOptions } from './secure.ts'
import { isSecure, type Way } from './way.ts'

/** One certificate of the chain that a node presents. */
export interface Certificate {
  /** SHA-256: 64 hexadecimal digits, lower case, as `tls.caFingerprint` takes it. */
  fingerprint: string
  /** In one line. */
  subject: string
  issuer: string
  /** The names and addresses that it is for. */
  names: string[]
  validFrom: Date
  validTo: Date
  /** Whether it vouches for itself, as a root does. */
  selfSigned: boolean
  pem: string
}

/**
 * The certificates that a node presents, its own first, each followed by the one that it names as its issuer. They are
 * not verified, and nothing is sent but what belongs to a handshake: no request, no credentials and no certificate of
 * ours. An http:// node has none.
 *
 * @throws {WireError} of the proxy, where there is one; else what Node says of a connection or a handshake that fails
 */
export async function presented(way: Way, opening: Opening = new Opening()): Promise<Certificate[]> {
  if (!isSecure(way.node)) return []
  const { ca, servername } = secureOptions(way)
  const asked = { ca, servername, rejectUnauthorized: false, requestOCSP: true }
  const socket = connect({ ...asked, ...(await reached(way, opening)) })
  return await chainOf(socket, opening.signal)
}

/**
 * What `socket` is shown. The question for OCSP is asked for its answer's moment: by then the node's certificates have
 * arrived, and a node that wants one of ours, which before TLS 1.3 would end the handshake, has not got any yet.
 */
function chainOf(socket: TLSSocket, signal: AbortSignal): Promise<Certificate[]> {
  return new Promise<Certificate[]>((resolve, reject) => {
    const take = () => resolve(unlinked(socket.getPeerCertificate(true)).map(described))
    const end = () => reject(signal.reason)
    if (signal.aborted) end()
    signal.addEventListener('abort', end, { once: true })
    socket.on('error', reject)
    socket.on('close', () => reject(new Error('the connection was closed')))
    socket.once('OCSPResponse', take)
    socket.once('secureConnect', take)
  }).finally(() => setImmediate(() => socket.destroy())) // not within OpenSSL's own callback
}

/** A chain ends at a certificate that is its own issuer, or has none. */
function unlinked(first: DetailedPeerCertificate): DetailedPeerCertificate[] {
  const chain: DetailedPeerCertificate[] = []
  for (let next = first; next?.raw && !chain.includes(next); next = next.issuerCertificate) chain.push(next)
  return chain
}

function described({ raw }: DetailedPeerCertificate): Certificate {
  const certificate = new X509Certificate(raw)
  return {
    fingerprint: certificate.fingerprint256.replaceAll(':', '').toLowerCase(),
    subject: inOneLine(certificate.subject),
    issuer: inOneLine(certificate.issuer),
    names: namesOf(certificate.subjectAltName),
    validFrom: new Date(certificate.validFrom),
    validTo: new Date(certificate.validTo),
    selfSigned: certificate.checkIssued(certificate) && certificate.verify(certificate.publicKey),
    pem: certificate.toString(),
  }
}

const inOneLine = (name = ''): string => name.split('\n').reverse().join(', ')

/** `DNS:a.example, IP Address:10.0.0.1`: the names in it; kinds that are for no host keep their label. */
const namesOf = (alternatives = ''): string[] =>
  alternatives
    .split(', ')
    .map(name => name.replace(/^(?:DNS|IP Address):/, ''))
    .filter(name => name !== '')
