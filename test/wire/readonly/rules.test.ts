import { Readable } from 'node:stream'
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
  'GET /_plugins/_security/authinfo',
]) {
  test(passes, request)
}
test('with a body', passes, 'DELETE /_search/scroll', { body: { scroll_id: ['a_all', 'b'] } })
test('with a body as bytes', passes, 'DELETE /_pit', { body: Buffer.from('{"id":"x"}') })
test('with an undefined refresh', passes, 'GET /entry/_doc/1', { querystring: { refresh: undefined } })
test('with refresh: false', passes, 'GET /entry/_doc/1', { querystring: { refresh: false } })
test('with refresh=false in the path', passes, 'GET /entry/_doc/1?refresh=false')
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
  'PUT /_plugins/_security/authinfo',
  'GET /_plugins/_security/api/internalusers',
  'POST /_plugins/_ppl',
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
  'POST /entry/type/_search',
  'POST /entry/type/1/_termvectors',
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
  'GET /entry/_doc/_search',
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
  'GET /entry/',
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
  'GET /entry/_doc/a%252Fb',
  'GET /entry/_source/a%255Fb',
  'GET /entry%2Fb/_doc/a',
  'GET /entry/_explain/a%2Fb',
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
  'GET /entry/_doc/1?refresh=true',
  'DELETE /_search/scroll?scroll_id=_all',
  'DELETE /_search/scroll?source={}',
]) {
  test(refused, request)
}
test('with a query', refused, 'GET /entry/_doc/1', { querystring: { refresh: true } })
test('with a query string', refused, 'GET /entry/_doc/1', { querystring: 'a=b&refresh' })
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
  t.false(isReadOnly(request, { querystring: { refresh: true } }))
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
  t.regex(refuse('GET /entry/_doc/1?refresh=secret').message, /^GET \/entry\/_doc\/1\?refresh is refused/)
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
const READING_AS_GET = ['graph.explore', 'knnSearch', 'rollup.rollupSearch']

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
  '/_ingest/pipeline/x',
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
  const once = [path, decoded(path), decoded(decoded(path))]
  return once.flatMap(text => {
    const slashed = text.replaceAll('\\', '/')
    return [slashed, slashed.split(/[?#]/)[0] as string, slashed.replace(/;[^/]*/g, '')].flatMap(each => [
      each,
      new URL(`http://x${each.startsWith('/') ? '' : '/'}${each.replace(/^\/+/, '/')}`).pathname,
    ])
  })
}

/** Whether a reading contains an endpoint that writes; some write only by methods other than GET. */
const writes = (method: string, path: string): boolean => {
  const endpoints = ['GET', 'HEAD'].includes(method)
    ? WRITING
    : [...WRITING, '_doc', '_source', '_reindex', '_settings', '_mapping', '_alias']
  const [pure = ''] = path.split('?')
  return readings(pure).some(text => text.split('/').some(segment => endpoints.includes(segment)))
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
