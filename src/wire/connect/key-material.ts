import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import type { Tls } from '../../config/types.ts'
import { ConfigError } from '../../errors.ts'

/**
 * Parses the PEM texts of `tls` once, to report which of them is wrong: Node reports it only when a connection is
 * opened, does not name the field, and ignores a certificate authority that it cannot read.
 *
 * @throws {ConfigError} that names the field and shows nothing of its value
 */
export function checkKeyMaterial({ ca, cert, key, passphrase }: Tls): void {
  if (ca !== undefined) readCertificates('tls.ca', ca)
  const certificate = cert === undefined ? undefined : readCertificates('tls.cert', cert)
  const privateKey = key === undefined ? undefined : readKey(key, passphrase)
  if (certificate && privateKey && !certificate.checkPrivateKey(privateKey))
    throw new ConfigError('`tls.key` does not match the certificate in `tls.cert`')
}

const CERTIFICATE =
  /-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----[^-]*-----END (?:X509 |TRUSTED )?CERTIFICATE-----/g

/** Parses all the certificates of a text and returns the first. */
function readCertificates(field: string, pem: string): X509Certificate {
  const texts = pem.match(CERTIFICATE) ?? []
  const [first] = texts.map((text, index) => readCertificate(text, `\`${field}\`: certificate ${index + 1}`))
  if (first === undefined) throw new ConfigError(`\`${field}\` contains no PEM certificate`)
  return first
}

function readCertificate(pem: string, label: string): X509Certificate {
  try {
    return new X509Certificate(pem)
  } catch {
    throw new ConfigError(`${label} cannot be read`)
  }
}

function readKey(key: string, passphrase: string | undefined): KeyObject {
  try {
    return createPrivateKey({ key, format: 'pem', ...(passphrase === undefined ? {} : { passphrase }) })
  } catch {
    throw new ConfigError(`\`tls.key\` ${keyMistake(key, passphrase)}`)
  }
}

function keyMistake(key: string, passphrase: string | undefined): string {
  if (!/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(key)) return 'contains no PEM private key'
  if (!key.includes('ENCRYPTED')) return 'contains a private key that cannot be read'
  return passphrase === undefined
    ? 'is encrypted: set `tls.passphrase`'
    : 'cannot be decrypted with the passphrase in `tls.passphrase`'
}
