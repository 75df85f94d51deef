import test from 'ava'
import { found, hang, nobody, raw, reply, type Script } from '../../support/raw.ts'
import { answers, examine, root } from './_doctor.ts'

test('nodes of one cluster', async t => {
  const one = await raw(t, answers({ '/': root() }))
  const two = await raw(t, answers({ '/': root({ name: 'es2' }) }))
  const { of, status } = await examine(t, { nodes: [one.url, two.url] })
  t.deepEqual(of('cluster'), ['ok 2 nodes of logs-cluster (u-1)'])
  t.is(status, 0)
  t.deepEqual((await examine(t, { node: one.url })).of('cluster'), ['ok the alias has one node'])
})

test('nodes of different clusters: 78', async t => {
  const one = await raw(t, answers({ '/': root() }))
  const two = await raw(t, answers({ '/': root({ cluster_uuid: 'u-2', version: { number: '8.19.21' } }) }))
  const { of, status } = await examine(t, { nodes: [one.url, two.url] })
  t.deepEqual(of('cluster'), [
    `failed nodes of different clusters: logs-cluster (u-1) at ${one.url}; logs-cluster (u-2) at ${two.url}\nan alias is one cluster: give each of them an alias of its own`,
  ])
  t.is(status, 78)
})

test('nodes of different versions', async t => {
  const one = await raw(t, answers({ '/': root() }))
  const two = await raw(t, answers({ '/': root({ version: { number: '9.4.0' } }) }))
  const { of, status } = await examine(t, { nodes: [one.url, two.url] })
  t.deepEqual(of('cluster'), [
    'ok 2 nodes of logs-cluster (u-1)',
    `warning nodes of different versions: 9.5.3 at ${one.url}; 9.4.0 at ${two.url}\nan upgrade may be under way`,
  ])
  t.is(status, 0)
})

test('each node tells its own truth; the rest is asked of one that lets us in', async t => {
  const search = reply(found([]))
  const good = await raw(t, answers({ '/': root(), '/a/_search': search }))
  const bad = await raw(t, reply({ error: { type: 'security_exception' } }, 401))
  const gone = await nobody()
  const late = await raw(t, hang)
  const nodes = [gone, bad.url, late.url, good.url]
  const { checks, of, status } = await examine(t, { nodes, indices: { a: 'a' }, timeout: '400ms' })
  const failed = checks.filter(({ outcome }) => outcome === 'failed')
  t.deepEqual(
    failed.map(({ node, step }) => [node, step]),
    [
      [gone, 'port'],
      [bad.url, 'credentials'],
      [late.url, 'reply'],
    ],
  )
  t.deepEqual(of('cluster'), ['skipped 1 of 4 nodes told of which cluster it is'])
  t.deepEqual(of('indices'), ['ok a: can be searched (1 shard)'])
  t.is(status, 7)
})

test('indices: there, absent, empty, refused, a view whose query makes no sense, and no name of an index', async t => {
  const search =
    (status: number, type: string): Script =>
    (socket, request) =>
      reply({ error: { type, reason: `of ${request.path}` }, status }, status)(socket, request)
  const shards = (total: number, failed: number) =>
    reply(found([], { _shards: { total, successful: total - failed, skipped: 0, failed } }))
  const { url, requests } = await raw(
    t,
    answers({
      '/': root(),
      '/logs-*/_search': shards(3, 0),
      '/broken/_search': shards(3, 1),
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
    none: 'none-*',
    absent: 'absent',
    secret: 'secret',
    view: { index: 'seen', query },
    wrong: '_nodes',
  }
  const { of, status } = await examine(t, { node: url, indices })
  t.deepEqual(of('indices'), [
    'ok logs (logs-*): can be searched (3 shards)',
    'warning broken: 1 of 3 shards do not answer\nGET /_cluster/allocation/explain says why',
    'warning none (none-*): matches no index that we may read\nis the expression right in `indices` of the alias?',
    'warning absent: index_not_found_exception: of /absent/_search (404)\nis its name right in `indices` of the alias?',
    'failed secret: security_exception: of /secret/_search (403)\na role of the user or key needs the privilege read on secret',
    'failed view (seen): parsing_exception: of /seen/_search (400)',
    'failed wrong (_nodes): "_nodes" is no name of an index\nan index has no "/" in its name and does not begin with "_"',
  ])
  t.is(status, 4)
  const bodies = requests.filter(({ path }) => path.endsWith('/_search')).map(({ body }) => JSON.parse(body))
  t.deepEqual(bodies[0], { size: 0, terminate_after: 1, track_total_hits: false })
  t.deepEqual(bodies.at(-1).query, { bool: { filter: [query] } })
})

test('rights that lack although a search goes well', async t => {
  const may = (read: boolean, see: boolean) => ({ read, view_index_metadata: see })
  const rights = reply({
    index: { 'logs-*': may(false, false), fine: may(true, true), dim: may(true, false) },
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
  const { of, status } = await examine(t, { node: url, indices: { all: expression } })
  t.deepEqual(of('credentials'), ['ok ada, without any role'])
  const lines = of('indices').map(line => line.replace(`all (${expression}): `, ''))
  t.deepEqual(lines, [
    'ok can be searched (1 shard)',
    'warning no role grants read on all of logs-*: what is not granted is left out of every answer\na role with the privilege read on logs-* would show it',
    'warning the mappings and settings of dim may not be seen\na role with the privilege view_index_metadata on dim would show them; searches do not need it',
  ])
  t.is(status, 0)
  const asked = requests.find(({ path }) => path.endsWith('_has_privileges'))
  t.deepEqual(JSON.parse(asked?.body ?? ''), {
    index: [{ names: ['logs-*', 'fine', 'dim'], privileges: ['read', 'view_index_metadata'] }],
  })
})
