import { once } from 'node:events'
import { type AddressInfo, createServer, connect as dial } from 'node:net'
import type { TlsOptions } from 'node:tls'
import test, { type ExecutionContext } from 'ava'
import { authority, encrypted, selfSigned } from '../../support/certificates.ts'
import { connect, hitsOf } from '../_connect.ts'
import { asked, HIT, serve } from '../_tls.ts'

test('an authority in `ca`, by address and by host name', async t => {
  const ours = await authority()
  const { url } = await serve(t, await ours.issue())
  t.deepEqual((await asked(t, url, { ca: ours.pem })).hits, [HIT])
  t.deepEqual((await asked(t, url.replace('127.0.0.1', 'localhost'), { ca: ours.pem })).hits, [HIT])
})

test('one of several authorities, with an intermediate one', async t => {
  const [ours, other] = [await authority(), await authority({ name: 'another authority' })]
  const between = await ours.intermediate()
  const own = await between.issue()
  const { url } = await serve(t, { ...own, cert: own.cert + between.pem })
  t.deepEqual((await asked(t, url, { ca: `${other.pem}\n# ours\n${ours.pem}` })).hits, [HIT])
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

test('`serverName` is sent as SNI, and verified', async t => {
  const ours = await authority()
  const serverNames: (string | false | undefined)[] = []
  const SNICallback: TlsOptions['SNICallback'] = (name, done) => {
    serverNames.push(name)
    done(null)
  }
  const { url } = await serve(t, { ...(await ours.issue({ host: 'es1.example' })), SNICallback })
  t.deepEqual((await asked(t, url, { ca: ours.pem, serverName: 'es1.example' })).hits, [HIT])
  t.is((await asked(t, url, { ca: ours.pem, serverName: 'es2.example' })).fault, 'untrusted')
  t.is((await asked(t, url, { ca: ours.pem })).fault, 'untrusted')
  t.deepEqual(serverNames, ['es1.example', 'es2.example'])
})

test('an address as `serverName` is verified, and not sent as SNI', async t => {
  const ours = await authority()
  const serverNames: string[] = []
  const SNICallback: TlsOptions['SNICallback'] = (name, done) => {
    serverNames.push(name)
    done(null)
  }
  for (const host of ['10.0.0.7', 'fd00::7']) {
    const { url } = await serve(t, { ...(await ours.issue({ host })), SNICallback })
    const local = url.replace('127.0.0.1', 'localhost')
    t.deepEqual((await asked(t, local, { ca: ours.pem, serverName: host })).hits, [HIT])
    t.is((await asked(t, local, { ca: ours.pem, serverName: '10.0.0.8' })).fault, 'untrusted')
  }
  t.deepEqual(serverNames, [])
})

test('a header `Host` changes neither SNI nor the name that is verified', async t => {
  const ours = await authority()
  const { url } = await serve(t, await ours.issue({ host: 'es1.example' }))
  const connection = connect(t, url, {
    tls: { verify: true, ca: ours.pem },
    headers: { host: 'es1.example' },
  })
  t.is((await hitsOf(connection)).error?.fault, 'untrusted')
})

test('a client certificate, its key plain and encrypted', async t => {
  const ours = await authority()
  const { cert, key } = await ours.issue({ name: 'ada' })
  const { url } = await serve(t, { ...(await ours.issue()), requestCert: true, ca: ours.pem })
  t.deepEqual((await asked(t, url, { ca: ours.pem, cert, key })).hits, [HIT])
  const secret = { key: encrypted(key, 'pass phrase'), passphrase: 'pass phrase' }
  t.deepEqual((await asked(t, url, { ca: ours.pem, cert, ...secret })).hits, [HIT])
})
