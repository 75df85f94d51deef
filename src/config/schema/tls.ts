import * as v from 'valibot'
import { described, fields, judged, text } from './rules.ts'
import { secret } from './secret.ts'

const SERVER_NAME = /^[\w.:-]+$/
const FINGERPRINT =
  '2F:5A:90:C7:0D:B1:44:E8:63:1C:A2:7E:98:D4:3B:06:F1:85:5E:29:CC:70:1A:B7:42:9D:E3:68:0F:B5:31:84'

/** What `tlsFault` says, for the JSON Schema. */
const SHAPE = {
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

/** How the cluster's certificate is judged, and which one is shown to it. */
export function tlsSchema(filled: boolean) {
  const tls = fields({
    ca: described(text(filled), 'The trusted authorities: a PEM file, relative to this file, or PEM text', {
      examples: ['./ca.pem'],
    }),
    caFingerprint: described(
      text(filled, fingerprintMistake),
      "SHA-256 of a certificate in the cluster's chain, which is trusted as its authority",
      { examples: [FINGERPRINT], pattern: /^:*(?:[0-9A-Fa-f]:*){64}$/ },
    ),
    cert: described(text(filled), 'Certificate to show to the cluster: a PEM file, or PEM text', {
      examples: ['./client.pem'],
    }),
    key: described(secret(filled), 'Key of that certificate: a PEM file, or PEM text', {
      examples: ['./client.key'],
    }),
    passphrase: described(secret(filled), 'Passphrase of the key', {
      examples: [{ keyring: 'esconn/client' }],
    }),
    verify: described(v.boolean('must be true or false'), 'Whether certificates are checked', {
      default: true,
      examples: [false],
    }),
    serverName: described(
      text(filled, serverNameMistake),
      'Name that the certificate must be for, where it is not the host of the node',
      { examples: ['es.example'], pattern: SERVER_NAME },
    ),
  })
  return v.pipe(tls, judged(tlsFault), v.metadata(SHAPE))
}

/** Whether a text is PEM itself, and not the path of a file. */
export const isPem = (value: string): boolean => /^\s*-----BEGIN /.test(value)

function tlsFault({ ca, caFingerprint, cert, key, passphrase, verify }: Record<string, unknown>) {
  if (ca !== undefined && caFingerprint !== undefined) return 'must have only one of `ca` and `caFingerprint`'
  if (verify === false && (ca ?? caFingerprint) !== undefined)
    return 'checks nothing by `ca` or `caFingerprint` while `verify` is false'
  if ((cert === undefined) !== (key === undefined)) return 'needs `cert` and `key` together'
  return passphrase !== undefined && key === undefined ? 'has a `passphrase` without `key`' : undefined
}

function fingerprintMistake(value: string): string | undefined {
  return /^[0-9a-f]{64}$/i.test(value.replaceAll(':', ''))
    ? undefined
    : 'must be the SHA-256 of a certificate: 64 hexadecimal digits, colons between them or not'
}

function serverNameMistake(value: string): string | undefined {
  return SERVER_NAME.test(value) ? undefined : 'must be the name of a host, without port or path'
}
