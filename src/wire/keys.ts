import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import type { Tls } from '../config/settled.ts'
import { ConfigError } from '../errors.ts'

const CERTIFICATE =
  /-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----[^-]*-----END (?:X509 |TRUSTED )?CERTIFICATE-----/g

/**
 * Reads the PEM texts of `tls` once, to say which of them is wrong: Node says so only when a connection is opened, does
 * not name the field, and takes an authority that it cannot read for none.
 *
 * @throws {ConfigError} that names the field and shows nothing of it
 */
export function judgeKeys({ ca, cert, key, passphrase }: Tls): void {
  if (ca !== undefined) readCertificates('tls.ca', ca)
  const own = cert === undefined ? undefined : readCertificates('tls.cert', cert)
  const secret = key === undefined ? undefined : readKey(key, passphrase)
  if (own && secret && !own.checkPrivateKey(secret))
    throw new ConfigError('`tls.key` is not the key of the certificate in `tls.cert`')
}

/** The first of the certificates in a text, of which each has to be one that can be read. */
function readCertificates(field: string, pem: string): X509Certificate {
  const texts = pem.match(CERTIFICATE) ?? []
  const [first] = texts.map((text, index) =>
    readCertificate(text, `\`${field}\`: certificate ${index + 1} in it`),
  )
  if (first === undefined) throw new ConfigError(`\`${field}\` holds no certificate in PEM form`)
  return first
}

function readCertificate(pem: string, which: string): X509Certificate {
  try {
    return new X509Certificate(pem)
  } catch {
    throw new ConfigError(`${which} cannot be read`)
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
  if (!/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(key)) return 'holds no private key in PEM form'
  if (!key.includes('ENCRYPTED')) return 'holds a private key that cannot be read'
  return passphrase === undefined
    ? 'is encrypted: give its passphrase in `tls.passphrase`'
    : 'cannot be decrypted by the passphrase in `tls.passphrase`'
}
