import * as v from 'valibot'
import { described, fields, judged, text } from './rules.ts'
import { secret } from './secret.ts'

/** How the cluster's certificate is judged, and which one is shown to it. */
export function tlsSchema(filled: boolean) {
  const tls = fields({
    ca: described(text(filled), 'The trusted authorities: a PEM file, relative to this file, or PEM text'),
    caFingerprint: described(
      text(filled, fingerprintMistake),
      "SHA-256 of a certificate in the cluster's chain, which is trusted as its authority",
    ),
    cert: described(text(filled), 'Certificate to show to the cluster: a PEM file, or PEM text'),
    key: described(secret(filled), 'Key of that certificate: a PEM file, or PEM text'),
    passphrase: described(secret(filled), 'Passphrase of the key'),
    verify: described(v.boolean('must be true or false'), 'Whether certificates are checked; default true'),
    serverName: described(
      text(filled, serverNameMistake),
      'Name that the certificate must be for, where it is not the host of the node',
    ),
  })
  return v.pipe(tls, judged(tlsFault))
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
  return /^[\w.:-]+$/.test(value) ? undefined : 'must be the name of a host, without port or path'
}
