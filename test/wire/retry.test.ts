import { errors } from '@elastic/elasticsearch'
import test, { type ExecutionContext } from 'ava'
import type { Connection } from '../../src/connection.ts'
import type { EsconnError, Fault } from '../../src/errors.ts'
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
import { connect, cutAfter, hitsOf } from './_connect.ts'

const HIT = '{"_id":"1"}'
const busy = (status: number, headers = {}): Script => reply({ error: 'later', status }, status, headers)
const dropped = reset(send())

/** Several servers, and how many requests each of them got. */
async function servers(t: ExecutionContext, ...scripts: (Script | Script[])[]) {
  const all = await Promise.all(scripts.map(script => raw(t, script)))
  return { urls: all.map(({ url }) => url), counts: () => all.map(({ requests }) => requests.length) }
}

interface Row {
  /** What each node does. */
  nodes: (Script | Script[])[]
  /** How many requests each of them gets. */
  counts: number[]
  /** How it ends; without one the hit arrives. */
  fault?: Fault
  timeout?: number
}

const searches = test.macro(async (t, { nodes, counts, fault, timeout = 5000 }: Row) => {
  const all = await servers(t, ...nodes)
  const { hits, error } = await hitsOf(connect(t, all.urls), { timeout })
  t.is(error?.fault, fault, error?.message)
  if (!fault) t.deepEqual(hits, [HIT])
  t.deepEqual(all.counts(), counts)
})

const found1 = answer([HIT])

test('a search that succeeds is sent once', searches, { nodes: [found1, found1], counts: [1, 0] })
for (const status of [429, 502, 503, 504]) {
  test(`${status} goes to the next node`, searches, { nodes: [busy(status), found1], counts: [1, 1] })
}
test('one node is asked again when it was too busy', searches, { nodes: [[busy(503), found1]], counts: [2] })
test('three further attempts in all', searches, {
  nodes: [busy(503, { 'retry-after': '0' })],
  counts: [4],
  fault: 'overloaded',
})
test('the attempts are shared out', searches, {
  nodes: [busy(503, { 'retry-after': '0' }), busy(429, { 'retry-after': '0' })],
  counts: [2, 2],
  fault: 'overloaded',
})
test('a reset goes to the next node', searches, { nodes: [dropped, found1], counts: [1, 1] })
test('a reset by the only node: once more the same', searches, { nodes: [[dropped, found1]], counts: [2] })
test('and no more than once', searches, { nodes: [dropped], counts: [2], fault: 'reset' })
test('an end without a reply counts like a reset', searches, { nodes: [fin(send()), found1], counts: [1, 1] })
test('a reset before the first hit', searches, { nodes: [reset(send(cutAfter(''))), found1], counts: [1, 1] })
test('a cut before the first hit', searches, { nodes: [fin(send(cutAfter(''))), found1], counts: [1, 1] })
test('a reset after the first hit is final', searches, {
  nodes: [reset(send(cutAfter(`${HIT},`))), found1],
  counts: [1, 0],
  fault: 'reset',
})
test('a timeout goes to the next node', searches, { nodes: [hang, found1], counts: [1, 1], timeout: 300 })
test('a timeout never goes to the same', searches, {
  nodes: [hang],
  counts: [1],
  fault: 'timeout',
  timeout: 300,
})
test('every node hangs: each is asked once', searches, {
  nodes: [hang, hang],
  counts: [1, 1],
  fault: 'timeout',
  timeout: 300,
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

test('refused connections try every node once, whatever the retries', async t => {
  const dead = await Promise.all(Array.from({ length: 6 }, nobody))
  const { url } = await raw(t, found1)
  t.deepEqual(await hitsOf(connect(t, [...dead, url])), { hits: [HIT] })
})

test('when nobody listens, the error tells what was tried', async t => {
  const [one, two] = [await nobody(), await nobody()]
  const { error } = await hitsOf(connect(t, [one, two]))
  t.is(error?.fault, 'unreachable')
  t.is(
    error?.message,
    `logs: ${two}: connection refused, after 2 attempts; before: ${one}: connection refused`,
  )
})

test('a node that failed is asked last for a while', async t => {
  const all = await servers(t, [dropped, found1], found1)
  const connection = connect(t, all.urls)
  t.deepEqual((await hitsOf(connection)).hits, [HIT])
  t.deepEqual((await hitsOf(connection)).hits, [HIT])
  t.deepEqual(all.counts(), [1, 2])
})

const waits = test.macro(async (t, header: () => string, [least, most]: [number, number]) => {
  const all = await servers(t, [
    (socket, request) => busy(429, { 'retry-after': header() })(socket, request),
    found1,
  ])
  const started = performance.now()
  t.deepEqual((await hitsOf(connect(t, all.urls))).hits, [HIT])
  const waited = performance.now() - started
  t.true(waited >= least && waited < most, `${waited} ms`)
})

test('Retry-After in seconds', waits, () => '1', [1000, 3000])
test('Retry-After as a date', waits, () => new Date(Date.now() + 2000).toUTCString(), [900, 4000])
test('Retry-After in the past', waits, () => new Date(0).toUTCString(), [0, 1000])
test('without it, some hundred milliseconds', waits, () => 'soon', [250, 2000])

const gives = test.macro(async (t, retryAfter: string, options: { deadline?: number }) => {
  const all = await servers(t, busy(503, { 'retry-after': retryAfter }))
  const started = performance.now()
  t.is((await hitsOf(connect(t, all.urls), options)).error?.fault, 'overloaded')
  t.true(performance.now() - started < 1000)
  t.deepEqual(all.counts(), [1])
})

test('a wait of over a minute is not begun', gives, '61', {})
test('nor one beyond the time that the command has', gives, '5', { deadline: Date.now() + 4000 })

type Call = (connection: Connection) => Promise<unknown>
const index: Call = connection => connection.index({ index: 'entry', document: { a: 1 } })
const byQuery: Call = connection => connection.deleteByQuery({ index: 'entry', query: { match_all: {} } })
const created = reply({ result: 'created' }, 201)

const writes = test.macro(async (t, call: Call, { nodes, counts, fault }: Row) => {
  const all = await servers(t, ...nodes)
  const sent = call(connect(t, [await nobody(), ...all.urls]))
  if (fault) t.is((await t.throwsAsync<EsconnError>(async () => await sent))?.fault, fault)
  else await t.notThrowsAsync(sent)
  t.deepEqual(all.counts(), counts)
})

test('a write goes on after a refused connection', writes, index, { nodes: [created], counts: [1] })
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
test('delete by query goes on after a refused connection', writes, byQuery, {
  nodes: [reply({ deleted: 1 })],
  counts: [1],
})

const refuses = test.macro(async (t, call: Call, status: number) => {
  const all = await servers(t, busy(status), created)
  const error = await t.throwsAsync(call(connect(t, all.urls)), { instanceOf: errors.ResponseError })
  t.is(error?.statusCode, status)
  t.deepEqual(all.counts(), [1, 0])
})

test('a write is not sent again after 503', refuses, index, 503)
test('delete by query is not sent again after 429', refuses, byQuery, 429)

test("the client's own searches are retried in the same way", async t => {
  const all = await servers(t, [busy(503, { 'retry-after': '0' }), dropped], reply(JSON.parse(found([HIT]))))
  const { hits } = await connect(t, all.urls).search({ index: 'entry' })
  t.is(hits.hits.length, 1)
  t.deepEqual(all.counts(), [1, 1])
})

test('an overloaded reply that is asked for as a stream is handed on in the end', async t => {
  const all = await servers(t, busy(503, { 'retry-after': '0' }))
  const { statusCode } = await connect(t, all.urls).search(
    { index: 'entry' },
    { asStream: true, meta: true, maxRetries: 1 },
  )
  t.is(statusCode, 503)
  t.deepEqual(all.counts(), [2])
})
