import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TlsOptions } from 'node:tls'
import test, { type ExecutionContext } from 'ava'
import { type Fault, WireError } from '../../../src/errors.ts'
import { routeTo } from '../../../src/wire/connect/route.ts'
import { diagnose } from '../../../src/wire/errors/tls-diagnosis.ts'
import { type Authority, authority, type Identity, selfSigned } from '../../support/certificates.ts'
import { answer, fin, nobody, raw, reset, send } from '../../support/raw.ts'
import { connect, hitsOf } from '../_connect.ts'
import { asked, HIT, serve, type TlsFields } from '../_tls.ts'

interface Setting {
  url: string
  tls?: TlsFields
}

type Arranged = (t: ExecutionContext, ours: Authority) => Promise<Setting>

const isRefused = test.macro(async (t, arrange: Arranged, fault: Fault, ...lines: string[]) => {
  const ours = await authority()
  const { url, tls } = await arrange(t, ours)
  const outcome = await asked(t, url, tls)
  const facts = { fault: outcome.fault, said: outcome.said.replace(/\b[\da-f]{64}\b/g, 'SHA256') }
  t.deepEqual(facts, { fault, said: lines.join('\n') })
  t.deepEqual(outcome.hits, [])
})

/** A node with this certificate; the alias trusts the authority of the test, or has the given `tls`. */
const by =
  (identity: (ours: Authority) => Promise<Identity & TlsOptions>, tls?: TlsFields): Arranged =>
  async (t, ours) => {
    const { url } = await serve(t, await identity(ours))
    return { url, tls: tls ?? { ca: ours.pem } }
  }

const FINGERPRINT =
  'if the owner of the cluster confirms the fingerprint: tls: { caFingerprint: "SHA256" }; or put the PEM file of its authority in `tls.ca`'

test(
  'an unknown authority that the node does not present',
  isRefused,
  by(ours => ours.issue(), {}),
  'untrusted',
  'logs: https://NODE: unknown certificate authority; the top of the presented chain is CN=esconn test node, SHA-256 SHA256',
  FINGERPRINT,
)
test(
  'an unknown authority that the node presents',
  isRefused,
  by(async ours => {
    const { cert, key } = await ours.issue()
    return { cert: cert + ours.pem, key }
  }, {}),
  'untrusted',
  'logs: https://NODE: unknown certificate authority; the top of the presented chain is CN=esconn test authority, SHA-256 SHA256',
  FINGERPRINT,
)
test(
  'a self-signed certificate',
  isRefused,
  by(() => selfSigned(), {}),
  'untrusted',
  'logs: https://NODE: the certificate is self-signed; the top of the presented chain is CN=esconn test node, SHA-256 SHA256',
  FINGERPRINT,
)
test(
  'an expired certificate',
  isRefused,
  by(ours => ours.issue({ until: new Date('2026-01-02T03:04:05Z') })),
  'untrusted',
  'logs: https://NODE: the certificate has expired (CN=esconn test node, on 2026-01-02)',
  'the node needs a new certificate, unless the clock of this machine is wrong',
)
test(
  'a certificate that is not valid yet',
  isRefused,
  by(ours => ours.issue({ from: new Date('2095-06-07T08:09:10Z'), until: new Date('2096-01-01') })),
  'untrusted',
  'logs: https://NODE: the certificate is not valid yet (CN=esconn test node, valid from 2095-06-07)',
  'is the clock of this machine right?',
)
test(
  'a certificate for other host names',
  isRefused,
  by(ours => ours.issue({ host: ['es1.example', '10.0.0.7'] })),
  'untrusted',
  'logs: https://NODE: the certificate is not for 127.0.0.1 but for es1.example, 10.0.0.7',
  'use a host name of the certificate in `node` of the alias, or set `tls.serverName` to one',
)

for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
  test(`${maxVersion}: the node requires a client certificate`, async t => {
    const ours = await authority()
    const { url } = await serve(t, { ...(await ours.issue()), requestCert: true, ca: ours.pem, maxVersion })
    const outcome = await asked(t, url, { ca: ours.pem })
    t.is(outcome.fault, 'tls')
    t.regex(outcome.said, /client certificate.*`tls\.cert`.*`tls\.key`/s)
  })
}
test(
  'only old TLS versions',
  isRefused,
  by(async ours => ({
    ...(await ours.issue()),
    minVersion: 'TLSv1',
    maxVersion: 'TLSv1.1',
    ciphers: 'DEFAULT@SECLEVEL=0',
  })),
  'tls',
  'logs: https://NODE: the server offers no secure TLS version (tlsv1 alert protocol version)',
  'the node must offer TLS 1.2 or 1.3',
)
test(
  'https:// to plain HTTP',
  isRefused,
  async t => ({
    url: (
      await raw(t, answer(), {
        greet: socket =>
          socket.once('data', () => {
            socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')
          }),
      })
    ).url.replace('http:', 'https:'),
  }),
  'tls',
  'logs: https://NODE: the server does not speak TLS',
  'if the node speaks plain HTTP, write http:// in `node` of the alias',
)
test(
  'http:// to TLS',
  isRefused,
  async (t, ours) => ({ url: (await serve(t, await ours.issue())).url.replace('https:', 'http:') }),
  'reset',
  'logs: http://NODE: the connection broke (ECONNRESET)',
  'if the node speaks TLS, write https:// in `node` of the alias',
)
test(
  'http:// to TLS that answers with an alert',
  isRefused,
  async t => ({ url: (await raw(t, fin(send(Buffer.from([0x15, 3, 3, 0, 2, 2, 70]))))).url }),
  'foreign',
  'logs: http://NODE: the server speaks TLS, not plain HTTP',
  'write https:// in `node` of the alias',
)

const OPENSSL = 'openssl'

/** A server that reports why it rejects a client certificate, as Node's does not. */
async function openssl(t: ExecutionContext, ours: Authority): Promise<string | undefined> {
  const { cert, key } = await ours.issue()
  const directory = mkdtempSync(join(tmpdir(), 'esconn-openssl-'))
  t.teardown(() => rmSync(directory, { recursive: true }))
  const file = (name: string, text: string) => {
    writeFileSync(join(directory, name), text)
    return join(directory, name)
  }
  const { port } = new URL(await nobody())
  const pem = [
    '-cert',
    file('cert.pem', cert),
    '-key',
    file('key.pem', key),
    '-CAfile',
    file('ca.pem', ours.pem),
  ]
  const verifying = ['-Verify', '1', '-verify_return_error', '-www', '-accept', port]
  const server = spawn(OPENSSL, ['s_server', ...pem, ...verifying])
  t.teardown(() => server.kill())
  const ready = await Promise.race([once(server.stdout, 'data'), once(server, 'error').then(() => undefined)])
  return ready && `https://127.0.0.1:${port}`
}

test('the node rejects the client certificate, and reports why', async t => {
  const ours = await authority()
  const url = await openssl(t, ours)
  if (url === undefined) {
    t.log('skipped: openssl is not installed')
    return t.pass()
  }
  const outcome = await asked(t, url, { ca: ours.pem, ...(await selfSigned()) })
  t.deepEqual(outcome, {
    hits: [],
    fault: 'tls',
    said: [
      'logs: https://NODE: the node rejected the client certificate (tlsv1 alert unknown ca)',
      '`tls.cert` of the alias must be issued by an authority that the node trusts, and be valid now',
    ].join('\n'),
  })
})

test('the node rejects the client certificate without a reason', async t => {
  const ours = await authority()
  const { url } = await serve(t, { ...(await ours.issue()), requestCert: true, ca: ours.pem })
  const outcome = await asked(t, url, { ca: ours.pem, ...(await selfSigned()) })
  t.deepEqual(outcome, {
    hits: [],
    fault: 'reset',
    said: [
      'logs: https://NODE: the connection broke (ECONNRESET)',
      'the node may not accept the certificate in `tls.cert` of the alias',
    ].join('\n'),
  })
})

test('a required client certificate is found out even if the alert was lost', async t => {
  const ours = await authority()
  const { url } = await serve(t, { ...(await ours.issue()), requestCert: true, ca: ours.pem })
  const lost = new WireError('reset', 'x', { cause: Object.assign(new Error('x'), { code: 'ECONNRESET' }) })
  const route = routeTo(url, { tls: { verify: true, ca: ours.pem } })
  const found = await diagnose(lost, route, undefined)
  t.deepEqual([found.fault, found.message], ['tls', `${url}: the node requires a client certificate`])
})

test('a reset that nothing explains stays a reset', async t => {
  const ours = await authority()
  const { url } = await raw(t, reset(send()), { tls: await ours.issue() })
  t.is(
    (await asked(t, url, { ca: ours.pem })).said,
    'logs: https://NODE: the connection broke (ECONNRESET)\n',
  )
})

test('an intermediate authority that the node does not present', async t => {
  const ours = await authority()
  const between = await ours.intermediate()
  const { url } = await serve(t, await between.issue())
  const { fault, said } = await asked(t, url, { ca: ours.pem })
  t.is(fault, 'untrusted')
  t.is(
    said,
    'logs: https://NODE: unknown certificate authority; the presented chain ends without the certificate of CN=esconn test intermediate\nthe node should send that certificate too; otherwise add its PEM file to `tls.ca`',
  )
  t.deepEqual((await asked(t, url, { ca: ours.pem + between.pem })).hits, [HIT])
})

test('an abort during the diagnosis ends the request', async t => {
  const ours = await authority()
  const { url } = await raw(t, reset(send()), { tls: await ours.issue() })
  const connection = connect(t, url, { tls: { verify: true, ca: ours.pem }, retries: 0 })
  const { error } = await hitsOf(connection, { signal: AbortSignal.timeout(150) })
  t.is(error?.fault, 'aborted')
})
