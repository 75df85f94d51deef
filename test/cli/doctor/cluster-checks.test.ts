import test from 'ava'
import { found, hang, nobody, raw, reply, type Script } from '../../support/raw.ts'
import { answers, root, runDoctor } from './_doctor.ts'

test('nodes of one cluster', async t => {
  const one = await raw(t, answers({ '/': root() }))
  const two = await raw(t, answers({ '/': root({ name: 'es2' }) }))
  const { of, status } = await runDoctor(t, { nodes: [one.url, two.url] })
  t.deepEqual(of('cluster'), ['ok 2 nodes of logs-cluster (u-1)'])
  t.is(status, 0)
  t.deepEqual((await runDoctor(t, { node: one.url })).of('cluster'), ['ok the alias has one node'])
})

test('nodes of different clusters: 78', async t => {
  const one = await raw(t, answers({ '/': root() }))
  const two = await raw(t, answers({ '/': root({ cluster_uuid: 'u-2', version: { number: '8.19.21' } }) }))
  const { of, status } = await runDoctor(t, { nodes: [one.url, two.url] })
  t.deepEqual(of('cluster'), [
    `failed nodes of different clusters: logs-cluster (u-1) at ${one.url}; logs-cluster (u-2) at ${two.url}\nan alias is for one cluster: give each cluster its own alias`,
  ])
  t.is(status, 78)
})

test('nodes of different versions', async t => {
  const one = await raw(t, answers({ '/': root() }))
  const two = await raw(t, answers({ '/': root({ version: { number: '9.4.0' } }) }))
  const { of, status } = await runDoctor(t, { nodes: [one.url, two.url] })
  t.deepEqual(of('cluster'), [
    'ok 2 nodes of logs-cluster (u-1)',
    `warning nodes of different versions: 9.5.3 at ${one.url}; 9.4.0 at ${two.url}\nan upgrade may be in progress`,
  ])
  t.is(status, 0)
})

test('each node is checked by itself; the indices by one that accepts our credentials', async t => {
  const search = reply(found([]))
  const good = await raw(t, answers({ '/': root(), '/a/_search': search }))
  const bad = await raw(t, reply({ error: { type: 'security_exception' } }, 401))
  const gone = await nobody()
  const late = await raw(t, hang)
  const nodes = [gone, bad.url, late.url, good.url]
  const { checks, of, status } = await runDoctor(t, { nodes, indices: { a: 'a' }, timeout: '400ms' })
  const failed = checks.filter(({ outcome }) => outcome === 'failed')
  t.deepEqual(
    failed.map(({ node, step }) => [node, step]),
    [
      [gone, 'port'],
      [bad.url, 'credentials'],
      [late.url, 'reply'],
    ],
  )
  t.deepEqual(of('cluster'), ['skipped 1 of 4 nodes reported which cluster they belong to'])
  t.deepEqual(of('indices'), ['ok a: can be searched (1 shard)'])
  t.is(status, 7)
})

test('indices: searchable, with a failed shard, unmatched, missing, forbidden, a view with an invalid query, and an invalid name', async t => {
  const search =
    (status: number, type: string): Script =>
    (socket, request) =>
      reply({ error: { type, reason: `of ${request.path}` }, status }, status)(socket, request)
  const shards = (total: number, failed: number, successful = total - failed) =>
    reply(found([], { _shards: { total, successful, skipped: 0, failed } }))
  const { url, requests } = await raw(
    t,
    answers({
      '/': root(),
      '/logs-*/_search': shards(3, 0),
      '/broken/_search': shards(3, 1),
      '/lost/_search': shards(3, 0, 2), // a shard without any copy is not counted as failed
      '/none-*/_search': shards(0, 0),
      '/absent/_search': search(404, 'index_not_found_exception'),
      '/secret/_search': search(403, 'security_exception'),
      '/seen/_search': search(400, 'parsing_exception'),
    }),
  )
  const query = { trem: { level: 'error' } }
  const indices = {
    logs: 'logs-*',
    broken: 'broken',
    lost: 'lost',
    none: 'none-*',
    absent: 'absent',
    secret: 'secret',
    view: { index: 'seen', query },
    wrong: '_nodes',
  }
  const { of, status } = await runDoctor(t, { node: url, indices })
  t.deepEqual(of('indices'), [
    'ok logs (logs-*): can be searched (3 shards)',
    'warning broken: 1 of 3 shards did not answer\nGET /_cluster/allocation/explain may say why',
    'warning lost: 1 of 3 shards did not answer\nGET /_cluster/allocation/explain may say why',
    'warning none (none-*): matches no index that this user may read\ncheck the expression in `indices` of the alias',
    'warning absent: index_not_found_exception: of /absent/_search (404)\ncheck the name in `indices` of the alias',
    'failed secret: security_exception: of /secret/_search (403)\nthe user or key needs a role with the privilege read on secret',
    'failed view (seen): parsing_exception: of /seen/_search (400)',
    of('indices')[7] as string,
  ])
  t.regex(of('indices')[7] as string, /^failed wrong \(_nodes\): "_nodes" .*\n.*_/)
  t.is(status, 4)
  const bodies = requests.filter(({ path }) => path.endsWith('/_search')).map(({ body }) => JSON.parse(body))
  t.deepEqual(bodies[0], { size: 0, terminate_after: 1, track_total_hits: false })
  t.deepEqual(bodies.at(-1).query, { bool: { filter: [query] } })
})

test('missing privileges although a search succeeds', async t => {
  const has = (read: boolean, metadata: boolean) => ({ read, view_index_metadata: metadata })
  const rights = reply({
    index: { 'logs-*': has(false, false), fine: has(true, true), dim: has(true, false) },
  })
  const search = reply(found([]))
  const { url, requests } = await raw(
    t,
    answers({
      '/': root(),
      '/_security/_authenticate': reply({ username: 'ada', roles: [] }),
      '/_security/user/_has_privileges': rights,
      '/logs-*,fine,dim,-logs-x,%3Clogs-%7Bnow%2Fd%7D%3E,far%3Alogs/_search': search,
    }),
  )
  const expression = 'logs-*,fine,dim,-logs-x,<logs-{now/d}>,far:logs'
  const { of, status } = await runDoctor(t, { node: url, indices: { all: expression } })
  t.deepEqual(of('credentials'), ['ok ada, without any role'])
  const lines = of('indices').map(line => line.replace(`all (${expression}): `, ''))
  t.deepEqual(lines, [
    'ok can be searched (1 shard)',
    'warning no role grants read on all of logs-*: results leave out what is not granted\na role with the privilege read on logs-* would include it',
    'warning no role grants access to the mappings and settings of dim\na role with the privilege view_index_metadata on dim would; searches do not need it',
  ])
  t.is(status, 0)
  const asked = requests.find(({ path }) => path.endsWith('_has_privileges'))
  t.deepEqual(JSON.parse(asked?.body ?? ''), {
    index: [{ names: ['logs-*', 'fine', 'dim'], privileges: ['read', 'view_index_metadata'] }],
  })
})
