import { generateKeyPairSync } from 'node:crypto'
import { inspect } from 'node:util'
import test from 'ava'
import { ConfigError } from '../../../src/errors.ts'
import { authority, encrypted, type Identity } from '../../support/certificates.ts'
import { answer, raw } from '../../support/raw.ts'
import { connect } from '../_connect.ts'
import type { TlsFields } from '../_tls.ts'

const damaged = (pem: string): string => pem.replace(/\n..../, '\n++++')

type MakeMaterial = (own: Identity, other: Identity) => TlsFields | Promise<TlsFields>

const isMistaken = test.macro(async (t, mistake: MakeMaterial, words: string) => {
  const ours = await authority()
  const { url, requests } = await raw(t, answer(), { tls: await ours.issue() })
  const tls = { ca: ours.pem, ...(await mistake(await ours.issue(), await ours.issue())) }
  const error = await t.throwsAsync(connect(t, url, { tls: { verify: true, ...tls } }).cat.indices(), {
    instanceOf: ConfigError,
  })
  t.is(error.message, `logs: ${words}`)
  t.false(inspect(error).includes('BEGIN'))
  t.is(requests.length, 0)
})

test(
  'a key of another certificate',
  isMistaken,
  ({ cert }, { key }) => ({ cert, key }),
  '`tls.key` does not match the certificate in `tls.cert`',
)
test(
  'a key of another kind',
  isMistaken,
  ({ cert }) => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    return { cert, key: privateKey.export({ type: 'pkcs1', format: 'pem' }).toString() }
  },
  '`tls.key` does not match the certificate in `tls.cert`',
)
test(
  'a wrong passphrase',
  isMistaken,
  ({ cert, key }) => ({ cert, key: encrypted(key, 'right'), passphrase: 'wrong' }),
  '`tls.key` cannot be decrypted with the passphrase in `tls.passphrase`',
)
test(
  'no passphrase',
  isMistaken,
  ({ cert, key }) => ({ cert, key: encrypted(key, 'right') }),
  '`tls.key` is encrypted: set `tls.passphrase`',
)
test(
  'a certificate instead of a key',
  isMistaken,
  ({ cert }) => ({ cert, key: cert }),
  '`tls.key` contains no PEM private key',
)
test(
  'a damaged key',
  isMistaken,
  ({ cert, key }) => ({ cert, key: damaged(key) }),
  '`tls.key` contains a private key that cannot be read',
)
test(
  'a key instead of a certificate',
  isMistaken,
  ({ key }) => ({ cert: key, key }),
  '`tls.cert` contains no PEM certificate',
)
test(
  'a damaged certificate',
  isMistaken,
  ({ cert, key }) => ({ cert: damaged(cert), key }),
  '`tls.cert`: certificate 1 cannot be read',
)
test('no authority in `ca`', isMistaken, () => ({ ca: 'hello' }), '`tls.ca` contains no PEM certificate')
test(
  'a damaged authority after a valid one',
  isMistaken,
  ({ cert }) => ({ ca: cert + damaged(cert) }),
  '`tls.ca`: certificate 2 cannot be read',
)
