import { generateKeyPairSync } from 'node:crypto'
import { inspect } from 'node:util'
import test from 'ava'
import type { Settled } from '../../src/config/settled.ts'
import { ConfigError } from '../../src/errors.ts'
import { authority, encrypted, fingerprint, type Identity } from '../support/certificates.ts'
import { answer, raw } from '../support/raw.ts'
import { connect } from './_connect.ts'

type Tls = Partial<Settled['tls']>

const damaged = (pem: string): string => pem.replace(/\n..../, '\n++++')

type Mistake = (own: Identity, other: Identity) => Tls | Promise<Tls>

const isMistaken = test.macro(async (t, mistake: Mistake, words: string) => {
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
  '`tls.key` is not the key of the certificate in `tls.cert`',
)
test(
  'a key of another kind',
  isMistaken,
  ({ cert }) => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    return { cert, key: privateKey.export({ type: 'pkcs1', format: 'pem' }).toString() }
  },
  '`tls.key` is not the key of the certificate in `tls.cert`',
)
test(
  'a wrong passphrase',
  isMistaken,
  ({ cert, key }) => ({ cert, key: encrypted(key, 'right'), passphrase: 'wrong' }),
  '`tls.key` cannot be decrypted by the passphrase in `tls.passphrase`',
)
test(
  'no passphrase',
  isMistaken,
  ({ cert, key }) => ({ cert, key: encrypted(key, 'right') }),
  '`tls.key` is encrypted: give its passphrase in `tls.passphrase`',
)
test(
  'a certificate instead of a key',
  isMistaken,
  ({ cert }) => ({ cert, key: cert }),
  '`tls.key` holds no private key in PEM form',
)
test(
  'a key that is damaged',
  isMistaken,
  ({ cert, key }) => ({ cert, key: damaged(key) }),
  '`tls.key` holds a private key that cannot be read',
)
test(
  'a key instead of a certificate',
  isMistaken,
  ({ key }) => ({ cert: key, key }),
  '`tls.cert` holds no certificate in PEM form',
)
test(
  'a certificate that is damaged',
  isMistaken,
  ({ cert, key }) => ({ cert: damaged(cert), key }),
  '`tls.cert`: certificate 1 in it cannot be read',
)
test('no authority in `ca`', isMistaken, () => ({ ca: 'hello' }), '`tls.ca` holds no certificate in PEM form')
test(
  'a damaged authority behind a whole one',
  isMistaken,
  ({ cert }) => ({ ca: cert + damaged(cert) }),
  '`tls.ca`: certificate 2 in it cannot be read',
)

test('a fingerprint is of no use to a node without TLS', async t => {
  const { url, requests } = await raw(t, answer())
  const connection = connect(t, url, { tls: { verify: true, caFingerprint: '0'.repeat(64) } })
  const error = await t.throwsAsync<ConfigError>(connection.cat.indices(), { instanceOf: ConfigError })
  t.is(error?.message, `logs: \`tls.caFingerprint\` is of no use for ${url}`)
  t.is(error?.advice, 'a node shows a certificate only where its URL begins with https://')
  t.is(requests.length, 0)
})

test('what opens the connections shows no key', async t => {
  const ours = await authority()
  const own = await ours.issue()
  const node = await raw(t, answer(), { tls: { ...own, cert: own.cert + ours.pem } })
  const { cert, key } = await ours.issue()
  const secret = { cert, key: encrypted(key, 's3cret'), passphrase: 's3cret' }
  for (const trust of [{ ca: ours.pem }, { caFingerprint: fingerprint(ours.pem) }]) {
    const connection = connect(t, node.url, { tls: { verify: true, ...secret, ...trust } })
    await connection.search()
    const [{ agent } = {}] = connection.connectionPool.connections as { agent?: object }[]
    t.is(inspect(agent, { depth: 9, showHidden: true }), `{ node: '${node.url}' }`)
    t.is(JSON.stringify(agent), `{"node":"${node.url}"}`)
  }
})
