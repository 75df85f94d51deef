import { inspect } from 'node:util'
import { Client } from '@elastic/elasticsearch'
import test from 'ava'
import { ConfigError, Connection, connection, connections, createConnections } from '../src/index.ts'

const config = {
  aliases: {
    logs: {
      nodes: ['http://u:s3cret@127.0.0.1:9', 'http://u:s3cret@localhost:9'],
      indices: { access: 'logs-access-*', errors: { index: 'logs-*', query: { term: { level: 'error' } } } },
    },
    prod: 'logs',
    get: 'logs',
    // biome-ignore lint/suspicious/noThenProperty: an alias may have any name
    then: 'logs',
  },
}
const registry = () => createConnections({ config, cwd: '/', env: {} })

test('connection is the connection of the alias default', t => {
  t.is(connection, connections.default as Connection)
  t.is(connection.alias, 'default')
})

test('an alias has one connection', t => {
  const ours = registry()
  t.is(ours.logs, ours.logs)
  t.is(ours.logs, ours.get('logs'))
  t.not(ours.logs, ours.prod)
  t.not(ours.logs, registry().logs)
})

test('a connection is an official client', t => {
  const { logs } = registry()
  t.true(logs instanceof Client)
  t.true(logs instanceof Connection)
  t.is(typeof logs?.cat.indices, 'function')
})

test('an unknown alias throws an error that names the known ones', t => {
  const error = t.throws(() => registry().lgos, { instanceOf: ConfigError })
  t.regex(error.message, /lgos/)
  for (const known of ['logs', 'prod', 'get', 'then']) t.true(error.message.includes(known), error.message)
})

for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) {
  test(`${name} is an ordinary unknown name`, t => {
    t.throws(() => registry()[name], { instanceOf: ConfigError })
  })
}

test('aliases named like a method are available by get', t => {
  const ours = registry()
  t.is(ours.get('get').alias, 'get')
  t.is(ours.get('then').alias, 'then')
})

test('a registry can be returned from an async function', async t => {
  const ours = registry()
  t.is(await Promise.resolve(ours), ours)
})

test('iterating gives the aliases', t => {
  t.deepEqual([...registry()], ['logs', 'prod', 'get', 'then'])
  t.true('logs' in registry())
  t.false('lgos' in registry())
  t.is(JSON.stringify(registry()), '{"aliases":["logs","prod","get","then"]}')
})

test('a registry cannot be written to', t => {
  t.throws(() => Object.assign(registry(), { logs: 1 }), { instanceOf: TypeError })
})

test('the names of an alias are those of its configuration', t => {
  t.deepEqual(
    [...registry().get('prod').names],
    [
      ['access', { index: 'logs-access-*' }],
      ['errors', { index: 'logs-*', query: '{"term":{"level":"error"}}' }],
    ],
  )
})

test('a mistake in the configuration of default rejects the first call', async t => {
  const ours = createConnections({ config: { aliases: { logs: { node: 'http://x' } } }, cwd: '/', env: {} })
  const missing = ours.get('default')
  await t.throwsAsync(missing.cat.indices(), { instanceOf: ConfigError, message: /default/ })
})

test('inspecting a connection shows alias and nodes, and no secret', async t => {
  const { logs } = registry()
  await t.throwsAsync(async () => await logs?.ping())
  t.deepEqual(JSON.parse(JSON.stringify(logs)), {
    alias: 'logs',
    nodes: ['http://127.0.0.1:9', 'http://localhost:9'],
  })
  t.regex(inspect(logs), /alias: 'logs'/)
  const secrets = ['s3cret', Buffer.from('u:s3cret').toString('base64')]
  const { transport, connectionPool } = logs as Connection
  for (const shown of [logs, transport, connectionPool, registry()]) {
    const text = inspect(shown, { depth: Number.POSITIVE_INFINITY, showHidden: true })
    for (const secret of secrets) t.false(text.includes(secret), text)
  }
})

test('after close a connection opens new sockets', async t => {
  const ours = registry()
  const first = await t.throwsAsync(ours.get('logs').cat.indices())
  await ours.close()
  t.deepEqual(
    await t.throwsAsync(ours.get('logs').cat.indices()).then(error => error?.message),
    first?.message,
  )
})
