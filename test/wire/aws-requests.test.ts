import { once } from 'node:events'
import { createServer } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { gunzipSync } from 'node:zlib'
import test, { type ExecutionContext } from 'ava'
import type { Aws } from '../../src/config/types.ts'
import { authority, type Identity } from '../support/certificates.ts'
import { proxy } from '../support/proxy.ts'
import { found } from '../support/raw.ts'
import { refusal, type SignedRequest } from '../support/signature.ts'
import { connect, hitsOf } from './_connect.ts'

const HIT = '{"_id":"1","_source":{"n":1.0}}'
const KEYS = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' }
const AWS: Aws = { region: 'eu-central-1', service: 'es', credentials: KEYS }
const SIGNER = { ...KEYS, region: AWS.region, service: AWS.service }

interface Service {
  url: string
  requests: SignedRequest[]
  /** Why each of the requests is refused. */
  refusals: () => (string | undefined)[]
}

/** A cluster on AWS; `busy` of its first replies are 503. */
async function service(t: ExecutionContext, tls?: Identity, busy = 0): Promise<Service> {
  const requests: SignedRequest[] = []
  const server = tls ? createTlsServer(tls) : createServer()
  server.on('request', async (request, response) => {
    const { method = '', url = '', headers } = request
    const body = await buffer(request)
    requests.push({ method, path: url, headers: headers as Record<string, string>, body })
    response.setHeader('content-type', 'application/json')
    response.setHeader('retry-after', '0')
    response.statusCode = requests.length <= busy ? 503 : 200
    response.end(found([HIT]))
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.teardown(() => server.close().closeAllConnections())
  const url = `${tls ? 'https' : 'http'}://127.0.0.1:${(server.address() as AddressInfo).port}`
  return { url, requests, refusals: () => requests.map(request => refusal(request, SIGNER)) }
}

test('a search is signed', async t => {
  const { url, requests, refusals } = await service(t)
  const connection = connect(t, url, { auth: { aws: AWS } })
  t.deepEqual(await hitsOf(connection), { hits: [HIT] })
  await connection.search({ index: 'entry', query: { match: { text: 'wörds' } }, routing: 'a b,c/d' })
  await connection.get({ index: 'entry', id: 'a/b c+ü%' })
  t.deepEqual(refusals(), [undefined, undefined, undefined])
  t.regex(requests[0]?.headers['user-agent'] ?? '', /^esconn\//)
})

test('a path in the address of the node is signed as it is sent', async t => {
  const { url, refusals } = await service(t)
  t.deepEqual(await hitsOf(connect(t, `${url}/es`, { auth: { aws: AWS } })), { hits: [HIT] })
  t.deepEqual(refusals(), [undefined])
})

test('what is compressed is signed as it is sent', async t => {
  const { url, requests, refusals } = await service(t)
  const connection = connect(t, url, { auth: { aws: AWS }, compression: true })
  await connection.search({ index: 'entry', query: { match_all: {} } })
  t.is(gunzipSync(requests[0]?.body ?? '').toString(), '{"query":{"match_all":{}}}')
  t.deepEqual(refusals(), [undefined])
})

for (const compression of [false, true]) {
  test(`a stream is collected, ${compression ? 'compressed' : 'as it is'}, before it is signed`, async t => {
    const { url, requests, refusals } = await service(t)
    const lines = ['{"index":{"_index":"a"}}\n', '{"text":"wörds"}\n']
    const { transport } = connect(t, url, { auth: { aws: AWS }, compression })
    await transport.request({
      method: 'POST',
      path: '/_bulk',
      bulkBody: Readable.from(lines, { objectMode: false }),
    })
    const [request] = requests
    t.is(String(compression ? gunzipSync(request?.body ?? '') : request?.body), lines.join(''))
    t.is(request?.headers['content-length'], String(request?.body.length))
    t.deepEqual(refusals(), [undefined])
  })
}

test('each attempt is signed', async t => {
  const { url, refusals } = await service(t, undefined, 2)
  t.deepEqual(await hitsOf(connect(t, url, { auth: { aws: AWS } })), { hits: [HIT] })
  t.deepEqual(refusals(), [undefined, undefined, undefined])
})

test('through a proxy, to https://', async t => {
  const ours = await authority()
  const { url, refusals } = await service(t, await ours.issue())
  const server = await proxy(t)
  const connection = connect(t, url, {
    auth: { aws: AWS },
    tls: { verify: true, ca: ours.pem },
    proxies: new Map([[url, server.url]]),
  })
  t.deepEqual(await hitsOf(connection), { hits: [HIT] })
  t.deepEqual(refusals(), [undefined])
  t.is(server.asked[0]?.headers.authorization, undefined)
})

test('a signature with other keys is rejected', async t => {
  const { url, refusals } = await service(t)
  const credentials = { ...KEYS, secretAccessKey: 'another' }
  await hitsOf(connect(t, url, { auth: { aws: { ...AWS, credentials } } }))
  t.deepEqual(refusals(), ['wrong signature'])
})
