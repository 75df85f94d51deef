import './reflect.ts'
import { webcrypto } from 'node:crypto'
import {
  BasicConstraintsExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  type X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509'

/** What a TLS server needs; both in PEM. */
export interface Identity {
  cert: string
  key: string
}

interface Wishes {
  /** The name or address it is for. */
  host?: string
  /** When it ends; a certificate is valid from a day before that on. */
  until?: Date
}

type Keys = webcrypto.CryptoKeyPair
type Issuer = { certificate: X509Certificate; keys: Keys }

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
const DAY = 86_400_000
const LOCAL = ['localhost', '127.0.0.1']

/** A certificate authority of the test's own. */
export async function authority(): Promise<{
  pem: string
  issue: (wishes?: Wishes) => Promise<Identity>
}> {
  const keys = await newKeys()
  const certificate = await X509CertificateGenerator.createSelfSigned({
    ...validity(),
    name: 'CN=esconn test authority',
    keys,
    signingAlgorithm: ALGORITHM,
    extensions: [new BasicConstraintsExtension(true, 0, true)],
  })
  const issuer = { certificate, keys }
  return { pem: certificate.toString('pem'), issue: (wishes = {}) => leaf(wishes, issuer) }
}

/** A certificate for this machine that nobody vouches for but itself. */
export const selfSigned = (): Promise<Identity> => leaf({})

async function leaf({ host, until }: Wishes, issuer?: Issuer): Promise<Identity> {
  const keys = await newKeys()
  const hosts = host === undefined ? LOCAL : [host]
  const names = hosts.map(value => ({
    type: /^[\d.]+$/.test(value) ? ('ip' as const) : ('dns' as const),
    value,
  }))
  const certificate = await X509CertificateGenerator.create({
    ...validity(until),
    subject: 'CN=esconn test node',
    issuer: issuer?.certificate.subject ?? 'CN=esconn test node',
    publicKey: keys.publicKey,
    signingKey: (issuer?.keys ?? keys).privateKey,
    signingAlgorithm: ALGORITHM,
    extensions: [new SubjectAlternativeNameExtension(names)],
  })
  const secret = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)
  return { cert: certificate.toString('pem'), key: PemConverter.encode(secret, 'PRIVATE KEY') }
}

const newKeys = (): Promise<Keys> => webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify'])

const validity = (until = new Date(Date.now() + DAY)) => ({
  notBefore: new Date(Math.min(until.getTime(), Date.now()) - DAY),
  notAfter: until,
})
