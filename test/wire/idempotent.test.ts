import { Readable } from 'node:stream'
import test from 'ava'
import { repeatable } from '../../src/wire/idempotent.ts'

type Params = Parameters<typeof repeatable>[0]

const is = test.macro({
  exec: (t, params: Params, idempotent: boolean, afterTooMany: boolean) =>
    t.deepEqual(repeatable(params), { idempotent, afterTooMany }),
  title: (name, { method, path }: Params) => `${method} ${path} ${name ?? ''}`.trim(),
})
const params = (request: string, more: Partial<Params> = {}): Params => {
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
  test(is, params(request), true, true)
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
  test(is, params(request), false, true)
}
for (const request of [
  'POST /entry/_delete_by_query',
  'POST /entry/_update_by_query',
  'POST /_reindex',
  'POST /entry/_delete_by_query?conflicts=proceed',
  'POST /entry/_update_by_query/',
]) {
  test(is, params(request), false, false)
}
test('with a stream', is, params('POST /entry/_search', { body: Readable.from([]) }), false, false)
test(
  'with a stream of lines',
  is,
  params('POST /_bulk', { bulkBody: Readable.from([]) as never }),
  false,
  false,
)

test('a header that makes another method of it', t => {
  const headers = { 'X-HTTP-Method-Override': 'DELETE' }
  t.false(repeatable(params('POST /entry/_search'), { headers }).idempotent)
})
