import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { inspect } from 'node:util'
import { HttpConnection, Transport } from '@elastic/elasticsearch'
import test from 'ava'
import type { ConnectionSettings } from '../../src/config/types.ts'
import { Connection } from '../../src/connection.ts'
import type { EsconnError, Fault } from '../../src/errors.ts'
import type { NodeConnection } from '../../src/wire/http-node.ts'
import type { NodePool } from '../../src/wire/node-pool.ts'
import { selfSigned } from '../support/certificates.ts'
import { answer, fin, hang, head, raw, reply, type Script, send, trickle } from '../support/raw.ts'
import { connect, hitsOf, read } from './_connect.ts'

const isRefused = test.macro(async (t, script: Script, fault: Fault, words: string, advice?: string) => {
  const { url, requests } = await raw(t, script)
  const { bytes, error } = await read(connect(t, url), { timeout: 500 })
  t.is(error?.fault, fault)
  t.is(error?.message.replaceAll(url, 'NODE'), words)
  if (advice !== undefined) t.is(error?.advice, advice)
  t.is(bytes.length, 0)
  t.is(requests.length, 1)
})

const NOT_HTTP = 'logs: NODE: the reply is not HTTP'
const LATE = 'logs: NODE: no answer within 500ms'

test('another protocol', isRefused, send('SSH-2.0-OpenSSH_9.6\r\n'), 'foreign', NOT_HTTP)
test(
  'another protocol, then the end of the connection',
  isRefused,
  fin(send('220 mail.example ESMTP\r\n')),
  'foreign',
  NOT_HTTP,
)
test(
  'two values of content-length',
  isRefused,
  send('HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nx'),
  'foreign',
  'logs: NODE: the reply is not valid HTTP (Duplicate Content-Length)',
)
test(
  'a head that never ends',
  isRefused,
  async (socket, request) => {
    socket.write('HTTP/1.1 200 OK\r\n')
    await trickle('X-Y: z\r\n', 20)(socket, request)
  },
  'timeout',
  LATE,
)
test(
  'informational heads that never end',
  isRefused,
  trickle('HTTP/1.1 102 Processing\r\n\r\n', 20),
  'timeout',
  LATE,
)
test(
  'a redirect',
  isRefused,
  reply('', 307, { location: '/' }),
  'foreign',
  'logs: the reply is a redirect to /; redirects are not followed (307)',
)

test('a banner before the request', async t => {
  const { url } = await raw(t, hang, { greet: socket => socket.write('SSH-2.0-OpenSSH_9.6\r\n') })
  t.is((await read(connect(t, url), { timeout: 500 })).error?.fault, 'foreign')
})

test('a switch to another protocol that was not requested', async t => {
  const { url } = await raw(t, send(head(101, { connection: 'upgrade', upgrade: 'websocket' })))
  const { error } = await read(connect(t, url), { timeout: 500 })
  t.is(error?.fault, 'foreign')
  t.is(error?.message, `logs: ${url}: the reply is not HTTP`)
})

test('an informational head before the real one', async t => {
  const { url } = await raw(
    t,
    send('HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n', `${head(200, { 'content-length': 1 })}x`),
  )
  t.is((await read(connect(t, url))).bytes.toString(), 'x')
})

const OK = 'HTTP/1.1 200 OK\r\n'

test('headers of up to 1 MiB are accepted, as Elasticsearch has no limit for its warnings', async t => {
  const warning = `299 Elasticsearch-9.5.3 "${'w'.repeat(900 * 1024)}"`
  const { url } = await raw(t, reply('x', 200, { warning }))
  t.is((await read(connect(t, url))).bytes.toString(), 'x')
  const larger = await raw(t, reply('x', 200, { warning: warning + warning }))
  const { error } = await read(connect(t, larger.url))
  t.is(error?.fault, 'oversize')
  t.is(error?.message, `logs: ${larger.url}: the headers of the reply are larger than 1.0MiB`)
})

test(
  'two ways to tell the length: the reason of the parser',
  isRefused,
  send(`${OK}content-length: 1\r\ntransfer-encoding: chunked\r\n\r\nx`),
  'foreign',
  "logs: NODE: the reply is not valid HTTP (Transfer-Encoding can't be present with Content-Length)",
)
test(
  "a blank in a header's name",
  isRefused,
  send(`${OK}x y: 1\r\n\r\n`),
  'foreign',
  'logs: NODE: the reply is not valid HTTP (Invalid header token)',
)
test(
  'a redirect names its target, without a query and without credentials',
  isRefused,
  reply('', 302, { location: 'https://ada:word@login.example/sso?token=abc' }),
  'foreign',
  'logs: the reply is a redirect to https://login.example/sso; redirects are not followed (302)',
)
test(
  'a wait of an hour: the advice is to wait',
  isRefused,
  reply('{}', 429, { 'retry-after': '3600' }),
  'overloaded',
  'logs: the cluster is overloaded or unavailable (429)',
  'the server asks for a wait of 1h before the next request',
)

test('a body that is not in its encoding is requested once', async t => {
  const { url, requests } = await raw(t, reply('hello', 200, { 'content-encoding': 'gzip' }))
  t.is((await hitsOf(connect(t, url, { retries: 3 }))).error?.fault, 'corrupt')
  t.is(requests.length, 1)
})

test('a redirect is not followed', async t => {
  const target = await raw(t, answer([]))
  const { url, requests } = await raw(t, reply('', 302, { location: `${target.url}/` }))
  t.is((await hitsOf(connect(t, url))).error?.fault, 'foreign')
  t.deepEqual([requests.length, target.requests.length], [1, 0])
})

test('http:// to a node that speaks TLS', async t => {
  const { url } = await raw(t, answer([]), { tls: await selfSigned() })
  const { error } = await read(connect(t, url.replace('https:', 'http:')), { timeout: 1000 })
  t.is(error?.fault, 'reset', error?.message)
})

test('an aborted request is stopped', async t => {
  const { url, requests } = await raw(t, hang)
  const controller = new AbortController()
  const reading = read(connect(t, url), { signal: controller.signal })
  while (requests.length === 0) await sleep(10)
  controller.abort()
  t.is((await reading).error?.fault, 'aborted')
  await requests[0]?.closed
})

test('an aborted request is not sent', async t => {
  const { url, requests } = await raw(t, answer([]))
  t.is((await read(connect(t, url), { signal: AbortSignal.abort() })).error?.fault, 'aborted')
  t.is(requests.length, 0)
})

test('listeners do not accumulate on a signal that is used for many requests', async t => {
  const { url } = await raw(t, reply('x'))
  const { signal } = new AbortController()
  const connection = connect(t, url)
  const warned = once(process, 'warning').then(([warning]) => warning)
  for (let sent = 0; sent < 30; sent++) await read(connection, { signal })
  t.is(await Promise.race([warned, sleep(50)]), undefined)
})

test('a path in the URL of the node is a prefix of every request', async t => {
  const { url, requests } = await raw(t, answer([]))
  await hitsOf(connect(t, `${url}/es`))
  t.is(requests[0]?.path, '/es/entry/_search')
})

test('many requests at once cause no warning', async t => {
  const warnings: Error[] = []
  const note = (warning: Error) => void warnings.push(warning)
  process.on('warning', note)
  const { url } = await raw(t, answer(['{"_id":"1"}']))
  const connection = connect(t, url)
  await Promise.all(Array.from({ length: 30 }, () => hitsOf(connection)))
  await sleep(50)
  process.off('warning', note)
  t.deepEqual(warnings, [])
})

test('inspecting a node shows only its address and status', async t => {
  const { url } = await raw(t, answer([]))
  const connection = connect(t, `${url}/es`, {
    headers: { 'x-api-token': 's3cret' },
    auth: { apiKey: 's3cret' },
    tls: { verify: true, passphrase: 's3cret' },
    proxies: new Map([[`${url}/es`, url.replace('//', '//ada:s3cret@')]]),
  })
  await hitsOf(connection)
  const [node] = connection.connectionPool.connections
  t.is(inspect(node, { depth: 9, showHidden: true }), `{ address: '${url}/es', status: 'alive' }`)
  t.is(JSON.stringify(node), `{"address":"${url}/es","status":"alive"}`)
})

const SEARCH = { method: 'POST', path: '/entry/_search' }
const DOCUMENT = { method: 'PUT', path: '/entry/_doc/1', body: '{}' }
const OPTIONS = { requestId: 1, name: 'x', context: null }

test('a readonly alias: nothing of the client sends a write', async t => {
  const { url, requests } = await raw(t, answer())
  const settings: ConnectionSettings = { nodes: [url], tls: { verify: true }, readonly: true }
  const connection = new Connection('logs', { names: () => new Map(), settings: () => settings })
  t.teardown(() => connection.close())
  await connection.search({ index: 'entry' })
  const pool = connection.connectionPool as NodePool
  const node = pool.connections[0] as NodeConnection
  class OtherTransport extends Transport {
    override getConnection(): HttpConnection {
      return node
    }
  }
  t.throws(() => Object.assign(pool.settings, { readonly: false }), { instanceOf: TypeError })
  settings.readonly = false
  pool.addConnection('http://127.0.0.1:1')
  const otherNode = pool.connections[1] as NodeConnection
  const writes: [string, () => PromiseLike<unknown>][] = [
    ['a node', () => node.request(DOCUMENT, OPTIONS)],
    [
      'a node, by a method in the query',
      () => node.request({ ...SEARCH, querystring: '_method=PUT' }, OPTIONS),
    ],
    ['a node, by a header', () => node.request({ ...SEARCH, headers: { 'x-http-method': 'PUT' } }, OPTIONS)],
    [
      "the client's own request",
      () => HttpConnection.prototype.request.call(node, DOCUMENT, OPTIONS as never),
    ],
    ['an added node', () => otherNode.request(DOCUMENT, OPTIONS)],
    ['the transport after a change of the settings', () => connection.transport.request(DOCUMENT)],
    ['another transport', () => new OtherTransport({ connectionPool: pool }).request(DOCUMENT)],
    [
      'a client whose transport was replaced',
      () => {
        const child = connection.child({})
        Object.assign(child, { transport: new OtherTransport({ connectionPool: pool }) })
        return child.index({ index: 'entry', document: {} })
      },
    ],
  ]
  for (const [name, write] of writes) {
    const error = await t.throwsAsync<EsconnError>(async () => await write(), undefined, name)
    t.is(error?.fault, 'denied', name)
  }
  t.is(requests.length, 1)
  await node.request(SEARCH, OPTIONS)
  t.is(requests.length, 2)
})

test('a readonly alias that compresses: a body is judged as it is read', async t => {
  const { url, requests } = await raw(t, reply({ succeeded: true }))
  const connection = connect(t, url, { readonly: true, compression: true })
  await connection.closePointInTime({ id: 'x' })
  await connection.sql.query({ query: 'SELECT 1' })
  t.is(requests.length, 2)
  t.is(requests[0]?.headers['content-encoding'], 'gzip')
  const kept = connection.sql.query({ query: 'SELECT 1', keep_on_completion: true })
  t.is((await t.throwsAsync<EsconnError>(kept))?.fault, 'denied')
  t.is(requests.length, 2)
})
