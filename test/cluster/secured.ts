import { pbkdf2Sync, randomBytes } from 'node:crypto'
import { chownSync, renameSync, writeFileSync } from 'node:fs'
import { request } from 'node:https'
import { join } from 'node:path'
import { type Authority, authority, days, type Identity } from '../support/certificates.ts'
import { account } from './account.ts'
import { chosenGenerations } from './generations.ts'
import type { StartOptions } from './home.ts'
import { sharedServer } from './servers.ts'
import { type StartedServer, startServer } from './start.ts'

/** A real cluster with TLS, users, roles and the indices `logs-a` and `logs-b`. */
export interface Secured extends StartedServer {
  /** The certificate authority, in PEM, with which its certificate can be verified. */
  ca: string
  /** Who issued its certificate. */
  authority: Authority
  /** Replaces its certificate; new connections see it from the next second on. */
  present(identity: Identity): void
}

/** What a test file may do with a shared one. */
export type SharedSecured = Pick<Secured, 'kind' | 'version' | 'url' | 'directory' | 'ca' | 'stop'>

/** By name of the user; `ada` may do everything, `bob` read `logs-a`, `eve` what is called `eves-…`, aliases too. */
export const PASSWORDS = { ada: 'adas-word', bob: 'bobs-word', eve: 'eves-word' }

/** Of the account `elastic/fleet-server`. */
export const SERVICE_TOKEN = Buffer.from('\0\x01\0\x01elastic/fleet-server/one:service-word').toString(
  'base64',
)

const ROLES = `reader:
  cluster: [monitor]
  indices:
    - names: [logs-a]
      privileges: [read]
eves:
  indices:
    - names: ['eves-*']
      privileges: [read]
`

/** Its name among the servers that test files share. */
export const SECURED = 'elasticsearch with TLS and users'

/** The one that test files share and must not change; without a shared one, a new one. */
export async function sharedSecured(address = process.env.ESCONN_TEST_SERVERS): Promise<SharedSecured> {
  if (address === undefined) return await startSecured()
  const server = await sharedServer<Omit<SharedSecured, 'stop'>>(address, SECURED)
  return { ...server, stop: async () => {} }
}

/** A password in the form of Elasticsearch's file realm. */
function hashed(password: string): string {
  const salt = randomBytes(32)
  const hash = pbkdf2Sync(password, salt, 10_000, 32, 'sha512')
  return `{PBKDF2}10000$${salt.toString('base64')}$${hash.toString('base64')}`
}

/** Starts the newest Elasticsearch with security; `settings` of `xpack.security.http.ssl` are added to its own. */
export async function startSecured(settings: StartOptions['settings'] = {}): Promise<Secured> {
  const newest = chosenGenerations().findLast(({ kind }) => kind === 'elasticsearch')
  if (newest === undefined) throw new Error('no Elasticsearch to start')
  const issuer = await authority({ until: days(400) })
  const node = await issuer.issue({ until: days(100) })
  const ssl = { enabled: true, certificate: 'tls/node.pem', key: 'tls/node.key', ...settings }
  const prefixed = Object.entries(ssl).map(([name, value]) => [`xpack.security.http.ssl.${name}`, value])
  const server = await startServer(newest, {
    settings: {
      'xpack.security.enabled': true,
      'resource.reload.interval.high': '200ms',
      ...Object.fromEntries(prefixed),
    },
    files: {
      'tls/node.pem': node.cert + issuer.pem,
      'tls/node.key': node.key,
      'tls/ca.pem': issuer.pem,
      users: Object.entries(PASSWORDS)
        .map(([name, password]) => `${name}:${hashed(password)}\n`)
        .join(''),
      users_roles: 'superuser:ada\nreader:bob\neves:eve\n',
      'roles.yml': ROLES,
      service_tokens: `elastic/fleet-server/one:${hashed('service-word')}\n`,
    },
  })
  const admin = { auth: `ada:${PASSWORDS.ada}`, ca: issuer.pem, ...node }
  for (const index of ['logs-a', 'logs-b']) await create(`${server.url}/${index}`, admin)
  const { pem: ca } = issuer
  return { ...server, ca, authority: issuer, present: identity => present(server, identity) }
}

async function create(url: string, admin: object): Promise<void> {
  const status = await new Promise((resolve, reject) => {
    request(url, { method: 'PUT', ...admin }, response => resolve(response.resume().statusCode))
      .on('error', reject)
      .end()
  })
  if (status !== 200) throw new Error(`${url} was not created: ${status}`)
}

/** Each file is replaced atomically; the server reads both again when one has changed. */
function present({ directory }: StartedServer, { cert, key }: Identity): void {
  for (const [name, text] of Object.entries({ 'node.key': key, 'node.pem': cert })) {
    const path = join(directory, 'config/tls', name)
    writeFileSync(`${path}.new`, text)
    if (account) chownSync(`${path}.new`, account.uid, account.gid)
    renameSync(`${path}.new`, path)
  }
}
