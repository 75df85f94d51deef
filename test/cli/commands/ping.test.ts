import test from 'ava'
import { onServers } from '../../cluster/servers.ts'
import { configured } from '../../support/configured.ts'
import { esconn } from '../../support/esconn.ts'

const eachServer = onServers(test)

eachServer('one line: alias, node, product and version, milliseconds', async (t, { url, kind, version }) => {
  const cwd = configured(t, { aliases: { default: { node: 'http://localhost:9' }, logs: { node: url } } })
  const { status, stdout, stderr } = await esconn(['--alias', 'logs', 'ping'], { cwd })
  t.deepEqual([status, stderr], [0, []])
  const [alias, node, identity, time] = stdout.slice(0, -1).split('\t')
  t.deepEqual([alias, node], ['logs', url])
  t.regex(time ?? '', /^[\d.]+m?s$/)
  const name = kind === 'opensearch' ? 'OpenSearch' : 'Elasticsearch'
  t.true(
    [`${name} ${version}`, `${name} (version unknown: GET / returned 405)`].includes(identity ?? ''),
    identity,
  )
})

test('the alias may be given before the command, after it, or in the environment', async t => {
  const aliases = Object.fromEntries(
    ['default', 'one', 'two'].map(name => [name, { node: `http://${name}.invalid` }]),
  )
  const cwd = configured(t, { aliases })
  const asked = async (argv: string[], env = {}) =>
    (await esconn(argv, { cwd, env })).stderr[0]?.split(':')[0]
  t.is(await asked(['ping']), 'default')
  t.is(await asked(['ping'], { ESCONN_ALIAS: 'one' }), 'one')
  t.is(await asked(['-a', 'two', 'ping'], { ESCONN_ALIAS: 'one' }), 'two')
  t.is(await asked(['ping', '--alias', 'two']), 'two')
  t.is(await asked(['-a', 'one', 'ping', '-a', 'default', '-a', 'two']), 'two')
})

test('without any configuration one message says which node is queried', async t => {
  const { stderr } = await esconn(['ping', '--timeout', '5s'])
  t.is(
    stderr.filter(line => line === 'no configuration found: the alias default is http://localhost:9200')
      .length,
    1,
  )
})
