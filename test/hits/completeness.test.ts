import test from 'ava'
import { whyIncomplete } from '../../src/hits/completeness.ts'
import { parseShards } from '../../src/hits/response.ts'

const failure = (index: string | null, type: string, reason: string) => ({
  shard: 0,
  index,
  reason: { type, reason },
})
const unmapped = (index: string) => failure(index, 'query_shard_exception', 'No mapping found for [when]')
const gone = (index: string) => failure(index, 'node_disconnected_exception', `[${index}][0] disconnected`)

const shards = test.macro((t, failures: readonly unknown[], said: string) => {
  const _shards = { total: 12, successful: 9, failed: 3, failures }
  t.is(whyIncomplete({ timed_out: false, _shards }), `3 of 12 shards did not answer${said}`)
})

const MAPPING = 'query_shard_exception: No mapping found for [when]'
test('shards: no failure is listed', shards, [], '')
test('shards: a failure without a reason', shards, [{ shard: 0 }], '')
test('shards: one reason', shards, [unmapped('a')], ` (a: ${MAPPING})`)
test(
  'shards: one reason of several indices',
  shards,
  ['a', 'b', 'c', 'd', 'e'].map(unmapped),
  ` (a, b, c and 2 more: ${MAPPING})`,
)
test('shards: one reason of several shards of an index', shards, ['a', 'a'].map(unmapped), ` (a: ${MAPPING})`)
test(
  'shards: reasons that differ only in the name of their index',
  shards,
  ['logs-1', 'logs-2'].map(gone),
  ' (logs-1, logs-2: node_disconnected_exception: [logs-1][0] disconnected)',
)
test(
  'shards: several reasons, in the order of the response',
  shards,
  [unmapped('a'), gone('b'), unmapped('c')],
  ` (a, c: ${MAPPING}; b: node_disconnected_exception: [b][0] disconnected)`,
)
const distinct = (count: number) => Array.from({ length: count }, (_, n) => failure('a', `type_${n}`, 'r'))
test(
  'shards: the fourth reason is counted',
  shards,
  distinct(4),
  ' (a: type_0: r; a: type_1: r; a: type_2: r; 1 other reason)',
)
test(
  'shards: more reasons are counted',
  shards,
  distinct(30),
  ' (a: type_0: r; a: type_1: r; a: type_2: r; 27 other reasons)',
)
test('shards: no index is known', shards, [failure(null, 'x', 'y')], ' (one of them: x: y)')
test(
  'shards: failures of a strange shape',
  shards,
  ['x', null, { index: 1, reason: 'y' }],
  ' (one of them: y)',
)

const clusters = test.macro((t, details: Record<string, object>, said: string | undefined) => {
  const counts = { total: 3, successful: 3, skipped: 0, running: 0, partial: 0, failed: 0 }
  const _shards = { total: 1, successful: 1, failed: 0 }
  t.is(whyIncomplete({ timed_out: false, _shards, _clusters: { ...counts, details } }), said)
})

/** What Elasticsearch says of a remote cluster at whose address nobody listens. */
const unreachable = (name: string) => {
  const reason = { type: 'connect_transport_exception', reason: `Unable to connect to [${name}]` }
  return { status: 'skipped', indices: '*', failures: [{ shard: -1, index: null, reason }] }
}
test('clusters: all answered', clusters, { '(local)': { status: 'successful' } }, undefined)
test(
  'clusters: the reasons of those that did not',
  clusters,
  {
    '(local)': { status: 'successful' },
    one: unreachable('one'),
    two: unreachable('two'),
    three: { status: 'running' },
  },
  '3 of 3 clusters did not answer in full (one, two: connect_transport_exception: Unable to connect to [one]; three: running)',
)

test('what the server says is redacted, and shortened', t => {
  const failures = [failure('index-of-s3cret', 'x', `s3cret ${'y'.repeat(1000)}`)]
  const _shards = parseShards(Buffer.from(JSON.stringify({ total: 1, successful: 0, failed: 1, failures })))
  const said = whyIncomplete(
    { timed_out: false, _shards },
    { redact: text => text.replaceAll('s3cret', '?') },
  )
  t.regex(said ?? '', /^1 of 1 shards did not answer \(index-of-\?: x: \? y{400,500}…\)$/)
})
