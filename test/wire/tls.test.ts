import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer, connect as dial } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TlsOptions } from 'node:tls'
import test, { type ExecutionContext } from 'ava'
import type { Settled } from '../../src/config/settled.ts'
import { type EsconnError, type Fault, WireError } from '../../src/errors.ts'
import { explained } from '../../src/wire/explain.ts'
import { wayTo } from '../../src/wire/way.ts'
import { type Authority, authority, encrypted, type Identity, selfSigned } from '../support/certificates.ts'
import { answer, fin, nobody, raw, reset, send } from '../support/raw.ts'
import { connect, hitsOf } from './_connect.ts'

const HIT = '{"_id":"1"}'

type Tls = Partial<Settled['tls']>

/** What a search by an alias with this `tls` came to, the node being called `https://NODE`. */
async function asked(t: ExecutionContext, url: string, tls: Tls = {}) {
  const { hits, error } = await hitsOf(connect(t, url, { tls: { verify: true, ...tls }, retries: 0 }), {
    timeout: 5000,
  })
  return { hits, fault: error?.fault, said: said(error).replaceAll(new URL(url).host, 'NODE') }
}

const said = (error?: EsconnError): string => (error ? [error.message, error.advice].join('\n') : '')

const serve = (t: ExecutionContext, tls: Identity & TlsOptions) => raw(t, answer([HIT]), { tls })

test('an authority in `ca`, and a name that is none of the certificate', async t => {
  const ours = await authority()
  const { url } = await serve(t, await ours.issue())
  t.deepEqual((await asked(t, url, { ca: ours.pem })).hits, [HIT])
  t.deepEqual((await asked(t, url.replace('127.0.0.1', 'localhost'), { ca: ours.pem })).hits, [HIT])
})

test('an authority among others, behind an intermediate one', async t => {
  const [ours, other] = [await authority(), await authority({ name: 'another authority' })]
  const between = await ours.intermediate()
  const own = await between.issue()
  const { url } = await serve(t, { ...own, cert: own.cert + between.pem })
  t.deepEqual((await asked(t, url, { ca: `${other.pem}\n# ours\n${ours.pem}` })).hits, [HIT])
})

test('an intermediate authority that the node does not show', async t => {
  const ours = await authority()
  const between = await ours.intermediate()
  const { url } = await serve(t, await between.issue())
  const { fault, said } = await asked(t, url, { ca: ours.pem })
  t.is(fault, 'untrusted')
  t.is(
    said,
    'logs: https://NODE: the authority of the certificate is not known; the node shows none of CN=esconn test intermediate, who issued the last that it shows\nthe node should show it too; else put its PEM file behind the others in `tls.ca`',
  )
  t.deepEqual((await asked(t, url, { ca: ours.pem + between.pem })).hits, [HIT])
})

test('without verification', async t => {
  const { url } = await serve(t, await selfSigned({ host: 'elsewhere.example' }))
  t.deepEqual((await asked(t, url, { verify: false })).hits, [HIT])
})

test('an IPv6 node', async t => {
  const ours = await authority()
  const { url } = await serve(t, await ours.issue())
  const port = await forwarded(t, Number(new URL(url).port))
  t.deepEqual((await asked(t, `https://[::1]:${port}`, { ca: ours.pem })).hits, [HIT])
  const other = await serve(t, await ours.issue({ host: 'es1.example' }))
  const theirs = await forwarded(t, Number(new URL(other.url).port))
  t.regex(
    (await asked(t, `https://[::1]:${theirs}`, { ca: ours.pem })).said,
    /not for ::1 but for es1\.example/,
  )
})

/** A port of ::1 that leads to one of 127.0.0.1. */
async function forwarded(t: ExecutionContext, port: number): Promise<number> {
  const server = createServer(socket => {
    socket
      .on('error', () => {})
      .pipe(dial(port, '127.0.0.1').on('error', () => {}))
      .pipe(socket)
  })
  await once(server.listen(0, '::1'), 'listening')
  t.teardown(() => server.close())
  return (server.address() as AddressInfo).port
}

test('`serverName` is asked for, and judged by', async t => {
  const ours = await authority()
  const asking: (string | false | undefined)[] = []
  const SNICallback: TlsOptions['SNICallback'] = (name, done) => {
    asking.push(name)
    done(null)
  }
  const { url } = await serve(t, { ...(await ours.issue({ host: 'es1.example' })), SNICallback })
  t.deepEqual((await asked(t, url, { ca: ours.pem, serverName: 'es1.example' })).hits, [HIT])
  t.is((await asked(t, url, { ca: ours.pem, serverName: 'es2.example' })).fault, 'untrusted')
  t.is((await asked(t, url, { ca: ours.pem })).fault, 'untrusted')
  t.deepEqual(asking, ['es1.example', 'es2.example'])
})

test('an address as `serverName` is judged by, and not asked for', async t => {
  const ours = await authority()
  const asking: string[] = []
  const SNICallback: TlsOptions['SNICallback'] = (name, done) => {
    asking.push(name)
    done(null)
  }
  for (const host of ['10.0.0.7', 'fd00::7']) {
    const { url } = await serve(t, { ...(await ours.issue({ host })), SNICallback })
    const local = url.replace('127.0.0.1', 'localhost')
    t.deepEqual((await asked(t, local, { ca: ours.pem, serverName: host })).hits, [HIT])
    t.is((await asked(t, local, { ca: ours.pem, serverName: '10.0.0.8' })).fault, 'untrusted')
  }
  t.deepEqual(asking, [])
})

test('a header `Host` changes neither the name that is asked for nor the one that is judged by', async t => {
  const ours = await authority()
  const { url } = await serve(t, await ours.issue({ host: 'es1.example' }))
  const connection = connect(t, url, {
    tls: { verify: true, ca: ours.pem },
    headers: { host: 'es1.example' },
  })
  t.is((await hitsOf(connection)).error?.fault, 'untrusted')
})

test('a client certificate, its key encrypted', async t => {
  const ours = await authority()
  const { cert, key } = await ours.issue({ name: 'ada' })
  const { url } = await serve(t, { ...(await ours.issue()), requestCert: true, ca: ours.pem })
  t.deepEqual((await asked(t, url, { ca: ours.pem, cert, key })).hits, [HIT])
  const secret = { key: encrypted(key, 'pass phrase'), passphrase: 'pass phrase' }
  t.deepEqual((await asked(t, url, { ca: ours.pem, cert, ...secret })).hits, [HIT])
})

interface Setting {
  url: string
  tls?: Tls
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

/** A node that is like this, and an alias that trusts the test's authority or has the `tls` given. */
const by =
  (identity: (ours: Authority) => Promise<Identity & TlsOptions>, tls?: Tls): Arranged =>
  async (t, ours) => {
    const { url } = await serve(t, await identity(ours))
    return { url, tls: tls ?? { ca: ours.pem } }
  }

const FINGERPRINT =
  'if the owner of the cluster confirms it: tls: { caFingerprint: "SHA256" }; or put the PEM file of its authority in `tls.ca`'

test(
  'an authority that is not known, nor shown',
  isRefused,
  by(ours => ours.issue(), {}),
  'untrusted',
  'logs: https://NODE: the authority of the certificate is not known; topmost of what the node shows is CN=esconn test node, SHA-256 SHA256',
  FINGERPRINT,
)
test(
  'an authority that is not known, and shown',
  isRefused,
  by(async ours => {
    const { cert, key } = await ours.issue()
    return { cert: cert + ours.pem, key }
  }, {}),
  'untrusted',
  'logs: https://NODE: the authority of the certificate is not known; topmost of what the node shows is CN=esconn test authority, SHA-256 SHA256',
  FINGERPRINT,
)
test(
  'a certificate of its own making',
  isRefused,
  by(() => selfSigned(), {}),
  'untrusted',
  'logs: https://NODE: nobody vouches for the certificate but itself; topmost of what the node shows is CN=esconn test node, SHA-256 SHA256',
  FINGERPRINT,
)
test(
  'an expired certificate',
  isRefused,
  by(ours => ours.issue({ until: new Date('2026-01-02T03:04:05Z') })),
  'untrusted',
  'logs: https://NODE: the certificate has expired (CN=esconn test node, on 2026-01-02)',
  'the node needs a new certificate, if the clock of this machine is right',
)
test(
  'a certificate that is not valid yet',
  isRefused,
  by(ours => ours.issue({ from: new Date('2095-06-07T08:09:10Z'), until: new Date('2096-01-01') })),
  'untrusted',
  'logs: https://NODE: the certificate is not valid yet (CN=esconn test node, only from 2095-06-07 on)',
  'is the clock of this machine right?',
)
test(
  'a certificate for others',
  isRefused,
  by(ours => ours.issue({ host: ['es1.example', '10.0.0.7'] })),
  'untrusted',
  'logs: https://NODE: the certificate is not for 127.0.0.1 but for es1.example, 10.0.0.7',
  'the host in `node` of the alias must be one that the certificate is for, or `tls.serverName` name one',
)

for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
  test(`${maxVersion}: the node wants a client certificate`, async t => {
    const ours = await authority()
    const { url } = await serve(t, { ...(await ours.issue()), requestCert: true, ca: ours.pem, maxVersion })
    const outcome = await asked(t, url, { ca: ours.pem })
    t.is(outcome.fault, 'tls')
    t.regex(outcome.said, /client certificate.*`tls\.cert`.*`tls\.key`/s)
  })
}
test(
  'TLS of the past',
  isRefused,
  by(async ours => ({
    ...(await ours.issue()),
    minVersion: 'TLSv1',
    maxVersion: 'TLSv1.1',
    ciphers: 'DEFAULT@SECLEVEL=0',
  })),
  'tls',
  'logs: https://NODE: no TLS version is spoken there that is safe (tlsv1 alert protocol version)',
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
  'logs: https://NODE: no TLS is spoken there',
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
  'http:// to TLS that says so',
  isRefused,
  async t => ({ url: (await raw(t, fin(send(Buffer.from([0x15, 3, 3, 0, 2, 2, 70]))))).url }),
  'foreign',
  'logs: http://NODE: the reply is TLS, no plain HTTP',
  'write https:// in `node` of the alias',
)

const OPENSSL = 'openssl'

/** A server that says why it does not like a client's certificate, as Node's does not. */
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
  const judging = ['-Verify', '1', '-verify_return_error', '-www', '-accept', port]
  const server = spawn(OPENSSL, ['s_server', ...pem, ...judging])
  t.teardown(() => server.kill())
  const ready = await Promise.race([once(server.stdout, 'data'), once(server, 'error').then(() => undefined)])
  return ready && `https://127.0.0.1:${port}`
}

test('the node refuses our certificate, and says so', async t => {
  const ours = await authority()
  const url = await openssl(t, ours)
  if (url === undefined) {
    t.log('left out: there is no openssl on this machine')
    return t.pass()
  }
  const outcome = await asked(t, url, { ca: ours.pem, ...(await selfSigned()) })
  t.deepEqual(outcome, {
    hits: [],
    fault: 'tls',
    said: [
      'logs: https://NODE: the client certificate is refused (tlsv1 alert unknown ca)',
      '`tls.cert` of the alias must come from an authority that the node trusts, and be valid now',
    ].join('\n'),
  })
})

test('the node refuses our certificate, and says nothing', async t => {
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

test('what a node wants is found out when its alert was lost', async t => {
  const ours = await authority()
  const { url } = await serve(t, { ...(await ours.issue()), requestCert: true, ca: ours.pem })
  const lost = new WireError('reset', 'x', { cause: Object.assign(new Error('x'), { code: 'ECONNRESET' }) })
  const way = wayTo(url, { tls: { verify: true, ca: ours.pem } })
  const found = await explained(lost, way, undefined)
  t.deepEqual([found.fault, found.message], ['tls', `${url}: a client certificate is wanted`])
})

test('a reset is a reset', async t => {
  const ours = await authority()
  const { url } = await raw(t, reset(send()), { tls: await ours.issue() })
  t.is(
    (await asked(t, url, { ca: ours.pem })).said,
    'logs: https://NODE: the connection broke (ECONNRESET)\n',
  )
})
