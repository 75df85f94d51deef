import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { inspect } from 'node:util'
import test, { type ExecutionContext } from 'ava'
import { createConnections } from '../../src/connections.ts'
import { authority } from '../support/certificates.ts'
import { configured } from '../support/configured.ts'
import { esconn } from '../support/esconn.ts'
import { JSON_TYPE, type RawServer, raw, reply } from '../support/raw.ts'

const SECRETS = {
  password: 'pa55w0rd',
  apiKey: 'YXBpLWtleQ==',
  key: 'k3y-0f-1d',
  bearer: 'b3arer-t0ken',
  serviceToken: 's3rvice-t0ken',
  header: 'h3ader-value',
  file: 'fr0m-a-file',
  variable: 'fr0m-a-variable',
  url: 'in-the-ur1',
  proxy: 'pr0xy-passw0rd',
  passphrase: 'pa55phrase',
}

/** Everything that must not be seen, in each form in which it travels. */
const FORMS = Object.values(SECRETS).flatMap(secret => [
  secret,
  encodeURIComponent(secret),
  Buffer.from(`ada:${secret}`).toString('base64'),
  Buffer.from(`i:${secret}`).toString('base64'),
])

const KINDS: Record<string, object> = {
  basic: { auth: { username: 'ada', password: SECRETS.password } },
  apiKey: { auth: { apiKey: SECRETS.apiKey } },
  idAndKey: { auth: { apiKey: { id: 'i', key: SECRETS.key } } },
  bearer: { auth: { bearer: SECRETS.bearer } },
  serviceToken: { auth: { serviceToken: SECRETS.serviceToken } },
  header: { headers: { 'X-Api-Key': SECRETS.header } },
  file: { auth: { username: 'ada', password: { file: 'secret' } } },
  command: { auth: { username: 'ada', password: { command: ['cat', 'secret'] } } },
  variable: { auth: { bearer: '${SECRET}' } },
  proxy: { proxy: `http://ada:${SECRETS.proxy}@localhost:9` },
}

/** A server that says back whatever it was sent, as an error. */
const echo = (t: ExecutionContext): Promise<RawServer> =>
  raw(t, (socket, request) => {
    const said = JSON.stringify(request.headers)
    const reason = `${said} ${Buffer.from(request.headers.authorization?.split(' ')[1] ?? '', 'base64')}`
    return reply(
      JSON.stringify({ error: { type: 'x', reason }, status: 400 }),
      400,
      JSON_TYPE,
    )(socket, request)
  })

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
]

for (const [kind, fields] of Object.entries(KINDS)) {
  test(`no command shows a secret: ${kind}`, async t => {
    const { url } = await echo(t)
    const node = kind === 'url' ? url.replace('//', `//ada:${SECRETS.url}@`) : url
    const cwd = configured(t, { aliases: { default: { node, retries: 0, ...fields } } })
    writeFileSync(join(cwd, 'secret'), SECRETS.file, { mode: 0o600 })
    const env = { SECRET: SECRETS.variable, PATH: process.env.PATH ?? '' }
    for (const argv of COMMANDS) {
      const { stdout, stderr } = await esconn([...argv, '--config', '.esconnrc'], { cwd, env })
      const said = [stdout, ...stderr].join('\n')
      t.not(said, '')
      for (const form of FORMS) t.false(said.includes(form), `${argv.join(' ')}: ${said}`)
    }
  })

  test(`no object and no error shows a secret: ${kind}`, async t => {
    const { url } = await echo(t)
    const cwd = configured(t, {})
    writeFileSync(join(cwd, 'secret'), SECRETS.file, { mode: 0o600 })
    const env = { SECRET: SECRETS.variable, PATH: process.env.PATH ?? '' }
    const config = { aliases: { default: { node: url, retries: 0, ...fields } } }
    const connections = createConnections({ config, cwd, env })
    t.teardown(() => connections.close())
    const connection = connections.get('default')
    const errors = [
      await t.throwsAsync(async () => connection.search('entry')),
      await t.throwsAsync(async () => connection.search({ index: 'entry' })),
      await t.throwsAsync(async () => connection.index({ index: 'entry', document: {} })),
      await t.throwsAsync(async () => {
        for await (const _ of connection.hits('entry')) t.fail()
      }),
    ]
    const seen = [connection, connections, connection.transport, connection.connectionPool, ...errors]
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

test('the passphrase of a key and the key itself are shown nowhere', async t => {
  const { issue } = await authority()
  const { cert, key } = await issue()
  const cwd = configured(t, {
    aliases: {
      default: {
        node: 'https://localhost:9',
        tls: { cert: 'c.pem', key: 'k.pem', passphrase: SECRETS.passphrase },
      },
    },
  })
  mkdirSync(join(cwd, 'x'))
  writeFileSync(join(cwd, 'c.pem'), cert)
  writeFileSync(join(cwd, 'k.pem'), key, { mode: 0o600 })
  for (const argv of COMMANDS) {
    const { stdout, stderr } = await esconn([...argv, '--config', '.esconnrc'], { cwd })
    const said = [stdout, ...stderr].join('\n')
    t.false(said.includes(SECRETS.passphrase), said)
    t.false(said.includes(key.split('\n')[1] as string), said)
  }
})
