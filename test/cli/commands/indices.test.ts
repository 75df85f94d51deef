import test, { type ExecutionContext } from 'ava'
import { load, request } from '../../cluster/request.ts'
import { onServers, uniqueName } from '../../cluster/servers.ts'
import { configured } from '../../support/configured.ts'
import { esconn } from '../../support/esconn.ts'
import { raw, reply, type Script } from '../../support/raw.ts'

const eachServer = onServers(test)

/** `esconn indices` with the server as its alias `default`. */
function listing(t: ExecutionContext, url: string, indices: Record<string, unknown> = {}) {
  const cwd = configured(t, { aliases: { default: { node: url, indices } } })
  return (argv: string[] = [], columns = 0) => esconn(['indices', ...argv], { cwd, columns })
}

const HEADER = 'index\thealth\tstatus\tdocs\tsize\taliases\tdata_stream'

/** The rows of a list without what differs from run to run: health and size. */
const steady = (stdout: string) =>
  stdout
    .split('\n')
    .slice(0, -1)
    .map(line => line.split('\t'))
    .map(([index, , status, docs, , aliases, stream]) => [index, status, docs, aliases, stream].join(' '))

eachServer('indices with their aliases; hidden ones where the pattern names them', async (t, { url }) => {
  const stem = uniqueName('listed')
  const [one, two, shut, hidden, dot] = ['one', 'two', 'shut', 'hidden']
    .map(name => `${stem}-${name}`)
    .concat(`.${stem}`)
  const isHidden = { settings: { 'index.hidden': true } }
  await request(url, `PUT /${one}`, { aliases: { [`${stem}-a`]: {}, [`${stem}-b`]: {} } })
  await request(url, `PUT /${two}`, { aliases: { [`${stem}-a`]: {} } })
  await request(url, `PUT /${hidden}`, isHidden)
  await request(url, `PUT /${dot}`, isHidden)
  await load(url, one as string, ['{"n":1}', '{"n":2}', '{"n":3}'])
  await request(url, `PUT /${shut}?wait_for_active_shards=1`)
  await request(url, `POST /${shut}/_close`)
  await request(url, `GET /_cluster/health/${shut}?wait_for_status=yellow&timeout=30s`) // it is red while it closes
  const list = listing(t, url, { entry: `${stem}-*`, odd: { index: one, query: { term: { n: 1 } } } })
  const [first, second] = [`${one} open 3 ${stem}-a,${stem}-b `, `${two} open 0 ${stem}-a `]
  const rows: [string, string[]][] = [
    ['entry', [first, `${shut} close   `, second]],
    ['odd', [first]],
    [`${stem}-a`, [first, second]],
    [hidden as string, [`${hidden} open 0  `]],
    [`.${stem}*`, [`${dot} open 0  `]],
    [`${stem}-x*`, []],
  ]
  for (const [pattern, expected] of rows) {
    const { status, stdout, stderr } = await list([pattern, '--no-header'])
    t.deepEqual([status, steady(stdout).sort()], [0, expected], pattern)
    t.deepEqual(stderr, expected.length > 0 ? [] : [`default: ${pattern} matches no index`])
  }
  const inPipe = await list(['entry'])
  t.regex(inPipe.stdout, new RegExp(`^${HEADER}\n${one}\t(?:green|yellow)\topen\t3\t\\d+\t`))
  const onTerminal = await list(['entry', '--color', 'never'], 200)
  t.regex(onTerminal.stdout, /^index +health +status +docs +size +aliases +data_stream\n/)
  t.regex(onTerminal.stdout, new RegExp(`\n?${one} +(?:green|yellow) +open +3 +[\\d.]+(?:Ki)?B +${stem}-a`))
  const json = await list([shut as string, '--format', 'json'])
  t.is(json.stdout, (await request(url, `GET /_cat/indices/${shut}?format=json&bytes=b&s=index`)).text)
  const all = JSON.parse((await list(['--format', 'json'])).stdout).map(
    ({ index }: { index: string }) => index,
  )
  t.deepEqual(
    all.filter((index: string) => index.includes(stem)),
    [one, shut, two],
  )
  const absent = await list(['entyr'])
  t.deepEqual([absent.status, absent.stdout, absent.stderr[1]], [22, '', 'did you mean `entry`?'])
})

eachServer('the indices of a data stream', async (t, { url }) => {
  const stream = uniqueName('stream')
  const template = { index_patterns: [stream], data_stream: {}, priority: 1000 }
  const { status, text } = await request(url, `PUT /_index_template/${stream}`, template)
  if (/unknown field \[data_stream\]/.test(text)) {
    t.log('this archive of Elasticsearch has no data streams')
    t.pass()
    return
  }
  t.is(status, 200, text)
  await request(url, `POST /${stream}/_doc?refresh=true`, { '@timestamp': '2026-11-27' })
  const list = listing(t, url)
  for (const pattern of [stream, 'stream-*', '.ds-stream-*']) {
    const { stdout } = await list([pattern])
    const rows = steady(stdout).filter(row => row.includes(stream))
    t.regex(rows.join('\n'), new RegExp(`^\\.ds-${stream}-\\S+ open 1  ${stream}$`), pattern)
  }
  t.true((await list(['--format', 'json'])).stdout.includes(`".ds-${stream}-`))
})

const CAT = [
  { index: 'a\u001b[2J', health: 'red', status: 'open', 'docs.count': null, 'store.size': null },
  {
    index: 'b',
    health: 'green',
    status: 'open',
    'docs.count': '9007199254740993',
    'store.size': '9007199254740993',
  },
]
const RESOLVED = { indices: [{ name: 'b', aliases: ['x', 'y'] }] }

/** Answers the list of indices, and the request for what they belong to. */
const cluster =
  (cat: unknown, resolved: Script): Script =>
  (socket, request) =>
    (request.path.startsWith('/_cat/') ? reply(cat) : resolved)(socket, request)

test('numbers keep their digits, what is missing is empty, and control characters do not reach a terminal', async t => {
  const { url } = await raw(t, cluster(CAT, reply(RESOLVED)))
  const list = listing(t, url)
  t.is(
    (await list()).stdout,
    `${HEADER}\na\\u001b[2J\tred\topen\t\t\t\t\nb\tgreen\topen\t9007199254740993\t9007199254740993\tx,y\t\n`,
  )
  t.is(
    (await list(['--color', 'never'], 80)).stdout,
    [
      'index       health  status              docs    size  aliases  data_stream',
      'a\\u001b[2J  red     open',
      'b           green   open    9007199254740993  8.0PiB  x,y',
      '',
    ].join('\n'),
  )
})

test('a terminal that is too narrow', async t => {
  const { url } = await raw(t, cluster(CAT, reply(RESOLVED)))
  const { stdout, stderr } = await listing(t, url)(['--color', 'never'], 40)
  t.true(
    stdout.split('\n').every(line => line.length <= 40),
    stdout,
  )
  t.deepEqual(stderr, [
    'default: the terminal is too narrow for size, aliases, data_stream; --format tsv prints all columns',
  ])
})

test('a cluster that refuses to say what indices belong to: the others are printed, and 3', async t => {
  const error = { type: 'security_exception', reason: 'no permissions for [indices:admin/resolve/index]' }
  const { url } = await raw(t, cluster(CAT.slice(1), reply({ error, status: 403 }, 403)))
  const list = listing(t, url)
  const { status, stdout, stderr } = await list(['--no-header'])
  t.deepEqual([status, stdout], [3, 'b\tgreen\topen\t9007199254740993\t9007199254740993\t\t\n'])
  t.is(
    stderr[0],
    'default: incomplete: aliases and data streams are left out: security_exception: no permissions for [indices:admin/resolve/index] (403)',
  )
  t.is((await list(['--allow-partial'])).status, 0)
  const json = await list(['--format', 'json'])
  t.deepEqual([json.status, json.stdout], [0, JSON.stringify(CAT.slice(1))])
})

test('more names than a request line can hold', async t => {
  const many = Array.from({ length: 200 }, (_, at) => ({ index: `a-long-name-${at}` }))
  const { url, requests } = await raw(t, cluster(many, reply(RESOLVED)))
  t.is((await listing(t, url)()).status, 0)
  t.deepEqual(
    requests.map(({ path }) => path),
    [
      '/_cat/indices/*,-.*,.ds-*,-.ds-.*?format=json&bytes=b&s=index',
      '/_resolve/index/*?expand_wildcards=all',
    ],
  )
})

const isForeign = test.macro(async (t, cat: unknown, resolved: unknown, what: string) => {
  const { url } = await raw(t, cluster(cat, reply(resolved)))
  const { status, stdout, stderr } = await listing(t, url)()
  t.deepEqual([status, stdout, stderr[0]?.replace(url, 'NODE')], [8, '', `default: ${what}`])
})
test('an object instead of the list: 8', isForeign, {}, RESOLVED, 'NODE: the reply is not a JSON array')
test(
  'a row without a name: 8',
  isForeign,
  [{}],
  RESOLVED,
  'the reply to /_cat/indices has a row without an index',
)
test(
  'what is no resolved index: 8',
  isForeign,
  CAT,
  { indices: 1 },
  'NODE: the reply to /_resolve/index does not list indices',
)
