import test from 'ava'
import { authority, fingerprint } from '../support/certificates.ts'
import { configured } from '../support/configured.ts'
import { esconn } from '../support/esconn.ts'
import { answer, raw } from '../support/raw.ts'

// The command line runs on two TLS libraries, Node's and, in the executable, Bun's: where they differ.

const HIT = '{"_id":"1"}'

for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const)
  test(`${maxVersion}: a pinned certificate of a node that requires a client certificate`, async t => {
    const ours = await authority()
    const options = { requestCert: true, ca: ours.pem, maxVersion }
    const { cert, key } = await ours.issue()
    const { url } = await raw(t, answer([HIT]), { tls: { cert: `${cert}\n${ours.pem}`, key, ...options } })
    const tls = { caFingerprint: fingerprint(ours.pem), ...(await ours.issue()) }
    const cwd = configured(t, { aliases: { default: { node: url, tls } } })
    const argv = ['search', 'x', '--config', '.esconnrc']
    t.deepEqual(await esconn(argv, { cwd }), { status: 0, stdout: `${HIT}\n`, stderr: [] })
  })

test('a message of the TLS library is in plain words', async t => {
  const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const
  const { issue, pem } = await authority()
  const { url } = await raw(t, answer([HIT]), { tls: { ...(await issue()), ...old } })
  const cwd = configured(t, { aliases: { default: { node: url, tls: { ca: pem } } } })
  const { status, stderr } = await esconn(['ping', '--config', '.esconnrc'], { cwd })
  t.is(status, 35)
  t.is(stderr[0], `default: ${url}: the server offers no secure TLS version (tlsv1 alert protocol version)`)
})
