import { Readable } from 'node:stream'
import test, { type ExecutionContext } from 'ava'
import type { Connection } from '../../../src/connection.ts'
import { chosenGenerations, nameOf } from '../../cluster/generations.ts'
import { load, request } from '../../cluster/request.ts'
import { onOwnServers } from '../../cluster/servers.ts'
import { type StartedServer, startServer } from '../../cluster/start.ts'
import { configured } from '../../support/configured.ts'
import { esconn } from '../../support/esconn.ts'
import { connect } from '../_connect.ts'
import { apisOf, variantsOf } from './_apis.ts'

/** The metadata of a cluster, and the number of documents and segments of each index. */
async function kept({ url }: StartedServer): Promise<string> {
  const { text } = await request(url, 'GET /_cluster/state/metadata')
  const { metadata } = JSON.parse(text)
  const stats = await request(
    url,
    'GET /_stats?filter_path=indices.*.total.docs,indices.*.total.segments.count',
  )
  return JSON.stringify([{ ...metadata, cluster_coordination: undefined }, stats.text])
}

/** A write, if a server treats it as the next request on the connection. */
const SMUGGLED = [
  'PUT /entry/_doc/smuggled HTTP/1.1',
  'host: x',
  'content-type: application/json',
  'content-length: 7',
  '',
  '{"a":1}',
].join('\r\n')

const body = (before = '') => Readable.from([before + SMUGGLED]) as never

/** Each way to send a stream; all of them fail, since its content is not a query. */
const STREAMS: Record<string, (connection: Connection) => Promise<unknown>> = {
  'a GET': ({ transport }) => transport.request({ method: 'GET', path: '/entry/_search', body: body() }),
  'lines of a GET': ({ transport }) =>
    transport.request({ method: 'GET', path: '/entry/_search', bulkBody: body() }),
  'a GET, as chunks': ({ transport }) =>
    transport.exchange({ method: 'GET', path: '/entry/_search', body: body() }, async got => got.status),
  'a length of its own': ({ transport }) =>
    transport.request(
      { method: 'POST', path: '/entry/_search', body: body('{}') },
      { headers: Object.create({ 'content-length': '2' }) },
    ),
  "a child's length": connection =>
    connection
      .child({ headers: { 'content-length': '2' } })
      .transport.request({ method: 'POST', path: '/entry/_search', body: body('{}') }),
}

/** Reads of documents whose ids are named like endpoints that write; POST where a server might see a document. */
const LOOK_LIKE_WRITES = [
  ...['_doc', '_source', '_explain', '_termvectors'].flatMap(endpoint =>
    ['_bulk', '_refresh', '_flush', '_close', '_forcemerge', '_x%2Fy', 'a%252Fb'].flatMap(id => [
      `GET /entry/${endpoint}/${id}`,
      `HEAD /entry/${endpoint}/${id}/`,
    ]),
  ),
  'GET /missing/type/1',
  ...['_search', '_msearch', '_count', '_mget', '_termvectors', '_mtermvectors', '_validate/query'].map(
    endpoint => `POST /missing/type/${endpoint}`,
  ),
  'POST /missing/type/1/_explain',
  'POST /missing/type/1/_termvectors',
  'POST /_inference/rerank/x',
  'POST /_xpack/sql',
  'POST /_xpack/sql/close',
  'POST /_plugins/_ppl',
  'POST /_plugins/_ppl/_explain',
  'POST /_plugins/_asynchronous_search',
  'POST /_plugins/_ism/explain/entry',
  'POST /_plugins/_knn/models/_search',
]

const readonlyAlias = (t: ExecutionContext, { url }: StartedServer): Connection =>
  connect(t, url, { readonly: true, retries: 0, timeout: 5000 })

for (const generation of chosenGenerations()) {
  const ownServers = onOwnServers(test)
  const name = nameOf(generation)
  let server: StartedServer
  let before: string

  ownServers(`${name}: a server with an index`, async t => {
    t.timeout(400_000, 'a server may take its time to start')
    server = await startServer(generation)
    await load(server.url, 'entry', ['{"n":1}', '{"n":2}'])
    before = await kept(server)
    t.true(before.includes('"entry"'))
  })

  ownServers(`${name}: no method of the client changes anything through a readonly alias`, async t => {
    const connection = readonlyAlias(t, server)
    let refused = 0
    let passed = 0
    for (const api of apisOf(connection).values())
      for await (const given of variantsOf(api)) {
        const fault = await api(given).then(
          () => undefined,
          error => error.fault,
        )
        if (fault === 'denied') refused += 1
        else passed += 1
      }
    t.true(refused > 500 && passed > 300, `${refused} refused, ${passed} passed`)
    t.is(await kept(server), before)
  })

  ownServers(`${name}: what only looks like a write changes nothing`, async t => {
    const { transport } = readonlyAlias(t, server)
    for (const request of LOOK_LIKE_WRITES) {
      const [method = '', path = ''] = request.split(' ')
      const body = method === 'POST' ? { body: { n: 1 } } : {}
      const fault = await transport.request({ method, path, ...body }).catch(error => error.fault)
      t.not(fault, 'denied', request)
    }
    t.is(await kept(server), before)
  })

  ownServers(`${name}: a slash at the end is read alike, a doubled one is not`, async t => {
    const status = async (path: string) => (await request(server.url, `GET ${path}`)).status
    for (const path of ['/entry', '/entry/_search', '/entry/_doc/x', '/_cat/indices'])
      for (const slashes of ['/', '//']) t.is(await status(path + slashes), await status(path), path)
    for (const path of ['/entry/_doc//x', '/_cat//indices']) t.is(await status(path), 400, path)
  })

  ownServers(`${name}: the content of a stream is never taken for another request`, async t => {
    for (const send of Object.values(STREAMS)) await send(readonlyAlias(t, server)).catch(() => {})
    t.is((await request(server.url, 'GET /entry/_doc/smuggled')).status, 404)
    t.is(await kept(server), before)
  })

  ownServers(`${name}: every command works with a readonly alias, and changes nothing`, async t => {
    const cwd = configured(t, { aliases: { default: { node: server.url, readonly: true } } })
    for (const argv of [
      ['ping'],
      ['search', 'entry'],
      ['doctor'],
      ['search', 'entry', '--body', '{"size":1}'],
    ])
      t.is((await esconn(argv, { cwd })).status, 0, argv.join(' '))
    t.is(await kept(server), before)
  })

  test.after.always(`${name}: stop it`, async () => {
    await server?.stop()
  })
}
