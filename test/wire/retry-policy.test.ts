import { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { errors } from '@elastic/elasticsearch'
import test, { type ExecutionContext } from 'ava'
import type { Connection } from '../../src/connection.ts'
import type { EsconnError, Fault } from '../../src/errors.ts'
import { retrySafety } from '../../src/wire/retry-policy.ts'
import {
  answer,
  fin,
  found,
  hang,
  head,
  nobody,
  raw,
  reply,
  reset,
  type Script,
  send,
} from '../support/raw.ts'
import { connect, cutAfter, hitsOf, read } from './_connect.ts'

const HIT = '{"_id":"1"}'
const busy = (status: number, headers = {}): Script => reply({ error: 'later', status }, status, headers)
const dropped = reset(send())

/** Several servers, and how many requests each of them got. */
async function servers(t: ExecutionContext, ...scripts: (Script | Script[])[]) {
  const all = await Promise.all(scripts.map(script => raw(t, script)))
  return { urls: all.map(({ url }) => url), counts: () => all.map(({ requests }) => requests.length) }
}

interface RetryCase {
  /** What each node does. */
  nodes: (Script | Script[])[]
  /** How many requests each of them gets. */
  counts: number[]
  /** How it ends; without one the hit arrives. */
  fault?: Fault
  timeout?: number
}

const searches = test.macro(async (t, { nodes, counts, fault, timeout = 5000 }: RetryCase) => {
  const all = await servers(t, ...nodes)
  const { hits, error } = await hitsOf(connect(t, all.urls), { timeout })
  t.is(error?.fault, fault, error?.message)
  if (!fault) t.deepEqual(hits, [HIT])
  t.deepEqual(all.counts(), counts)
})

const found1 = answer([HIT])

test('a search that succeeds is sent once', searches, { nodes: [found1, found1], counts: [1, 0] })
for (const status of [429, 502, 503, 504, 520]) {
  test(`${status} goes to the next node`, searches, { nodes: [busy(status), found1], counts: [1, 1] })
}
test('a single overloaded node is tried again', searches, { nodes: [[busy(503), found1]], counts: [2] })
test('three retries by default', searches, {
  nodes: [busy(503, { 'retry-after': '0' })],
  counts: [4],
  fault: 'overloaded',
})
test('retries are spread over the nodes', searches, {
  nodes: [busy(503, { 'retry-after': '0' }), busy(429, { 'retry-after': '0' })],
  counts: [2, 2],
  fault: 'overloaded',
})
test('a reset goes to the next node', searches, { nodes: [dropped, found1], counts: [1, 1] })
test('a reset by the only node: the same is tried once more', searches, {
  nodes: [[dropped, found1]],
  counts: [2],
})
test('a second reset by the only node is final', searches, { nodes: [dropped], counts: [2], fault: 'reset' })
test('a connection that ends without a reply counts as a reset', searches, {
  nodes: [fin(send()), found1],
  counts: [1, 1],
})
test('a reset before the first hit goes to the next node', searches, {
  nodes: [reset(send(cutAfter(''))), found1],
  counts: [1, 1],
})
test('a reply that is cut before the first hit goes to the next node', searches, {
  nodes: [fin(send(cutAfter(''))), found1],
  counts: [1, 1],
})
test('a reset after the first hit is final', searches, {
  nodes: [reset(send(cutAfter(`${HIT},`))), found1],
  counts: [1, 0],
  fault: 'reset',
})
test('a timeout goes to the next node', searches, { nodes: [hang, found1], counts: [1, 1], timeout: 300 })
test('after a timeout the same node is not tried again', searches, {
  nodes: [hang],
  counts: [1],
  fault: 'timeout',
  timeout: 300,
})
test('every node hangs: each is tried once', searches, {
  nodes: [hang, hang],
  counts: [1, 1],
  fault: 'timeout',
  timeout: 300,
})
test('a 503 that no retry can heal is final', searches, {
  nodes: [reply({ error: { type: 'a', caused_by: { type: 'too_many_buckets_exception' } } }, 503), found1],
  counts: [1, 0],
  fault: 'refused',
})
test('a refusal is final', searches, {
  nodes: [reply({ error: 'no' }, 400), found1],
  counts: [1, 0],
  fault: 'refused',
})
test('401 is final', searches, {
  nodes: [reply({ error: 'no' }, 401), found1],
  counts: [1, 0],
  fault: 'denied',
})
test('HTML is final', searches, { nodes: [reply('<html>'), found1], counts: [1, 0], fault: 'foreign' })

test('refused connections: every node is tried once, whatever `retries` is', async t => {
  const dead = await Promise.all(Array.from({ length: 6 }, nobody))
  const { url } = await raw(t, found1)
  t.deepEqual(await hitsOf(connect(t, [...dead, url])), { hits: [HIT] })
})

test('when no node accepts connections, the error lists the attempts', async t => {
  const [one, two] = [await nobody(), await nobody()]
  const { error } = await hitsOf(connect(t, [one, two]))
  t.is(error?.fault, 'unreachable')
  t.is(
    error?.message,
    `logs: ${two}: connection refused, after 2 attempts; before: ${one}: connection refused`,
  )
})

/** The milliseconds between the two attempts of a search whose first reply has this header `Retry-After`. */
const waits = test.macro(async (t, header: () => string, [least, most]: [number, number]) => {
  const arrivals: number[] = []
  const timed =
    (script: Script): Script =>
    (socket, request) => {
      arrivals.push(performance.now())
      return script(socket, request)
    }
  const overloaded: Script = (socket, request) => busy(429, { 'retry-after': header() })(socket, request)
  const all = await servers(t, [timed(overloaded), timed(found1)])
  t.deepEqual((await hitsOf(connect(t, all.urls))).hits, [HIT])
  const [first = 0, second = 0] = arrivals
  const waited = second - first
  t.true(waited >= least && waited < most, `${waited} ms`)
})

test('Retry-After in seconds', waits, () => '10', [10_000, 20_000])
test('Retry-After as a date', waits, () => new Date(Date.now() + 11_000).toUTCString(), [9900, 20_000])
test('Retry-After in the past: no wait', waits, () => new Date(0).toUTCString(), [0, 9000])
test('without a valid Retry-After, some hundred milliseconds', waits, () => 'soon', [250, 9000])
test('a negative Retry-After is not valid', waits, () => '-1', [250, 9000])

const givesUp = test.macro(async (t, retryAfter: string, available?: number) => {
  const all = await servers(t, busy(503, { 'retry-after': retryAfter }))
  const started = performance.now()
  const options = available === undefined ? {} : { deadline: Date.now() + available }
  t.is((await hitsOf(connect(t, all.urls), options)).error?.fault, 'overloaded')
  t.true(performance.now() - started < 30_000)
  t.deepEqual(all.counts(), [1])
})

test('a Retry-After of more than a minute ends the request at once', givesUp, '61')
test('a Retry-After beyond the deadline ends the request at once', givesUp, '50', 40_000)

test('a wait before the next attempt is aborted', async t => {
  const { url, requests } = await raw(t, reply('', 503, { 'retry-after': '50' }))
  const controller = new AbortController()
  const started = performance.now()
  const reading = read(connect(t, url), { signal: controller.signal })
  while (requests.length === 0) await sleep(10)
  await sleep(100)
  controller.abort()
  t.is((await reading).error?.fault, 'aborted')
  t.true(performance.now() - started < 30_000)
  t.is(requests.length, 1)
})

type ClientCall = (connection: Connection) => Promise<unknown>
const index: ClientCall = connection => connection.index({ index: 'entry', document: { a: 1 } })
const byQuery: ClientCall = connection =>
  connection.deleteByQuery({ index: 'entry', query: { match_all: {} } })
const created = reply({ result: 'created' }, 201)

const writes = test.macro(async (t, call: ClientCall, { nodes, counts, fault }: RetryCase) => {
  const all = await servers(t, ...nodes)
  const sent = call(connect(t, [await nobody(), ...all.urls]))
  if (fault) t.is((await t.throwsAsync<EsconnError>(async () => await sent))?.fault, fault)
  else await t.notThrowsAsync(sent)
  t.deepEqual(all.counts(), counts)
})

test('a write goes to the next node after a refused connection', writes, index, {
  nodes: [created],
  counts: [1],
})
test('a write is sent again after 429', writes, index, { nodes: [[busy(429), created]], counts: [2] })
test('a write is not sent again after a reset', writes, index, {
  nodes: [dropped, created],
  counts: [1, 0],
  fault: 'reset',
})
test('a write is not sent again after the end of the connection', writes, index, {
  nodes: [fin(send(head(200, { 'content-length': 9 }))), created],
  counts: [1, 0],
  fault: 'cut',
})
test('delete by query goes to the next node after a refused connection', writes, byQuery, {
  nodes: [reply({ deleted: 1 })],
  counts: [1],
})

const refuses = test.macro(async (t, call: ClientCall, status: number) => {
  const all = await servers(t, busy(status), created)
  const error = await t.throwsAsync(call(connect(t, all.urls)), { instanceOf: errors.ResponseError })
  t.is(error?.statusCode, status)
  t.deepEqual(all.counts(), [1, 0])
})

test('a write is not sent again after 503', refuses, index, 503)
test('delete by query is not sent again after 429', refuses, byQuery, 429)

test("searches by the client's own method are retried by the same rules", async t => {
  const all = await servers(t, [busy(503, { 'retry-after': '0' }), dropped], reply(JSON.parse(found([HIT]))))
  const { hits } = await connect(t, all.urls).search({ index: 'entry' })
  t.is(hits.hits.length, 1)
  t.deepEqual(all.counts(), [1, 1])
})

test('an overloaded reply to a request for a stream is returned after the last attempt', async t => {
  const all = await servers(t, busy(503, { 'retry-after': '0' }))
  const { statusCode } = await connect(t, all.urls).search(
    { index: 'entry' },
    { asStream: true, meta: true, maxRetries: 1 },
  )
  t.is(statusCode, 503)
  t.deepEqual(all.counts(), [2])
})

type RetryParams = Parameters<typeof retrySafety>[0]

const hasSafety = test.macro({
  exec: (t, params: RetryParams, idempotent: boolean, retryOn429: boolean) =>
    t.deepEqual(retrySafety(params), { idempotent, retryOn429 }),
  title: (name, { method, path }: RetryParams) => `${method} ${path} ${name ?? ''}`.trim(),
})
const params = (request: string, more: Partial<RetryParams> = {}): RetryParams => {
  const [method = '', path = ''] = request.split(' ')
  return { method, path, ...more }
}

for (const request of [
  'GET /',
  'HEAD /entry',
  'GET /entry/_doc/1',
  'POST /entry/_search',
  'POST /_search',
  'POST /_msearch',
  'POST /entry/_count',
  'POST /entry/_mget',
  'POST /entry/_field_caps',
  'POST /entry/_search_shards',
  'POST /entry/_validate/query',
  'POST /entry/_explain/1',
  'POST /entry/_termvectors/1',
  'POST /_analyze',
  'POST /_all/_search',
  'POST /entry/_search/template',
  'post /entry/_search?typed_keys=true',
  'POST /entry/_pit?keep_alive=1m',
  'DELETE /_pit',
  'POST /entry/_async_search',
  'POST /_query',
]) {
  test(hasSafety, params(request), true, true)
}
for (const request of [
  'PUT /entry',
  'PUT /entry/_doc/1',
  'DELETE /entry',
  'POST /entry/_doc',
  'POST /entry/_doc/_search',
  'POST /entry/_create/_count',
  'POST /entry/_update/_search',
  'PUT /_search',
  'POST /_bulk',
  'POST /entry/_refresh',
  'GET /entry/_refresh',
  'GET /entry/_flush',
  'POST /entry/_termvectors/_bulk',
  'POST /entry/../_bulk/_search',
  'POST /_pit',
  'POST /_search/scroll',
  'POST /_search/scroll?scroll=1m',
  'GET /_search/scroll',
  'GET /_search/scroll/some-id',
  'DELETE /_search/scroll',
  'POST /_sql',
  'POST /_sql?format=json',
]) {
  test(hasSafety, params(request), false, true)
}
for (const request of [
  'POST /entry/_delete_by_query',
  'POST /entry/_update_by_query',
  'POST /_reindex',
  'POST /entry/_delete_by_query?conflicts=proceed',
  'POST /entry/_update_by_query/',
]) {
  test(hasSafety, params(request), false, false)
}
test('with a stream', hasSafety, params('POST /entry/_search', { body: Readable.from([]) }), false, false)
test(
  'with a stream of lines',
  hasSafety,
  params('POST /_bulk', { bulkBody: Readable.from([]) as never }),
  false,
  false,
)

test('a header that overrides the method is not idempotent', t => {
  const headers = { 'X-HTTP-Method-Override': 'DELETE' }
  t.false(retrySafety(params('POST /entry/_search'), { headers }).idempotent)
})
