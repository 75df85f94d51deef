import { setTimeout as sleep } from 'node:timers/promises'
import { connect as dial } from 'node:tls'
import test, { type ExecutionContext } from 'ava'
import { createConnections } from '../../src/connections.ts'
import {
  PASSWORDS,
  SERVICE_TOKEN,
  type Secured,
  type SharedSecured,
  sharedSecured,
  startSecured,
} from '../cluster/secured.ts'
import { onOwnServers, onServers } from '../cluster/servers.ts'
import { authority, encrypted, fingerprint, type Identity, selfSigned } from '../support/certificates.ts'
import { configured } from '../support/configured.ts'
import { esconn } from '../support/esconn.ts'
import { proxy } from '../support/proxy.ts'

const ownServers = onOwnServers(test)
const ADA = { username: 'ada', password: PASSWORDS.ada }
const BOB = { username: 'bob', password: PASSWORDS.bob }

let server: SharedSecured
/** The same, but requires a client certificate; only this file uses it, and lets it present other certificates. */
let strict: Secured
/** The client certificate. */
let client: Identity

ownServers('two real clusters with TLS, users and roles', async t => {
  t.timeout(400_000, 'servers may take their time to start')
  const settings = { client_authentication: 'required', certificate_authorities: ['tls/ca.pem'] }
  const starts = [sharedSecured(), startSecured(settings)] as const
  await Promise.allSettled(starts)
  ;[server, strict] = await Promise.all(starts)
  client = await strict.authority.issue()
  t.pass()
})

test.after.always('stop the servers', async () => {
  await Promise.all([server?.stop(), strict?.stop()])
})

interface SecuredSearchOptions {
  index?: string
  env?: Record<string, string>
}

/** Searches with a definition of `default`: the exit status, then the messages with HOST for the address. */
async function search(
  t: ExecutionContext,
  definition: Record<string, unknown>,
  { index = 'logs-a', env = {} }: SecuredSearchOptions = {},
) {
  const alias = { auth: ADA, ...definition }
  const cwd = configured(t, { aliases: { default: alias } })
  const { status, stderr } = await esconn(['search', index, '--config', '.esconnrc'], { cwd, env })
  return [status, ...stderr.map(line => line.replaceAll(/(?<=\/\/)127\.0\.0\.1:\d+/g, 'HOST'))]
}

const quoted = (text: string): RegExp => new RegExp(text.replaceAll(/[.()[\]{}|]/g, '\\$&'))

/** Lets the server present another certificate, and waits until it does. */
async function present(identity: Identity, authority = ''): Promise<void> {
  strict.present({ ...identity, cert: identity.cert + authority })
  const wanted = fingerprint(identity.cert)
  // Between the two files it may have read one of them, and fail each handshake.
  while ((await presented(strict, client).catch(() => '')) !== wanted) await sleep(50)
}

async function presented({ url }: SharedSecured, identity?: Identity): Promise<string> {
  const { port } = new URL(url)
  const socket = dial({ host: '127.0.0.1', port: Number(port), rejectUnauthorized: false, ...identity })
  return await new Promise((resolve, reject) => {
    socket.once('error', reject)
    socket.once('secureConnect', () => {
      resolve(socket.getPeerCertificate().fingerprint256.replaceAll(':', '').toLowerCase())
      socket.destroy()
    })
  })
}

ownServers('each option that trusts the certificate', async t => {
  const { ca, url } = server
  const options = [
    { ca },
    { caFingerprint: fingerprint(ca) },
    { caFingerprint: await presented(server) },
    { verify: false },
  ]
  for (const tls of options) t.deepEqual(await search(t, { node: url, tls }), [0], Object.keys(tls)[0])
})

ownServers('an unknown authority: 60, and the advice fixes it', async t => {
  const sha = fingerprint(server.ca)
  const [status, said, advice = ''] = await search(t, { node: server.url })
  t.deepEqual(
    [status, said],
    [
      60,
      `default: https://HOST: unknown certificate authority; the top of the presented chain is CN=esconn test authority, SHA-256 ${sha}`,
    ],
  )
  const [, given = ''] = /tls: \{ caFingerprint: "(\w+)" \}/.exec(String(advice)) ?? []
  t.deepEqual(await search(t, { node: server.url, tls: { caFingerprint: given } }), [0])
})

ownServers('the fingerprint, or the authority, of another cluster: 60', async t => {
  const other = await authority()
  const top = `; the top of the presented chain is CN=esconn test authority, SHA-256 ${fingerprint(server.ca)}$`
  const rows: [object, string][] = [
    [{ ca: other.pem }, 'was issued by another authority with the same name as a trusted one'],
    [
      { caFingerprint: fingerprint(other.pem) },
      'the node does not present the certificate of `tls.caFingerprint`',
    ],
  ]
  for (const [tls, words] of rows) {
    const [status, said] = await search(t, { node: server.url, tls })
    t.is(status, 60)
    t.regex(String(said), new RegExp(words + top))
  }
})

ownServers('plain HTTP on a TLS port: 56, and the advice', async t => {
  t.deepEqual(await search(t, { node: server.url.replace('https:', 'http:') }), [
    56,
    'default: http://HOST: the connection broke (ECONNRESET), after 2 attempts',
    'if the node speaks TLS, write https:// in `node` of the alias',
  ])
})

ownServers('the node requires a client certificate: 35, and the field', async t => {
  const { authority: issuer, url } = strict
  const tls = { ca: issuer.pem }
  t.deepEqual(await search(t, { node: url, tls }), [
    35,
    'default: https://HOST: the node requires a client certificate',
    'set `tls.cert` and `tls.key` of the alias to a certificate that the node accepts, and its key',
  ])
  const { cert, key } = await issuer.issue()
  t.deepEqual(await search(t, { node: url, tls: { ...tls, cert, key } }), [0])
  const secret = { key: encrypted(key, 'key-word'), passphrase: 'key-word' }
  t.deepEqual(await search(t, { node: url, tls: { ...tls, cert, ...secret } }), [0])
  const foreign = await (await authority()).issue()
  const [status, said] = await search(t, { node: url, tls: { ...tls, ...foreign } })
  t.is(status, 35)
  t.regex(String(said), /the node rejected the client certificate \(/)
})

ownServers('a certificate that has expired: 60', async t => {
  const { authority: issuer, url } = strict
  await present(await issuer.issue({ until: new Date('2026-01-31T12:00:00Z') }), issuer.pem)
  t.deepEqual(await search(t, { node: url, tls: { ...client, ca: issuer.pem } }), [
    60,
    'default: https://HOST: the certificate has expired (CN=esconn test node, on 2026-01-31)',
    'the node needs a new certificate, unless the clock of this machine is wrong',
  ])
})

ownServers('a certificate for another host: 60, and `serverName` fixes it', async t => {
  const { authority: issuer, url } = strict
  await present(await issuer.issue({ host: 'es1.example' }), issuer.pem)
  const tls = { ...client, ca: issuer.pem }
  t.deepEqual(await search(t, { node: url, tls }), [
    60,
    'default: https://HOST: the certificate is not for 127.0.0.1 but for es1.example',
    'use a host name of the certificate in `node` of the alias, or set `tls.serverName` to one',
  ])
  t.deepEqual(await search(t, { node: url, tls: { ...tls, serverName: 'es1.example' } }), [0])
})

ownServers('a self-signed certificate: 60, and `ca` fixes it', async t => {
  const own = await selfSigned()
  await present(own)
  const [status, said] = await search(t, { node: strict.url, tls: client })
  t.is(status, 60)
  t.regex(String(said), quoted(`the certificate is self-signed; the top of the presented chain is`))
  t.deepEqual(await search(t, { node: strict.url, tls: { ...client, ca: own.cert } }), [0])
})

ownServers('each login method', async t => {
  const tls = { ca: server.ca }
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

ownServers('through a proxy with credentials, from the alias or the environment', async t => {
  const { url, asked } = await proxy(t, { login: 'eve:proxys-word' })
  const alias = { node: server.url, tls: { ca: server.ca } }
  const withWord = url.replace('//', '//eve:proxys-word@')
  t.deepEqual(await search(t, { ...alias, proxy: withWord }), [0])
  t.deepEqual(await search(t, alias, { env: { HTTPS_PROXY: withWord } }), [0])
  t.is(asked.length, 2)
  t.deepEqual(await search(t, alias, { env: { HTTPS_PROXY: withWord, NO_PROXY: '127.0.0.0/8' } }), [0])
  t.is(asked.length, 2)
  t.deepEqual(await search(t, { ...alias, proxy: url }), [
    4,
    'default: https://HOST: the proxy http://HOST requires credentials (407)',
    'put user and password in `proxy` of the alias: http://user:password@host:port',
  ])
})

ownServers(
  'wrong credentials, or missing rights: 4, the message says which, and shows no secret',
  async t => {
    const alias = { node: server.url, tls: { ca: server.ca } }
    const fix = 'check `auth` of the alias, and the rights of its user or key'
    const right = 'the credentials are accepted, but their user or key lacks this right'
    const rows: [object, string, string?][] = [
      [
        { username: 'ada', password: 'wr0ng' },
        'unable to authenticate user [ada] for REST request [/logs-b/_search] (401)',
      ],
      [{ bearer: 'wr0ng' }, 'security_exception: oauth2 token: invalid token (401)'],
      [BOB, 'action [indices:data/read/search] is unauthorized for user [bob]', right],
    ]
    for (const [auth, words, expected = fix] of rows) {
      const [status, said, advice] = await search(t, { ...alias, auth }, { index: 'logs-b' })
      t.deepEqual([status, advice], [4, expected])
      t.regex(String(said), quoted(words))
      t.notRegex(String(said), /wr0ng|word/)
    }
  },
)

onServers(test)('https:// to a node that speaks plain HTTP: 35', async (t, { url }) => {
  t.deepEqual(await search(t, { node: url.replace('http:', 'https:'), auth: undefined }), [
    35,
    'default: https://HOST: the server does not speak TLS',
    'if the node speaks plain HTTP, write http:// in `node` of the alias',
  ])
})
