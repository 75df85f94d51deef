import test, { type ExecutionContext } from 'ava'
import { request } from '../../cluster/request.ts'
import { onServers, sharedServer, targets, uniqueName } from '../../cluster/servers.ts'
import { configured } from '../../support/configured.ts'
import { esconn } from '../../support/esconn.ts'
import { ended, PEAK, start } from '../../support/process.ts'
import { answer, raw, reply, type Script } from '../../support/raw.ts'

const eachServer = onServers(test)

/** A document on both sides, and how it is said to differ. */
interface Row {
  id: string
  routing?: string
  from?: string
  to?: string
  kind?: string
}

/** An index of three shards with these documents. */
async function load(
  url: string,
  documents: readonly { id: string; routing?: string | undefined; json: string }[],
  stem = 'diff',
): Promise<string> {
  const index = uniqueName(stem)
  await request(url, `PUT /${index}`, {
    settings: { number_of_shards: 3, number_of_replicas: 0 },
    mappings: { dynamic: false, properties: { n: { type: 'long' }, level: { type: 'keyword' } } },
  })
  const lines = documents.map(
    ({ id, routing, json }) => `${JSON.stringify({ index: { _id: id, routing } })}\n${json}\n`,
  )
  const { text } = await request(url, `POST /${index}/_bulk?refresh=true`, lines.join(''))
  if (!text.slice(0, 200).includes('"errors":false')) throw new Error(text.slice(0, 500))
  return index
}

const side = (rows: readonly Row[], which: 'from' | 'to') =>
  rows.flatMap(({ id, routing, [which]: json }) => (json === undefined ? [] : { id, routing, json }))

const ROWS: readonly Row[] = [
  { id: 'same', from: '{"n":1, "real":1.0}', to: '{"n":1, "real":1.0}' },
  { id: 'order', from: '{"n":1,"o":{"a":1,"b":2}}', to: '{ "o": {"b":2, "a":1},\t"n":1}' },
  { id: 'escapes', from: '{"t":"é😀"}', to: '{"t":"\\u00e9\\ud83d\\ude00"}' },
  { id: 'comments', from: '{"n":1}', to: '{/* one */"n":1}' },
  { id: 'moved', routing: 'a', from: '{"n":1}', to: '{"n":1}' },
  // on both products these three are in three shards
  { id: 'twice', routing: 'e', from: '{"n":1}', to: '{"n":1}' },
  { id: 'twice', routing: 'b', from: '{"n":2}', to: '{"n":3}', kind: 'changed' },
  { id: 'twice', routing: 'f', to: '{"n":1}', kind: 'only-to' },
  { id: 'gone', from: '{"n":1}', kind: 'only-from' },
  { id: 'new/ö "1"\u0085', to: '{"n":1}', kind: 'only-to' },
  { id: 'real', from: '{"n":1.0}', to: '{"n":1}', kind: 'changed' },
  { id: 'long', from: '{"x":9007199254740993}', to: '{"x":9007199254740992}', kind: 'changed' },
  { id: 'array', from: '{"x":[1,2]}', to: '{"x":[2,1]}', kind: 'changed' },
  { id: 'null', from: '{"x":null}', to: '{}', kind: 'changed' },
]

/** What is printed of them, in any order. */
const linesOf = (rows: readonly Row[], from: string, to: string): string[] =>
  rows
    .flatMap(({ kind, id, routing }) => {
      const index = kind === 'only-to' ? to : from
      return kind ? JSON.stringify({ diff: kind, _index: index, _id: id, _routing: routing }) : []
    })
    .map(line => line.replace('\u0085', '\\u0085')) // a character that a terminal would obey
    .toSorted()

const sorted = (text: string): string[] => text.split('\n').slice(0, -1).toSorted()

eachServer('each kind of difference, and what is the same', async (t, { url }) => {
  const [from, to] = [await load(url, side(ROWS, 'from')), await load(url, side(ROWS, 'to'))]
  const cwd = configured(t, { aliases: { default: { node: url }, backup: { node: url } } })
  const compared = await esconn(['diff', from, `backup:${to}`], { cwd })
  t.deepEqual(sorted(compared.stdout), linesOf(ROWS, from, to))
  t.deepEqual(
    [compared.status, compared.stderr],
    [1, [`14 documents compared, 8 differ: 1 only in default:${from}, 2 only in backup:${to}, 5 changed`]],
  )
  const reverse = await esconn(['-a', 'backup', 'diff', to, from, '--page', '1kB'], { cwd })
  const swapped = { 'only-from': 'only-to', 'only-to': 'only-from', changed: 'changed' }
  const reversed = ROWS.map(row => (row.kind ? { ...row, kind: swapped[row.kind as 'changed'] } : row))
  t.deepEqual(sorted(reverse.stdout), linesOf(reversed, to, from))
  const equal = await esconn(['diff', from, from, '--progress', 'json'], { cwd })
  t.deepEqual([equal.status, equal.stdout], [0, ''])
  const [summary, last = ''] = equal.stderr.slice(-2)
  t.is(summary, '12 documents compared, none differ')
  t.like(JSON.parse(last), { documents: 12, share: 1, done: true })
  for (const index of [from, to]) await request(url, `DELETE /${index}`)
})

const LEVELS: readonly Row[] = [
  { id: '1', from: '{"level":"error"}', to: '{"level":"error"}' },
  { id: '2', from: '{"level":"error"}', to: '{"level":"warn"}' },
  { id: '3', from: '{"level":"warn"}', to: '{"level":"error"}' },
  { id: '4', from: '{"level":"warn"}', to: '{"level":"info"}' },
  { id: '5', from: '{"level":"error"}' },
  { id: '6', to: '{"level":"error"}' },
  { id: '7', to: '{"level":"warn"}' },
]

eachServer('a query, a view, an alias, several indices', async (t, { url }) => {
  const stem = uniqueName('diffs')
  const [from, to] = [await load(url, side(LEVELS, 'from'), `${stem}-a`), await load(url, side(LEVELS, 'to'))]
  const other = await load(url, side(LEVELS, 'from'), `${stem}-b`)
  const errors = { term: { level: 'error' } }
  await request(url, 'POST /_aliases', {
    actions: [
      { add: { index: from, alias: `${to}-errors`, filter: errors } },
      { add: { indices: [to, other], alias: `${to}-all` } },
    ],
  })
  const view = (index: string) => ({ index, query: errors })
  const indices = {
    from,
    to,
    fromErrors: view(from),
    toErrors: view(to),
    filtered: `${to}-errors`,
    all: `${stem}-*`,
  }
  const cwd = configured(t, { aliases: { default: { node: url, indices }, backup: { node: url } } })
  const differ = async (...argv: string[]) => {
    const { status, stdout, stderr } = await esconn(['diff', ...argv], { cwd })
    t.is(status, stdout === '' ? 0 : 1, stderr.join('\n'))
    const found: Record<string, string>[] = sorted(stdout).map(line => JSON.parse(line))
    return found.map(({ diff, _id }) => `${diff} ${_id}`).toSorted()
  }
  t.deepEqual(await differ('from', 'to'), [
    'changed 2',
    'changed 3',
    'changed 4',
    'only-from 5',
    'only-to 6',
    'only-to 7',
  ])
  const some = ['changed 2', 'changed 3', 'only-from 5', 'only-to 6']
  t.deepEqual(await differ('from', 'to', '--term', 'level=error'), some)
  t.deepEqual(await differ('from', 'to', '--body', JSON.stringify({ query: errors })), some)
  const views = ['only-from 2', 'only-from 5', 'only-to 3', 'only-to 6']
  t.deepEqual(await differ('fromErrors', 'toErrors'), views, 'two views')
  t.deepEqual(await differ('filtered', 'toErrors'), views, 'an alias with a filter')
  t.deepEqual(await differ('fromErrors', 'from'), ['only-to 3', 'only-to 4'], 'a view of the other side')
  t.deepEqual(await differ('from', `${to}-all`), ['only-to 6', 'only-to 7'], 'an alias of several indices')
  t.deepEqual(await differ('all', 'backup:*'), [], 'a pattern')
  t.deepEqual(await differ(from, 'backup:*'), [], 'one index')
  await request(url, `DELETE /${stem}-a*,${stem}-b*,${to}`)
})

eachServer('vectors, which Elasticsearch 9.2 leaves out of documents', async (t, { url, kind, version }) => {
  const isVector = kind === 'elasticsearch' && Number.parseInt(version, 10) >= 9
  const properties = { v: isVector ? { type: 'dense_vector', dims: 2 } : { type: 'float' } }
  const [from, to] = [uniqueName('vector'), uniqueName('vector')]
  for (const [index, v] of [
    [from, '[0.5,1.5]'],
    [to, '[0.5,2.5]'],
  ]) {
    await request(url, `PUT /${index}`, { mappings: { properties }, aliases: { [`${index}-alias`]: {} } })
    await request(url, `PUT /${index}/_doc/1?refresh`, `{"v":${v}}`)
  }
  const cwd = configured(t, { aliases: { default: { node: url } } })
  for (const names of [
    [from, to],
    [`${from}-alias`, `${to}-alias`],
  ])
    t.is(
      (await esconn(['diff', ...names], { cwd })).stdout,
      `{"diff":"changed","_index":"${from}","_id":"1"}\n`,
    )
  for (const name of [from, `${from}-alias`]) t.is((await esconn(['diff', from, name], { cwd })).status, 0)
  for (const index of [from, to]) await request(url, `DELETE /${index}`)
})

eachServer('data streams, by their names', async (t, { url }) => {
  const stream = uniqueName('stream')
  const template = { index_patterns: [`${stream}*`], data_stream: {}, priority: 1000 }
  const { text } = await request(url, `PUT /_index_template/${stream}`, template)
  if (/unknown field \[data_stream\]/.test(text)) {
    t.log('this archive of Elasticsearch has no data streams')
    t.pass()
    return
  }
  const [one, two] = [`${stream}-1`, `${stream}-2`]
  for (const name of [one, two, two]) {
    const added = await request(url, `POST /${name}/_doc?refresh`, '{"@timestamp":"2026-01-01"}')
    t.is(added.status, 201)
    await request(url, `POST /${name}/_rollover`)
  }
  const cwd = configured(t, { aliases: { default: { node: url } } })
  const summary = async (...argv: string[]) => (await esconn(['diff', ...argv], { cwd })).stderr.at(-1)
  t.is(await summary(`${stream}-*`, '*'), '3 documents compared, none differ')
  const differing = `3 differ: 1 only in default:${one}, 2 only in default:${two}`
  t.is(await summary(one, two), `3 documents compared, ${differing}`)
  await request(url, `DELETE /_data_stream/${stream}*`)
  await request(url, `DELETE /_index_template/${stream}`)
})

eachServer('what cannot be compared', async (t, { url }) => {
  const index = await load(url, side(LEVELS, 'from'))
  const bare = uniqueName('bare')
  await request(url, `PUT /${bare}`, { mappings: { _source: { enabled: false } } })
  await request(url, `PUT /${bare}/_doc/1?refresh`, { level: 'error' })
  const cwd = configured(t, { aliases: { default: { node: url }, backup: { node: url } } })
  const refused = async (...argv: string[]) => {
    const { status, stdout, stderr } = await esconn(['diff', ...argv], { cwd })
    t.is(stdout, '')
    return [status, ...stderr.slice(-2)]
  }
  const missing = (alias: string) => `${alias}: index_not_found_exception: no such index [missing] (404)`
  t.deepEqual(await refused(index, 'backup:missing'), [22, missing('backup')])
  t.deepEqual(await refused('backup:missing', index), [22, missing('backup')])
  t.deepEqual(await refused('missing*', 'backup:*'), [66, 'default: missing* matches no index'])
  const noSource = `default: ${bare} keeps no _source, so its documents cannot be compared`
  t.deepEqual(await refused(bare, index), [66, noSource])
  t.deepEqual(await refused(index, index, '--term', 'levle=x'), [
    0,
    '0 documents compared, none differ',
    `default: no field \`levle\` in ${index}; did you mean \`level\`?`,
  ])
  await request(url, `DELETE /${index},${bare}`)
})

eachServer('20,000 documents in constant memory', async (t, { url }) => {
  const documents = Array.from({ length: 20_000 }, (_, n) => ({
    id: String(n),
    json: `{"n":${n}, "long":${9007199254740993n + BigInt(n)},"text":"${'words '.repeat(100)}"}`,
  }))
  const [from, to] = [await load(url, documents), await load(url, documents.slice(0, -1))]
  const cwd = configured(t, { aliases: { default: { node: url } } })
  const { status, stderr } = await ended(start(['diff', from, to], { cwd, env: PEAK }))
  const [summary, peak] = stderr.split('\n')
  t.is(status, 1)
  t.is(summary, `esconn: 20000 documents compared, 1 differs: 1 only in default:${from}`)
  t.true(Number(peak) < 160 * 1024, `${peak} KiB`)
  for (const index of [from, to]) await request(url, `DELETE /${index}`)
})

const { ESCONN_TEST_SERVERS: shared } = process.env

;(shared ? test : test.skip)(
  `an index of one product with one of the other${shared ? '' : ' (it needs the servers of npm test)'}`,
  async t => {
    const servers = await Promise.all(
      targets().map(target => sharedServer<{ url: string }>(String(shared), target.name)),
    )
    const [one, other] = [servers[0]?.url ?? '', servers.at(-1)?.url ?? '']
    const [from, to] = [await load(one, side(ROWS, 'from')), await load(other, side(ROWS, 'to'))]
    const cwd = configured(t, { aliases: { one: { node: one }, other: { node: other } } })
    const { stdout } = await esconn(['diff', `one:${from}`, `other:${to}`], { cwd })
    t.deepEqual(sorted(stdout), linesOf(ROWS, from, to))
    const lacking = await esconn(['diff', `one:${from}*`, 'other:*'], { cwd })
    t.deepEqual([lacking.status, lacking.stderr], [66, [`other: there is no ${from}, which one has`]])
    for (const index of [from, `${from}-more`]) await request(other, `PUT /${index}`)
    const { stderr } = await esconn(['diff', `one:${from}*`, 'other:*'], { cwd })
    t.deepEqual(stderr, [
      `other: not compared, since one lacks it: ${from}-more`,
      `12 documents compared, 12 differ: 12 only in one:${from}*`,
    ])
    await request(one, `DELETE /${from}`)
    await request(other, `DELETE /${to},${from},${from}-more`)
  },
)

const refuses = test.macro(
  async (t: ExecutionContext, argv: string[], status: number, ...stderr: string[]) => {
    const cwd = configured(t, { aliases: { default: { node: 'http://localhost:9' } } })
    t.deepEqual(await esconn(['diff', ...argv], { cwd }), { status, stdout: '', stderr })
  },
)

const SAME = 'with ALIAS:* as the second name each index is compared with the one of the same name'
test('2: a pattern', refuses, ['a', 'b-*'], 2, 'default: b-* is not the name of one index', SAME)
test('2: a list', refuses, ['a,b', 'c'], 2, 'default: a,b is not the name of one index', SAME)
test(
  '2: an unknown alias',
  refuses,
  ['a', 'backup:a'],
  2,
  '"backup:a": there is no alias backup (known: default)',
  'what stands before the first colon is an alias: ALIAS:NAME',
)
test(
  '2: a part of the documents',
  refuses,
  ['a', 'b', '--body', '{"_source":["a"]}'],
  2,
  'the body\'s "_source" has no meaning for diff, which takes whole documents',
)
test(
  '2: a part of the hits',
  refuses,
  ['a', 'b', '--size', '5'],
  2,
  '--size has no meaning for diff, which reads whole shards',
  'use esconn search, or search --all for every hit',
)

test('--show-query prints the query of each side', async t => {
  const view = { index: 'a', query: { term: { a: 1 } } }
  const cwd = configured(t, { aliases: { default: { node: 'http://localhost:9', indices: { view } } } })
  const shown = async (...argv: string[]) =>
    (await esconn(['diff', ...argv, '--term', 'b=2', '--show-query'], { cwd })).stdout
  t.is(await shown('a', 'b'), '{"query":{"term":{"b":"2"}}}\n')
  t.is(
    await shown('a', 'view'),
    '{"query":{"term":{"b":"2"}}}\n{"query":{"bool":{"must":[{"term":{"b":"2"}}],"filter":[{"term":{"a":1}}]}}}\n',
  )
})

/** A cluster with an index `i` of one shard with a document, which by its id cannot be looked up. */
const broken: Script = (socket, asked) => {
  const replies: [RegExp, object][] = [
    [/_pit\?/, { id: 'a' }],
    [/^\/_pit/, { succeeded: true }],
    [/_search_shards$/, { indices: { i: {} }, shards: [[{ index: 'i', shard: 0 }]] }],
    [/_resolve/, { indices: [{ name: 'i' }], aliases: [], data_streams: [] }],
    [/_mget/, { docs: [{ _index: 'i', _id: '1', error: { type: 'no_shard', reason: 'red' } }] }],
  ]
  const found = replies.find(([path]) => path.test(asked.path))
  if (found) return reply(found[1])(socket, asked)
  if (/_stats/.test(asked.path))
    return reply({ error: { type: 'security_exception' }, status: 403 }, 403)(socket, asked)
  return answer(asked.path === '/_search' ? ['{"_index":"i","_id":"1","_source":{},"sort":[0,0]}'] : [])(
    socket,
    asked,
  )
}

test('3: a document that cannot be looked up is not a difference', async t => {
  const { url } = await raw(t, broken)
  const cwd = configured(t, { aliases: { default: { node: url } } })
  const { status, stdout, stderr } = await esconn(['diff', 'i', 'i'], { cwd })
  t.deepEqual([status, stdout], [3, ''])
  t.deepEqual(stderr.slice(-3), [
    '1 document compared, none differ',
    'default: incomplete: no_shard: red',
    'what arrived was printed; with --allow-partial this is not a failure',
  ])
})

eachServer(
  'what an alias has not refreshed yet is no difference, nor is anything of an index itself',
  async (t, { url }) => {
    const [from, to, alias] = [uniqueName('diff'), uniqueName('diff'), uniqueName('diff')]
    await request(url, `PUT /${from}/_doc/0?refresh=true`, '{"n":1}')
    await request(url, `PUT /${to}`, { settings: { refresh_interval: '-1' }, aliases: { [alias]: {} } })
    await request(url, `PUT /${to}/_doc/0`, '{"n":1}')
    const cwd = configured(t, { aliases: { default: { node: url } } })
    t.like(await esconn(['diff', from, alias], { cwd }), { status: 0, stdout: '' })
    const { status, stderr } = await esconn(['diff', to, alias], { cwd })
    t.deepEqual(
      [status, stderr[0]],
      [0, `default: ${alias} is what it is compared with, or a part of it`],
      'which says nothing',
    )
    for (const index of [from, to]) await request(url, `DELETE /${index}`)
  },
)
