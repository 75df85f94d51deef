import { pbkdf2Sync, randomBytes } from 'node:crypto'
import { chownSync, renameSync, writeFileSync } from 'node:fs'
import { request } from 'node:https'
import { join } from 'node:path'
import { type Authority, authority, days, type Identity } from '../support/certificates.ts'
import { account } from './account.ts'
import { chosenGenerations } from './generations.ts'
import type { StartOptions } from './home.ts'
import { type StartedServer, startServer } from './start.ts'

/** A real cluster with TLS, users, roles and the indices `logs-a` and `logs-b`. */
export interface Secured extends StartedServer {
  /** Who issued its certificate. */
  authority: Authority
  /** Another certificate in place of its own; who asks from the next second on is shown it. */
  present(identity: Identity): void
}

/** By name of the user; `ada` may do everything, `bob` read `logs-a`. */
export const PASSWORDS = { ada: 'adas-word', bob: 'bobs-word' }

/** Of the account `elastic/fleet-server`. */
export const SERVICE_TOKEN = Buffer.from('\0\x01\0\x01elastic/fleet-server/one:service-word').toString(
  'base64',
)

const ROLES = `reader:
  cluster: [monitor]
  indices:
    - names: [logs-a]
      privileges: [read]
`

/** A password as the file realm of Elasticsearch takes it. */
function hashed(password: string): string {
  const salt = randomBytes(32)
  const hash = pbkdf2Sync(password, salt, 10_000, 32, 'sha512')
  return `{PBKDF2}10000$${salt.toString('base64')}$${hash.toString('base64')}`
}

/** Starts the newest Elasticsearch with security; `settings` of `xpack.security.http.ssl` go beside its own. */
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
      users_roles: 'superuser:ada\nreader:bob\n',
      'roles.yml': ROLES,
      service_tokens: `elastic/fleet-server/one:${hashed('service-word')}\n`,
    },
  })
  const admin = { auth: `ada:${PASSWORDS.ada}`, ca: issuer.pem, ...node }
  for (const index of ['logs-a', 'logs-b']) await create(`${server.url}/${index}`, admin)
  return { ...server, authority: issuer, present: identity => present(server, identity) }
}

async function create(url: string, admin: object): Promise<void> {
  const status = await new Promise((resolve, reject) => {
    request(url, { method: 'PUT', ...admin }, response => resolve(response.resume().statusCode))
      .on('error', reject)
      .end()
  })
  if (status !== 200) throw new Error(`${url} was not created: ${status}`)
}

/** Each file is there at once and whole; the server reads both anew when one has changed. */
function present({ directory }: StartedServer, { cert, key }: Identity): void {
  for (const [name, text] of Object.entries({ 'node.key': key, 'node.pem': cert })) {
    const path = join(directory, 'config/tls', name)
    writeFileSync(`${path}.new`, text)
    if (account) chownSync(`${path}.new`, account.uid, account.gid)
    renameSync(`${path}.new`, path)
  }
}
