import * as v from 'valibot'
import { secret } from './auth.ts'
import { checkMapping, fields, optionalField, text } from './fields.ts'

const SERVER_NAME = /^[\w.:-]+$/
const FINGERPRINT =
  '2F:5A:90:C7:0D:B1:44:E8:63:1C:A2:7E:98:D4:3B:06:F1:85:5E:29:CC:70:1A:B7:42:9D:E3:68:0F:B5:31:84'

/** The rules of `checkTls`, for the JSON Schema. */
const TLS_RULES = {
  dependencies: { cert: ['key'], key: ['cert'], passphrase: ['key'] },
  not: {
    anyOf: [
      { required: ['ca', 'caFingerprint'] },
      ...['ca', 'caFingerprint'].map(name => ({
        required: ['verify', name],
        properties: { verify: { const: false } },
      })),
    ],
  },
}

/** The field `tls`. */
export function tlsSchema(filled: boolean) {
  const tls = fields({
    ca: optionalField(
      text(filled),
      'The trusted certificate authorities: a PEM file, relative to this file, or PEM text',
      {
        examples: ['./ca.pem'],
      },
    ),
    caFingerprint: optionalField(
      text(filled, fingerprintMistake),
      "SHA-256 of a certificate in the cluster's chain, which becomes the trusted certificate authority",
      { examples: [FINGERPRINT], pattern: /^:*(?:[0-9A-Fa-f]:*){64}$/ },
    ),
    cert: optionalField(text(filled), 'Client certificate: a PEM file, or PEM text', {
      examples: ['./client.pem'],
    }),
    key: optionalField(secret(filled), 'Private key of that certificate: a PEM file, or PEM text', {
      examples: ['./client.key'],
    }),
    passphrase: optionalField(secret(filled), 'Passphrase of the private key', {
      examples: [{ keyring: 'esconn/client' }],
    }),
    verify: optionalField(v.boolean('must be true or false'), 'Whether certificates are verified', {
      default: true,
      examples: [false],
    }),
    serverName: optionalField(
      text(filled, serverNameMistake),
      'Host name that the certificate must match, where it is not the host of the node',
      { examples: ['es.example'], pattern: SERVER_NAME },
    ),
  })
  return v.pipe(tls, checkMapping(checkTls), v.metadata(TLS_RULES))
}

/** Whether a text is PEM itself, and not the path of a file. */
export const isPem = (value: string): boolean => /^\s*-----BEGIN /.test(value)

function checkTls({ ca, caFingerprint, cert, key, passphrase, verify }: Record<string, unknown>) {
  if (ca !== undefined && caFingerprint !== undefined) return 'must have only one of `ca` and `caFingerprint`'
  if (verify === false && (ca ?? caFingerprint) !== undefined)
    return 'cannot have `ca` or `caFingerprint` while `verify` is false'
  if ((cert === undefined) !== (key === undefined)) return 'needs `cert` and `key` together'
  return passphrase !== undefined && key === undefined ? 'has a `passphrase` without `key`' : undefined
}

function fingerprintMistake(value: string): string | undefined {
  return /^[0-9a-f]{64}$/i.test(value.replaceAll(':', ''))
    ? undefined
    : 'must be the SHA-256 of a certificate: 64 hexadecimal digits, with or without colons'
}

function serverNameMistake(value: string): string | undefined {
  return SERVER_NAME.test(value) ? undefined : 'must be a host name, without port or path'
}
