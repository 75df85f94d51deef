import test from 'ava'
import { raw, reply, type Script } from '../../support/raw.ts'
import { answers, PRODUCT, root, runDoctor } from './_doctor.ts'

const refusal = (status: number, reason: string, headers = {}) =>
  reply({ error: { type: 'security_exception', reason }, status }, status, headers)

const AUTHENTICATED = reply({
  username: 'ada',
  roles: ['reader', 'writer'],
  authentication_realm: { name: 'default_native', type: 'native' },
})
const ADA = { auth: { username: 'ada', password: 'S3CRET' } }

test('which product answers, in which version, and which user we are', async t => {
  const { url, requests } = await raw(t, answers({ '/': root(), '/_security/_authenticate': AUTHENTICATED }))
  const { of, status } = await runDoctor(t, { node: url, ...ADA })
  t.regex(of('reply')[0] ?? '', /^ok Elasticsearch answers \(\d+ms\)$/)
  t.deepEqual(of('credentials'), ['ok ada of the realm default_native, with the roles reader, writer'])
  t.deepEqual(of('version'), ['ok Elasticsearch 9.5.3, node es1 of cluster logs-cluster'])
  t.is(status, 0)
  t.true(requests.every(({ headers }) => headers.authorization?.startsWith('Basic ')))
})

test('a web page, a redirect, and JSON of another server: 8', async t => {
  const page = reply('<html>hello</html>', 200, { 'content-type': 'text/html' })
  const elsewhere = reply('', 302, { location: 'http://127.0.0.1:1/' })
  for (const script of [page, elsewhere, reply({ hello: 'world' })]) {
    const { url } = await raw(t, script)
    const { of, status } = await runDoctor(t, { node: url })
    t.regex(of('reply')[0] ?? '', /^failed [\s\S]*\ncheck .* of the alias/)
    t.deepEqual(
      [status, of('credentials'), of('clock')],
      [8, ['skipped because reply failed'], ['skipped because reply failed']],
    )
  }
})

test('rejected credentials, and none where they are needed: 4', async t => {
  const { url, requests } = await raw(t, answers({ '/': refusal(401, 'unable to authenticate user [ada]') }))
  const wrong = await runDoctor(t, { node: url, ...ADA })
  t.regex(wrong.of('reply')[0] ?? '', /^ok Elasticsearch answers and requires credentials \(\d+ms\)$/)
  t.regex(
    wrong.of('credentials')[0] ?? '',
    /^failed security_exception: unable to authenticate user \[ada\] \(401\)\n.*`auth` of the alias/,
  )
  t.deepEqual([wrong.status, wrong.of('version')], [4, ['skipped because credentials failed']])
  const none = await runDoctor(t, { node: url })
  t.regex(none.of('credentials')[0] ?? '', /^failed .*\n.*`auth`/)
  t.deepEqual([none.status, requests.length], [4, 2])
})

test('a reverse proxy in front of the cluster that asks for credentials', async t => {
  const { url } = await raw(t, reply('Unauthorized', 401, { 'www-authenticate': 'Basic realm="nginx"' }))
  const { of, status } = await runDoctor(t, { node: url, ...ADA })
  t.regex(of('reply')[0] ?? '', /^warning an unknown server answers and requires credentials/)
  t.is(status, 4)
})

test('credentials that only the endpoint for the current user rejects', async t => {
  const restricted = reply({ error: 'Incorrect HTTP method for uri [/]', status: 405 }, 405, PRODUCT)
  const { url } = await raw(
    t,
    answers({ '/': restricted, '/_security/_authenticate': refusal(401, 'unable to authenticate') }),
  )
  const { of, status } = await runDoctor(t, { node: url, ...ADA })
  t.regex(of('reply')[0] ?? '', /^ok Elasticsearch answers/)
  t.regex(of('credentials')[0] ?? '', /^failed security_exception: unable to authenticate \(401\)/)
  t.is(status, 4)
})

const OPENSEARCH = { version: { number: '3.6.0', distribution: 'opensearch' } }

test("OpenSearch's security, with accepted and with rejected credentials", async t => {
  const who = reply({ user_name: 'ada', roles: ['all_access'], backend_roles: ['admin'] })
  const open = await raw(t, answers({ '/': root(OPENSEARCH), '/_plugins/_security/authinfo': who }))
  const { of } = await runDoctor(t, { node: open.url, ...ADA })
  t.deepEqual(of('credentials'), ['ok ada, with the roles all_access'])
  t.deepEqual(of('version'), ['ok OpenSearch 3.6.0, node es1 of cluster logs-cluster'])
  t.false(open.requests.some(({ path }) => path === '/_security/_authenticate'))
  const challenge = { 'www-authenticate': 'Basic realm="OpenSearch Security"' }
  const closed = await raw(t, reply('Unauthorized', 401, challenge))
  const refused = await runDoctor(t, { node: closed.url, ...ADA })
  t.regex(refused.of('reply')[0] ?? '', /^ok OpenSearch answers and requires credentials/)
  t.is(refused.status, 4)
})

test('OpenSearch that refuses a client without naming what it wants', async t => {
  const words = 'Authentication finally failed'
  const named = reply(words, 401, { 'x-opensearch-version': 'OpenSearch/3.6.0 (opensearch)' })
  for (const script of [named, reply(words, 401)]) {
    const { of } = await runDoctor(t, { node: (await raw(t, script)).url, ...ADA })
    t.regex(of('reply')[0] ?? '', /^ok OpenSearch answers and requires credentials/)
    t.regex(of('credentials')[0] ?? '', /^failed access denied: Authentication finally failed \(401\)/)
  }
})

test('an API key is told by its name, and a token without roles that it does not have', async t => {
  const rows: [object, string][] = [
    [
      { username: 'ada', roles: [], authentication_type: 'api_key', api_key: { name: 'only-a', id: 'Ffa' } },
      'ok the API key only-a (Ffa) of ada',
    ],
    [{ username: 'ada', roles: [], authentication_type: 'api_key' }, 'ok the API key without a name of ada'],
    [
      {
        username: 'elastic/fleet-server',
        roles: [],
        authentication_type: 'token',
        authentication_realm: { name: '_service_account' },
      },
      'ok elastic/fleet-server of the realm _service_account',
    ],
    [{ username: 'bob', roles: ['a', 'a'], authentication_type: 'realm' }, 'ok bob, with the roles a'],
    [{ username: 'bob', roles: [], authentication_type: 'realm' }, 'ok bob, without any role'],
  ]
  for (const [who, expected] of rows) {
    const { url } = await raw(t, answers({ '/': root(), '/_security/_authenticate': reply(who) }))
    t.deepEqual((await runDoctor(t, { node: url, ...ADA })).of('credentials'), [expected])
  }
})

test('accepted credentials, but no endpoint for the current user, as in a managed service', async t => {
  const denied = reply({ Message: 'Your request is not allowed.' }, 401)
  const { url } = await raw(t, answers({ '/': root(OPENSEARCH), '/_plugins/_security/authinfo': denied }))
  const { of, status } = await runDoctor(t, { node: url, ...ADA })
  t.regex(
    of('credentials')[0] ?? '',
    /^warning accepted, but the cluster does not say which user they belong to: /,
  )
  t.is(status, 0)
})

test('a cluster without security ignores credentials', async t => {
  const { url } = await raw(t, answers({ '/': root() }))
  t.deepEqual((await runDoctor(t, { node: url })).of('credentials'), [
    'ok none needed: the cluster has no security',
  ])
  const token = { headers: { 'X-Auth-Token': 'S3CRET' } }
  for (const given of [ADA, token]) {
    const { of, status } = await runDoctor(t, { node: url, ...given })
    t.deepEqual(of('credentials'), [
      'warning the cluster has no security: it ignores the credentials of the alias',
    ])
    t.is(status, 0)
  }
})

test('unencrypted credentials are a warning, unless they stay on this machine', async t => {
  const { url } = await raw(t, answers({ '/': root(), '/_security/_authenticate': AUTHENTICATED }))
  const { port } = new URL(url)
  const clear = (lines: string[]) => lines.filter(line => line.includes('unencrypted'))
  for (const host of ['127.0.0.1', 'localhost', '127.8.8.8']) {
    const { of } = await runDoctor(t, { node: `http://${host}:${port}`, ...ADA, timeout: '2s' })
    t.deepEqual(clear(of('credentials')), [], host)
  }
  const { proxy } = await import('../../support/proxy.ts')
  const { url: proxyUrl } = await proxy(t)
  const far = await runDoctor(t, { node: `http://0.0.0.0:${port}`, ...ADA, proxy: proxyUrl })
  t.deepEqual(clear(far.of('credentials')), [
    'warning the credentials are sent unencrypted: anyone on the network path can read them\nuse an https:// URL for the node',
  ])
  const open = await runDoctor(t, { node: `http://0.0.0.0:${port}`, proxy: proxyUrl })
  t.deepEqual(clear(open.of('credentials')), [])
})

test('a cluster that refuses GET / may report its version elsewhere', async t => {
  const restricted = reply({ error: 'Incorrect HTTP method for uri [/]', status: 405 }, 405, PRODUCT)
  const nodes = reply({ cluster_name: 'logs-cluster', nodes: { x: { name: 'es1', version: '8.19.21' } } })
  const reporting = await raw(t, answers({ '/': restricted, '/_nodes/_local': nodes }))
  t.deepEqual((await runDoctor(t, { node: reporting.url })).of('version'), [
    'ok Elasticsearch 8.19.21, node es1 of cluster logs-cluster',
  ])
  const unknown = await raw(t, answers({ '/': restricted }))
  const { of, status } = await runDoctor(t, { node: unknown.url })
  t.deepEqual([of('version'), status], [['ok Elasticsearch, version unknown: GET / returned 405'], 0])
})

test('a version older than those esconn is tested with, and a serverless project', async t => {
  const old = await raw(t, answers({ '/': root({ version: { number: '6.8.23' } }) }))
  t.deepEqual((await runDoctor(t, { node: old.url })).of('version'), [
    'warning Elasticsearch 6.8.23, node es1 of cluster logs-cluster\nesconn is tested with Elasticsearch 7.17 and later',
  ])
  const serverless = await raw(
    t,
    answers({ '/': root({ version: { number: '8.11.0', build_flavor: 'serverless' } }) }),
  )
  t.regex(
    (await runDoctor(t, { node: serverless.url })).of('version')[0] ?? '',
    /^ok Elasticsearch Serverless 8\.11\.0/,
  )
})

const HOUR = 3_600_000
const dated = (ahead: number): Script => {
  const date = () => new Date(Date.now() + ahead).toUTCString()
  return (socket, request) => root({}, { date: date() })(socket, request)
}

test('the clock by the header Date', async t => {
  const NTP = 'synchronize both clocks with NTP'
  const rows: [number, RegExp][] = [
    [0, /^ok within 5s of this machine's clock$/],
    [20_000, new RegExp(`^warning the node's clock is (19|20|21) seconds ahead of this machine's\n${NTP}$`)],
    [
      -HOUR - 1000,
      new RegExp(`^warning the node's clock is 1 hour behind this machine's\n${NTP}; AWS signatures`),
    ],
    [50 * HOUR, /^warning the node's clock is 2 days ahead/],
  ]
  for (const [ahead, expected] of rows) {
    const { url } = await raw(t, answers({ '/': dated(ahead) }))
    const { of, status } = await runDoctor(t, { node: url })
    t.regex(of('clock')[0] ?? '', expected)
    t.is(status, 0)
  }
})

test('the clock of a node that rejects the credentials, which may be the cause', async t => {
  const late = { date: new Date(Date.now() - HOUR).toUTCString() }
  const { url } = await raw(t, answers({ '/': refusal(401, 'token expired', late) }))
  const { of, status } = await runDoctor(t, { node: url, auth: { bearer: 'S3CRET' } })
  t.regex(
    of('clock')[0] ?? '',
    /^warning the node's clock is \d+ (?:hour|minutes) behind[\s\S]*tokens are rejected/,
  )
  t.is(status, 4)
})

test('the clock by statistics, and unknown', async t => {
  const stats: Script = (socket, request) =>
    reply({ nodes: { x: { timestamp: Date.now() + 2 * HOUR } } })(socket, request)
  const reporting = await raw(t, answers({ '/': root(), '/_nodes/_local/stats/process': stats }))
  t.regex(
    (await runDoctor(t, { node: reporting.url })).of('clock')[0] ?? '',
    /^warning the node's clock is 2 hours ahead/,
  )
  const unknown = await raw(t, answers({ '/': root() }))
  t.deepEqual((await runDoctor(t, { node: unknown.url })).of('clock'), [
    'skipped the node does not report its time to this user',
  ])
})

test('an overloaded node fails at once, without retries', async t => {
  const { url, requests } = await raw(t, reply({ error: 'busy' }, 503, { 'retry-after': '30' }))
  const { of, status } = await runDoctor(t, { node: url })
  t.regex(of('reply')[0] ?? '', /^failed .*\(503\)/)
  t.deepEqual([status, requests.length], [75, 1])
})

test('control characters in what a cluster says are escaped', async t => {
  const { url } = await raw(t, answers({ '/': root({ cluster_name: 'red\u001b[31m' }) }))
  const { checks } = await runDoctor(t, { node: url })
  t.regex(checks.find(({ step }) => step === 'version')?.message ?? '', /red\\u001b\[31m/)
})

test('a readonly alias stays readonly', async t => {
  const open = await raw(t, answers({ '/': root(OPENSEARCH) }))
  const refused = await runDoctor(t, { node: open.url, readonly: true, ...ADA })
  t.deepEqual([refused.of('credentials').length, refused.status], [1, 0])
  const { url, requests } = await raw(t, answers({ '/': root(), '/_security/_authenticate': AUTHENTICATED }))
  const { status } = await runDoctor(t, { node: url, readonly: true, indices: { a: 'a' } })
  t.is(status, 22) // the server has no search endpoint
  t.deepEqual(
    requests.map(({ method, path }) => `${method} ${path.split('?')[0]}`),
    ['GET /', 'GET /_security/_authenticate', 'GET /_nodes/_local/stats/process', 'POST /a/_search'],
  )
})
