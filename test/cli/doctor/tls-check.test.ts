import { writeFileSync } from 'node:fs'
import type { Socket } from 'node:net'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { authority, days, fingerprint, type Identity, selfSigned } from '../../support/certificates.ts'
import { configured } from '../../support/configured.ts'
import { proxy } from '../../support/proxy.ts'
import { hang, raw } from '../../support/raw.ts'
import { answers, root, runDoctor } from './_doctor.ts'

const ELASTICSEARCH = answers({ '/': root() })
const serve = (t: ExecutionContext, tls: Identity) => raw(t, ELASTICSEARCH, { tls })

test('a certificate of a known authority: trust, host names, validity, fingerprint', async t => {
  const ca = await authority({ until: days(400) })
  const node = await ca.issue({ until: days(100.5) })
  const { url } = await serve(t, { ...node, cert: node.cert + ca.pem })
  const { of, status } = await runDoctor(t, { node: url, tls: { ca: ca.pem } })
  t.deepEqual(of('tls'), [
    'ok trusted by tls.ca',
    'ok the certificate is for localhost, 127.0.0.1, 0:0:0:0:0:0:0:1',
    `ok valid until ${days(100.5).toISOString().slice(0, 10)} (100 days left)`,
    `ok the top of the presented chain is CN=esconn test authority, SHA-256 ${fingerprint(ca.pem)}`,
  ])
  t.is(status, 0)
})

test('trusted by its fingerprint, directly and through a proxy', async t => {
  const ca = await authority({ until: days(400) })
  const node = await ca.issue({ until: days(100) })
  const { url } = await serve(t, { ...node, cert: node.cert + ca.pem })
  const tls = { caFingerprint: fingerprint(ca.pem) }
  const real = await proxy(t)
  for (const more of [{}, { proxy: real.url }]) {
    const { of, status } = await runDoctor(t, { node: url, tls, ...more })
    t.deepEqual([of('tls')[0], of('tls').length, status], ['ok trusted by tls.caFingerprint', 4, 0])
  }
  t.true(real.asked.length > 0)
  const wrong = await runDoctor(t, { node: url, tls: { caFingerprint: '0'.repeat(64) } })
  t.regex(wrong.of('tls')[0] ?? '', /^failed .*`tls\.caFingerprint`/)
  t.is(wrong.status, 60)
})

test('a certificate that expires within 30 days, and one that expires today', async t => {
  const ca = await authority({ until: days(400) })
  const soon = await serve(t, await ca.issue({ until: days(29.5), name: 'node of old' }))
  const { of, status } = await runDoctor(t, { node: soon.url, tls: { ca: ca.pem } })
  const day = days(29.5).toISOString().slice(0, 10)
  t.is(
    of('tls')[2],
    `warning CN=node of old expires on ${day}, in 29 days\nthe node needs a new certificate by then`,
  )
  t.is(status, 0)
  const today = await serve(t, await ca.issue({ until: days(0.1) }))
  t.regex((await runDoctor(t, { node: today.url, tls: { ca: ca.pem } })).of('tls')[2] ?? '', /, in 3 hours/)
})

test('an unknown authority, and a self-signed certificate: 60, with the fingerprint to trust', async t => {
  const ca = await authority()
  const node = await ca.issue()
  const unknown = await serve(t, { ...node, cert: node.cert + ca.pem })
  const ownAuthority = await serve(t, await selfSigned())
  for (const [{ url }, print] of [[unknown, fingerprint(ca.pem)] as const, [ownAuthority, ''] as const]) {
    const { of, status } = await runDoctor(t, { node: url })
    t.regex(of('tls')[0] ?? '', new RegExp(`^failed .*SHA-256 ${print}[^~]*caFingerprint: "${print}`))
    t.deepEqual([of('tls').length, status, of('reply')], [1, 60, ['skipped because tls failed']])
  }
})

test('expired, not valid yet, for another host: 60', async t => {
  const ca = await authority({ from: days(-400), until: days(400) })
  const rows: [Parameters<typeof ca.issue>[0], RegExp][] = [
    [{ until: days(-2) }, /^failed .*has expired.*\n.*new certificate/],
    [{ from: days(2), until: days(9) }, /^failed .*not valid .*\n.*clock/],
    [{ host: 'es1.example' }, /^failed the certificate is .*es1\.example\n.*tls\.serverName/],
  ]
  for (const [options, expected] of rows) {
    const { url, requests } = await serve(t, await ca.issue(options))
    const { of, status } = await runDoctor(t, { node: url, tls: { ca: ca.pem } })
    t.regex(of('tls')[0] ?? '', expected)
    t.deepEqual([status, requests.length], [60, 0])
  }
})

test('a host name by tls.serverName', async t => {
  const ca = await authority({ until: days(400) })
  const { url } = await serve(t, await ca.issue({ host: 'es1.example', until: days(100) }))
  const { of, status } = await runDoctor(t, { node: url, tls: { ca: ca.pem, serverName: 'es1.example' } })
  t.deepEqual([of('tls')[1], status], ['ok the certificate is for es1.example', 0])
})

test('verify: false is a warning, and so are the faults that it hides', async t => {
  const ca = await authority({ until: days(400) })
  const { url } = await serve(t, await ca.issue({ host: 'es1.example', until: days(-2), name: 'old' }))
  const { of, status } = await runDoctor(t, { node: url, tls: { verify: false } })
  const [checked = '', named, dated] = of('tls')
  t.regex(
    checked,
    /^warning the certificate is not verified \(tls\.verify is false\).*\n.*caFingerprint: "[0-9a-f]{64}"/,
  )
  t.is(
    named,
    'warning the certificate is for es1.example, not for 127.0.0.1\nset `tls.serverName` to a name it is for',
  )
  t.regex(dated ?? '', /^warning CN=old expired on /)
  t.is(status, 0)
})

test('plain HTTP where TLS is expected: 35; TLS where plain HTTP is expected', async t => {
  const refuse = (socket: Socket) => socket.end('HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n')
  const plain = await raw(t, hang, { greet: refuse })
  const expected = await runDoctor(t, { node: plain.url.replace('http:', 'https:') })
  t.regex(expected.of('tls')[0] ?? '', /^failed .*\n.* http:\/\//)
  t.is(expected.status, 35)
  const secure = await serve(t, await selfSigned())
  const { of, status } = await runDoctor(t, { node: secure.url.replace('https:', 'http:') })
  t.deepEqual(of('tls'), ['ok not used: the URL begins with http://'])
  t.regex(of('reply')[0] ?? '', /^failed .*\n.*https:\/\//)
  t.true([8, 56].includes(status), String(status))
})

test('tls for a node whose URL begins with http://', async t => {
  const { url } = await raw(t, ELASTICSEARCH)
  const { of, status } = await runDoctor(t, { node: url, tls: { verify: true } })
  t.deepEqual(of('tls'), [
    'warning not used: the URL begins with http://\nthe alias has `tls`: should the URL begin with https://?',
  ])
  t.is(status, 0)
  const pinned = await runDoctor(t, { node: url, tls: { caFingerprint: '0'.repeat(64) } })
  t.regex(pinned.of('tls')[0] ?? '', /^failed `tls\.caFingerprint` /)
  t.is(pinned.status, 78)
})

test('a TLS handshake that never ends: 28', async t => {
  const { url } = await raw(t, hang)
  const { of, status } = await runDoctor(t, { node: url.replace('http:', 'https:'), timeout: '300ms' })
  t.deepEqual([of('tls'), status], [['failed TLS handshake not finished within 300ms'], 28])
})

test('a required client certificate: presented, missing, and one with the wrong key', async t => {
  const ca = await authority({ until: days(400) })
  const demanding = {
    ...(await ca.issue({ until: days(100) })),
    ca: ca.pem,
    requestCert: true,
    rejectUnauthorized: true,
  }
  const { url } = await serve(t, demanding)
  const own = await ca.issue({ name: 'ada' })
  const key = join(configured(t, {}), 'key.pem')
  writeFileSync(key, own.key, { mode: 0o600 })
  const shown = await runDoctor(t, { node: url, tls: { ca: ca.pem, cert: own.cert, key } })
  t.deepEqual([shown.status, shown.of('tls')[0]], [0, 'ok trusted by tls.ca'])
  t.regex(shown.of('secrets')[0] ?? '', /tls\.key from \S+key\.pem/)
  const missing = await runDoctor(t, { node: url, tls: { ca: ca.pem } })
  t.regex(missing.of('tls')[0] ?? '', /^failed .*client certificate.*\n.*`tls\.cert`.*`tls\.key`/)
  t.is(missing.status, 35)
  const other = await ca.issue({ name: 'bob' })
  const wrong = await runDoctor(t, { node: url, tls: { ca: ca.pem, cert: other.cert, key } })
  t.regex(wrong.of('tls')[0] ?? '', /^failed `tls\.key` .*certificate/)
  t.is(wrong.status, 78)
})
