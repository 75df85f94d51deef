import test from 'ava'
import { onServers } from '../../cluster/servers.ts'
import { configured } from '../../support/configured.ts'
import { esconn } from '../../support/esconn.ts'
import { nobody, raw, reply } from '../../support/raw.ts'

const eachServer = onServers(test)

eachServer('one line of columns in a pipe', async (t, { url, kind, version: running }) => {
  const cwd = configured(t, { aliases: { logs: { node: url } } })
  const { status, stdout, stderr } = await esconn(['-a', 'logs', 'info'], { cwd })
  t.deepEqual([status, stderr], [0, []])
  const [alias, , health, version, nodes, documents, size] = stdout.slice(0, -1).split('\t')
  t.deepEqual([alias, nodes], ['logs', '1'])
  t.regex(health ?? '', /^(?:green|yellow|red)$/)
  t.is(version, `${kind === 'opensearch' ? 'OpenSearch' : 'Elasticsearch'} ${running}`)
  t.regex(`${documents} ${size}`, /^\d+ \d+$/)
})

eachServer("--format json is the cluster's own bytes", async (t, { url }) => {
  const cwd = configured(t, { aliases: { default: { node: url } } })
  const { status, stdout } = await esconn(['info', '--format', 'json'], { cwd })
  t.is(status, 0)
  t.regex(stdout, /^\{"_nodes":\{"total":1,"successful":1,"failed":0\},"cluster_name":/)
})

/** A response to `GET /_cluster/stats` with numbers that JavaScript would round. */
const STATS =
  '{"cluster_name":"a\\u001bb","status":"green","nodes":{"count":{"total":2}},"indices":{"docs":{"count":9007199254740993},"store":{"size_in_bytes":1.0}}}'
const ROOT = '{"version":{"number":"9.5.3"}}'

test('numbers keep their digits, and control characters do not reach a terminal', async t => {
  const { url } = await raw(t, (socket, request) =>
    reply(request.path === '/' ? ROOT : STATS)(socket, request),
  )
  const cwd = configured(t, { aliases: { default: { node: url } } })
  const { stdout } = await esconn(['info'], { cwd })
  t.is(stdout, 'default\ta\\u001bb\tgreen\tElasticsearch 9.5.3\t2\t9007199254740993\t1.0\n')
  t.is((await esconn(['info', '--format', 'json'], { cwd })).stdout, STATS)
  const shown = await esconn(['info', '--format', 'json', '--color', 'never'], { cwd, columns: 80 })
  t.regex(shown.stdout, /^\{\n {2}"cluster_name": "a\\u001bb",\n.* 9007199254740993\n.*\}\n$/s)
})

test('a response that is no summary any more: 63, before it fills the memory', async t => {
  const { url } = await raw(t, reply(`{"a":"${'x'.repeat(9 * 2 ** 20)}"}`))
  const cwd = configured(t, { aliases: { default: { node: url } } })
  const { status, stderr } = await esconn(['info', '--format', 'json'], { cwd })
  t.is(status, 63)
  t.is(stderr[0], `default: ${url}: the reply is larger than 8.0MiB`)
})

test('a node that did not answer: 3, and 0 with --allow-partial', async t => {
  const partial = STATS.replace('{', '{"_nodes":{"total":3,"successful":2,"failed":1},')
  const { url } = await raw(t, (socket, request) =>
    reply(request.path === '/' ? ROOT : partial)(socket, request),
  )
  const cwd = configured(t, { aliases: { default: { node: url } } })
  const failed = await esconn(['info'], { cwd })
  t.regex(failed.stdout, /^default\t/)
  t.deepEqual(
    [failed.status, failed.stderr],
    [
      3,
      [
        'default: incomplete: 1 of 3 nodes did not answer, and are not counted',
        'what arrived was printed; with --allow-partial this is not a failure',
      ],
    ],
  )
  t.is((await esconn(['info', '--allow-partial'], { cwd })).status, 0)
})

test('--dry-run prints the request', async t => {
  const cwd = configured(t, { aliases: { default: { node: 'http://localhost:9' } } })
  const { status, stdout } = await esconn(['info', '--dry-run'], { cwd })
  t.deepEqual([status, stdout.split('\n')[0]], [0, 'GET http://localhost:9/_cluster/stats'])
})

test('several aliases: each in its turn, and the status of the first that failed', async t => {
  const { url } = await raw(t, reply(STATS))
  const cwd = configured(t, { aliases: { a: { node: await nobody(), retries: 0 }, b: { node: url } } })
  const { status, stdout, stderr } = await esconn(['info', '--format', 'json', '-a', 'b,a'], { cwd })
  t.is(status, 7)
  t.regex(stdout, /^\{/)
  t.regex(stderr[0] ?? '', /^a: .*connection refused/)
})

const isForeign = test.macro(async (t, stats: string, what: string) => {
  const { url } = await raw(t, (socket, request) =>
    reply(request.path === '/' ? ROOT : stats)(socket, request),
  )
  const cwd = configured(t, { aliases: { default: { node: url } } })
  const { status, stdout, stderr } = await esconn(['info'], { cwd })
  t.deepEqual([status, stdout, stderr[0]?.replaceAll(url, 'NODE')], [8, '', what])
})

const NOT_JSON = 'default: NODE: the reply is not a JSON object'
test('an empty reply: 8', isForeign, '', NOT_JSON)
test('a web page: 8', isForeign, '<html>', NOT_JSON)
test('an array: 8', isForeign, '[]', NOT_JSON)
test('JSON that ends early: 8', isForeign, '{"status":"g', NOT_JSON)
test('a control character in a string: 8', isForeign, '{"cluster_name":"\u0001"}', NOT_JSON)
test('another JSON object: 8', isForeign, '{}', 'default: the reply to /_cluster/stats has no cluster_name')
