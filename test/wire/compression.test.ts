import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { gunzipSync, gzipSync } from 'node:zlib'
import test, { type ExecutionContext } from 'ava'
import { found } from '../support/raw.ts'
import { connect, hitsOf } from './_connect.ts'

const HITS = ['{"_id":"1","_source":{"n":1.0,"big":12345678901234567890}}', '{ "_id" : "2\\u00e9" }']
const QUERY = { query: { match: { text: 'words '.repeat(100) } } }

interface CompressedRequest {
  headers: IncomingMessage['headers']
  body: Buffer
}

/** A node that compresses replies to clients that accept it. */
async function node(t: ExecutionContext): Promise<{ url: string; requests: CompressedRequest[] }> {
  const requests: CompressedRequest[] = []
  const server = createServer(async (request, response) => {
    requests.push({ headers: request.headers, body: await buffer(request) })
    const gzip = /\bgzip\b/.test(String(request.headers['accept-encoding']))
    const body = Buffer.from(found(HITS))
    response.setHeader('content-type', 'application/json')
    if (gzip) response.setHeader('content-encoding', 'gzip')
    response.end(gzip ? gzipSync(body) : body)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.teardown(() => server.close().closeAllConnections())
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests }
}

test('requests and responses are compressed if the alias says so', async t => {
  const { url, requests } = await node(t)
  const connection = connect(t, url, { compression: true })
  const hits: string[] = []
  for await (const hit of connection.hits('entry', QUERY)) hits.push(hit.toString())
  t.deepEqual(hits, HITS)
  const response = await connection.search({ index: 'entry', ...QUERY })
  t.is(response.hits.hits.length, 2)
  t.is(requests.length, 2)
  for (const { headers, body } of requests) {
    t.is(headers['accept-encoding'], 'gzip,deflate')
    t.is(headers['content-encoding'], 'gzip')
    t.is(headers['content-length'], String(body.length))
    t.deepEqual(JSON.parse(gunzipSync(body).toString()), QUERY)
  }
})

test('an NDJSON body is compressed too', async t => {
  const { url, requests } = await node(t)
  await connect(t, url, { compression: true }).bulk({ operations: [{ index: { _index: 'a' } }, { n: 1 }] })
  t.is(gunzipSync(requests[0]?.body ?? '').toString(), '{"index":{"_index":"a"}}\n{"n":1}\n')
  t.is(requests[0]?.headers['content-length'], String(requests[0]?.body.length))
})

test('without `compression` nothing is compressed or requested', async t => {
  const { url, requests } = await node(t)
  const connection = connect(t, url)
  t.deepEqual(await hitsOf(connection), { hits: HITS })
  await connection.search({ index: 'entry', ...QUERY })
  for (const { headers } of requests) {
    t.is(headers['accept-encoding'], undefined)
    t.is(headers['content-encoding'], undefined)
  }
})
