import test from 'ava'
import type { Fault } from '../../src/errors.ts'
import { describeError, isOverloaded, refusal } from '../../src/wire/refusal.ts'

const isRefused = test.macro({
  exec(t, status: number, body: string, [fault, message]: [Fault, string]) {
    const error = refusal(status, body)
    t.is(error.fault, fault)
    t.is(error.message, message)
    t.is(error.status, status)
    if (error.advice !== undefined) t.regex(error.advice, /^[^\n]+$/)
  },
  title: (name = '', status: number, body: string) => `${status} ${name || body.slice(0, 60)}`,
})

const error = (type: string, reason: string, more: object = {}) =>
  JSON.stringify({ error: { type, reason, ...more }, status: 0 })

const missing = error('index_not_found_exception', 'no such index [x]')
const HTML = '<html><body>hello</body></html>'
const STRANGE = 'the reply is not of Elasticsearch'

test(isRefused, 404, missing, ['refused', 'index_not_found_exception: no such index [x] (404)'])
test(isRefused, 404, HTML, ['foreign', `${STRANGE} (404)`])
test(isRefused, 404, '', ['foreign', `${STRANGE} (404)`])
test(isRefused, 404, '{"message":"no Route matched"}', ['foreign', `${STRANGE} (404)`])
test(isRefused, 404, '{"error":null}', ['foreign', `${STRANGE} (404)`])
test(isRefused, 404, 'null', ['foreign', `${STRANGE} (404)`])
test(isRefused, 404, '[{"error":"x"}]', ['foreign', `${STRANGE} (404)`])
test(isRefused, 404, '"error"', ['foreign', `${STRANGE} (404)`])
test(isRefused, 405, '{"error":"Incorrect HTTP method for uri [/x]"}', [
  'refused',
  'Incorrect HTTP method for uri [/x] (405)',
])
test(isRefused, 400, error('parsing_exception', 'unknown query [trem]'), [
  'refused',
  'parsing_exception: unknown query [trem] (400)',
])
test(isRefused, 500, error('null_pointer_exception', 'x'), ['refused', 'null_pointer_exception: x (500)'])
test(isRefused, 500, HTML, ['foreign', `${STRANGE} (500)`])
test(isRefused, 400, '{"error":{}}', ['refused', 'an error without a reason (400)'])
test(isRefused, 400, '{"error":{"type":7,"reason":[]}}', ['refused', 'an error without a reason (400)'])
test(isRefused, 400, '{"error":true}', ['refused', 'an error without a reason (400)'])
test(isRefused, 401, '', ['denied', 'access denied (401)'])
test(isRefused, 401, HTML, ['denied', 'access denied (401)'])
test(isRefused, 401, error('security_exception', 'missing credentials'), [
  'denied',
  'security_exception: missing credentials (401)',
])
test(isRefused, 403, error('security_exception', 'action is unauthorized'), [
  'denied',
  'security_exception: action is unauthorized (403)',
])
test(isRefused, 408, '', ['timeout', 'the cluster gave up waiting (408)'])
for (const status of [429, 502, 503, 504]) {
  test(isRefused, status, HTML, ['overloaded', `the cluster is overloaded or not available (${status})`])
}
test(isRefused, 429, error('es_rejected_execution_exception', 'rejected'), [
  'overloaded',
  'es_rejected_execution_exception: rejected (429)',
])
for (const status of [301, 302, 303, 304, 307, 308]) {
  test(isRefused, status, missing, ['foreign', `index_not_found_exception: no such index [x] (${status})`])
  test('a redirect', isRefused, status, '', [
    'foreign',
    `the reply is a redirect, and none is followed (${status})`,
  ])
}

const cause = { type: 'query_shard_exception', reason: 'no mapping for [when]' }
test(
  'with a root cause',
  isRefused,
  400,
  error('search_phase_failed', 'all shards', { root_cause: [cause] }),
  ['refused', 'query_shard_exception: no mapping for [when] (400)'],
)
test('without a root cause', isRefused, 400, error('a', 'b', { root_cause: [] }), ['refused', 'a: b (400)'])
test('root causes of another kind', isRefused, 400, error('a', 'b', { root_cause: 'x' }), [
  'refused',
  'a: b (400)',
])
test('an odd root cause', isRefused, 400, error('a', 'b', { root_cause: [null] }), ['refused', 'a: b (400)'])
test('a very long reason', isRefused, 400, error('a', 'x'.repeat(10_000)), [
  'refused',
  `a: ${'x'.repeat(497)}… (400)`,
])

test('a very long error in words', t => {
  t.is(describeError('é'.repeat(501)), `${'é'.repeat(500)}…`)
})

test('a character is not cut in two', t => {
  t.is(describeError(`${'x'.repeat(499)}🦊🦊`), `${'x'.repeat(499)}…`)
})

test('the wait that the cluster asks for is kept', t => {
  t.is(refusal(429, '', { retryAfter: '3' }).retryAfter, '3')
})

test('what says later', t => {
  t.deepEqual([200, 400, 408, 425, 429, 500, 502, 503, 504, 507].filter(isOverloaded), [429, 502, 503, 504])
})
