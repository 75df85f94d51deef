import test, { type ExecutionContext } from 'ava'
import { createConnections } from '../../src/connections.ts'
import { UsageError } from '../../src/errors.ts'
import { load, request } from '../cluster/request.ts'
import { onServers, uniqueName } from '../cluster/servers.ts'
import { configured } from '../support/configured.ts'
import { esconn } from '../support/esconn.ts'
import { ended, PEAK, start } from '../support/process.ts'
import { answer, chunk, fin, found, head, raw, reply, type Script, send } from '../support/raw.ts'

const eachServer = onServers(test)

/** Documents in bulk requests of this many. */
const BULK = 5000

/** Indices with so many documents, `n` counting from 0 and `tens` the same for ten in a row. */
async function numbered(url: string, index: string, documents: number, settings: object): Promise<void> {
  const properties = {
    n: { type: 'integer' },
    tens: { type: 'integer' },
    third: { type: 'long' },
    word: { type: 'keyword' },
  }
  await request(url, `PUT /${index}`, {
    settings: { number_of_replicas: 0, ...settings },
    mappings: { properties },
  })
  for (let from = 0; from < documents; from += BULK) {
    const lines = Array.from({ length: Math.min(BULK, documents - from) }, (_, at) => {
      const n = from + at
      const word = n % 3 === 0 ? `,"word":"${n % 2 ? 'odd' : 'even'}","third":${n}` : ''
      return `{"index":{"_id":"${index}-${n}"}}\n{"n":${n},"tens":${Math.floor(n / 10)}${word}}\n`
    })
    const { text } = await request(url, `POST /${index}/_bulk`, lines.join(''))
    if (JSON.parse(text).errors !== false) throw new Error(text.slice(0, 500))
  }
  await request(url, `POST /${index}/_refresh`)
}

/** The numbers that a search prints, in their order. */
function asking(t: ExecutionContext, url: string, index: string) {
  const indices = { all: index, even: { index, query: { range: { n: { lt: 3000 } } } } }
  const cwd = configured(t, { aliases: { default: { node: url, readonly: true, indices } } })
  return async (name: string, ...argv: string[]) => {
    const { status, stdout, stderr } = await esconn(['search', name, '--all', '--raw-field', 'n', ...argv], {
      cwd,
    })
    t.deepEqual([status, stderr], [0, []], argv.join(' '))
    return stdout.split('\n').slice(0, -1).map(Number)
  }
}

const upTo = (count: number) => Array.from({ length: count }, (_, n) => n)
const sorted = (numbers: number[]) => numbers.toSorted((a, b) => a - b)

eachServer('--all gives every hit once, beyond the window of 10,000', async (t, { url }) => {
  const [one, two] = [uniqueName('all'), uniqueName('all')]
  await numbered(url, one, 11_000, { number_of_shards: 3 })
  await numbered(url, two, 1200, { number_of_shards: 1, max_result_window: 150 })
  const ask = asking(t, url, one)
  t.deepEqual(sorted(await ask('all')), upTo(11_000))
  t.deepEqual(
    await ask('all', '--sort', 'tens,-n'),
    upTo(11_000).map(n => n - (n % 10) + 9 - (n % 10)),
  )
  t.deepEqual(sorted(await ask('all', '--sort', 'tens')), upTo(11_000), 'equal sort values')
  for (const sort of ['-word', 'word', '-third', 'third,-word'])
    t.deepEqual(sorted(await ask('all', '--sort', sort)), upTo(11_000), 'missing sort values')
  t.deepEqual(sorted(await ask('all', '--body', '{"sort":[ ]}')), upTo(11_000))
  t.deepEqual(sorted(await ask('even')), upTo(3000))
  t.is(new Set(await ask('all', '--limit', '700')).size, 700)
  t.deepEqual(await ask('all', '--limit', '1000', '--sort', 'n'), upTo(1000))
  t.deepEqual(await ask('all', '--limit', '0'), [])
  t.deepEqual(await ask('all', '--limit', '0', '--sort', 'n'), [])
  t.deepEqual(await ask('all', '--term', 'n=-1'), [])
  t.deepEqual(sorted(await ask(two)), upTo(1200), 'a smaller window')
  t.deepEqual(
    sorted(await ask(`${one},${two}`)),
    sorted([...upTo(11_000), ...upTo(1200)]),
    'indices of 3 shards and 1',
  )
  const absent = await esconn(['search', 'absent-*', '--all'], {
    cwd: configured(t, { aliases: { default: { node: url } } }),
  })
  t.deepEqual(absent, { status: 0, stdout: '', stderr: ['default: absent-* matches no index'] })
  await request(url, `PUT /${two}/_alias/${two}-routed`, {
    routing: 'x',
    filter: { range: { n: { gte: 1100 } } },
  })
  t.deepEqual(sorted(await ask(`${two}-routed`)), upTo(1200).slice(1100), 'an alias with a filter')
  await request(url, `PUT /${one}/_alias/${one}-routed`, { routing: 'x' })
  const { count } = JSON.parse((await request(url, `GET /${one}-routed/_count`)).text)
  t.is((await ask(`${one}-routed`)).length, count, 'an alias with a routing')
  await Promise.all([one, two].map(index => request(url, `DELETE /${index}`)))
})

eachServer(
  '--all of several indices, whose documents have equal numbers and sort values',
  async (t, { url }) => {
    const stem = uniqueName('ties')
    for (const day of [1, 2, 3, 4, 5])
      await numbered(url, `${stem}-${day}`, 700, { number_of_shards: day % 2 ? 1 : 2 })
    const ask = asking(t, url, `${stem}-*`)
    const each = upTo(3500).map(n => Math.floor(n / 5))
    for (const argv of [[], ['--sort', 'n'], ['--sort', '-word'], ['--sort', 'tens']])
      t.deepEqual(sorted(await ask('all', ...argv)), each, argv.join(' '))
    await request(url, `DELETE /${stem}-1,${stem}-2,${stem}-3,${stem}-4,${stem}-5`)
  },
)

eachServer('an index that appears while others are read hides none of their hits', async (t, { url }) => {
  const stem = uniqueName('roll')
  await numbered(url, `${stem}-1`, 900, { number_of_shards: 3 })
  const connections = createConnections({ config: { aliases: { default: { node: url } } } })
  t.teardown(() => connections.close())
  const found = new Set<string>()
  for await (const hit of connections.get('default').hits(`${stem}-*`, {}, { all: true })) {
    if (found.size === 0) await numbered(url, `${stem}-2`, 10, { number_of_shards: 4 })
    found.add(/"_id":"([^"]+)"/.exec(hit.toString())?.[1] ?? '')
  }
  t.is([...found].filter(id => id.startsWith(`${stem}-1-`)).length, 900)
})

eachServer('--all --format json is one array of the hits, in the library too', async (t, { url }) => {
  const index = uniqueName('array')
  await load(
    url,
    index,
    upTo(450).map(n => `{"n":${n}.0}`),
  )
  const cwd = configured(t, { aliases: { default: { node: url } } })
  const { status, stdout } = await esconn(['search', index, '--all', '--format', 'json', '--sort', 'n'], {
    cwd,
  })
  t.deepEqual([status, stdout.at(-1)], [0, '\n'])
  t.is(JSON.parse(stdout).length, 450)
  const lines = await esconn(['search', index, '--all', '--sort', 'n'], { cwd })
  t.is(lines.stdout.slice(0, -1).replaceAll('\n', ','), stdout.slice(1, -2))
  const empty = await esconn(['search', index, '--all', '--format', 'json', '--term', 'n=-1'], { cwd })
  t.is(empty.stdout, '[]\n')
  const connections = createConnections({ cwd })
  t.teardown(() => connections.close())
  const hits: string[] = []
  for await (const hit of connections.get('default').hits(index, { sort: 'n' }, { all: true, limit: 300 }))
    hits.push(hit.toString())
  t.deepEqual(hits, lines.stdout.split('\n').slice(0, 300))
})

eachServer('what is open is closed, also when the reader stops early', async (t, { url, kind }) => {
  const index = uniqueName('closed')
  await load(
    url,
    index,
    upTo(900).map(n => `{"n":${n}}`),
  )
  const open = async () => {
    const { text } = await request(url, `GET /${index}/_stats/search`)
    const { search } = JSON.parse(text)._all.total
    return kind === 'opensearch' ? search.point_in_time_current + search.scroll_current : search.open_contexts
  }
  const connections = createConnections({ config: { aliases: { default: { node: url } } } })
  t.teardown(() => connections.close())
  for (const body of [{}, { sort: 'n' }]) {
    for await (const _ of connections.get('default').hits(index, body, { all: true })) {
      t.is(await open(), 1)
      break
    }
    t.is(await open(), 0)
  }
})

const refuses = test.macro(async (t, argv: string[], ...stderr: string[]) => {
  const cwd = configured(t, { aliases: { default: { node: 'http://localhost:9' } } })
  t.deepEqual(await esconn(['search', 'i', ...argv], { cwd }), { status: 2, stdout: '', stderr })
})

test(
  '--limit alone',
  refuses,
  ['--limit', '5'],
  '--limit is for --all',
  '--size 5 is the number of hits of one response',
)
test(
  '--all --size',
  refuses,
  ['--all', '-n', '5'],
  '--all and --size cannot be used together',
  '--limit N ends after N hits',
)
test('--all --from', refuses, ['--all', '--from', '5'], '--all and --from cannot be used together')
test(
  '--all --search-after',
  refuses,
  ['--all', '--search-after', '[1]'],
  '--all and --search-after cannot be used together',
)
test(
  '--all --collapse',
  refuses,
  ['--all', '--collapse', 'a'],
  '--all and --collapse cannot be used together',
)
test(
  '--all --format response',
  refuses,
  ['--all', '--format', 'response'],
  '--all prints hits, and --format response does not',
)
test(
  '--all --format aggs',
  refuses,
  ['--all', '--format', 'aggs', '--body', '{"aggs":{}}'],
  '--all prints hits, and --format aggs does not',
)
test(
  '--all --dry-run',
  refuses,
  ['--all', '--dry-run'],
  '--all sends several requests',
  '--show-query prints the body',
)
test(
  '--all with aggregations',
  refuses,
  ['--all', '--body', '{"aggs":{}}'],
  'default: the body\'s "aggs" cannot be combined with reading all hits',
)

/** A cluster that answers requests for pages, and for the number of shards, by these scripts. */
function paging(pages: Script[], counts: Script[]): Script {
  let [page, counted] = [0, 0]
  return (socket, asked) => {
    if (asked.path.includes('/_pit?')) return reply({ id: 'a' })(socket, asked)
    if (asked.path === '/_pit') return reply({ succeeded: true })(socket, asked)
    if (asked.path === '/_search') return pages[page++]?.(socket, asked)
    return (counts[counted++] ?? answer())(socket, asked)
  }
}

test('the bytes of a sort stay, but for where documents without its first field go', async t => {
  const rows = [
    ['"n"', '{"n":{"missing":"_last"}}'],
    ['[ "_score" , "n" ]', '"_score","n"'],
    ['{"n":"desc"}', '{"n":{"order":"desc","missing":"_last"}}'],
    ['[{"n": {"order":"desc"}},"m"]', '{"n": {"order":"desc","missing":"_last"}},"m"'],
    ['{"n":{"missing":9007199254740993}}', '{"n":{"missing":9007199254740993}}'],
    ['[{"_geo_distance":{"unit":"km"}}]', '{"_geo_distance":{"unit":"km"}}'],
  ]
  for (const [sort, sent] of rows) {
    const { url, requests } = await raw(t, paging([answer()], []))
    const cwd = configured(t, { aliases: { default: { node: url } } })
    await esconn(['search', 'i', '--all', '--body', `{"sort":${sort}}`], { cwd })
    const { body = '' } = requests.find(({ path }) => path === '/_search') ?? {}
    t.true(body.includes(`"sort":[${sent},{"_shard_doc":"asc"},{"_index":`), body)
  }
})

const hit = (n: number) => `{"_index":"i","_id":"${n}","sort":[${n}]}`
const hits = (from: number, to: number) => upTo(to - from).map(n => hit(from + n))
const text = (from: number, to: number) =>
  hits(from, to)
    .map(line => `${line}\n`)
    .join('')

const reads = test.macro(
  async (
    t,
    pages: Script[],
    expected: { status: number; stdout: string; stderr?: RegExp; after?: string[] },
    counts: Script[] = [],
  ) => {
    const { url, requests } = await raw(t, paging(pages, counts))
    const cwd = configured(t, { aliases: { default: { node: url, retries: 0 } } })
    const { status, stdout, stderr } = await esconn(['search', 'i', '--all'], { cwd })
    t.deepEqual([status, stdout], [expected.status, expected.stdout])
    t.regex(stderr.join('\n'), expected.stderr ?? /^$/)
    const asked = requests
      .filter(({ path }) => path === '/_search')
      .map(({ body }) => /"search_after":(\[\d+\])/.exec(body)?.[1] ?? '')
    t.deepEqual(asked, expected.after ?? asked)
    const sent = (method: string, path: RegExp) =>
      requests.filter(one => one.method === method && path.test(one.path)).length
    t.is(sent('DELETE', /^\/_pit$/), sent('POST', /_pit\?/))
  },
)

const shards = (total: number) => ({ _shards: { total, successful: total, failed: 0 } })
const whole = (from: number, to: number) => answer(hits(from, to))
const PIT_LOST = {
  error: {
    root_cause: [{ type: 'search_context_missing_exception', reason: 'No search context found for id [1]' }],
  },
  status: 404,
}

const FAILED = { _shards: { total: 1, successful: 0, failed: 1 } }
test(
  'a page that breaks off after it said that a shard failed',
  reads,
  [
    fin(
      send(
        head(200, { 'content-type': 'application/json', 'transfer-encoding': 'chunked' }),
        chunk(found(hits(0, 5), FAILED).slice(0, -3)),
      ),
    ),
    whole(5, 10),
  ],
  { status: 3, stdout: text(0, 5), stderr: /^default: incomplete: 1 of 1 shards did not answer\n/ },
)
test(
  'a cluster that was skipped when the shards were counted',
  reads,
  [whole(0, 5)],
  {
    status: 3,
    stdout: text(0, 5),
    stderr: /^default: incomplete: 1 of 2 clusters did not answer in full/,
  },
  [answer([], { _clusters: { total: 2, successful: 1, skipped: 1 } })],
)
test('hits that cannot be continued after', reads, [answer(['{"_id":"1"}'])], {
  status: 8,
  stdout: '',
  stderr: /^default: a hit has no sort/,
})
test('pages follow each other until one is not full', reads, [whole(0, 200), whole(200, 210)], {
  status: 0,
  stdout: text(0, 210),
  after: ['', '[199]'],
})
test(
  'a page that breaks off: the next one goes on after its last hit',
  reads,
  [
    fin(
      send(
        head(200, { 'content-type': 'application/json', 'transfer-encoding': 'chunked' }),
        chunk(found(hits(0, 5)).slice(0, -3)),
      ),
    ),
    whole(5, 10),
  ],
  { status: 0, stdout: text(0, 10), after: ['', '[4]'] },
)
test('a point in time that is lost: what arrived, and 3', reads, [whole(0, 200), reply(PIT_LOST, 404)], {
  status: 3,
  stdout: text(0, 200),
  stderr:
    /^default: incomplete: the point in time was lost \(search_context_missing_exception: No search context found for id \[1\] \(404\)\)\n/,
})
const DISCONNECTED = { error: { type: 'node_disconnected_exception', reason: 'disconnected' }, status: 500 }
test(
  'a node that dies with its point in time: what arrived, and 3',
  reads,
  [whole(0, 200), reply(DISCONNECTED, 500)],
  {
    status: 3,
    stdout: text(0, 200),
    stderr:
      /^default: incomplete: the point in time was lost \(node_disconnected_exception: disconnected \(500\)\)\n/,
  },
)
test(
  'a point in time that is lost before it gave anything is opened anew',
  reads,
  [reply(PIT_LOST, 404), whole(0, 5)],
  {
    status: 0,
    stdout: text(0, 5),
  },
)
test(
  'a node that dies with its point in time before it gave anything: that is opened anew',
  reads,
  [reply(DISCONNECTED, 500), whole(0, 5)],
  { status: 0, stdout: text(0, 5) },
)
const BROKEN = { error: { type: 'null_pointer_exception', reason: 'x is null' }, status: 500 }
test('a 500 before any hit is the error of the cluster', reads, [reply(BROKEN, 500)], {
  status: 22,
  stdout: '',
  stderr: /^default: null_pointer_exception: x is null \(500\)$/,
})
test(
  'a shard that fails: what arrived, and 3',
  reads,
  [whole(0, 200), answer(hits(200, 400), { _shards: { total: 1, successful: 0, failed: 1 } })],
  { status: 3, stdout: text(0, 400), stderr: /^default: incomplete: 1 of 1 shards did not answer\n/ },
)
test(
  'a shard that is gone before its last page',
  reads,
  [answer(hits(0, 200), shards(1)), answer([], shards(0))],
  { status: 3, stdout: text(0, 200), stderr: /^default: incomplete: 1 of 1 shards are gone\n/ },
)
test(
  'a refused page ends the command',
  reads,
  [whole(0, 200), reply({ error: { type: 'x', reason: 'y' } }, 400)],
  {
    status: 22,
    stdout: text(0, 200),
    stderr: /^default: x: y \(400\)/,
  },
)

test(
  'an index that is deleted before its turn',
  reads,
  [answer([hit(0)], shards(1)), answer([], shards(0))],
  { status: 0, stdout: text(0, 1), after: ['', ''] },
  [answer([], shards(2)), answer([], shards(1))],
)

test('the library refuses what cannot be combined with reading all hits', async t => {
  const connections = createConnections({ config: { aliases: { default: { node: 'http://localhost:9' } } } })
  const hits = connections.get('default').hits('i', '{"from":1}', { all: true })
  const message = 'default: the body\'s "from" cannot be combined with reading all hits'
  await t.throwsAsync(hits.next(), { instanceOf: UsageError, message })
})

/** By a cluster that gives pages of 4 MB, and tells nothing else. */
const printsInMemory = test.macro(async (t, argv: string[], peak: number) => {
  const page = upTo(100).map(
    n => `{"_index":"i","_id":"${n}","_source":{"s":"${'x'.repeat(40_000)}"},"sort":[${n},0]}`,
  )
  let pages = 0
  const { url } = await raw(t, (socket, asked) => {
    if (asked.path.includes('/_pit?')) return reply({ id: 'a' })(socket, asked)
    if (asked.path.startsWith('/_resolve/')) return reply({ indices: [{ name: 'i' }] })(socket, asked)
    if (/_stats|_refresh|_search_shards/.test(asked.path)) return reply({}, 403)(socket, asked)
    if (asked.path !== '/_search') return answer()(socket, asked)
    const size = Number(/"size":(\d+)/.exec(asked.body)?.[1])
    return answer(pages++ < 60 ? Array.from({ length: size }, (_, n) => page[n % 100] ?? '') : [])(
      socket,
      asked,
    )
  })
  const cwd = configured(t, { aliases: { default: { node: url } } })
  const child = start(argv, { cwd, env: PEAK })
  let bytes = 0
  child.stdout?.on('data', chunk => {
    bytes += chunk.length
  })
  const { status, stderr } = await ended(child)
  t.is(status, 0, stderr)
  t.true(bytes > 240_000_000, `${bytes} bytes`)
  const used = Number(stderr.trimEnd().split('\n').at(-1)) / 1024
  t.true(used < peak, `${used} MiB`)
})

test('240 MB of pages are printed in constant memory', printsInMemory, ['search', 'i', '--all'], 140)
test('240 MB of pages are exported in constant memory', printsInMemory, ['export', 'i'], 140)
