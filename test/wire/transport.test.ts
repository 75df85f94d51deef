import { once } from 'node:events'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { errors } from '@elastic/elasticsearch'
import test from 'ava'
import type { EsconnError } from '../../src/errors.ts'
import { authority } from '../support/certificates.ts'
import { answer, fin, found, hang, head, JSON_TYPE, raw, reply, send } from '../support/raw.ts'
import { connect, hitsOf } from './_connect.ts'

const BODY = found(['{"_id":"1"}'])

test("a search by the client's own method", async t => {
  const { url, requests } = await raw(t, answer(['{"_id":"1"}']))
  const { hits } = await connect(t, url).search({ index: 'entry', query: { match_all: {} } })
  t.is(hits.hits[0]?._id, '1')
  const [{ path, headers, body } = { path: '', headers: {} as Record<string, string>, body: '' }] = requests
  t.deepEqual([path, body], ['/entry/_search', '{"query":{"match_all":{}}}'])
  t.deepEqual([headers['content-type'], headers.accept], ['application/json', 'application/json'])
})

test('gzip is decoded once', async t => {
  const { url } = await raw(t, reply(gzipSync(BODY), 200, { ...JSON_TYPE, 'content-encoding': 'gzip' }))
  t.is((await connect(t, url).search({ index: 'entry' })).hits.hits.length, 1)
})

test('asStream gives the decoded body as a Readable', async t => {
  const { url } = await raw(t, reply(gzipSync(BODY), 200, { ...JSON_TYPE, 'content-encoding': 'gzip' }))
  const stream = (await connect(t, url).search({ index: 'entry' }, { asStream: true })) as unknown as Readable
  t.true(stream instanceof Readable)
  t.is(await text(stream), BODY)
})

test('a stream that breaks ends with our error', async t => {
  const { url } = await raw(t, fin(send(head(200, { 'content-length': 99 }), '{')))
  const stream = (await connect(t, url).search({ index: 'entry' }, { asStream: true })) as unknown as Readable
  const error = await t.throwsAsync<EsconnError>(text(stream))
  t.is(error?.fault, 'cut')
})

test('destroying a stream closes the connection', async t => {
  const { url, requests } = await raw(t, send(head(200, { 'content-length': 99 }), '{'))
  const stream = (await connect(t, url).search({ index: 'entry' }, { asStream: true })) as unknown as Readable
  await once(stream, 'readable')
  stream.destroy()
  await requests[0]?.closed
  t.pass()
})

test('destroying a stream that was never read closes the connection', async t => {
  const { url, requests } = await raw(t, send(head(200, { 'content-length': 99 }), '{'))
  const stream = (await connect(t, url).search({ index: 'entry' }, { asStream: true })) as unknown as Readable
  stream.destroy()
  await requests[0]?.closed
  t.pass()
})

test("a refusal is the client's ResponseError", async t => {
  const { url } = await raw(
    t,
    reply({ error: { type: 'parsing_exception', reason: 'no' }, status: 400 }, 400),
  )
  const error = await t.throwsAsync(connect(t, url).search({ index: 'entry' }), {
    instanceOf: errors.ResponseError,
  })
  t.is(error?.statusCode, 400)
  t.is(error?.message, 'parsing_exception')
})

test('a status that the caller ignores is not an error', async t => {
  const { url } = await raw(t, reply({ found: false }, 404))
  const answered = await connect(t, url).get({ index: 'entry', id: '1' }, { ignore: [404] })
  t.false(answered.found)
})

test('HEAD', async t => {
  const { url } = await raw(t, [send(head(200, { 'content-length': 7 })), send(head(404))])
  const connection = connect(t, url)
  t.true(await connection.exists({ index: 'entry', id: '1' }))
  t.false(await connection.exists({ index: 'entry', id: '2' }))
})

test('requestTimeout of a call', async t => {
  const { url } = await raw(t, hang)
  const error = await t.throwsAsync<EsconnError>(connect(t, url).info({}, { requestTimeout: 200 }))
  t.is(error?.fault, 'timeout')
  t.is(error?.message, `logs: ${url}: no answer within 200ms`)
})

test('maxRetries of a call', async t => {
  const { url, requests } = await raw(t, reply({ error: 'later' }, 503, { 'retry-after': '0' }))
  await t.throwsAsync(connect(t, url).info({}, { maxRetries: 0 }), { instanceOf: errors.ResponseError })
  t.is(requests.length, 1)
})

test('signal of a call', async t => {
  const { url, requests } = await raw(t, hang)
  const controller = new AbortController()
  const called = connect(t, url).info({}, { signal: controller.signal })
  while (requests.length === 0) await sleep(20)
  controller.abort()
  t.is((await t.throwsAsync<EsconnError>(called))?.fault, 'aborted')
  await requests[0]?.closed
})

test('a reply that is not valid JSON', async t => {
  const { url } = await raw(t, reply('hello', 200, JSON_TYPE))
  const error = await t.throwsAsync<EsconnError>(connect(t, url).info())
  t.deepEqual([error?.fault, error?.message], ['foreign', 'logs: the reply is not valid JSON'])
})

test('a stream of documents is sent once', async t => {
  const { url, requests } = await raw(t, reply({ error: 'later' }, 429, { 'retry-after': '0' }))
  const operations = Readable.from(['{"index":{}}\n{"a":1}\n'], { objectMode: false })
  const bulk = connect(t, url).transport.request({
    method: 'POST',
    path: '/entry/_bulk',
    bulkBody: operations as never,
  })
  await t.throwsAsync(bulk, { instanceOf: errors.ResponseError })
  t.is(requests.length, 1)
})

test('a child of a connection uses the same nodes', async t => {
  const { url, requests } = await raw(t, answer([]))
  await connect(t, url)
    .child({ headers: { 'x-team': 'search' } })
    .search({ index: 'entry' })
  t.is(requests[0]?.headers['x-team'], 'search')
})

const isForeign = test.macro(async (t, ...[status, body, type]: [number, string, string]) => {
  const { url } = await raw(t, reply(body, status, { 'content-type': type }))
  const error = await t.throwsAsync<EsconnError>(connect(t, url).count({ index: 'entry' }))
  t.is(error?.fault, 'foreign')
})

test('a redirect is rejected', isForeign, 302, '', 'text/plain')
test('an HTML page is rejected', isForeign, 200, '<html></html>', 'text/html; charset=utf-8')

test('a write is not sent twice when TLS breaks after it was sent', async t => {
  const { issue, pem } = await authority()
  const { url, requests } = await raw(t, socket => socket.destroy(), { tls: await issue() })
  const { url: second, requests: others } = await raw(t, reply({ result: 'created' }, 201), {
    tls: await issue(),
  })
  const connection = connect(t, [url, second], { tls: { ca: pem, verify: true } })
  const error = await t.throwsAsync<EsconnError>(connection.index({ index: 'entry', document: {} }))
  t.is(error?.fault, 'reset')
  t.deepEqual([requests.length, others.length], [1, 0])
})

test('an option that is undefined counts as not given', async t => {
  const { url } = await raw(t, answer(['{"_id":"1"}']))
  const options = { timeout: undefined, maxSize: undefined, retries: undefined, signal: undefined }
  t.deepEqual(await hitsOf(connect(t, url), options as never), { hits: ['{"_id":"1"}'] })
})
