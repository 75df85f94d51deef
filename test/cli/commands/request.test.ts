import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import test from 'ava'
import { onServers, uniqueName } from '../../cluster/servers.ts'
import { configured } from '../../support/configured.ts'
import { esconn, sink } from '../../support/esconn.ts'
import { staysFlat } from '../../support/flat.ts'
import { fin, head, JSON_TYPE, type RawRequest, raw, reply, type Script, send } from '../../support/raw.ts'
import { type Recorder, recorder } from '../../support/recorder.ts'
import { type TableCall, tableCalls } from './_request-calls.ts'

const eachServer = onServers(test)

/** Runs the command line; standard output as bytes. */
async function run(cwd: string, argv: readonly string[], stdin?: string) {
  const written: Buffer[] = []
  const { status, stderr } = await esconn(['request', ...argv], {
    cwd,
    stdout: sink(written),
    ...(stdin === undefined ? {} : { stdin }),
  })
  return { status, stdout: Buffer.concat(written), stderr }
}

/** A reply as a server sent it: its status, and its body out of the framing of HTTP. */
function decode(received: Buffer, method: string): { status: number; body: Buffer } {
  const end = received.indexOf('\r\n\r\n')
  const head = received.toString('latin1', 0, end)
  const framed = received.subarray(end + 4)
  const body = /^transfer-encoding: chunked/im.test(head) ? unchunked(framed) : framed
  return { status: Number(head.slice(9, 12)), body: method === 'HEAD' ? Buffer.alloc(0) : body }
}

function unchunked(framed: Buffer): Buffer {
  const parts: Buffer[] = []
  for (let at = 0; ; ) {
    const start = framed.indexOf('\r\n', at) + 2
    const size = Number.parseInt(framed.toString('latin1', at, start), 16)
    if (start < 2 || size === 0) return Buffer.concat(parts)
    parts.push(framed.subarray(start, start + size))
    at = start + size + 2
  }
}

/** What a call ends with, by the status of its reply. */
function exitOf(status: number): number {
  if (status < 300) return 0
  return { 401: 4, 403: 4, 408: 28, 429: 75, 503: 75 }[status] ?? 22
}

/** A text without what is never the same twice: times, and ids that the server makes. */
const normalized = (text: string): string =>
  text
    .replace(/("?(?:took|_primary_term)"?\s*:\s*)\d+/g, '$1N') // a closed index gets another term when it opens
    .replace(/(?<![\w-])(?=[\w-]*[A-Z])(?=[\w-]*[a-z])[\w-]{20,22}(?![\w-])/g, 'ID')
    .replace(/\b\d{13}\b/g, 'TIME')

async function curl({ method, path, body }: TableCall, url: string): Promise<string> {
  const type = /_bulk|_msearch/.test(path) ? 'application/x-ndjson' : 'application/json'
  const sent = body === undefined ? [] : ['-H', `content-type: ${type}`, '--data-binary', body]
  const line = method === 'HEAD' ? ['-I', '-o', '/dev/null'] : ['-X', method]
  const { stdout } = await promisify(execFile)(
    'curl',
    ['-gsS', '--path-as-is', ...line, ...sent, url + path.replace(/[^!-~]/g, encodeURIComponent)],
    {
      maxBuffer: 2 ** 30,
    },
  )
  return stdout
}

/** What is wrong with a call by the command: its bytes, its exit status, or that curl gets something else. */
async function mistakesOf(
  call: TableCall,
  cwd: string,
  proxy: Recorder,
  curls: Promise<string>,
): Promise<string[]> {
  const { method, path, body, exit } = call
  const { status, stdout } = await run(
    cwd,
    [method, path, ...(body === undefined ? [] : ['--body', '-'])],
    body,
  )
  const arrived = decode(proxy.received(), method)
  const ours = stdout.toString()
  const theirs = await curls
  const isSame = call.isVolatile ? (ours === '') === (theirs === '') : normalized(ours) === normalized(theirs)
  const expected = exit ?? exitOf(arrived.status)
  return [
    stdout.equals(arrived.body) ? [] : 'other bytes than those that arrived',
    status === expected ? [] : `exit ${status}, not ${expected}`,
    isSame ? [] : `not what curl gets: ${theirs}`,
  ]
    .flat()
    .map(what => `${method} ${path} ${body ?? ''}: ${what}: ${arrived.status} ${ours}`)
}

eachServer(
  'more than 300 calls print the very bytes that arrived, and what curl gets',
  async (t, { url }) => {
    const proxy = await recorder(t, url)
    const cwd = configured(t, { aliases: { default: { node: proxy.url, retries: 0 } } })
    const name = uniqueName('calls')
    const calls = tableCalls(`${name}-a`)
    const mistakes: string[] = []
    for (const [at, same] of tableCalls(`${name}-b`).entries()) {
      const theirs = curl(same, url).then(text => text.replaceAll(`${name}-b`, `${name}-a`))
      mistakes.push(...(await mistakesOf(calls[at] as TableCall, cwd, proxy, theirs)))
    }
    t.true(calls.length > 300)
    t.deepEqual(mistakes, [])
  },
)

eachServer('other forms than JSON', async (t, { url }) => {
  const proxy = await recorder(t, url)
  const cwd = configured(t, { aliases: { default: { node: proxy.url } } })
  for (const [accept, type] of [
    ['application/yaml', /^content-type: application\/yaml/m],
    ['application/cbor', /^content-type: application\/cbor/m],
    ['application/smile', /^content-type: application\/smile/m],
  ] as const)
    for (const [path, exit] of [
      ['/_cluster/settings', 0],
      ['/_alias/none', 22],
      ['/none/_search', 22],
    ] as const) {
      const { status, stdout, stderr } = await run(cwd, ['GET', path, '-H', `Accept: ${accept}`])
      t.is(status, exit, `${accept} ${path} ${stderr}`)
      t.regex(proxy.received().toString(), type)
      t.deepEqual(stdout, decode(proxy.received(), 'GET').body)
    }
})

eachServer('a body of any size is sent while it is read', async (t, { url }) => {
  const index = uniqueName('streamed')
  const cwd = configured(t, { aliases: { default: { node: url }, zipped: { node: url, compression: true } } })
  const lines = `{"index":{}}\n{"s":"${'x'.repeat(100_000)}"}\n`.repeat(30)
  writeFileSync(join(cwd, 'lines.ndjson'), lines)
  const target = `/${index}/_bulk?refresh&filter_path=errors`
  const rows: [argv: string[], stdin?: string][] = [
    [['post', target, '--body', '@lines.ndjson']],
    [['POST', target.slice(1), '--body', '-'], lines],
    [['POST', target, '--body', '@lines.ndjson', '-a', 'zipped']],
  ]
  for (const [argv, stdin] of rows) {
    const { status, stdout, stderr } = await run(cwd, argv, stdin)
    t.deepEqual([status, String(stdout), stderr], [0, '{"errors":false}', []])
  }
  const counted = await run(cwd, ['GET', `/${index}/_count?filter_path=count`])
  t.is(String(counted.stdout), '{"count":90}')
})

eachServer('a name of the alias is not one of the cluster', async (t, { url }) => {
  const indices = { entry: 'blog-entries', same: 'same' }
  const cwd = configured(t, { aliases: { default: { node: url, indices } } })
  for (const [path, advice] of [
    ['/entry/_search', "request takes the cluster's names: `entry` is `blog-entries` here"],
    ['/same/_search', undefined],
    ['/other/_search', undefined],
  ] as const)
    t.is((await run(cwd, ['GET', path])).stderr[1], advice)
})

eachServer('a readonly alias', async (t, { url }) => {
  const cwd = configured(t, { aliases: { default: { node: url, readonly: true } } })
  writeFileSync(join(cwd, 'long.json'), `{"size":0,"ext":{}${' '.repeat(2 ** 20)}}`)
  const rows: [argv: string[], status: number, what?: string][] = [
    [['GET', '/_cat/health'], 0],
    [['POST', '/nothing-*/_search', '--body', '@long.json'], 0],
    [['PUT', '/x'], 4, 'PUT /x is refused'],
    [['POST', '/_bulk', '--body', '{}'], 4, 'POST /_bulk is refused'],
    [['POST', '/_async_search', '--body', '@long.json'], 4, 'POST /_async_search with this body is refused'],
  ]
  for (const [argv, expected, what = ''] of rows) {
    const { status, stdout, stderr } = await run(cwd, argv)
    t.is(status, expected, argv.join(' '))
    t.is(stderr[0]?.split(':')[1]?.trim() ?? '', what)
    if (expected === 4) t.is(stdout.length, 0)
  }
})

/** What a raw server received for these words. */
const sends = test.macro(async (t, argv: string[], expected: object, prefix = '') => {
  const { url, requests } = await raw(t, reply({}))
  const cwd = configured(t, { aliases: { default: { node: url + prefix, headers: { 'X-Team': 'a' } } } })
  t.is((await run(cwd, argv)).status, 0)
  const { method, path, headers, body } = requests[0] as RawRequest
  t.like({ method, path, body, type: headers['content-type'], ...headers }, expected)
})
test('the query as typed', sends, ['GET', '/_cat/indices?v&s=a+b%20c&h=%2a,;x&&=y'], {
  path: '/_cat/indices?v&s=a+b%20c&h=%2a,;x&&=y',
})
test(
  'a path without its slash, below that of the node',
  sends,
  ['get', '_search?v'],
  { path: '/es/_search?v', method: 'GET' },
  '/es/',
)
test('what a URL cannot contain', sends, ['GET', '/<a-{now%2Fd}>,é b/"|^`\\[]😀?q="a b"&p=100%'], {
  path: '/%3Ca-%7Bnow%2Fd%7D%3E,%C3%A9%20b/%22%7C%5E%60%5C%5B%5D%F0%9F%98%80?q=%22a%20b%22&p=100%25',
})
test('a body with GET', sends, ['GET', '/_search', '--body', '{"a":1.0}'], {
  body: '{"a":1.0}',
  type: 'application/json',
})
test('an array as body', sends, ['POST', '/_x', '--body', ' [1.0]'], { body: ' [1.0]' })
test('a PATCH', sends, ['PATCH', '/_plugins/_security/api/roles', '--body', '[]'], { method: 'PATCH' })
for (const path of [
  '/_bulk',
  '/a/_bulk?refresh',
  '/_msearch',
  '/a,b/_msearch/template',
  '/_monitoring/bulk?x',
])
  test(`lines of JSON to ${path}`, sends, ['POST', path, '--body', '{}\n'], { type: 'application/x-ndjson' })
for (const path of ['/a/_doc/_bulk2', '/_bulk2', '/a/_search?x=/_bulk'])
  test(`JSON to ${path}`, sends, ['POST', path, '--body', '{}'], { type: 'application/json' })
test(
  'headers',
  sends,
  [
    'POST',
    '/_bulk',
    '--body',
    '{}',
    '-H',
    'Content-Type: application/json; x=1',
    '-H',
    'X-Team:b',
    '--header',
    'X-Opaque-Id:  c ',
  ],
  { type: 'application/json; x=1', 'x-team': 'b', 'x-opaque-id': 'c' },
)
test(
  'a body that is compressed already',
  sends,
  ['POST', '/_x', '--body', '{}', '-H', 'Content-Encoding: gzip'],
  { body: '{}', 'content-encoding': 'gzip' },
)

/** Words that are refused before anything is sent. */
const isMistake = test.macro(async (t, argv: string[], [status, ...said]: [number, ...string[]]) => {
  const cwd = configured(t, { aliases: { default: { node: 'http://localhost:9' } } })
  const outcome = await run(cwd, argv)
  t.deepEqual([outcome.status, ...outcome.stderr], [status, ...said])
})
const EXAMPLE = "a header is written -H 'Name: value'"
const VISIBLE = 'other users of this machine can see the arguments of a command'
const INTO_ALIAS = 'put it into `auth` or `headers` of the alias'
test(
  'a path alone',
  isMistake,
  ['/_cat/indices?v'],
  [2, 'the method is missing', 'for example: esconn request GET /_cat/indices?v'],
)
test(
  'a method alone',
  isMistake,
  ['get'],
  [2, 'the path is missing', 'for example: esconn request GET /_search'],
)
test(
  'another method',
  isMistake,
  ['FETCH', '/'],
  [2, 'FETCH is not an HTTP method', 'one of GET, HEAD, POST, PUT, DELETE, PATCH, OPTIONS'],
)
test(
  'a URL',
  isMistake,
  ['GET', 'HTTPS://a/b'],
  [2, 'the path HTTPS://a/b is a URL', 'the alias names the cluster: write only what follows its address'],
)
test(
  'a fragment',
  isMistake,
  ['GET', '/a?b#c'],
  [2, 'the path /a?b#c has a # in it, where a URL would end', 'write %23 for it'],
)
test('no path', isMistake, ['DELETE', ' '], [2, 'the path is blank', 'the root of the cluster is /'])
for (const path of ['/..', '../a', '/a/./b', '/a/%2E%2e/b', '/a/..?x'])
  test(
    `dots: ${path}`,
    isMistake,
    ['GET', path],
    [
      2,
      `the path ${path} has . or .. between slashes, which servers and proxies read in different ways`,
      'write the path without it',
    ],
  )
test(
  'credentials',
  isMistake,
  ['GET', '/', '-H', 'Authorization: Basic x'],
  [2, `-H Authorization: ${VISIBLE}`, INTO_ALIAS],
)
test(
  'a client that is authenticated',
  isMistake,
  ['GET', '/', '-H', 'ES-Client-Authentication: x'],
  [2, `-H ES-Client-Authentication: ${VISIBLE}`, INTO_ALIAS],
)
test('a cookie', isMistake, ['GET', '/', '-H', 'cookie:x'], [2, `-H cookie: ${VISIBLE}`, INTO_ALIAS])
for (const name of ['Content-Length', 'Transfer-Encoding', 'Host', 'Connection', 'X-HTTP-Method-Override'])
  test(
    `the header ${name}`,
    isMistake,
    ['GET', '/', '-H', `${name}: 3`],
    [2, `-H ${name} is a header that esconn sets itself`, EXAMPLE],
  )
test('not a header', isMistake, ['GET', '/', '-H', 'a b'], [2, '-H a b is not the name of a header', EXAMPLE])
test(
  'a header of two lines',
  isMistake,
  ['GET', '/', '-H', 'a: b\nc: d'],
  [2, '-H a: its value must be ASCII characters on one line'],
)
test(
  'a file without its @',
  isMistake,
  ['PUT', '/a', '--body', 'b.json'],
  [66, '--body b.json: not a JSON object', 'a file is written @file, and standard input -'],
)
test('two bodies', isMistake, ['PUT', '/a', '--body', '{}', '--body', '{}'], [2, '--body is given twice'])

interface Ending {
  argv?: string[]
  status: number
  stdout: string
  stderr?: string[]
}

/** A reply that no real server gives, and how the command ends. */
const ends = test.macro(async (t, scripts: Script | Script[], expected: Ending) => {
  const { url } = await raw(t, scripts)
  const cwd = configured(t, { aliases: { default: { node: url } } })
  const { argv = ['GET', '/x'], status, stdout, stderr = [] } = expected
  const outcome = await run(cwd, argv)
  t.deepEqual(
    [outcome.status, String(outcome.stdout), outcome.stderr.map(line => line.replaceAll(url, 'NODE'))],
    [status, stdout, stderr],
  )
})
const ADDRESS =
  'check `node` of the alias: the server at that address is neither Elasticsearch nor OpenSearch'
const PARTIAL = 'what arrived was printed; with --allow-partial this is not a failure'
const BUSY = '{"error":{"type":"busy","reason":"s3cret"}}'
test(
  'an error that is retried is printed once',
  ends,
  [reply(BUSY, 429, { 'retry-after': 0 }), reply(BUSY, 503, { 'retry-after': 0 }), reply('{"a":1.0}')],
  {
    status: 0,
    stdout: '{"a":1.0}',
  },
)
test('the last error is printed', ends, reply(BUSY, 503, { 'retry-after': 0 }), {
  status: 75,
  stdout: BUSY,
  stderr: [
    'default: busy: s3cret (503), after 4 attempts',
    'try again later; `retries` of the alias allows more attempts',
  ],
})
const LONG = `{"error":{"type":"long","reason":"r"},"x":"${'x'.repeat(9 * 2 ** 20)}"}`
test('an error of any size', ends, reply(LONG, 400), {
  status: 22,
  stdout: LONG,
  stderr: ['default: long: r (400)'],
})
const PAGE = '<html><title>Sign in</title></html>'
test('a web page: 8', ends, reply(PAGE, 200, { 'content-type': 'text/html' }), {
  status: 8,
  stdout: PAGE,
  stderr: ['default: the reply is not from Elasticsearch or OpenSearch: Sign in (200)', ADDRESS],
})
test('a redirect: 8', ends, reply('moved', 301, { location: '/y' }), {
  status: 8,
  stdout: 'moved',
  stderr: ['default: the reply is a redirect to /y; redirects are not followed (301)', ADDRESS],
})
test('JSON that ends early: 18', ends, reply('{"a":[1,', 200, JSON_TYPE), {
  status: 18,
  stdout: '{"a":[1,',
  stderr: ['default: the reply ended early, in the middle of its JSON'],
})
test(
  'a body that ends early: 18',
  ends,
  fin(send(head(200, { ...JSON_TYPE, 'content-length': 9 }), '{"a":')),
  {
    argv: ['POST', '/x'],
    status: 18,
    stdout: '{"a":',
    stderr: ['default: NODE: the reply ended early'],
  },
)
test('incomplete: 3', ends, reply({ timed_out: true }), {
  status: 3,
  stdout: '{"timed_out":true}',
  stderr: ['default: incomplete: it timed out on the cluster', PARTIAL],
})
test('incomplete, but allowed: 0', ends, reply({ timed_out: true }), {
  argv: ['GET', '/x', '--allow-partial'],
  status: 0,
  stdout: '{"timed_out":true}',
  stderr: ['default: incomplete: it timed out on the cluster'],
})
test('a document is not judged', ends, reply({ timed_out: true, found: false }), {
  argv: ['GET', '/x/_source/1'],
  status: 0,
  stdout: '{"timed_out":true,"found":false}',
})
test('an empty reply', ends, reply('', 200), { status: 0, stdout: '' })
test('HEAD of what is not allowed', ends, send(head(405, { 'content-length': 0 })), {
  argv: ['HEAD', '/_search'],
  status: 22,
  stdout: '',
  stderr: ['default: the cluster refused the request (405)'],
})
test('-i', ends, reply({ a: 1 }, 201, { warning: '299 x "y"', 'set-cookie': 'z' }), {
  argv: ['PUT', '/x', '-i'],
  status: 0,
  stdout:
    'HTTP/1.1 201 Created\ncontent-type: application/json\ncontent-length: 7\nwarning: 299 x "y"\nset-cookie: z\n\n{"a":1}',
})
test('-i of an error, and of HEAD', ends, send(head(404, { 'x-y': 'z' })), {
  argv: ['HEAD', '/x', '-i'],
  status: 1,
  stdout: 'HTTP/1.1 404 Not Found\nx-y: z\n\n',
})

test('secrets do not come back in headers and messages', async t => {
  const { url } = await raw(t, reply('{"error":"s3cret-token"}', 400, { 'x-echo': 'Bearer s3cret-token' }))
  const cwd = configured(t, { aliases: { default: { node: url, auth: { bearer: 's3cret-token' } } } })
  const { stdout, stderr } = await run(cwd, ['GET', '/x', '-i', '--config', '.esconnrc'])
  t.regex(String(stdout), /^x-echo: Bearer \[redacted\]$/m)
  t.deepEqual(stderr, ['default: [redacted] (400)'])
})

/** What is shown of a reply on a terminal. */
const shows = test.macro(async (t, body: string, type: string, shown: string) => {
  const { url } = await raw(t, reply(body, 200, { 'content-type': type }))
  const cwd = configured(t, { aliases: { default: { node: url } } })
  const written: Buffer[] = []
  const stdout = Object.assign(sink(written), { isTTY: true })
  await esconn(['request', 'GET', '/x', '--color', 'never'], { cwd, stdout })
  t.is(Buffer.concat(written).toString(), shown)
})
test(
  'JSON on a terminal',
  shows,
  '{"a":[1.0],"b":"\u001b[31m"}',
  'application/json',
  '{\n  "a": [\n    1.0\n  ],\n  "b": "\\u001b[31m"\n}\n',
)
test('what is not JSON, although it says so', shows, '{"a": 1/2 }', 'application/json', '{\n  "a": 1 /2\n}\n')
test('text on a terminal', shows, 'a\tb\r\nc\u001b[31m\n', 'text/plain', 'a\tb\nc\\u001b[31m\n')
test('text without a line end', shows, 'é', 'text/plain', 'é\n')

test('--dry-run and --curl', async t => {
  const cwd = configured(t, { aliases: { default: { node: 'http://h' } } })
  writeFileSync(join(cwd, 'long.json'), `{${' '.repeat(2 ** 20)}}`)
  const file = join(cwd, 'long.json')
  const rows: [argv: string[], stdout: string][] = [
    [['GET', '/_cat/indices?v', '--dry-run'], 'GET http://h/_cat/indices?v\n'],
    [
      ['POST', '/_bulk', '--body', '{}\n', '--dry-run'],
      'POST http://h/_bulk\ncontent-type: application/x-ndjson\n\n{}\n\n',
    ],
    [
      ['PUT', '/a', '--body', '@long.json', '--dry-run'],
      `PUT http://h/a\ncontent-type: application/json\n\n{${' '.repeat(2 ** 20)}}\n`,
    ],
    [
      ['PUT', '/a', '--body', '@long.json', '--curl'],
      `curl -gsS -X PUT -H 'content-type: application/json' http://h/a --data-binary @${file}\n`,
    ],
    [['HEAD', '/a', '--curl'], 'curl -gsS -I http://h/a\n'],
  ]
  for (const [argv, stdout] of rows) t.is(String((await run(cwd, argv)).stdout), stdout)
  const piped = await run(cwd, ['PUT', '/a', '--body', '-', '--curl'], ' '.repeat(2 ** 21))
  t.regex(String(piped.stdout), / --data-binary @-\n$/)
})

test('200 MB are received and sent byte for byte, in constant memory; test:chaos does it with 2.2 GB', async t => {
  await staysFlat(t, 3000, 200)
})
