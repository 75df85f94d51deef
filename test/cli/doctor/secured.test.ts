import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { type SharedSecured, sharedSecured } from '../../cluster/secured.ts'
import { onOwnServers } from '../../cluster/servers.ts'
import { fingerprint } from '../../support/certificates.ts'
import { runDoctor } from './_doctor.ts'

const ownServers = onOwnServers(test)

let server: SharedSecured
let ca: string

ownServers('a real cluster with TLS, users and roles', async t => {
  t.timeout(400_000, 'a server may take its time to start')
  server = await sharedSecured()
  ca = server.ca
  t.pass()
})

test.after.always('stop the server', async () => {
  await server?.stop()
})

const login = (username: string, password: string) => ({ auth: { username, password } })

ownServers('a superuser, by an authority and by a fingerprint', async t => {
  for (const tls of [{ ca }, { caFingerprint: fingerprint(ca) }]) {
    const alias = { node: server.url, tls, ...login('ada', 'adas-word'), indices: { logs: 'logs-*' } }
    const { of, status } = await runDoctor(t, alias)
    t.is(of('tls')[0], `ok trusted by tls.${Object.keys(tls)[0]}`)
    t.is(
      of('tls')[3],
      `ok the top of the presented chain is CN=esconn test authority, SHA-256 ${fingerprint(ca)}`,
    )
    t.deepEqual(of('credentials'), ['ok ada of the realm default_file, with the roles superuser'])
    t.regex(of('version')[0] ?? '', new RegExp(`^ok Elasticsearch ${server.version}, node `))
    t.deepEqual(of('clock'), ["ok within 5s of this machine's clock"])
    t.deepEqual(of('indices'), ['ok logs (logs-*): can be searched (2 shards)'])
    t.is(status, 0)
  }
})

ownServers('a user who may read one index of several', async t => {
  const indices = { a: 'logs-a', b: 'logs-b', all: 'logs-*', view: { index: 'logs-a', query: { bad: {} } } }
  const alias = { node: server.url, tls: { ca }, ...login('bob', 'bobs-word'), indices }
  const { of, status } = await runDoctor(t, alias)
  t.deepEqual(of('credentials'), ['ok bob of the realm default_file, with the roles reader'])
  const lines = of('indices')
  t.is(lines.length, 6)
  t.is(lines[0], 'ok a (logs-a): can be searched (1 shard)')
  t.regex(
    lines[1] ?? '',
    /^warning a \(logs-a\): no role grants access to the mappings and settings of logs-a\n/,
  )
  t.regex(lines[2] ?? '', /^failed b \(logs-b\): security_exception: .*\[bob\].* \(403\)\n.*read on logs-b$/)
  t.is(lines[3], 'ok all (logs-*): can be searched (1 shard)')
  t.regex(lines[4] ?? '', /^warning all \(logs-\*\): no role grants read on all of logs-\*/)
  t.regex(lines[5] ?? '', /^failed view \(logs-a\): parsing_exception: .*\[bad\].* \(400\)$/)
  t.is(status, 4)
})

ownServers('a wrong password, no credentials, an unknown authority, plain HTTP', async t => {
  const tls = { ca }
  const wrong = await runDoctor(t, { node: server.url, tls, ...login('ada', 'other') })
  t.regex(wrong.of('reply')[0] ?? '', /^ok Elasticsearch answers and requires credentials/)
  t.regex(wrong.of('credentials')[0] ?? '', /^failed security_exception: unable to authenticate user \[ada\]/)
  const none = await runDoctor(t, { node: server.url, tls })
  t.regex(none.of('credentials')[0] ?? '', /^failed .*missing authentication.*\n.*`auth`/)
  const unknown = await runDoctor(t, { node: server.url })
  t.regex(unknown.of('tls')[0] ?? '', new RegExp(`^failed [\\s\\S]*caFingerprint: "${fingerprint(ca)}"`))
  const plain = await runDoctor(t, { node: server.url.replace('https:', 'http:') })
  t.regex(plain.of('reply')[0] ?? '', /^failed .*\n.*https:\/\//)
  t.deepEqual(
    [wrong, none, unknown, plain].map(({ status }) => status),
    [4, 4, 60, 56],
  )
})

ownServers('a readonly alias is checked too, and nothing is written', async t => {
  const log = () =>
    readFileSync(join(server.directory, 'output.log'), 'utf8').match(/creating index/g)?.length
  const before = log()
  t.true((before ?? 0) >= 2)
  const alias = { node: server.url, tls: { ca }, ...login('ada', 'adas-word'), indices: { no: 'logs-c' } }
  const { of, status } = await runDoctor(t, { ...alias, readonly: true })
  t.regex(of('indices')[0] ?? '', /^warning no \(logs-c\): index_not_found_exception/)
  t.is(status, 0)
  t.is(log(), before)
})
