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

/** The certificate and key of a TLS server or client; both in PEM. */
export interface Identity {
  cert: string
  key: string
}

interface CertificateOptions {
  /** The host names or addresses it is for; default: this machine. */
  host?: string | string[]
  /** When it becomes valid; default: a day before it expires, or before now. */
  from?: Date
  /** When it expires; default: in a day. */
  until?: Date
  name?: string
}

/** A certificate authority. */
export interface Authority {
  pem: string
  issue: (options?: CertificateOptions) => Promise<Identity>
  /** An authority whose certificate this one issues. */
  intermediate: (options?: CertificateOptions) => Promise<Authority>
}

type Keys = webcrypto.CryptoKeyPair
type Issuer = { certificate: X509Certificate; keys: Keys }

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
const DAY = 86_400_000
const LOCAL = ['localhost', '127.0.0.1', '::1']

/** A new certificate authority. */
export const authority = (options: CertificateOptions = {}): Promise<Authority> => authorityBy(options)

/** A self-signed certificate for this machine. */
export const selfSigned = (options: CertificateOptions = {}): Promise<Identity> => leaf(options)

/** SHA-256 of the first certificate in a text, as `tls.caFingerprint` takes it. */
export function fingerprint(pem: string): string {
  return createHash('sha256')
    .update(Buffer.from(new X509Certificate(pem).rawData))
    .digest('hex')
}

/** The same key, encrypted with a passphrase. */
export function encrypted(key: string, passphrase: string): string {
  const options = { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase } as const
  return createPrivateKey(key).export(options).toString()
}

/** Days from now. */
export const days = (count: number): Date => new Date(Date.now() + count * DAY)

async function authorityBy(options: CertificateOptions, issuer?: Issuer): Promise<Authority> {
  const constraints = new BasicConstraintsExtension(true, undefined, true)
  const own = await issued({ name: 'esconn test authority', ...options }, constraints, issuer)
  return {
    pem: pemOf(own.certificate),
    issue: (wanted = {}) => leaf(wanted, own),
    intermediate: (wanted = {}) => authorityBy({ name: 'esconn test intermediate', ...wanted }, own),
  }
}

async function leaf(options: CertificateOptions, issuer?: Issuer): Promise<Identity> {
  const names = [options.host ?? LOCAL].flat().map(value => ({
    type: /^[\d.]+$|:/.test(value) ? ('ip' as const) : ('dns' as const),
    value,
  }))
  const subject = new SubjectAlternativeNameExtension(names)
  const { certificate, keys } = await issued({ name: 'esconn test node', ...options }, subject, issuer)
  const secret = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)
  return { cert: pemOf(certificate), key: PemConverter.encode(secret, 'PRIVATE KEY') }
}

/** A certificate and its keys, signed by the issuer or else by itself. */
async function issued(options: CertificateOptions, extension: Extension, issuer?: Issuer): Promise<Issuer> {
  const keys = await newKeys()
  const subject = `CN=${options.name}`
  const certificate = await X509CertificateGenerator.create({
    ...validity(options),
    subject,
    issuer: issuer?.certificate.subject ?? subject,
    publicKey: keys.publicKey,
    signingKey: (issuer?.keys ?? keys).privateKey,
    signingAlgorithm: ALGORITHM,
    extensions: [extension],
  })
  return { certificate, keys }
}

/** With a line end, so that several can follow one another. */
const pemOf = (certificate: X509Certificate): string => `${certificate.toString('pem')}\n`

const newKeys = (): Promise<Keys> => webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify'])

const validity = ({ from, until = days(1) }: CertificateOptions) => ({
  notBefore: from ?? new Date(Math.min(until.getTime(), Date.now()) - DAY),
  notAfter: until,
})
