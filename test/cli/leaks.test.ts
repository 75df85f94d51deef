import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { inspect } from 'node:util'
import test, { type ExecutionContext } from 'ava'
import { createConnections } from '../../src/connections.ts'
import { authority, encrypted } from '../support/certificates.ts'
import { configured } from '../support/configured.ts'
import { esconn } from '../support/esconn.ts'
import { keyring } from '../support/keyring.ts'
import { ended, start } from '../support/process.ts'
import { JSON_TYPE, type RawServer, raw, reply, type Script } from '../support/raw.ts'

const SECRETS = {
  password: 'pa55w0rd',
  apiKey: Buffer.from('i:enc0ded-key').toString('base64'),
  decoded: 'enc0ded-key',
  key: 'k3y-0f-1d',
  bearer: 'b3arer-t0ken',
  serviceToken: 's3rvice-t0ken',
  header: 'h3ader-value',
  token: 't0ken-in-a-header',
  cookie: 'c00kie-in-a-header',
  file: 'fr0m-a-file',
  variable: 'fr0m-a-variable',
  url: 'in-the-ur1',
  proxy: 'pr0xy-passw0rd',
  passphrase: 'pa55phrase',
  keyring: 'fr0m-the-keyring',
  awsKey: 'aws-s3cret-key',
  awsToken: 'aws-s3ssion-token',
}

/** Every secret, in each form in which it is sent. */
const FORMS = Object.values(SECRETS).flatMap(secret => [
  secret,
  encodeURIComponent(secret),
  Buffer.from(`ada:${secret}`).toString('base64'),
  Buffer.from(`i:${secret}`).toString('base64'),
])

const KEY_PASSPHRASE = SECRETS.passphrase
const { issue, pem: ca } = await authority()
const ours = await issue()
const key = encrypted(ours.key, KEY_PASSPHRASE)
FORMS.push(...key.split('\n').slice(1, 3))

/** How an alias may contain a secret; `url` is that of its server. */
const KINDS: Record<string, (url: string) => object> = {
  basic: () => ({ auth: { username: 'ada', password: SECRETS.password } }),
  apiKey: () => ({ auth: { apiKey: SECRETS.apiKey } }),
  idAndKey: () => ({ auth: { apiKey: { id: 'i', key: SECRETS.key } } }),
  bearer: () => ({ auth: { bearer: SECRETS.bearer } }),
  serviceToken: () => ({ auth: { serviceToken: SECRETS.serviceToken } }),
  aws: () => ({ auth: { aws: { region: 'eu-west-1' } } }),
  header: () => ({ headers: { 'X-Api-Key': SECRETS.header } }),
  schemes: () => ({
    headers: { Authorization: `Bearer ${SECRETS.token}`, Cookie: `sid=${SECRETS.cookie}; a=b` },
  }),
  headerVariable: () => ({ headers: { 'X-Gateway': '${SECRET}', Forwarded: 'for=x;secret=${SECRET}' } }),
  file: () => ({ auth: { username: 'ada', password: { file: 'secret' } } }),
  command: () => ({ auth: { username: 'ada', password: { command: ['cat', 'secret'] } } }),
  variable: () => ({ auth: { bearer: '${SECRET}' } }),
  url: url => ({ node: url.replace('//', `//ada:${SECRETS.url}@`) }),
  proxy: () => ({ proxy: `http://ada:${SECRETS.proxy}@localhost:9` }),
  tls: url => ({
    node: url.replace('http:', 'https:'),
    tls: { ca, cert: ours.cert, key, passphrase: KEY_PASSPHRASE },
  }),
}

const ENV = {
  SECRET: SECRETS.variable,
  AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
  AWS_SECRET_ACCESS_KEY: SECRETS.awsKey,
  AWS_SESSION_TOKEN: SECRETS.awsToken,
  PATH: process.env.PATH ?? '',
}

/** A server that repeats whatever it was sent: in an error, in its headers, and where JSON should be. */
const echo = (t: ExecutionContext, kind: string): Promise<RawServer> => {
  const answer: Script = (socket, request) => {
    const said = JSON.stringify(request.headers)
    const reason = `${said} ${Buffer.from(request.headers.authorization?.split(' ')[1] ?? '', 'base64')}`
    const body = { error: { type: 'security_exception', reason } }
    const headers = { ...JSON_TYPE, 'x-echo': request.headers.authorization ?? '' }
    if (request.path.startsWith('/_cat')) return reply(`{ ${reason}`, 200, headers)(socket, request)
    return reply(body, request.path === '/' ? 403 : 400, headers)(socket, request)
  }
  return raw(t, answer, kind === 'tls' ? { tls: ours } : {})
}

/** What a server must have received for each kind, so that it had something to repeat. */
const SENT: Record<string, string> = {
  basic: Buffer.from(`ada:${SECRETS.password}`).toString('base64'),
  apiKey: SECRETS.apiKey,
  idAndKey: Buffer.from(`i:${SECRETS.key}`).toString('base64'),
  bearer: SECRETS.bearer,
  serviceToken: SECRETS.serviceToken,
  aws: SECRETS.awsToken,
  header: SECRETS.header,
  schemes: SECRETS.cookie,
  headerVariable: SECRETS.variable,
  file: Buffer.from(`ada:${SECRETS.file}`).toString('base64'),
  command: Buffer.from(`ada:${SECRETS.file}`).toString('base64'),
  variable: SECRETS.variable,
  url: Buffer.from(`ada:${SECRETS.url}`).toString('base64'),
}

const COMMANDS = [
  ['ping'],
  ['ping', '-v'],
  ['ping', '--dry-run'],
  ['ping', '--curl'],
  ['search', 'entry'],
  ['search', 'entry', '-v'],
  ['search', 'entry', '--curl'],
  ['search', 'entry', '--dry-run'],
  ['aliases'],
  ['config', 'show'],
  ['config', 'check'],
  ['config', 'path'],
  ['config', 'trust'],
  ['doctor'],
  ['doctor', '--format', 'json'],
]

for (const [kind, fields] of Object.entries(KINDS)) {
  test(`no command shows a secret: ${kind}`, async t => {
    const { url, requests } = await echo(t, kind)
    const cwd = configured(t, { aliases: { default: { node: url, retries: 0, ...fields(url) } } })
    writeFileSync(join(cwd, 'secret'), SECRETS.file, { mode: 0o600 })
    for (const argv of COMMANDS) {
      const { stdout, stderr } = await esconn([...argv, '--config', '.esconnrc'], { cwd, env: ENV })
      const said = [stdout, ...stderr].join('\n')
      t.not(said, '')
      for (const form of FORMS) t.false(said.includes(form), `${argv.join(' ')}: ${said}`)
    }
    const sent = requests.map(({ headers }) => Object.values(headers).join('\n'))
    t.true(!SENT[kind] || sent.some(values => values.includes(SENT[kind] as string)), sent.join('\n'))
  })

  test(`no object and no error shows a secret: ${kind}`, async t => {
    const { url } = await echo(t, kind)
    const cwd = configured(t, {})
    writeFileSync(join(cwd, 'secret'), SECRETS.file, { mode: 0o600 })
    const config = { aliases: { default: { node: url, retries: 0, ...fields(url) } } }
    const connections = createConnections({ config, cwd, env: ENV })
    t.teardown(() => connections.close())
    const connection = connections.get('default')
    const events: unknown[] = []
    connection.diagnostic.on('response', (error, result) => void events.push(error, result))
    const errors = [
      await t.throwsAsync(async () => connection.search('entry')),
      await t.throwsAsync(async () => connection.search({ index: 'entry' })),
      await t.throwsAsync(async () => connection.cat.indices()),
      await t.throwsAsync(async () => connection.info()),
      await t.throwsAsync(async () => connection.indices.exists({ index: 'x' })),
      await t.throwsAsync(async () => connection.index({ index: 'entry', document: {} })),
      await t.throwsAsync(async () => {
        for await (const _ of connection.hits('entry')) t.fail()
      }),
    ]
    const seen = [
      connection,
      connections,
      connection.transport,
      connection.connectionPool,
      ...errors,
      ...events,
    ]
    for (const value of seen) {
      const said = [
        inspect(value, { depth: 12, showHidden: true, getters: true }),
        JSON.stringify(value),
        value instanceof Error ? String(value.stack) : '',
        Object.values(value === connections ? {} : Object(value))
          .map(part => inspect(part, { depth: 12 }))
          .join('\n'),
      ].join('\n')
      for (const form of FORMS) t.false(said.includes(form), `${form} in ${said.slice(0, 400)}`)
    }
  })
}

test('no command shows a secret: keyring', async t => {
  const { url } = await echo(t, 'keyring')
  const auth = { username: 'ada', password: { keyring: 'esconn/ada' } }
  const cwd = configured(t, { aliases: { default: { node: url, retries: 0, auth } } })
  const { env } = keyring(t, { 'esconn/ada': SECRETS.keyring })
  for (const argv of COMMANDS) {
    const child = start([...argv, '--config', '.esconnrc'], { cwd, env })
    const [stdout, { stderr }] = await Promise.all([text(child.stdout as Readable), ended(child)])
    const said = `${stdout}\n${stderr}`
    t.not(said.trim(), '')
    for (const form of FORMS) t.false(said.includes(form), `${argv.join(' ')}: ${said}`)
  }
})
