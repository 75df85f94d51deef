import { writeFileSync } from 'node:fs'
import type { Socket } from 'node:net'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { COMMANDS } from '../../src/cli/command-list.ts'
import { authority, selfSigned } from '../support/certificates.ts'
import { configured } from '../support/configured.ts'
import { esconn, sink } from '../support/esconn.ts'
import {
  answer,
  chunk,
  fin,
  found,
  hang,
  head,
  JSON_TYPE,
  nobody,
  raw,
  reply,
  reset,
  type Script,
  send,
} from '../support/raw.ts'

const HIT = '{"_id":"1"}'
const SHARDS = { total: 3, successful: 3, skipped: 0, failed: 0 }

/** Runs a search at a node; its address is shown as NODE. */
async function search(t: ExecutionContext, node: string, ...argv: string[]) {
  const cwd = configured(t, { aliases: { default: { node } } })
  const { status, stdout, stderr } = await esconn(['search', 'entry', ...argv], { cwd })
  return { status, stdout, stderr: stderr.map(line => line.replaceAll(node, 'NODE')) }
}

interface ExpectedRun {
  status: number
  /** Default: none. */
  stdout?: string
  stderr?: string[]
  argv?: string[]
}

/** A row of the table: what a server does, and how a search ends. */
const ends = test.macro(
  async (t, script: Script, { status, stdout = '', stderr = [], argv = [] }: ExpectedRun) => {
    const { url } = await raw(t, script)
    t.deepEqual(await search(t, url, ...argv), { status, stdout, stderr })
  },
)

const ALL = `${HIT}\n`
const PARTIAL = 'what arrived was printed; with --allow-partial this is not a failure'
const ADDRESS =
  'check `node` of the alias: the server at that address is neither Elasticsearch nor OpenSearch'
const incomplete = (reason: string): ExpectedRun => ({
  status: 3,
  stdout: ALL,
  stderr: [`default: incomplete: ${reason}`, PARTIAL],
})
const error = (type: string, reason: string) => ({ error: { root_cause: [{ type, reason }], type, reason } })

test('0: complete', ends, answer([HIT]), { status: 0, stdout: ALL })
test('1: no hit, with -e', ends, answer([]), { status: 1, argv: ['-e'] })
test('0: a hit, with -e', ends, answer([HIT]), { status: 0, stdout: ALL, argv: ['-e'] })

test(
  '3: a shard failed',
  ends,
  answer([HIT], { _shards: { ...SHARDS, successful: 2, failed: 1 } }),
  incomplete('1 of 3 shards did not answer'),
)
test(
  '3: a shard has no copy',
  ends,
  answer([HIT], { _shards: { ...SHARDS, successful: 2 } }),
  incomplete('1 of 3 shards did not answer'),
)
test(
  '3: timed out',
  ends,
  answer([HIT], { timed_out: true }),
  incomplete('the search timed out on the cluster'),
)
test(
  '3: a cluster was skipped',
  ends,
  answer([HIT], { _clusters: { total: 2, successful: 1, skipped: 1 } }),
  incomplete('1 of 2 clusters did not answer in full'),
)
test(
  '3: a cluster that is not successful, without a word why',
  ends,
  answer([HIT], { _clusters: { total: 3, successful: 1, skipped: 0 } }),
  incomplete('2 of 3 clusters did not answer in full'),
)
test(
  '3: a cluster that is partial only in its details',
  ends,
  answer([HIT], {
    _clusters: {
      total: 2,
      successful: 2,
      skipped: 0,
      details: { a: { status: 'successful' }, b: { status: 'partial' } },
    },
  }),
  incomplete('1 of 2 clusters did not answer in full (b: partial)'),
)
test(
  '8: a count of shards that is there twice',
  ends,
  reply(
    '{"timed_out":false,"_shards":{"total":2,"successful":1,"failed":0,"successful":2},"hits":{"hits":[]}}',
  ),
  {
    status: 8,
    stderr: [
      'default: the reply is not an Elasticsearch search response: its _shards has two members of one name',
    ],
  },
)
test('3: ended early, as requested', ends, answer([HIT], { terminated_early: true }), {
  ...incomplete('terminate_after ended the search early'),
  argv: ['--body', '{"terminate_after":1}'],
})
test('0: terminated_early that was not requested', ends, answer([HIT], { terminated_early: true }), {
  status: 0,
  stdout: ALL,
})
test('0: incomplete, but allowed', ends, answer([HIT], { timed_out: true }), {
  status: 0,
  stdout: ALL,
  stderr: ['default: incomplete: the search timed out on the cluster'],
  argv: ['--allow-partial'],
})

test('4: 401', ends, reply(error('security_exception', 'missing authentication credentials'), 401), {
  status: 4,
  stderr: [
    'default: security_exception: missing authentication credentials (401)',
    'add `auth` to the alias: it has none',
  ],
})
test('4: 403 of something else', ends, reply('<html>no</html>', 403), {
  status: 4,
  stderr: [
    'default: access denied (403)',
    'a proxy or firewall in front of the cluster refused the request: ask those who run it',
  ],
})

test(
  '22: a reason of 20 MB, shortened',
  ends,
  reply({ error: { type: 'a', reason: 'x'.repeat(20_000_000) } }, 400),
  {
    status: 22,
    stderr: [`default: a: ${'x'.repeat(497)}… (400)`],
  },
)
test('22: 413 tells the size', ends, reply('', 413), {
  status: 22,
  stderr: ['default: the request is too large (413)'],
})

test('8: HTML', ends, reply('<html></html>'), {
  status: 8,
  stderr: ['default: the reply is not an Elasticsearch search response: it is not a JSON object'],
})
test('8: other JSON', ends, reply({ ok: true }), {
  status: 8,
  stderr: ['default: the reply is not an Elasticsearch search response: it has no hits.hits'],
})
test('8: a redirect is not followed', ends, reply('', 302, { location: 'http://127.0.0.1:1/' }), {
  status: 8,
  stderr: [
    'default: the reply is a redirect to http://127.0.0.1:1/; redirects are not followed (302)',
    ADDRESS,
  ],
})
test('8: 404 of something else', ends, reply('<html>Not Found</html>', 404), {
  status: 8,
  stderr: ['default: the reply is not from Elasticsearch or OpenSearch (404)', ADDRESS],
})
test('8: not HTTP', ends, send('SSH-2.0-OpenSSH_9.6\r\n'), {
  status: 8,
  stderr: [
    'default: NODE: the reply is not HTTP',
    'check `node` of the alias: its port may be the transport port, or https:// may be needed',
  ],
})
test('8: invalid JSON in the middle, after whole lines', ends, reply(found([HIT, '{"a":"\n"}'])), {
  status: 8,
  stdout: '',
  stderr: ['default: the reply is not an Elasticsearch search response: a control character in a string'],
})

const CUT_AT = found([HIT, '{"_id":"2"}']).indexOf('"2"')
const half = found([HIT, '{"_id":"2"}']).slice(0, CUT_AT)

test('18: a body cut short', ends, fin(send(head(200, { ...JSON_TYPE, 'content-length': 9999 }), half)), {
  status: 18,
  stdout: ALL,
  stderr: ['default: NODE: the reply ended early'],
})
test(
  '18: a chunked body cut short',
  ends,
  fin(send(head(200, { 'transfer-encoding': 'chunked' }), chunk(half))),
  {
    status: 18,
    stdout: ALL,
    stderr: ['default: NODE: the reply ended early'],
  },
)
test('18: JSON that ends early', ends, reply(half), {
  status: 18,
  stdout: ALL,
  stderr: ['default: the reply ended early, in the middle of its JSON'],
})

test('8: an empty reply', ends, reply(''), {
  status: 8,
  stderr: ['default: the reply is not an Elasticsearch search response: it is empty'],
})
test('8: partial content', ends, reply(found([HIT]), 206), {
  status: 8,
  stderr: ['default: the reply is not from Elasticsearch or OpenSearch (206)', ADDRESS],
})
test(
  '0: aggregations are not hits, and a message says so',
  ends,
  reply(found([HIT]).replace('{', '{"aggregations":{},')),
  {
    status: 0,
    stdout: ALL,
    stderr: [
      'default: the response also contains aggregations: --format response prints everything, --format aggs the aggregations',
    ],
  },
)

test('22: the cluster refuses', ends, reply(error('parsing_exception', 'unknown query [x]'), 400), {
  status: 22,
  stderr: ['default: parsing_exception: unknown query [x] (400)'],
})
test('22: 500', ends, reply(error('boom_exception', 'why not'), 500), {
  status: 22,
  stderr: ['default: boom_exception: why not (500)'],
})

test('28: no answer', ends, hang, {
  status: 28,
  stderr: [
    'default: NODE: no answer within 200ms',
    'is the node overloaded, or a firewall in between? --timeout, or `timeout` of the alias, allows more time',
  ],
  argv: ['--timeout', '200ms'],
})
test('28: a pause in the middle', ends, send(head(200, { 'content-length': 9999 }), half), {
  status: 28,
  stdout: ALL,
  stderr: ['default: NODE: the reply stalled: no data for 5s'],
  argv: ['--timeout', '5s'],
})
test('28: --max-time', ends, hang, {
  status: 28,
  stderr: ['default: not done within --max-time 200ms'],
  argv: ['--max-time', '200ms'],
})
test('28: 408', ends, reply('', 408), {
  status: 28,
  stderr: [
    'default: the cluster timed out (408)',
    'the cluster may be overloaded; request less, or try again later',
  ],
})

test('56: a reset in the middle', ends, reset(send(head(200, { 'content-length': 9999 }), half)), {
  status: 56,
  stdout: ALL,
  stderr: ['default: NODE: the connection broke (ECONNRESET)'],
})

test('63: too large', ends, reply(found(Array(50).fill(HIT))), {
  status: 63,
  stderr: [
    'default: NODE: the reply is larger than 100B',
    'allow more with --max-size, or request fewer or smaller hits (--size)',
  ],
  argv: ['--max-size', '100'],
})

test('75: Retry-After is too long', ends, reply('', 503, { 'retry-after': '120' }), {
  status: 75,
  stderr: [
    'default: the cluster is overloaded or unavailable (503)',
    'the server asks for a wait of 2m before the next request',
  ],
})

test('2: usage', async t => {
  const rows: [string[], string[]][] = [
    [
      [],
      ['a command is missing', `commands: ${COMMANDS.map(({ name }) => name).join(', ')}; see esconn --help`],
    ],
    [['serach'], ["unknown command 'serach'", 'did you mean `search`?']],
    [['search'], ["missing required argument 'name'", 'see esconn search --help']],
    [
      ['search', 'a', '--szie', '1'],
      ["unknown option '--szie'", 'did you mean `--size`?'],
    ],
    [
      ['count', 'a', '--size=1'],
      ["unknown option '--size=1'", '--size is an option of search; see esconn count --help'],
    ],
    [
      ['-e', 'count', 'a'],
      ["unknown option '-e'", '-e is an option of search, count; see esconn count --help'],
    ],
    [
      ['search', 'logs-1', 'logs-2'],
      [
        "too many arguments for 'search'. Expected 1 argument but got 2.",
        "quote words that belong together, and patterns such as 'logs-*', which the shell expands; see esconn search --help",
      ],
    ],
    [
      ['search', '-old-*'],
      ["unknown option '-old-*'", "if it is a name: esconn search -- '-old-*'"],
    ],
    [
      ['ping', 'logs'],
      [
        "too many arguments for 'ping'. Expected 0 arguments but got 1.",
        'if it is an alias, name it with -a; see esconn ping --help',
      ],
    ],
    [['ping', '-a', 'default,'], ['the name of an alias is blank']],
    [['search', 'a', '-a', ' '], ['the name of an alias is blank']],
    [['search', 'a', '--size', '-1'], ['--size -1: must be 0 or greater']],
    [
      ['search', 'a', '--timeout', '3'],
      ['--timeout 3: not a duration', 'the unit is missing: --timeout 3s'],
    ],
    [
      ['search', 'a', '--max-size', 'big'],
      ['--max-size big: not a size', 'for example: 100MB, 2GiB'],
    ],
    [
      ['search', 'a', '--term', 'text'],
      ['--term text: expected field=value', 'for example: --term level=error'],
    ],
    [
      ['search', 'a', '--format', 'xml'],
      [
        "option '--format <format>' argument 'xml' is invalid. Allowed choices are ndjson, pretty, json, response, source, ids, csv, tsv, table, aggs.",
        'see esconn search --help',
      ],
    ],
  ]
  for (const [argv, stderr] of rows) {
    const cwd = configured(t, { aliases: { default: { node: 'http://localhost:9' } } })
    t.deepEqual(await esconn(argv, { cwd }), { status: 2, stdout: '', stderr })
  }
})

test('2: not an index name', async t => {
  const cwd = configured(t, { aliases: { default: { node: 'http://localhost:9' } } })
  const { status, stderr } = await esconn(['search', '_cat/indices'], { cwd })
  t.is(status, 2)
  t.is(stderr[0], 'default: "_cat/indices" is not an index name')
})

test('6: host name not found', async t => {
  t.deepEqual(await search(t, 'http://name.invalid:9200'), {
    status: 6,
    stdout: '',
    stderr: ['default: NODE: host name not found', 'check the host name in `node` of the alias'],
  })
})

test('7: connection refused', async t => {
  t.deepEqual(await search(t, await nobody()), {
    status: 7,
    stdout: '',
    stderr: [
      'default: NODE: connection refused',
      'is the cluster running, and is `node` of the alias its address?',
    ],
  })
})

test('35: TLS with a node that speaks plain HTTP', async t => {
  const greet = (socket: Socket) => socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))
  const { url } = await raw(t, hang, { greet })
  const { status, stderr } = await search(t, url.replace('http:', 'https:'))
  t.is(status, 35)
  t.deepEqual(stderr, [
    'default: NODE: the server does not speak TLS',
    'if the node speaks plain HTTP, write http:// in `node` of the alias',
  ])
})

test('60: the certificate is not trusted', async t => {
  const { issue } = await authority()
  const identities = {
    'the certificate is self-signed': await selfSigned(),
    'unknown certificate authority': await issue(),
  }
  for (const [reason, tls] of Object.entries(identities)) {
    const { url } = await raw(t, answer([HIT]), { tls })
    const { status, stdout, stderr } = await search(t, url)
    t.deepEqual([status, stdout], [60, ''])
    const top = 'the top of the presented chain is CN=esconn test node, SHA-256 '
    t.regex(stderr[0] ?? '', new RegExp(`^default: NODE: ${reason}; ${top}[\\da-f]{64}$`))
  }
})

test('60: expired, or for another host, although its authority is trusted', async t => {
  const { issue, pem } = await authority()
  const identities: [RegExp, Awaited<ReturnType<typeof issue>>][] = [
    [/the certificate has expired \(CN=/, await issue({ until: new Date(Date.now() - 1000) })],
    [
      /the certificate is not for 127\.0\.0\.1 but for other\.example$/,
      await issue({ host: 'other.example' }),
    ],
  ]
  for (const [reason, tls] of identities) {
    const { url } = await raw(t, answer([HIT]), { tls })
    const env = { ESCONN_CONFIG: `${trusting(t, url, pem)}/.esconnrc` }
    const { status, stderr } = await esconn(['search', 'entry'], { env })
    t.is(status, 60)
    t.regex(stderr[0] ?? '', reason)
  }
})

test('0: a trusted authority, or no verification', async t => {
  const { issue, pem } = await authority()
  const { url } = await raw(t, answer([HIT]), { tls: await issue() })
  t.is(
    (
      await esconn(['search', 'entry'], {
        cwd: '/',
        env: { ESCONN_CONFIG: `${trusting(t, url, pem)}/.esconnrc` },
      })
    ).stdout,
    ALL,
  )
  const cwd = configured(t, { aliases: { default: { node: url, tls: { verify: false } } } })
  t.is((await esconn(['search', 'entry'], { cwd })).stdout, ALL)
})

test('66: a body that is missing or malformed', async t => {
  const cwd = configured(t, { aliases: { default: { node: 'http://localhost:9' } } })
  const rows: [string, string][] = [
    ['@absent.json', `${cwd}/absent.json cannot be read (no such file)`],
    ['{"query":', 'the body is not valid JSON: line 1, column 10: it ends too early'],
  ]
  for (const [body, message] of rows) {
    t.deepEqual(await esconn(['search', 'a', '--body', body], { cwd }), {
      status: 66,
      stdout: '',
      stderr: [message],
    })
  }
  t.is((await esconn(['search', 'a', '--body', '-'], { cwd, stdin: '{' })).status, 66)
  t.deepEqual((await esconn(['search', 'a', '--body', 'b.json'], { cwd })).stderr, [
    '--body b.json: not a JSON object',
    'a file is written @file, and standard input -',
  ])
})

test('70: an internal error', async t => {
  const { url } = await raw(t, answer([HIT]))
  const cwd = configured(t, { aliases: { default: { node: url } } })
  const stdout = Object.defineProperty(sink([]), 'isTTY', {
    get: () => {
      throw new TypeError('broken on purpose')
    },
  })
  const { status, stderr } = await esconn(['search', 'entry'], { cwd, stdout })
  t.is(status, 70)
  t.is(stderr[0], 'internal error: broken on purpose')
})

test('78: configuration', async t => {
  const cwd = configured(t, 'aliases:\n  default: { node: http://localhost:9, tiemout: 3s }\n')
  const rows: [string[], string][] = [
    [['ping'], `${cwd}/.esconnrc:2:40: aliases.default.tiemout: unknown key`],
    [['ping', '--config', '/absent'], '/absent: no such file'],
  ]
  for (const [argv, message] of rows) {
    const { status, stdout, stderr } = await esconn(argv, { cwd })
    t.deepEqual([status, stdout], [78, ''])
    t.true(stderr[0]?.startsWith(message), stderr[0])
  }
})

/** A directory whose configuration trusts an authority. */
function trusting(t: ExecutionContext, node: string, ca: string): string {
  const cwd = configured(t, { aliases: { default: { node, tls: { ca: 'ca.pem' } } } })
  writeFileSync(join(cwd, 'ca.pem'), ca)
  return cwd
}
