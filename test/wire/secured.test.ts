import { setTimeout as sleep } from 'node:timers/promises'
import { connect as dial } from 'node:tls'
import test, { type ExecutionContext } from 'ava'
import { createConnections } from '../../src/connections.ts'
import { PASSWORDS, SERVICE_TOKEN, type Secured, startSecured } from '../cluster/secured.ts'
import { onOwnServers, onServers } from '../cluster/servers.ts'
import { authority, encrypted, fingerprint, type Identity, selfSigned } from '../support/certificates.ts'
import { configured } from '../support/configured.ts'
import { esconn } from '../support/esconn.ts'
import { proxy } from '../support/proxy.ts'

const ownServers = onOwnServers(test)
const ADA = { username: 'ada', password: PASSWORDS.ada }
const BOB = { username: 'bob', password: PASSWORDS.bob }

let server: Secured
/** The same, but that it wants to be shown a certificate. */
let strict: Secured
let own: Identity

ownServers('two real clusters with TLS, users and roles', async t => {
  t.timeout(180_000, 'servers may take their time to start')
  const starts = [
    startSecured(),
    startSecured({ client_authentication: 'required', certificate_authorities: ['tls/ca.pem'] }),
  ]
  await Promise.allSettled(starts)
  ;[server, strict] = (await Promise.all(starts)) as [Secured, Secured]
  own = await server.authority.issue()
  t.pass()
})

test.after.always('stop them', async () => {
  await Promise.all([server?.stop(), strict?.stop()])
})

interface Wishes {
  index?: string
  env?: Record<string, string>
}

/** What the command line says to a definition of `default`: its status, and the lines with HOST for the address. */
async function search(
  t: ExecutionContext,
  definition: Record<string, unknown>,
  { index = 'logs-a', env = {} }: Wishes = {},
) {
  const alias = { auth: ADA, ...definition }
  const cwd = configured(t, { aliases: { default: alias } })
  const { status, stderr } = await esconn(['search', index, '--config', '.esconnrc'], { cwd, env })
  return [status, ...stderr.map(line => line.replaceAll(/(?<=\/\/)127\.0\.0\.1:\d+/g, 'HOST'))]
}

const quoted = (text: string): RegExp => new RegExp(text.replaceAll(/[.()[\]{}|]/g, '\\$&'))

/** Has the server show another certificate, and waits until it does. */
async function show(t: ExecutionContext, identity: Identity, authority = ''): Promise<void> {
  const cert = identity.cert + authority
  server.present({ ...identity, cert })
  const wanted = fingerprint(identity.cert)
  for (let tries = 0; (await shown()) !== wanted; tries++) {
    if (tries > 200) return t.fail('the server does not show the other certificate')
    await sleep(50)
  }
}

async function shown(): Promise<string> {
  const socket = dial({
    host: '127.0.0.1',
    port: Number(new URL(server.url).port),
    rejectUnauthorized: false,
  })
  return await new Promise((resolve, reject) => {
    socket.once('error', reject)
    socket.once('secureConnect', () => {
      resolve(socket.getPeerCertificate().fingerprint256.replaceAll(':', '').toLowerCase())
      socket.destroy()
    })
  })
}

ownServers('each way to trust it', async t => {
  const { authority: issuer, url } = server
  const ways = [
    { ca: issuer.pem },
    { caFingerprint: fingerprint(issuer.pem) },
    { caFingerprint: await shown() },
    { verify: false },
  ]
  for (const tls of ways) t.deepEqual(await search(t, { node: url, tls }), [0], Object.keys(tls)[0])
})

ownServers('an authority that is not known: 60, and the line that mends it does', async t => {
  const sha = fingerprint(server.authority.pem)
  const [status, said, advice = ''] = await search(t, { node: server.url })
  t.deepEqual(
    [status, said],
    [
      60,
      `default: https://HOST: the authority of the certificate is not known; topmost of what the node shows is CN=esconn test authority, SHA-256 ${sha}`,
    ],
  )
  const [, given = ''] = /tls: \{ caFingerprint: "(\w+)" \}/.exec(String(advice)) ?? []
  t.deepEqual(await search(t, { node: server.url, tls: { caFingerprint: given } }), [0])
})

ownServers('the fingerprint, or the authority, of somebody else: 60', async t => {
  const other = await authority()
  const top = `opmost of what .* shows is CN=esconn test authority, SHA-256 ${fingerprint(server.authority.pem)}$`
  const rows: [object, string][] = [
    [{ ca: other.pem }, 'is of another authority than the trusted one of the same name; t'],
    [
      { caFingerprint: fingerprint(other.pem) },
      'the node does not show the certificate of `tls.caFingerprint`: t',
    ],
  ]
  for (const [tls, words] of rows) {
    const [status, said] = await search(t, { node: server.url, tls })
    t.is(status, 60)
    t.regex(String(said), new RegExp(words + top))
  }
})

ownServers('plain HTTP on a TLS port: 56, and what to write', async t => {
  t.deepEqual(await search(t, { node: server.url.replace('https:', 'http:') }), [
    56,
    'default: http://HOST: the connection broke (ECONNRESET), after 2 attempts',
    'if the node speaks TLS, write https:// in `node` of the alias',
  ])
})

ownServers('a client certificate is wanted: 35, and the field', async t => {
  const { authority: issuer, url } = strict
  const tls = { ca: issuer.pem }
  t.deepEqual(await search(t, { node: url, tls }), [
    35,
    'default: https://HOST: a client certificate is wanted',
    'put one that the node accepts in `tls.cert` of the alias, and its key in `tls.key`',
  ])
  const { cert, key } = await issuer.issue()
  t.deepEqual(await search(t, { node: url, tls: { ...tls, cert, key } }), [0])
  const secret = { key: encrypted(key, 'key-word'), passphrase: 'key-word' }
  t.deepEqual(await search(t, { node: url, tls: { ...tls, cert, ...secret } }), [0])
  const foreign = await (await authority()).issue()
  const [status, said] = await search(t, { node: url, tls: { ...tls, ...foreign } })
  t.is(status, 35)
  t.regex(String(said), /the client certificate is refused \(/)
})

ownServers('a certificate that has expired: 60', async t => {
  const { authority: issuer, url } = server
  await show(t, await issuer.issue({ until: new Date('2026-01-31T12:00:00Z') }), issuer.pem)
  t.deepEqual(await search(t, { node: url, tls: { ca: issuer.pem } }), [
    60,
    'default: https://HOST: the certificate has expired (CN=esconn test node, on 2026-01-31)',
    'the node needs a new certificate, if the clock of this machine is right',
  ])
})

ownServers('a certificate for another host: 60, and `serverName` mends it', async t => {
  const { authority: issuer, url } = server
  await show(t, await issuer.issue({ host: 'es1.example' }), issuer.pem)
  const tls = { ca: issuer.pem }
  t.deepEqual(await search(t, { node: url, tls }), [
    60,
    'default: https://HOST: the certificate is not for 127.0.0.1 but for es1.example',
    'the host in `node` of the alias must be one that the certificate is for, or `tls.serverName` name one',
  ])
  t.deepEqual(await search(t, { node: url, tls: { ...tls, serverName: 'es1.example' } }), [0])
})

ownServers('a certificate that nobody vouches for: 60, and `ca` mends it', async t => {
  const lonely = await selfSigned()
  await show(t, lonely)
  const [status, said] = await search(t, { node: server.url })
  t.is(status, 60)
  t.regex(
    String(said),
    quoted(`nobody vouches for the certificate but itself; topmost of what the node shows is`),
  )
  t.deepEqual(await search(t, { node: server.url, tls: { ca: lonely.cert } }), [0])
  await show(t, own, server.authority.pem)
})

ownServers('each way to log in', async t => {
  const tls = { ca: server.authority.pem }
  const userinfo = server.url.replace('//', `//bob:${PASSWORDS.bob}@`)
  t.deepEqual(await search(t, { node: server.url, tls, auth: BOB }), [0])
  t.deepEqual(await search(t, { node: userinfo, tls, auth: undefined }), [0])
  for (const auth of [{ serviceToken: SERVICE_TOKEN }, { bearer: SERVICE_TOKEN }]) {
    const connections = createConnections({ config: { aliases: { logs: { node: server.url, tls, auth } } } })
    t.is((await connections.get('logs').security.authenticate()).username, 'elastic/fleet-server')
    await connections.close()
  }
  const headers = { 'es-security-runas-user': 'bob' }
  t.is((await search(t, { node: server.url, tls, headers }, { index: 'logs-b' }))[0], 4)
})

ownServers('by a proxy that wants credentials, as the alias or the environment names it', async t => {
  const { url, asked } = await proxy(t, { login: 'eve:proxys-word' })
  const alias = { node: server.url, tls: { ca: server.authority.pem } }
  const withWord = url.replace('//', '//eve:proxys-word@')
  t.deepEqual(await search(t, { ...alias, proxy: withWord }), [0])
  t.deepEqual(await search(t, alias, { env: { HTTPS_PROXY: withWord } }), [0])
  t.is(asked.length, 2)
  t.deepEqual(await search(t, alias, { env: { HTTPS_PROXY: withWord, NO_PROXY: '127.0.0.0/8' } }), [0])
  t.is(asked.length, 2)
  t.deepEqual(await search(t, { ...alias, proxy: url }), [
    4,
    'default: https://HOST: the proxy http://HOST wants credentials (407)',
    'put user and password in `proxy` of the alias: http://user:password@host:port',
  ])
})

ownServers('who is not let in, or may not: 4, the lines say which, and no secret is among them', async t => {
  const alias = { node: server.url, tls: { ca: server.authority.pem } }
  const mend = 'check `auth` of the alias, and the rights of its user or key'
  const rows: [object, string][] = [
    [
      { username: 'ada', password: 'wr0ng' },
      'unable to authenticate user [ada] for REST request [/logs-b/_search] (401)',
    ],
    [
      { bearer: 'wr0ng' },
      'unable to authenticate with provided credentials and anonymous access is not allowed for this request (401)',
    ],
    [BOB, 'action [indices:data/read/search] is unauthorized for user [bob]'],
  ]
  for (const [auth, words] of rows) {
    const [status, said, advice] = await search(t, { ...alias, auth }, { index: 'logs-b' })
    t.deepEqual([status, advice], [4, mend])
    t.regex(String(said), quoted(words))
    t.notRegex(String(said), /wr0ng|word/)
  }
})

onServers(test)('https:// to a node that speaks plain HTTP: 35', async (t, { url }) => {
  t.deepEqual(await search(t, { node: url.replace('http:', 'https:'), auth: undefined }), [
    35,
    'default: https://HOST: no TLS is spoken there',
    'if the node speaks plain HTTP, write http:// in `node` of the alias',
  ])
})
