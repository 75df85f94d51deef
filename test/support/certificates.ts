import './reflect.ts'
import { createHash, createPrivateKey, webcrypto } from 'node:crypto'
import {
  BasicConstraintsExtension,
  type Extension,
  PemConverter,
  SubjectAlternativeNameExtension,
  X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509'

/** What a TLS server needs, or a client that shows who it is; both in PEM. */
export interface Identity {
  cert: string
  key: string
}

interface Wishes {
  /** The names or addresses it is for; none is this machine. */
  host?: string | string[]
  /** When it begins; else a day before it ends, or before now. */
  from?: Date
  /** When it ends; else in a day. */
  until?: Date
  name?: string
}

/** What certificates are issued by. */
export interface Authority {
  pem: string
  issue: (wishes?: Wishes) => Promise<Identity>
  /** An authority that this one vouches for. */
  intermediate: (wishes?: Wishes) => Promise<Authority>
}

type Keys = webcrypto.CryptoKeyPair
type Issuer = { certificate: X509Certificate; keys: Keys }

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
const DAY = 86_400_000
const LOCAL = ['localhost', '127.0.0.1', '::1']

/** A certificate authority of the test's own. */
export const authority = (wishes: Wishes = {}): Promise<Authority> => authorityBy(wishes)

/** A certificate for this machine that nobody vouches for but itself. */
export const selfSigned = (wishes: Wishes = {}): Promise<Identity> => leaf(wishes)

/** SHA-256 of the first certificate in a text, as `tls.caFingerprint` takes it. */
export function fingerprint(pem: string): string {
  return createHash('sha256')
    .update(Buffer.from(new X509Certificate(pem).rawData))
    .digest('hex')
}

/** The same key, to be read only with a passphrase. */
export function encrypted(key: string, passphrase: string): string {
  const options = { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase } as const
  return createPrivateKey(key).export(options).toString()
}

/** Days from now. */
export const days = (count: number): Date => new Date(Date.now() + count * DAY)

async function authorityBy(wishes: Wishes, issuer?: Issuer): Promise<Authority> {
  const constraints = new BasicConstraintsExtension(true, undefined, true)
  const own = await issued({ name: 'esconn test authority', ...wishes }, constraints, issuer)
  return {
    pem: pemOf(own.certificate),
    issue: (wanted = {}) => leaf(wanted, own),
    intermediate: (wanted = {}) => authorityBy({ name: 'esconn test intermediate', ...wanted }, own),
  }
}

async function leaf(wishes: Wishes, issuer?: Issuer): Promise<Identity> {
  const names = [wishes.host ?? LOCAL].flat().map(value => ({
    type: /^[\d.]+$|:/.test(value) ? ('ip' as const) : ('dns' as const),
    value,
  }))
  const subject = new SubjectAlternativeNameExtension(names)
  const { certificate, keys } = await issued({ name: 'esconn test node', ...wishes }, subject, issuer)
  const secret = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)
  return { cert: pemOf(certificate), key: PemConverter.encode(secret, 'PRIVATE KEY') }
}

/** A certificate and its keys, by the issuer or else by itself. */
async function issued(wishes: Wishes, extension: Extension, issuer?: Issuer): Promise<Issuer> {
  const keys = await newKeys()
  const subject = `CN=${wishes.name}`
  const certificate = await X509CertificateGenerator.create({
    ...validity(wishes),
    subject,
    issuer: issuer?.certificate.subject ?? subject,
    publicKey: keys.publicKey,
    signingKey: (issuer?.keys ?? keys).privateKey,
    signingAlgorithm: ALGORITHM,
    extensions: [extension],
  })
  return { certificate, keys }
}

/** With an end of line, so that several can follow one another. */
const pemOf = (certificate: X509Certificate): string => `${certificate.toString('pem')}\n`

const newKeys = (): Promise<Keys> => webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify'])

const validity = ({ from, until = days(1) }: Wishes) => ({
  notBefore: from ?? new Date(Math.min(until.getTime(), Date.now()) - DAY),
  notAfter: until,
})
