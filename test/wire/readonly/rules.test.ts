import { Readable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import test, { type ExecutionContext } from 'ava'
import fc from 'fast-check'
import type { EsconnError } from '../../../src/errors.ts'
import { isReadOnly, refuseWrite } from '../../../src/wire/readonly/rules.ts'
import { answer, raw, reply, type Script } from '../../support/raw.ts'
import { connect } from '../_connect.ts'
import { apisOf, variantsOf } from './_apis.ts'

type RuleParams = Parameters<typeof isReadOnly>[0]

const params = (request: string, more: Partial<RuleParams> = {}): RuleParams => {
  const cut = request.indexOf(' ')
  return { method: request.slice(0, cut), path: request.slice(cut + 1), ...more }
}

const passes = test.macro({
  exec: (t, request: string, more?: Partial<RuleParams>) => {
    t.true(isReadOnly(params(request, more)))
    t.notThrows(() => refuseWrite(params(request, more)))
  },
  title: (name, request) => `${JSON.stringify(request)} passes ${name ?? ''}`.trim(),
})
const refused = test.macro({
  exec: (t, request: string, more?: Partial<RuleParams>) => {
    t.false(isReadOnly(params(request, more)))
    t.throws(() => refuseWrite(params(request, more)), { message: /^[ -~]+$/ })
  },
  title: (name, request) => `${JSON.stringify(request)} is refused ${name ?? ''}`.trim(),
})

for (const request of [
  'GET /',
  'HEAD /',
  'HEAD /entry',
  'GET /entry',
  'GET /entry,other-*',
  'GET /entry/_doc/1',
  'HEAD /entry/_doc/1',
  'GET /entry/_doc/_hO6bHcBq1ZxYw3kVt9a',
  'GET /entry/_doc/r%C3%A9sum%C3%A9',
  'GET /entry/_doc/a%20b%23c%3Fd',
  'GET /entry/_source/1',
  'GET /entry/_doc/https%3A%2F%2Fa.example%2Fb%3Fc=100%25',
  'HEAD /entry/_source/a%2Fb%2f.c',
  'GET /entry/_doc/_search',
  'HEAD /entry/_source/_bulk',
  'GET /entry/_explain/_update',
  'GET /entry/_termvectors/_flush',
  'GET /entry/_doc/_x%2Fy',
  'GET /entry/_doc/a%252Fb',
  'GET /entry/_source/a%255Fb',
  'GET /entry/_explain/a%2Fb',
  'GET /entry/_doc/%41%2D%31%5f%7E',
  'GET /entry/_doc/a%2520%25252Fb',
  'GET /entry/_doc/...%2F..a',
  'GET /entry/',
  'GET /entry/_search/?size=1',
  'HEAD /entry/_doc/1//',
  'GET /_cat/indices/',
  'GET /entry/_doc/1?refresh=true',
  'HEAD /entry/_doc/1?refresh',
  'GET /entry/_mget?refresh=wait_for',
  'POST /_search',
  'post /entry/_search',
  'GET /_all/_search',
  'POST /*/_search',
  'POST /_all,-entry/_search',
  'POST /_all%2C-entry/_search',
  'POST /other:entry/_search',
  'POST /%E6%97%A5%E6%9C%AC/_search',
  'POST /%3Clogs-%7Bnow%2Fd%7D%3E/_search',
  'POST /%3Clogs-%7Bnow%2FM%7Byyyy.MM%7C%2B12%3A00%7D%7D%3E,entry/_search',
  'POST /entry,-%3Clogs-%7Bnow-1d%2fd%7D%3E/_search',
  'POST /entry%2C%3Clogs-%7Bnow%2Fd%2B1h%7D%3E/_count',
  'POST /entry/_search?typed_keys=true',
  'POST /entry/_search/template',
  'POST /_msearch/template',
  'POST /entry/_explain/1',
  'POST /entry/_explain/_hO6bHcBq1ZxYw3kVt9a',
  'POST /entry/_termvectors',
  'POST /entry/_mvt/place/1/2/3',
  'POST /entry/_eql/search',
  'POST /_query',
  'POST /_sql',
  'POST /_sql?keep_on_completion=false',
  'GET /_xpack/sql',
  'POST /_xpack/sql/translate',
  'POST /_xpack/sql/close',
  'GET /entry/_graph/explore',
  'POST /entry/_graph/explore',
  'POST /_inference/rerank/x',
  'POST /entry/_pit?keep_alive=1m',
  'DELETE /_pit',
  'POST /entry/_search/point_in_time?keep_alive=1m',
  'DELETE /_search/point_in_time',
  'POST /_search/scroll',
  'GET /_search/scroll/FGx1ZGVfY29udGV4dF91dWlkDXF1ZXJ5==',
  'DELETE /_search/scroll/FGx1ZGVfY29udGV4dF91dWlkDXF1ZXJ5%3D%3D',
  'DELETE /_async_search/FmRldEZ_all',
  'GET /_cat',
  'GET /_cat/indices/_all?v=true',
  'GET /_cluster/health?wait_for_status=yellow',
  'GET /_nodes/_local/stats/jvm,os',
  'GET /_nodes/_cluster_manager/stats',
  'GET /_alias/_all',
  'POST /_security/user/_has_privileges',
]) {
  test(passes, request)
}

// The typed paths of Elasticsearch 7.
for (const request of [
  'GET /entry/type/1',
  'HEAD /entry/type/1',
  'GET /entry/type/1/_source',
  'GET /entry/type/_search',
  'POST /entry/type/_search',
  'POST /entry,other/a,b/_msearch',
  'POST /entry/type/_count',
  'POST /entry/type/_mget',
  'POST /entry/type/_termvectors',
  'POST /entry/type/_mtermvectors',
  'POST /entry/type/_validate/query',
  'POST /entry/type/1/_explain',
  'POST /entry/type/1/_termvectors',
  'GET /_mapping/type',
  'HEAD /entry/_mapping/type',
  'GET /entry/_mappings/type',
  'GET /entry/_mapping/type/field/text',
  'GET /entry/type/_mapping',
  'GET /entry/type/_mapping/field/text',
]) {
  test(passes, request)
}

// What only reads of OpenSearch's plugins.
for (const request of [
  'GET /_plugins/_security/authinfo',
  'GET /_plugins/_security/health',
  'GET /_plugins/_security/whoami',
  'GET /_plugins/_security/api/account',
  'GET /_plugins/_security/api/ssl/certs',
  'GET /_plugins/_security/api/internalusers',
  'GET /_plugins/_security/api/roles/x',
  'GET /_plugins/_ism/policies/x',
  'HEAD /_plugins/_ism/policies/x',
  'GET /_plugins/_ism/explain/entry',
  'POST /_plugins/_ism/explain/entry',
  'GET /_plugins/_rollup/jobs/x/_explain',
  'GET /_plugins/_transform',
  'GET /_plugins/_transform/x/_explain',
  'GET /_plugins/_sm/policies/x',
  'GET /_plugins/_replication/follower_stats',
  'GET /_plugins/_replication/entry/_status',
  'GET /_plugins/_alerting/monitors/alerts',
  'GET /_plugins/_alerting/workflows/x',
  'POST /_plugins/_alerting/monitors/_search',
  'POST /_plugins/_alerting/destinations/email_groups/_search',
  'GET /_plugins/_alerting/stats',
  'GET /_plugins/_anomaly_detection/detectors/x?job=true',
  'POST /_plugins/_anomaly_detection/detectors/_search',
  'POST /_plugins/_anomaly_detection/detectors/results/_search',
  'GET /_plugins/_anomaly_detection/x/stats/y',
  'GET /_plugins/_knn/stats/circuit_breaker_triggered',
  'GET /_plugins/_knn/x,y/stats',
  'GET /_plugins/_knn/models/x',
  'POST /_plugins/_knn/models/_search',
  'GET /_plugins/_ml/models/x',
  'POST /_plugins/_ml/tasks/_search',
  'GET /_plugins/_ml/profile/models',
  'GET /_plugins/_ml/memory/x/messages',
  'POST /_plugins/_asynchronous_search',
  'GET /_plugins/_asynchronous_search/FklfVlU4eFdIUTh1Q1hyM3ZnT19fUVEUd',
  'DELETE /_plugins/_asynchronous_search/FklfVlU4eFdIUTh1Q1hyM3ZnT19fUVEUd',
  'GET /_plugins/_asynchronous_search/stats',
  'GET /_plugins/_notifications/features',
  'GET /_plugins/_sql/stats',
  'GET /_plugins/_ppl/stats',
  'POST /_plugins/_ppl',
  'POST /_plugins/_ppl/_explain',
]) {
  test(passes, request)
}
test('with a body', passes, 'DELETE /_search/scroll', { body: { scroll_id: ['a_all', 'b'] } })
test('with a body as bytes', passes, 'DELETE /_pit', { body: Buffer.from('{"id":"x"}') })
test('with an undefined refresh', passes, 'GET /entry/_doc/1', { querystring: { refresh: undefined } })
test('with refresh: false', passes, 'GET /entry/_doc/1', { querystring: { refresh: false } })
test('with refresh=false', passes, 'POST /_mget?refresh=false')
test('with refresh: true', passes, 'GET /entry/_doc/1', { querystring: { refresh: true } })
test('with a query', passes, 'POST /_sql', { body: { query: 'SELECT 1', keep_on_completion: false } })
test('with a query in the URL', passes, 'GET /_sql?source={"query":"SELECT+1"}')
test('with a comment', passes, 'POST /entry/_eql/search', { body: '{"query": "any where true"} // all' })
test('with a body in gzip', passes, 'POST /_sql', {
  body: gzipSync('{"query":"SELECT 1"}'),
  headers: { 'Content-Encoding': 'gzip' },
})
test('with a query', passes, 'POST /_plugins/_ppl', {
  body: { query: 'source=ml-logs | where x="|" | head' },
})
test('with a harmless header', passes, 'GET /', { headers: { accept: 'text/plain' } })

// What writes, and what only looks like reading.
for (const request of [
  'PUT /entry',
  'PUT /_search',
  'PATCH /entry/_search',
  'OPTIONS /',
  'TRACE /',
  ' GET /',
  'GET\r\n /',
  'POST /',
  'POST /entry',
  'POST /entry/_doc',
  'PUT /entry/_doc/1',
  'DELETE /entry/_doc/1',
  'DELETE /entry',
  'DELETE /_search',
  'POST /_bulk',
  'POST /_reindex',
  'POST /entry/_delete_by_query',
  'GET /_refresh',
  'GET /entry/_refresh',
  'GET /entry/_flush',
  'GET /_flush/synced',
  'GET /entry/_reload_search_analyzers',
  'GET /_scripts/painless/_execute',
  'GET /_ingest/pipeline/_simulate',
  'GET /_transform/x/_preview',
  'GET /_security/enroll/kibana',
  'GET /_connector/_secret/x',
  'GET /_plugins/_sql',
  'POST /_plugins/_sql',
  'POST /_plugins/_sql/_explain',
  'PUT /_plugins/_security/authinfo',
  'PUT /_plugins/_security/api/internalusers/x',
  'POST /_plugins/_security/api/internalusers/x/authtoken',
  'POST /_plugins/_security/api/authtoken',
  'DELETE /_plugins/_security/api/cache',
  'PUT /_plugins/_ism/policies/x',
  'POST /_plugins/_ism/add/entry',
  'POST /_plugins/_ism/retry/entry',
  'POST /_plugins/_rollup/jobs/x/_start',
  'POST /_plugins/_transform/_preview',
  'POST /_plugins/_sm/policies/x',
  'DELETE /_plugins/_sm/policies/x',
  'POST /_plugins/_replication/entry/_pause',
  'POST /_plugins/_alerting/monitors',
  'POST /_plugins/_alerting/monitors/x/_execute',
  'POST /_plugins/_alerting/monitors/x/_acknowledge/alerts',
  'POST /_plugins/_anomaly_detection/detectors',
  'GET /_plugins/_anomaly_detection/detectors/x?task=true',
  'POST /_plugins/_anomaly_detection/detectors/x/_start',
  'GET /_plugins/_knn/warmup/entry',
  'GET /_plugins/_knn/warmup/stats',
  'GET /_plugins/_knn/warmup/stats/x',
  'POST /_plugins/_knn/clear_cache/entry',
  'POST /_plugins/_knn/models/x/_train',
  'GET /_plugins/_ml/tasks/x',
  'GET /_plugins/_ml/tasks/stats',
  'POST /_plugins/_ml/models/x/_predict',
  'POST /_plugins/_ml/models/x/_deploy',
  'POST /_plugins/_ml/memory',
  'DELETE /_plugins/_asynchronous_search/_all',
  'DELETE /_plugins/_asynchronous_search/*',
  'POST /entry/_plugins/_asynchronous_search',
  'GET /_plugins/_notifications/configs',
  'GET /_plugins/_notifications/channels',
  'GET /_plugins/_notifications/feature/test/x',
  'GET /_plugins/_observability/object',
  'GET /_plugins/_query/_datasources',
  'POST /_xpack/sql/async',
  'POST /_inference/rerank/_stream',
  'POST /_inference/rerank/x/_stream',
  'POST /_inference/completion/x',
  'POST /_inference/x',
  'POST /entry/_disk_usage',
  'POST /entry/_knn_search',
  'DELETE /_search/scroll/_all',
  'DELETE /_search/scroll/a,_all',
  'DELETE /_search/point_in_time/_all',
  'DELETE /_async_search/*',
  'DELETE /_pit/_all',
]) {
  test(refused, request)
}

// An id named like an endpoint, and an endpoint where an index should be.
for (const request of [
  'POST /entry/_doc/_search',
  'POST /entry/_create/_search',
  'POST /entry/_update/_search',
  'POST /entry/type',
  'POST /entry/type/1',
  'POST /entry/type/1/_search',
  'POST /entry/type/1/_update',
  'POST /entry/type/_bulk',
  'POST /entry/type/_search/template',
  'POST /entry/type/_graph/explore',
  'POST /entry/_type/_search',
  'POST /entry/%5Ftype/_search',
  'POST /entry/type/_bulk/_explain',
  'GET /entry/type/_refresh',
  'PUT /entry/_mapping/type',
  'POST /entry/_mapping/type',
  'POST /entry/_explain/a%2Fb',
  'POST /entry/_explain/a%41',
  'POST /entry/_doc/_x',
  'POST /entry/_termvectors/_bulk',
  'POST /entry/_explain/_update_by_query',
  'POST /_render/template/_bulk',
  'POST /entry/_termvectors/_bulk%23',
  'POST /entry/_termvectors/_bulk%3Fx',
  'POST /entry/_termvectors/_bulk%3bx',
  'POST /entry/_termvectors/_bulk,x',
  'POST /_search/scroll/_bulk',
  'POST /_search/_bulk',
  'POST /entry/_search/_bulk',
  'POST /entry/_search/1',
  'POST /_doc/_search',
  'POST /_bulk/_search',
  'POST /_cat/_search',
  'POST /_security/role/_search',
  'POST /_ingest/pipeline/_search',
  'POST /_scripts/_search',
  'POST /_snapshot/_search',
  'POST /_template/_search',
  'POST /_ml/anomaly_detectors/_search',
  'POST /_ml/calendars/x/events',
  'POST /_ml/anomaly_detectors/x/_close',
  'POST /_data_stream/_migrate/_search',
  'POST /_tasks/_cancel',
  'POST /_index_template/_search',
  'GET /_cat/_refresh',
  'GET /_alias/_flush',
  'GET /entry/_update/_search',
  'GET /entry/_doc/_search/x',
  'GET /_nodes/reload_secure_settings/_flush',
]) {
  test(refused, request)
}

// Paths that mean something else once a proxy has normalised them.
for (const request of [
  'POST entry/_search',
  'POST ',
  'POST http://host/entry/_search',
  'POST //entry/_search',
  'POST /entry//_search',
  'POST /entry/_search/',
  'DELETE /_pit/',
  'GET //',
  'GET //entry/_search',
  'GET //_search',
  'GET /entry//_search',
  'GET /entry//_doc/1',
  'GET /entry/_doc//1',
  'GET /entry/_search///',
  'GET /entry//_refresh',
  'GET //entry/_refresh',
  'GET /entry/_refresh/',
  'GET /entry/_doc/',
  'POST /_search/scroll/',
  'POST /entry/./_search',
  'POST /../_search',
  'POST /entry/_doc/../_search',
  'POST /%2e/_search',
  'POST /%2E%2e/_search',
  'POST /.%2e/_search',
  'POST /%252e%252e/_search',
  'POST /entry%2F_doc/_search',
  'POST /entry%2f_bulk%3f/_search',
  'GET /entry/_doc/a%2F_refresh',
  'GET /entry/_doc/a%2F..%2F_refresh',
  'GET /entry/_doc/..%2F_refresh',
  'GET /entry/_doc/a%2F%2e%2e%2F_refresh',
  'GET /entry/_doc/a%2F..',
  'GET /entry/_doc/a%252F_refresh',
  'GET /entry/_doc/a%25252F_refresh',
  'GET /entry/_doc/a%2F%255Frefresh',
  'GET /entry/_doc/a%252F%25255F',
  'GET /entry/_doc/%2F_refresh',
  'GET /entry/_doc/%252e%252e%252F_refresh',
  'GET /entry/_doc/%2e%2e',
  'GET /entry/_doc/%252E%252E',
  'GET /entry/_doc/%25252E',
  'GET /entry/_doc/a%2F..%3Bx%2Fb',
  'GET /entry/_doc/a%252F..%253Fb',
  'GET /entry/_doc/a%5C_refresh',
  'GET /entry/_doc/a%255Cb',
  'GET /entry/_doc/a%2500',
  'GET /entry/_doc/a%25250a',
  'GET /entry/_doc/a%25C2%2585',
  'GET /entry/_doc/a%25C0%25AF',
  'GET /entry/_source/a%2F..%2F_refresh',
  'GET /entry/_termvectors/a%2F..%2F_refresh',
  'GET /entry%2Fb/_doc/a',
  'GET /entry%252Fb/_doc/a',
  'GET /entry/type/a%2Fb',
  'POST /%3C..%2F_bulk%2F%3E/_search',
  'POST /%3Clogs-%7Bnow%2F_bulk%7D%3E/_search',
  'POST /%3Clogs-%7Bnow%2Fd%2F_doc%7D%3E/_search',
  'POST /entry%3Clogs-%7Bnow%2Fd%7D%3E/_search',
  'POST /%3Clogs-%7Bnow%2Fd%7D%3Eentry/_search',
  'POST /%7Bnow%2Fd%7D/_search',
  'POST /entry\\_bulk/_search',
  'POST /entry%5C_bulk/_search',
  'POST /entry;x/_search',
  'POST /entry/_search;/_bulk',
  'POST /entry/_search#',
  'POST /entry/_search /_bulk',
  'POST /entry/_search\r\nX: y',
  'POST /entry/_search%0d%0aX:%20y',
  'POST /entry/_search%00',
  'GET /entry/_doc/a%00',
  'GET /entry/_doc/a%0a',
  'GET /entry/_doc/a%7f',
  'GET /entry/_doc/a%C2%85',
  'GET /entry/_doc/é',
  'GET /entry/_doc/\u010a',
  'GET /entry/_doc/%',
  'GET /entry/_doc/%zz',
  'GET /entry/_doc/%u005f',
  'GET /entry/_doc/%C0%AF',
  'GET /entry/_doc/%ff',
  'POST /%5Fbulk/_search',
  'POST /%5fall/_search',
  'POST /entry/_%73earch',
  'POST /entry/%5Fsearch',
  'POST /_SEARCH',
  'POST /entry/_Search',
]) {
  test(refused, request)
}

for (const request of [
  'GET /entry/_search?method=DELETE',
  'GET /entry/_search?_method=PUT',
  'GET /entry/_search?%5Fmethod=PUT',
  'GET /entry/_search?a=b;_method=PUT',
  'GET /entry/_search?a=b&X-HTTP-Method-Override=PUT',
  'POST /_mget?refresh=true',
  'POST /_mget?refresh',
  'DELETE /_pit?refresh=true',
  'POST /_async_search?keep_on_completion=true',
  'POST /_async_search?keep_on_completion',
  'POST /_async_search?keep%5Fon_completion=TRUE',
  'POST /_async_search?keep_on_completion=false&keep_on_completion=true',
  'POST /_plugins/_asynchronous_search?keep_on_completion=true',
  'GET /entry/_eql/search?keep_on_completion=1',
  'GET /entry/_eql/search?source={"keep_on_completion":true}',
  'DELETE /_search/scroll?scroll_id=_all',
  'DELETE /_search/scroll?source={}',
]) {
  test(refused, request)
}
test('with a query', refused, 'POST /_mget', { querystring: { refresh: true } })
test('with a query string', refused, 'POST /_mget', { querystring: 'a=b&refresh' })
test('that keeps the result', refused, 'POST /_sql', { querystring: { keep_on_completion: true } })
test('with a method override in the query', refused, 'GET /entry/_doc/1', { querystring: { _method: 'PUT' } })
for (const name of [
  'X-HTTP-Method-Override',
  'x-http-method',
  'X-METHOD-OVERRIDE',
  'x-original-url',
  'X-Rewrite-URL',
  'content-length',
  'Transfer-Encoding',
  'upgrade',
]) {
  test(`with the header ${name}`, refused, 'GET /entry/_search', { headers: { [name]: 'PUT' } })
}
test('headers and query in the options are checked too', t => {
  const request = params('GET /entry/_doc/1')
  t.true(isReadOnly(request, { headers: {}, querystring: {} }))
  t.false(isReadOnly(request, { headers: { 'x-http-method-override': 'PUT' } }))
  t.false(isReadOnly(request, { querystring: { keep_on_completion: true } }))
})

// `_all` instead of an id closes those of all users.
for (const body of [
  { scroll_id: '_all' },
  { scroll_id: ['_all'] },
  '{"scroll_id":"_all"}',
  '{"scroll_id":"\\u005fall"}',
  '{"scroll_id":"_all","scroll_id":"x"}',
  Buffer.from('{"scroll_id":["_all"]}'),
  'scroll_id: _all',
  '_all',
  Buffer.from([0xbf, 0x41]),
  Readable.from([]),
]) {
  for (const request of ['DELETE /_search/scroll', 'DELETE /_search/point_in_time', 'DELETE /_pit']) {
    test(`with the body ${String(body)} ${JSON.stringify(body)}`, refused, request, { body })
  }
}
// A result that is kept is written to an index.
const KEEPING = [
  'POST /_query/async',
  'POST /entry/_eql/search',
  'GET /entry/_eql/search',
  'POST /_sql',
  'POST /_xpack/sql',
  'POST /entry/_async_search',
  'POST /_plugins/_asynchronous_search',
]
for (const body of [
  { query: 'x', keep_on_completion: true },
  '{"keep_on_completion" : "true"}',
  '{"keep_on_completion":false,"keep_on_completion":true}',
  '{"\\u006beep_on_completion":true}',
  Buffer.from('{"a":{"keep_on_completion":1}}'),
  Buffer.from('{"keep_on_completion":true}', 'utf16le'),
  'keep_on_completion: true',
  '"keep_\\u006fn_completion": true',
  Readable.from([]),
]) {
  for (const request of KEEPING) test(`with the body ${JSON.stringify(body)}`, refused, request, { body })
}
test('with NDJSON', refused, 'POST /_sql', { bulkBody: [{ keep_on_completion: true }] })
test('with a body in gzip', refused, 'POST /_sql', {
  body: gzipSync('{"keep_on_completion":true}'),
  headers: { 'Content-Encoding': 'gzip' },
})
test('with an encoding that is not read', refused, 'POST /_sql', {
  body: Buffer.from('{}'),
  headers: { 'content-encoding': 'deflate' },
})

// `ml` can train a model, which is stored.
for (const body of [
  { query: "source=entry | ml action='train' algorithm='kmeans'" },
  { query: 'source=entry |/**/ML/**/algorithm="rcf"' },
  '{"query":"source=entry | \\u006dl action=\'train\'"}',
  '{"query":"source=entry | head"} // ml',
  Readable.from([]),
]) {
  test(`with the body ${JSON.stringify(body)}`, refused, 'POST /_plugins/_ppl', { body })
}

test('with an NDJSON body', refused, 'DELETE /_search/scroll', { bulkBody: ['{"scroll_id":"_all"}'] })
test('with a body', refused, 'POST /entry/_search/point_in_time', { body: {} })

test('a method or path that is not a string is refused', t => {
  t.false(isReadOnly({ method: ['GET'], path: '/' } as never))
  t.false(isReadOnly({ method: 'GET', path: { toString: () => '/' } } as never))
  t.false(isReadOnly({ method: 'GET' } as never))
})

test('a refusal names the request and what to do, and shows no value', t => {
  const refuse = (request: string, more?: Partial<RuleParams>) =>
    t.throws(() => refuseWrite(params(request, more))) as EsconnError
  const error = refuse('post /entry/_doc?pipeline=secret')
  t.is(error.fault, 'denied')
  t.is(
    error.message,
    'POST /entry/_doc is refused: the alias is readonly, and this is not on the list of read-only requests',
  )
  t.is(error.advice, "use another alias, or remove `readonly` from the alias's configuration")
  t.regex(refuse('PUT /\u001b[31m\u202e\n').message, /^PUT \/\\u001b\[31m\\u202e\\u000a is refused/)
  t.true(refuse(`PUT /${'x'.repeat(10_000)}`).message.length < 300)
  t.regex(refuse('POST /_mget?refresh=secret').message, /^POST \/_mget\?refresh is refused/)
  t.regex(
    refuse('GET /', { headers: { Upgrade: 'secret' } }).message,
    /^GET \/ with the header Upgrade is refused/,
  )
  t.regex(refuse('DELETE /_pit', { body: 'secret' }).message, /^DELETE \/_pit with this body is refused/)
})

/** The methods of the official client that are allowed with any parameters. None of them may change a cluster. */
const READING = [
  'asyncSearch.delete',
  'asyncSearch.get',
  'asyncSearch.status',
  'asyncSearch.submit',
  'autoscaling.getAutoscalingCapacity',
  'autoscaling.getAutoscalingPolicy',
  'capabilities',
  'cat.aliases',
  'cat.allocation',
  'cat.circuitBreaker',
  'cat.componentTemplates',
  'cat.count',
  'cat.fielddata',
  'cat.health',
  'cat.help',
  'cat.indices',
  'cat.master',
  'cat.mlDataFrameAnalytics',
  'cat.mlDatafeeds',
  'cat.mlJobs',
  'cat.mlTrainedModels',
  'cat.nodeattrs',
  'cat.nodes',
  'cat.pendingTasks',
  'cat.plugins',
  'cat.recovery',
  'cat.repositories',
  'cat.segments',
  'cat.shards',
  'cat.snapshots',
  'cat.tasks',
  'cat.templates',
  'cat.threadPool',
  'cat.transforms',
  'ccr.followInfo',
  'ccr.followStats',
  'ccr.getAutoFollowPattern',
  'ccr.stats',
  'clearScroll',
  'closePointInTime',
  'cluster.allocationExplain',
  'cluster.existsComponentTemplate',
  'cluster.getComponentTemplate',
  'cluster.getSettings',
  'cluster.health',
  'cluster.info',
  'cluster.pendingTasks',
  'cluster.remoteInfo',
  'cluster.state',
  'cluster.stats',
  'connector.get',
  'connector.list',
  'connector.syncJobGet',
  'connector.syncJobList',
  'count',
  'danglingIndices.listDanglingIndices',
  'enrich.getPolicy',
  'enrich.stats',
  'eql.delete',
  'eql.get',
  'eql.getStatus',
  'eql.search',
  'esql.asyncQuery',
  'esql.asyncQueryDelete',
  'esql.asyncQueryGet',
  'esql.getQuery',
  'esql.getView',
  'esql.listQueries',
  'esql.query',
  'exists',
  'existsSource',
  'explain',
  'features.getFeatures',
  'fieldCaps',
  'fleet.globalCheckpoints',
  'get',
  'getReindex',
  'getScript',
  'getScriptContext',
  'getScriptLanguages',
  'getSource',
  'graph.explore',
  'healthReport',
  'ilm.explainLifecycle',
  'ilm.getLifecycle',
  'ilm.getStatus',
  'indices.analyze',
  'indices.dataStreamsStats',
  'indices.exists',
  'indices.existsAlias',
  'indices.existsIndexTemplate',
  'indices.existsTemplate',
  'indices.explainDataLifecycle',
  'indices.fieldUsageStats',
  'indices.get',
  'indices.getAlias',
  'indices.getDataLifecycle',
  'indices.getDataLifecycleStats',
  'indices.getDataStream',
  'indices.getDataStreamMappings',
  'indices.getDataStreamOptions',
  'indices.getDataStreamSettings',
  'indices.getFieldMapping',
  'indices.getIndexTemplate',
  'indices.getMapping',
  'indices.getMigrateReindexStatus',
  'indices.getSettings',
  'indices.getTemplate',
  'indices.recovery',
  'indices.resolveCluster',
  'indices.resolveIndex',
  'indices.segments',
  'indices.shardStores',
  'indices.stats',
  'indices.validateQuery',
  'inference.get',
  'inference.rerank',
  'info',
  'ingest.geoIpStats',
  'ingest.getGeoipDatabase',
  'ingest.getIpLocationDatabase',
  'ingest.getPipeline',
  'ingest.processorGrok',
  'license.get',
  'license.getBasicStatus',
  'license.getTrialStatus',
  'listReindex',
  'logstash.getPipeline',
  'mget',
  'migration.deprecations',
  'migration.getFeatureUpgradeStatus',
  'ml.getBuckets',
  'ml.getCalendarEvents',
  'ml.getCalendars',
  'ml.getCategories',
  'ml.getDataFrameAnalytics',
  'ml.getDataFrameAnalyticsStats',
  'ml.getDatafeedStats',
  'ml.getDatafeeds',
  'ml.getFilters',
  'ml.getInfluencers',
  'ml.getJobStats',
  'ml.getJobs',
  'ml.getMemoryStats',
  'ml.getModelSnapshotUpgradeStats',
  'ml.getModelSnapshots',
  'ml.getOverallBuckets',
  'ml.getRecords',
  'ml.getTrainedModels',
  'ml.getTrainedModelsStats',
  'ml.info',
  'msearch',
  'msearchTemplate',
  'mtermvectors',
  'nodes.getRepositoriesMeteringInfo',
  'nodes.hotThreads',
  'nodes.info',
  'nodes.stats',
  'nodes.usage',
  'openPointInTime',
  'ping',
  'profiling.status',
  'project.getManyRouting',
  'project.getRouting',
  'project.tags',
  'queryRules.getRule',
  'queryRules.getRuleset',
  'queryRules.listRulesets',
  'rankEval',
  'renderSearchTemplate',
  'rollup.getJobs',
  'rollup.getRollupCaps',
  'rollup.getRollupIndexCaps',
  'scroll',
  'search',
  'searchApplication.get',
  'searchApplication.getBehavioralAnalytics',
  'searchApplication.list',
  'searchApplication.search',
  'searchMvt',
  'searchShards',
  'searchTemplate',
  'searchableSnapshots.cacheStats',
  'searchableSnapshots.stats',
  'security.authenticate',
  'security.getApiKey',
  'security.getBuiltinPrivileges',
  'security.getPrivileges',
  'security.getRole',
  'security.getRoleMapping',
  'security.getServiceAccounts',
  'security.getServiceCredentials',
  'security.getSettings',
  'security.getStats',
  'security.getUser',
  'security.getUserPrivileges',
  'security.getUserProfile',
  'security.hasPrivileges',
  'security.hasPrivilegesUserProfile',
  'security.queryApiKeys',
  'security.queryRole',
  'security.queryUser',
  'security.suggestUserProfiles',
  'shutdown.getNode',
  'slm.getLifecycle',
  'slm.getStats',
  'slm.getStatus',
  'snapshot.get',
  'snapshot.getRepository',
  'snapshot.status',
  'sql.clearCursor',
  'sql.deleteAsync',
  'sql.getAsync',
  'sql.getAsyncStatus',
  'sql.query',
  'sql.translate',
  'ssl.certificates',
  'streams.status',
  'synonyms.getSynonym',
  'synonyms.getSynonymRule',
  'synonyms.getSynonymsSets',
  'tasks.get',
  'tasks.list',
  'termsEnum',
  'termvectors',
  'transform.getNodeStats',
  'transform.getTransform',
  'transform.getTransformStats',
  'watcher.getSettings',
  'watcher.getWatch',
  'watcher.queryWatches',
  'watcher.stats',
  'xpack.info',
  'xpack.usage',
]

/** Only as GET: Elasticsearch 7 would take a POST, which the client sends if there is a body, for a document. */
const READING_AS_GET = ['knnSearch', 'rollup.rollupSearch']

test('every method of the official client is on the list or refused', async t => {
  const connection = connect(t, [])
  const sent: RuleParams[] = []
  connection.transport.request = (async (request: RuleParams) => sent.push(request)) as never
  const apis = apisOf(connection)
  t.true(apis.size > 500)
  const checked = new Map<string, Map<string, boolean>>()
  for (const [name, api] of apis) {
    sent.length = 0
    for await (const given of variantsOf(api)) await api(given).catch(() => {}) // a required parameter is missing
    checked.set(
      name,
      new Map(sent.map(request => [`${request.method} ${request.path}`, isReadOnly(request)])),
    )
  }
  const having = (test: (requests: [string, boolean][]) => boolean) =>
    [...checked].flatMap(([name, requests]) => (test([...requests]) ? name : [])).sort()
  t.deepEqual(
    having(requests => requests.length === 0),
    [],
  )
  t.deepEqual(
    having(requests => requests.every(([, allowed]) => allowed)),
    READING,
  )
  t.deepEqual(
    having(requests => requests.some(([, allowed]) => allowed !== requests[0]?.[1])),
    READING_AS_GET,
  )
  for (const name of READING_AS_GET) {
    for (const [request, allowed] of checked.get(name) ?? [])
      t.is(allowed, request.startsWith('GET '), request)
  }
})

const WRITING = [
  '_bulk',
  '_create',
  '_update',
  '_delete_by_query',
  '_update_by_query',
  '_refresh',
  '_flush',
  '_forcemerge',
  '_close',
  '_open',
  '_rollover',
  '_clone',
  '_simulate',
  '_execute',
  '_cancel',
  '_reload_search_analyzers',
]

const READABLE = [
  '/',
  '/entry/_search',
  '/_search',
  '/_all/_count',
  '/%3Clogs-%7Bnow%2Fd%7D%3E/_search',
  '/entry/_search/template',
  '/entry/_explain/1',
  '/entry/_termvectors/1',
  '/entry/_mvt/place/1/2/3',
  '/entry/_validate/query',
  '/_search/scroll/FGx1',
  '/_render/template/1',
  '/_security/user/x/_has_privileges',
  '/_cat/indices/entry',
  '/_nodes/x/stats',
  '/entry/_doc/1',
  '/entry/_source/a%2Fb',
  '/entry/_explain/a%252Fb/',
  '/entry/type/1',
  '/entry/type/_search',
  '/entry/type/1/_explain',
  '/_ingest/pipeline/x',
  '/_plugins/_ism/explain/entry',
  '/_plugins/_knn/x/stats',
]

const TRICKS = [
  ...[
    '/',
    '//',
    '/./',
    '/../',
    '/%2e%2e/',
    '/%252e%252e/',
    '%2F',
    '%2f',
    '%252F',
    '\\',
    '%5C',
    ';',
    '/;/',
    '?',
    '%3F',
  ],
  ...[
    '#',
    '%23',
    '%00',
    '%0d%0a',
    '\r\n',
    '\n',
    ' ',
    '%20',
    '\t',
    '.',
    '..',
    '%',
    '%25',
    '*',
    ',',
    '%2C',
    '_',
    '%5F',
  ],
  ...[
    '%3C',
    '%3E',
    '%3C%7Bnow%2Fd%7D%3E',
    '{index}',
    '+',
    '@',
    ':',
    'x',
    '_all',
    '_doc',
    '_search',
    'é',
    '%C0%AF',
  ],
]

const encoded = (text: string): string =>
  text.replace(/./g, character => `%${character.charCodeAt(0).toString(16).padStart(2, '0')}`)

/** How a proxy or the server may read a path. */
function readings(path: string): string[] {
  const decoded = (text: string) =>
    text.replace(/%([\da-f]{2})/gi, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)))
  const decodings = [path]
  for (let times = 0; times < 3; times++) decodings.push(decoded(decodings.at(-1) as string))
  return decodings.flatMap(text => {
    const slashed = text.replaceAll('\\', '/')
    return [slashed, slashed.split(/[?#]/)[0] as string, slashed.replace(/;[^/]*/g, '')].flatMap(each => [
      each,
      new URL(`http://x${each.startsWith('/') ? '' : '/'}${each.replace(/^\/+/, '/')}`).pathname,
    ])
  })
}

/** The read of a document, whose id may be named like an endpoint: every server reads the document, or searches. */
const READ = /^\/(?!_)[^/]+\/_(?:doc|source|explain|termvectors)\/[^/]+\/{0,2}$/

/** Whether a reading contains an endpoint that writes; some write only by methods other than GET. */
const writes = (method: string, path: string): boolean => {
  const isGet = ['GET', 'HEAD'].includes(method)
  const endpoints = isGet
    ? WRITING
    : [...WRITING, '_doc', '_source', '_reindex', '_settings', '_mapping', '_alias']
  const [pure = ''] = path.split('?')
  return readings(pure).some(
    text => !(isGet && READ.test(text)) && text.split('/').some(segment => endpoints.includes(segment)),
  )
}

test('no trick makes an endpoint that writes pass the list', t => {
  const piece = fc.oneof(
    fc.constantFrom(...TRICKS),
    fc
      .constantFrom(...WRITING)
      .chain(name => fc.constantFrom(name, `/${name}`, `${name}/`, `/${name}/`, encoded(name))),
  )
  const insertions = fc.array(fc.tuple(fc.nat(), piece), { minLength: 1, maxLength: 6 })
  const method = fc.constantFrom('GET', 'HEAD', 'POST', 'DELETE', 'post')
  let passed = 0
  let written = 0
  fc.assert(
    fc.property(method, fc.constantFrom(...READABLE), insertions, (verb, start, inserted) => {
      let path = start
      for (const [at, text] of inserted) {
        const place = at % (path.length + 1)
        path = path.slice(0, place) + text + path.slice(place)
      }
      const allowed = isReadOnly({ method: verb, path })
      const writing = writes(verb, path)
      passed += Number(allowed)
      written += Number(writing)
      t.false(allowed && writing, `${verb} ${path}`)
    }),
    { numRuns: 4000 },
  )
  t.true(passed > 0 && written > 1000, 'the property is tested in both directions')
})

/** A server that counts its connections, and a connection of a readonly alias. */
async function readonlyAlias(t: ExecutionContext, script: Script) {
  let opened = 0
  const server = await raw(t, script, {
    greet: () => {
      opened += 1
    },
  })
  const connection = connect(t, server.url, { readonly: true })
  return { server, connection, opened: () => opened }
}

test('a readonly alias sends no write', async t => {
  const { connection, opened } = await readonlyAlias(t, answer())
  const document = { index: 'x', document: { a: 1 } }
  const operations = [{ index: { _index: 'x' } }, { a: 1 }]
  const datasource = [{ a: 1 }]
  const onDocument = () => ({ index: { _index: 'x' } })
  const writes: [string, () => PromiseLike<unknown>][] = [
    ['index', () => connection.index(document)],
    ['bulk', () => connection.bulk({ operations })],
    ['the helper', () => connection.helpers.bulk({ datasource, onDocument })],
    ['a child', () => connection.child({}).index(document)],
    ['a child of a child', () => connection.child({}).child({}).index(document)],
    ['request', () => connection.transport.request({ method: 'POST', path: '/x/_doc', body: {} })],
    ['exchange', () => connection.transport.exchange({ method: 'POST', path: '/_bulk' }, async got => got)],
    [
      'a stream',
      () =>
        connection.transport.request({
          method: 'POST',
          path: '/x/_doc',
          body: Readable.from(['{}']) as never,
        }),
    ],
    ['by query', () => connection.deleteByQuery({ index: 'x', query: { match_all: {} } })],
    ['refresh', () => connection.indices.refresh()],
    ['all scrolls', () => connection.clearScroll({ scroll_id: '_all' })],
    [
      "a method in a child's header",
      () => connection.child({ headers: { 'x-http-method-override': 'DELETE' } }).search({ index: 'x' }),
    ],
    [
      'a method in a header',
      () => connection.search({ index: 'x' }, { headers: { 'x-http-method-override': 'DELETE' } }),
    ],
  ]
  for (const [name, write] of writes) {
    const error = (await t.throwsAsync(async () => await write(), undefined, name)) as EsconnError
    t.is(error.fault, 'denied', name)
    t.true(error.message.startsWith('logs: '), name)
  }
  t.is(opened(), 0)
})

test('a readonly alias sends reads', async t => {
  const { server, connection } = await readonlyAlias(t, (socket, request) =>
    (request.path.includes('_pit') ? reply({ id: 'x' }) : answer(['{"_id":"1"}'], { count: 1 }))(
      socket,
      request,
    ),
  )
  t.is((await connection.search({ index: 'entry', query: { match_all: {} } })).hits.hits.length, 1)
  t.is((await connection.search('entry')).hits.hits.length, 1)
  const hits: string[] = []
  for await (const hit of connection.hits('entry')) hits.push(hit.toString())
  t.deepEqual(hits, ['{"_id":"1"}'])
  t.is((await connection.count({ index: 'entry' })).count, 1)
  t.is((await connection.openPointInTime({ index: 'entry', keep_alive: '1m' })).id, 'x')
  t.is(server.requests.length, 5)
})

test('an alias that is not readonly writes', async t => {
  const server = await raw(t, reply({ result: 'created' }, 201))
  await connect(t, server.url).index({ index: 'x', document: {} })
  await connect(t, server.url, { readonly: false }).index({ index: 'x', document: {} })
  t.is(server.requests.length, 2)
})
