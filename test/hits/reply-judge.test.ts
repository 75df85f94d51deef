import test from 'ava'
import type { EsconnError } from '../../src/errors.ts'
import { ReplyJudge } from '../../src/hits/reply-judge.ts'

const JSON_TYPE = { 'content-type': 'application/json; charset=UTF-8' }

/** What is said of a reply that arrives in pieces of every size: why it is incomplete, or the error. */
function judged(body: string, status = 200, headers: Record<string, string> = JSON_TYPE) {
  const outcomes = [body.length || 1, 1, 7].map(size => {
    const judge = new ReplyJudge({ status, headers, redact: text => text.replaceAll('s3cret', '[redacted]') })
    const bytes = Buffer.from(body)
    for (let at = 0; at < bytes.length; at += size) judge.push(bytes.subarray(at, at + size))
    return { missing: whyIncomplete(judge), isNegative: judge.isNegative }
  })
  return outcomes
}

function whyIncomplete(judge: ReplyJudge): string | undefined {
  try {
    return judge.whyIncomplete()
  } catch (error) {
    const { fault, what } = error as EsconnError
    return `${fault}: ${what}`
  }
}

const says = test.macro((t, body: string, missing: string | undefined, isNegative = false) => {
  for (const outcome of judged(body)) t.deepEqual(outcome, { missing, isNegative })
})

const SHARDS = '"_shards":{"total":2,"successful":1,"failed":0}'
const FAILED =
  '"_shards":{"total":2,"successful":1,"failed":1,"failures":[{"index":"a","reason":{"type":"x","reason":"s3cret"}}]}'

test(
  'complete',
  says,
  `{"took":1,"timed_out":false,"errors":false,"failures":[],"acknowledged":true}`,
  undefined,
)
test(
  'failures by name',
  says,
  '{"metric_score":0,"failures":{"q":{"error":{"type":"x","reason":"y"}}}}',
  '1 failure (x: y)',
)
test('a line break before it', says, '\n{"errors":true}', 'some operations failed')
test(
  'a document that cannot be read',
  says,
  '{"docs":[{"error":{"type":"x","reason":"y"}}]}',
  '1 failed document (x: y)',
)
test(
  'a search without its hits, of which a shard has no copy',
  says,
  `{"timed_out":false,${SHARDS}}`,
  '1 of 2 shards did not answer',
)
test('timed out', says, '{"timed_out":true}', 'it timed out on the cluster')
test('a write, of which a copy has no node', says, `{"result":"created",${SHARDS}}`, undefined)
test(
  'a search, of which a shard has no copy',
  says,
  `{${SHARDS},"hits":{"hits":[]}}`,
  '1 of 2 shards did not answer',
)
test('a count, of which a shard has no copy', says, `{"count":1,${SHARDS}}`, '1 of 2 shards did not answer')
test('a shard that failed', says, `{${FAILED}}`, '1 of 2 shards did not answer (a: x: [redacted])')
test('a part of _shards alone', says, '{"_shards":{"failed":0}}', undefined)
test(
  'a cluster that was skipped',
  says,
  '{"_clusters":{"total":2,"successful":1,"skipped":1}}',
  '1 of 2 clusters did not answer in full',
)
test(
  'a node that did not answer',
  says,
  '{"_nodes":{"total":3,"successful":2,"failed":1}}',
  '1 of 3 nodes did not answer',
)
test(
  'operations of a bulk',
  says,
  '{"errors":true,"items":[{"index":{"status":201}},{"create":{"error":{"type":"x","reason":"s3cret"}}},{"delete":{"error":{"type":"y"}}}]}',
  '2 failed operations (x: [redacted])',
)
test('a bulk without its items', says, '{"errors":true}', 'some operations failed')
test(
  'failures of a by-query operation, on documents and on shards',
  says,
  '{"failures":[{"index":"a","cause":{"type":"x","reason":"y"}},{"shard":1,"reason":{"type":"z"}}]}',
  '2 failures (x: y)',
)
test(
  'a search of several that is refused',
  says,
  '{"responses":[{"hits":{}},{"error":{"type":"x","reason":"y"},"status":404}]}',
  '1 failed response (x: y)',
)
test(
  'a search of several that is incomplete',
  says,
  `{"responses":[{"timed_out":true,"_clusters":{"total":2,"skipped":1}},{${SHARDS}}]}`,
  '3 incomplete responses (it timed out on the cluster)',
)
test('not acknowledged', says, '{"acknowledged":false}', 'not every node has acknowledged it in time')
test('a partial result', says, '{"is_partial":true,"is_running":false}', 'the result is partial')
test('a result that is still being made', says, '{"is_partial":true,"is_running":true}', undefined)
test('not found', says, '{"_id":"1","found":false}', undefined, true)
test(
  'incomplete and not found',
  says,
  `{"found":false,${FAILED}}`,
  '1 of 2 shards did not answer (a: x: [redacted])',
  true,
)
test(
  'indices that are called like what is judged',
  says,
  '{"errors":{"aliases":{}},"failures":{"a":1},"timed_out":{},"found":{},"count":{}}',
  undefined,
)
test(
  'what is deeper is not judged',
  says,
  '{"hits":{"hits":[{"_source":{"timed_out":true,"errors":true}}]}}',
  undefined,
)
test('a body that ends early', says, '{"hits":[', 'cut: the reply ended early, in the middle of its JSON')
test(
  'two members of one name',
  says,
  '{"errors":false,"errors":true}',
  'foreign: the reply is not valid JSON: it has two errors',
)
test(
  'brackets that do not match',
  says,
  '{"a":[}',
  'foreign: the reply is not valid JSON: brackets that do not match',
)
test('an array', says, '[{"timed_out":true}', undefined)
test('nothing', says, '', undefined)

test('an empty object is a negative answer only as a 404', t => {
  t.deepEqual(
    [judged('{}'), judged('{ }\n', 404), judged('{"":1}', 404)].map(([outcome]) => outcome?.isNegative),
    [false, true, false],
  )
})

test('only JSON is judged', t => {
  const [outcome] = judged('{"timed_out":true', 200, { 'content-type': 'text/plain' })
  t.deepEqual(outcome, { missing: undefined, isNegative: false })
})
