import test from 'ava'
import type { Fault } from '../../../src/errors.ts'
import { describeError, isOverloaded, responseError } from '../../../src/wire/errors/http.ts'

const isRefused = test.macro({
  exec(t, status: number, body: string, [fault, message]: [Fault, string]) {
    const error = responseError(status, body)
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
const FOREIGN = 'the reply is not from Elasticsearch or OpenSearch'

test(isRefused, 404, missing, ['refused', 'index_not_found_exception: no such index [x] (404)'])
test(isRefused, 404, HTML, ['foreign', `${FOREIGN} (404)`])
test(isRefused, 404, '', ['foreign', `${FOREIGN} (404)`])
test(isRefused, 404, '{"message":"no Route matched"}', ['foreign', `${FOREIGN}: no Route matched (404)`])
test(isRefused, 400, '{"error":null}', ['refused', 'an error without a reason (400)'])
test(isRefused, 404, '<!doctype html><TITLE lang=en>Not &amp; found\n</TITLE>', [
  'foreign',
  `${FOREIGN}: Not &amp; found (404)`,
])
test(isRefused, 404, 'null', ['foreign', `${FOREIGN} (404)`])
test(isRefused, 404, '[{"error":"x"}]', ['foreign', `${FOREIGN} (404)`])
test(isRefused, 404, '"error"', ['foreign', `${FOREIGN} (404)`])
test(isRefused, 405, '{"error":"Incorrect HTTP method for uri [/x]"}', [
  'refused',
  'Incorrect HTTP method for uri [/x] (405)',
])
test(isRefused, 400, error('parsing_exception', 'unknown query [trem]'), [
  'refused',
  'parsing_exception: unknown query [trem] (400)',
])
test(isRefused, 500, error('null_pointer_exception', 'x'), ['refused', 'null_pointer_exception: x (500)'])
test(isRefused, 500, HTML, ['foreign', `${FOREIGN} (500)`])
test(isRefused, 400, '{"error":{}}', ['refused', 'an error without a reason (400)'])
test(isRefused, 400, '{"error":{"type":7,"reason":[]}}', ['refused', 'an error without a reason (400)'])
test(isRefused, 400, '{"error":true}', ['refused', 'an error without a reason (400)'])
test(isRefused, 401, '', ['denied', 'access denied (401)'])
test(isRefused, 401, HTML, ['denied', 'access denied (401)'])
test(isRefused, 403, '<html><title>Request blocked</title>', [
  'denied',
  'access denied: Request blocked (403)',
])
test(isRefused, 403, '{"Message":"User: x is not authorized"}', [
  'denied',
  'access denied: User: x is not authorized (403)',
])
test("a firewall's page is not about the rights of the user", t => {
  const page = '<html><title>Request blocked</title>'
  t.regex(responseError(403, page).advice ?? '', /proxy or firewall/)
  t.regex(responseError(403, '').advice ?? '', /rights of its user/)
})
for (const body of ['', HTML]) test(isRefused, 413, body, ['refused', 'the request is too large (413)'])
test('413 tells the size of what was sent', t => {
  t.is(
    responseError(413, '', { sent: 3 * 1024 * 1024 }).message,
    'the request is too large: 3.0MiB were sent (413)',
  )
})
test(isRefused, 401, error('security_exception', 'missing credentials'), [
  'denied',
  'security_exception: missing credentials (401)',
])
test(isRefused, 403, error('security_exception', 'action is unauthorized'), [
  'denied',
  'security_exception: action is unauthorized (403)',
])
test(isRefused, 408, '', ['timeout', 'the cluster timed out (408)'])
for (const status of [429, 502, 503, 504, 520, 524]) {
  test(isRefused, status, HTML, ['overloaded', `the cluster is overloaded or unavailable (${status})`])
}
test(isRefused, 429, error('es_rejected_execution_exception', 'rejected'), [
  'overloaded',
  'es_rejected_execution_exception: rejected (429)',
])
for (const status of [301, 302, 303, 304, 307, 308]) {
  test(isRefused, status, missing, ['foreign', `index_not_found_exception: no such index [x] (${status})`])
  test('a redirect', isRefused, status, '', [
    'foreign',
    `the reply is a redirect; redirects are not followed (${status})`,
  ])
}

const tooMany = { type: 'too_many_buckets_exception', reason: 'more than 10' }
test(
  'a cause that no retry can heal',
  isRefused,
  503,
  error('search_phase_execution_exception', '', { caused_by: { type: 'x', reason: '', caused_by: tooMany } }),
  ['refused', 'search_phase_execution_exception: too_many_buckets_exception: more than 10 (503)'],
)
test(
  'why a key is refused',
  isRefused,
  401,
  error(
    'security_exception',
    'unable to authenticate with provided credentials and anonymous access is not allowed',
    {
      additional_unsuccessful_credentials: 'API key: api key is expired',
    },
  ),
  ['denied', 'security_exception: API key: api key is expired (401)'],
)
test('a line of plain text', isRefused, 503, 'OpenSearch Security not initialized.', [
  'overloaded',
  'the cluster is overloaded or unavailable: OpenSearch Security not initialized. (503)',
])
test('a word of plain text', isRefused, 401, 'Unauthorized', ['denied', 'access denied (401)'])
test('without a reason', isRefused, 400, error('a', ''), ['refused', 'a (400)'])
test(
  'a reason of megabytes that was read in part',
  isRefused,
  400,
  error('parsing_exception', `a \\"${'x'.repeat(9000)}`).slice(0, 8000),
  ['refused', `parsing_exception: a \\"${'x'.repeat(477)}… (400)`],
)

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
test('a root cause that is not an object', isRefused, 400, error('a', 'b', { root_cause: [null] }), [
  'refused',
  'a: b (400)',
])
test('a very long reason', isRefused, 400, error('a', 'x'.repeat(10_000)), [
  'refused',
  `a: ${'x'.repeat(497)}… (400)`,
])

test('a very long error that is a string', t => {
  t.is(describeError('é'.repeat(501)), `${'é'.repeat(500)}…`)
})

test('a surrogate pair is not cut in two', t => {
  t.is(describeError(`${'x'.repeat(499)}🦊🦊`), `${'x'.repeat(499)}…`)
})

test('Retry-After is kept', t => {
  t.is(responseError(429, '', { retryAfter: '3' }).retryAfter, '3')
})

test('statuses of an overloaded node', t => {
  t.deepEqual(
    [200, 400, 408, 425, 429, 500, 502, 503, 504, 507, 520, 524, 525].filter(status => isOverloaded(status)),
    [429, 502, 503, 504, 520, 524],
  )
})
