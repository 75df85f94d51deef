import type { Definition } from '../schema/alias.ts'
import { isPem } from '../schema/tls.ts'
import type { Tls } from '../settled.ts'
import type { SecretReader } from './reader.ts'

/** What an alias says of TLS, its files read. */
export async function tlsOf(
  { ca, caFingerprint, cert, key, passphrase, verify = true, serverName }: NonNullable<Definition['tls']>,
  reader: SecretReader,
): Promise<Tls> {
  const files = Object.entries({ ca, cert, key }).flatMap(([field, value]) =>
    typeof value === 'string' && !isPem(value) ? [[field, reader.path(value)]] : [],
  )
  return {
    files: Object.fromEntries(files),
    ca: pemOf(ca, 'ca', reader),
    cert: pemOf(cert, 'cert', reader),
    key: await keyOf(key, reader),
    passphrase: await reader.secret(passphrase, ['tls', 'passphrase']),
    caFingerprint: caFingerprint?.replaceAll(':', '').toLowerCase(),
    serverName,
    verify,
  }
}

function pemOf(value: string | undefined, field: 'ca' | 'cert', reader: SecretReader): string | undefined {
  if (value === undefined) return undefined
  const path = ['tls', field]
  return reader.judged(isPem(value) ? value : reader.file(value, path), path)
}

async function keyOf(
  value: NonNullable<Definition['tls']>['key'],
  reader: SecretReader,
): Promise<string | undefined> {
  const path = ['tls', 'key']
  const source = typeof value === 'string' && !isPem(value) ? reader.file(value, path) : value
  return await reader.secret(source, path)
}
